/** The listeners that policies of a load balancer lead to, while it is read. */
import type { ListenerSpec } from '../model/resources.js';
import { type FaultReport, nearest, show } from './faults.js';
import type { PolicyInTree } from './l7.js';
import { listenerTargetFault } from './l7-rules.js';

/**
 * The listener that a policy names, or says the id of.
 * @param own the listener that the policy belongs to
 * @param report takes what is wrong from the policy on
 */
export function findListener(
  listeners: readonly ListenerSpec[],
  { redirect_listener, redirect_listener_id }: Pick<PolicyInTree, 'redirect_listener' | 'redirect_listener_id'>,
  own: ListenerSpec,
  report: FaultReport,
): ListenerSpec | null {
  if (redirect_listener !== null && redirect_listener_id !== null) {
    report(['redirect_listener_id'], {
      code: 'conflict',
      message: 'redirect_listener and redirect_listener_id are both given',
      suggestion: 'keep one of them',
      part: 'key',
    });
  }
  if (redirect_listener === null && redirect_listener_id === null) {
    return null;
  }
  const [key, wanted] =
    redirect_listener === null ? ['id' as const, redirect_listener_id!] : ['name' as const, redirect_listener.name];
  const path = redirect_listener === null ? ['redirect_listener_id'] : ['redirect_listener', 'name'];
  const [found, second] = wanted === '' ? [] : listeners.filter((listener) => listener[key] === wanted);
  if (second) {
    report(path, {
      message: `several listeners are named ${show(wanted)}`,
      suggestion: 'give them names of their own',
    });
  }
  if (!found) {
    reportUnknown(listeners, key, wanted, (detail) => report(path, detail));
    return null;
  }
  const fault = listenerTargetFault(found.protocol, found === own);
  if (fault) {
    report(path, fault);
  }
  return found;
}

function reportUnknown(
  listeners: readonly ListenerSpec[],
  key: 'id' | 'name',
  wanted: string,
  report: (detail: { message: string; suggestion: string }) => void,
): void {
  if (wanted === '') {
    return;
  }
  const meant = nearest(
    wanted,
    listeners.map((listener) => listener[key] ?? '').filter((text) => text !== ''),
  );
  report({
    message: `the load balancer has no listener with the ${key} ${show(wanted)}`,
    suggestion: meant
      ? `did you mean ${show(meant)}?`
      : `write the ${key} of a TERMINATED_HTTPS listener of the same load balancer`,
  });
}
