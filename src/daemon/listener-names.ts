/** Listeners by the names people use, and back from the indexes that the kernel uses. */
import { SluiceError } from '../model/errors.js';
import type { Tree } from '../model/resources.js';
import type { Assigned } from '../plan/assign.js';
import { listenerKey } from '../plan/tables.js';

/**
 * Index of a listener called `loadbalancer/listener`, or by its own name or id where that is unique.
 * @throws SluiceError `not_found` naming the listeners there are, `conflict` when several have the name
 */
export function findListener(tree: Tree, assigned: Assigned, name: string): number {
  const found = tree.loadbalancers.flatMap((loadbalancer) =>
    loadbalancer.listeners
      .filter((listener) => [listener.name, listener.id, `${loadbalancer.name}/${listener.name}`].includes(name))
      .map(({ protocol, protocol_port }) => listenerKey(loadbalancer.vip_address, protocol, protocol_port)),
  );
  const [key, second] = found;
  const index = key === undefined ? undefined : assigned.listenerIndexes.get(key);
  if (second !== undefined) {
    throw new SluiceError('conflict', `several listeners are called ${name}; write LOADBALANCER/${name}`);
  }
  if (index === undefined) {
    const names = [...assigned.names.values()].slice(0, 20).join(', ');
    throw new SluiceError('not_found', `no listener is called ${name}${names ? `; there are ${names}` : ''}`);
  }
  return index;
}

/** Tells the listener of a target, also of one that its listener does not use any more. */
export function listenerOfTarget(assigned: Assigned): (target: number) => string | null {
  const names = new Map(
    [...assigned.listenerIndexes].map(([key, index]) => [index, assigned.names.get(key) ?? key] as const),
  );
  return (target) => names.get(assigned.targets.get(target)?.listener ?? -1) ?? null;
}
