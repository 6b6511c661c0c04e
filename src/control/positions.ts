/** The order of a listener's policies. */
import type { L7Policy } from '../model/resources.js';

/** Policies with positions from 1 on in the order given; those that stay where they were are the very same. */
export function renumber(policies: readonly L7Policy[]): L7Policy[] {
  return policies.map((policy, index) => (policy.position === index + 1 ? policy : { ...policy, position: index + 1 }));
}
