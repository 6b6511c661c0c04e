/**
 * Which policy of a listener decides over a request. By POSITION it is the first that the request meets. By EXACTNESS (L7-1) it is the
 * one with the most exact host, then the most exact path: an exact host before the longest suffix before any host; an exact path before
 * the longest prefix before regular expressions, in the order of their positions, before any path.
 */
import type { L7Policy, L7Rule, Listener, PolicyOrder } from './resources.js';

/** What a policy is about, where a look-up can tell; null: any. */
export interface Exactness {
  /** Lower case. `suffix` is what hosts end with: `.example.com` for `*.example.com`. */
  host: { kind: 'exact' | 'suffix'; value: string } | null;
  path: { kind: 'exact' | 'prefix' | 'regex'; value: string } | null;
}

type CheckedPolicy = Pick<L7Policy, 'action'> & {
  rules: Array<Omit<L7Rule, 'id' | 'project_id' | 'created_at' | 'updated_at'>>;
};
type CheckedRule = CheckedPolicy['rules'][number];

/**
 * The rules that a request has to meet: those in use. Undefined: no request does, because there are none. The exception is
 * REDIRECT_TO_LISTENER, which without any rule is about every request.
 */
export function rulesInUse<P extends CheckedPolicy>({ action, rules }: P): P['rules'] | undefined {
  const inUse = rules.filter(({ admin_state_up }) => admin_state_up);
  return inUse.length > 0 || (rules.length === 0 && action === 'REDIRECT_TO_LISTENER') ? inUse : undefined;
}

/** Why a policy cannot be looked up by host and path; undefined: it can. Rules out of use are looked at too: they may come into use. */
export function unfitForExactness({ rules }: CheckedPolicy): string | undefined {
  const other = rules.find(({ type }) => type !== 'HOST_NAME' && type !== 'PATH');
  if (other) {
    return `it has a rule of type ${other.type}`;
  }
  const twice = rules.find(({ type }, index) => rules.findIndex((rule) => rule.type === type) < index);
  if (twice) {
    return `it has several rules of type ${twice.type}`;
  }
  if (rules.some(({ invert }) => invert)) {
    return 'it has a rule that is inverted';
  }
  const unfit = rules.find((rule) => hostOf(rule) === undefined && pathOf(rule) === undefined);
  return unfit && `its rule of type ${unfit.type} is compared by ${unfit.compare_type}`;
}

/** What a policy that {@link unfitForExactness} has nothing against is about; undefined: no request. */
export function exactnessOf(policy: CheckedPolicy): Exactness | undefined {
  const rules = rulesInUse(policy);
  return (
    rules && {
      host: rules.map(hostOf).find((host) => host !== undefined) ?? null,
      path: rules.map(pathOf).find((path) => path !== undefined) ?? null,
    }
  );
}

/** The same text for policies that are about the same domain and path; undefined: about no request. */
export function exactnessKey(policy: CheckedPolicy): string | undefined {
  const exactness = exactnessOf(policy);
  return exactness && JSON.stringify([exactness.host, exactness.path]);
}

/** The order that a listener's policies really have; null is EXACTNESS where all of them fit and no two in use are about the same. */
export function policyOrderOf({
  policy_order,
  l7policies,
}: Pick<Listener, 'policy_order' | 'l7policies'>): PolicyOrder {
  if (policy_order !== null) {
    return policy_order;
  }
  if (l7policies.some((policy) => unfitForExactness(policy) !== undefined)) {
    return 'POSITION';
  }
  const keys = l7policies
    .filter(({ admin_state_up }) => admin_state_up)
    .flatMap((policy) => exactnessKey(policy) ?? []);
  return new Set(keys).size === keys.length ? 'EXACTNESS' : 'POSITION';
}

function hostOf({ type, compare_type, value }: CheckedRule): Exactness['host'] | undefined {
  const host = value.toLowerCase();
  if (type !== 'HOST_NAME') {
    return undefined;
  }
  if (compare_type === 'EQUAL_TO') {
    return host.startsWith('*.') ? { kind: 'suffix', value: host.slice(1) } : { kind: 'exact', value: host };
  }
  return compare_type === 'ENDS_WITH' ? { kind: 'suffix', value: host } : undefined;
}

const PATH_KINDS = { EQUAL_TO: 'exact', STARTS_WITH: 'prefix', REGEX: 'regex' } as const;

function pathOf({ type, compare_type, value }: CheckedRule): Exactness['path'] | undefined {
  const kind = (PATH_KINDS as Partial<Record<string, 'exact' | 'prefix' | 'regex'>>)[compare_type];
  return type === 'PATH' && kind !== undefined ? { kind, value } : undefined;
}
