/** `policyOrderOf` for ten thousand policies of which one has changed: what was found out about the others is remembered. */
import { exactnessKey, unfitForExactness } from '../../model/policy-order.js';
import type { L7Policy, Listener, PolicyOrder } from '../../model/resources.js';

/** What a policy that fits EXACTNESS is about, undefined: no request; `unfit` one that does not fit. */
const keys = new WeakMap<L7Policy, { unfit: boolean; key: string | undefined }>();

function keyOf(policy: L7Policy): { unfit: boolean; key: string | undefined } {
  let known = keys.get(policy);
  if (!known) {
    const unfit = unfitForExactness(policy) !== undefined;
    known = { unfit, key: unfit || !policy.admin_state_up ? undefined : exactnessKey(policy) };
    keys.set(policy, known);
  }
  return known;
}

/** The order that a listener's policies really have. */
export function orderOf({ policy_order, l7policies }: Pick<Listener, 'policy_order' | 'l7policies'>): PolicyOrder {
  if (policy_order !== null) {
    return policy_order;
  }
  const seen = new Set<string>();
  for (const policy of l7policies) {
    const { unfit, key } = keyOf(policy);
    if (unfit || (key !== undefined && seen.has(key))) {
      return 'POSITION';
    }
    if (key !== undefined) {
      seen.add(key);
    }
  }
  return 'EXACTNESS';
}
