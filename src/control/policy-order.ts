/**
 * Whether policies of a listener go together (L7-1). What they are about is kept by the list they are in and moves on with it, so that
 * one more policy among ten thousand costs no look at the others.
 */
import { exactnessKey, unfitForExactness } from '../model/policy-order.js';
import type { L7Policy, Listener } from '../model/resources.js';
import { refuseFaults } from '../schema/index.js';
import { checkOrder, labelOf, sameFault, unfitFault } from '../schema/order-rules.js';

/** Faults of a listener's policies that are told. */
const TOLD = 5;

interface Index {
  /** Ids of policies that cannot be compared by exactness. */
  unfit: Set<string>;
  /** Ids of policies in use by what they are about. */
  about: Map<string, Set<string>>;
}

/** Replaced and never shared: the index of a list is changed into that of the list that comes after it. */
const indexes = new WeakMap<readonly L7Policy[], Index>();

/**
 * Checks a policy that is new or changed; undefined in `now`: it goes.
 * @param before the listener without the change, `after` with it
 * @throws SluiceError `conflict` where policies are compared by exactness, and it cannot be, or another one is about the same
 */
export function enforceOrder(
  before: Listener,
  after: Listener,
  old: L7Policy | undefined,
  now: L7Policy | undefined,
): void {
  const { policy_order, l7policies } = before;
  if (policy_order === 'POSITION') {
    return;
  }
  const index = indexes.get(l7policies) ?? indexOf(l7policies);
  if (now) {
    const unfit = unfitForExactness(now);
    const othersUnfit = index.unfit.size - (old && index.unfit.has(old.id) ? 1 : 0);
    const exact = policy_order === 'EXACTNESS' || (unfit === undefined && othersUnfit === 0);
    const fault = !exact ? undefined : unfit !== undefined ? unfitFault(unfit) : sameAsAnother(index, l7policies, now);
    if (fault) {
      indexes.set(l7policies, index);
      refuseFaults('l7policy', (report) => report([], fault));
    }
  }
  indexes.delete(l7policies);
  if (old) {
    note(index, old, false);
  }
  if (now) {
    note(index, now, true);
  }
  indexes.set(after.l7policies, index);
}

/**
 * Checks all policies of a listener, for one whose order changed, or that comes in one piece.
 * @throws SluiceError `conflict` that names the first policies its order rules out
 */
export function checkPolicyOrder({ policy_order, l7policies }: Pick<Listener, 'policy_order' | 'l7policies'>): void {
  refuseFaults('listener', (report) => {
    let told = 0;
    checkOrder({ policy_order, l7policies }, (place, { message, ...detail }) => {
      told += 1;
      if (told <= TOLD) {
        report(['policy_order'], { ...detail, message: `policy ${labelOf(l7policies[place]!, place)}: ${message}` });
      }
    });
  });
}

function indexOf(policies: readonly L7Policy[]): Index {
  const index: Index = { unfit: new Set(), about: new Map() };
  for (const policy of policies) {
    note(index, policy, true);
  }
  return index;
}

function note({ unfit, about }: Index, policy: L7Policy, there: boolean): void {
  if (unfitForExactness(policy) !== undefined) {
    unfit[there ? 'add' : 'delete'](policy.id);
    return;
  }
  const key = policy.admin_state_up ? exactnessKey(policy) : undefined;
  if (key !== undefined) {
    const ids = about.get(key) ?? new Set<string>();
    ids[there ? 'add' : 'delete'](policy.id);
    about.set(key, ids);
    if (ids.size === 0) {
      about.delete(key);
    }
  }
}

function sameAsAnother({ about }: Index, policies: readonly L7Policy[], policy: L7Policy) {
  const key = policy.admin_state_up ? exactnessKey(policy) : undefined;
  const other = [...(about.get(key ?? '') ?? [])].find((id) => id !== policy.id);
  const place = other === undefined ? -1 : policies.findIndex(({ id }) => id === other);
  return place < 0 ? undefined : sameFault(policy, labelOf(policies[place]!, place));
}
