/** What policies of one listener mean to each other, where their order is that of exactness. */
import { exactnessKey, exactnessOf, unfitForExactness } from '../model/policy-order.js';
import type { L7PolicySpec, PolicyOrder } from '../model/resources.js';
import type { FaultDetail } from './faults.js';

type CheckedPolicy = Pick<L7PolicySpec, 'name' | 'action' | 'admin_state_up' | 'rules'> & { id?: string };

/**
 * Reports policies that their listener's order rules out: by EXACTNESS those that cannot be compared, and each that is in use and about
 * the same domain and path as an earlier one.
 */
export function checkOrder(
  { policy_order, l7policies }: { policy_order: PolicyOrder | null; l7policies: readonly CheckedPolicy[] },
  report: (index: number, detail: FaultDetail) => void,
): void {
  const reasons = policy_order === 'POSITION' ? [] : l7policies.map(unfitForExactness);
  if (policy_order === 'POSITION' || (policy_order === null && reasons.some((reason) => reason !== undefined))) {
    return;
  }
  const first = new Map<string, number>();
  for (const [index, policy] of l7policies.entries()) {
    const reason = reasons[index];
    const counts = reason === undefined && policy.admin_state_up && !isFaulty(policy);
    const key = counts ? exactnessKey(policy) : undefined;
    const other = key === undefined ? undefined : first.get(key);
    if (reason !== undefined) {
      report(index, unfitFault(reason));
    } else if (other !== undefined) {
      report(index, sameFault(policy, labelOf(l7policies[other]!, other)));
    } else if (key !== undefined) {
      first.set(key, index);
    }
  }
}

/** Whether a rule has a value that had a fault of its own. */
function isFaulty({ rules }: CheckedPolicy): boolean {
  return rules.some(({ value }) => value === '');
}

/** A policy that policy_order: EXACTNESS rules out. @param reason a sentence about it */
export function unfitFault(reason: string): FaultDetail {
  return {
    code: 'conflict',
    message: `policy_order is EXACTNESS, and ${reason}`,
    suggestion:
      'write at most one rule HOST_NAME and one PATH, not inverted, or policy_order: POSITION for the listener',
  };
}

/** A policy about the same as another. @param other what that is called */
export function sameFault(policy: CheckedPolicy, other: string): FaultDetail {
  return {
    code: 'conflict',
    message: `policy ${other} is about ${describe(policy)} already`,
    suggestion: 'change that one, disable one of them, or write policy_order: POSITION for the listener',
  };
}

function describe(policy: CheckedPolicy): string {
  const { host, path } = exactnessOf(policy) ?? { host: null, path: null };
  if (host === null && path === null) {
    return 'every request';
  }
  const hosts = host?.kind === 'suffix' ? `hosts that end with ${host.value}` : `host ${host?.value}`;
  const kinds = { exact: 'path', prefix: 'paths that start with', regex: 'paths that match' };
  const paths = path && `${kinds[path.kind]} ${path.value}`;
  return [...(host ? [hosts] : []), ...(paths ? [paths] : [])].join(' and ');
}

/** What a policy is called in messages. @param index among those of its listener */
export function labelOf({ id, name }: Pick<CheckedPolicy, 'id' | 'name'>, index: number): string {
  return [...(id === undefined ? [] : [id]), ...(name === '' ? [] : [`"${name}"`])].join(' ') || `l7policies[${index}]`;
}
