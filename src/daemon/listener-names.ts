/**
 * Listeners by the names people use. A session belongs to the listener whose VIP, port and protocol its client speaks to: indexes
 * of the kernel go to other listeners while old sessions are still at rest.
 */
import type { SessionFilter, SessionRecord } from '../datapath/sessions.js';
import { SluiceError } from '../model/errors.js';
import { type Listener, type LoadBalancer, type Tree, vipsOf } from '../model/resources.js';
import { listenerKey, PROTOCOL_NUMBERS } from '../plan/tables.js';

interface Found {
  loadbalancer: LoadBalancer;
  listener: Listener;
}

/** Tells sessions of a listener from others. */
export type ListenerFilter = Required<Pick<SessionFilter, 'vip' | 'protocol'>>;

/**
 * The listener called `loadbalancer/listener`, or by its own name or id where that is unique: a filter for each of its VIPs.
 * @throws SluiceError `not_found` naming the listeners there are, `conflict` when several have the name
 */
export function findListener(tree: Tree, name: string): ListenerFilter[] {
  const all = listeners(tree);
  const [found, second] = all.filter((one) => [one.listener.name, one.listener.id, nameOf(one)].includes(name));
  if (second !== undefined) {
    throw new SluiceError('conflict', `several listeners are called ${name}; write LOADBALANCER/${name}`);
  }
  if (found === undefined) {
    const names = all.slice(0, 20).map(nameOf).join(', ');
    throw new SluiceError('not_found', `no listener is called ${name}${names ? `; there are ${names}` : ''}`);
  }
  const { protocol, protocol_port } = found.listener;
  return vipsOf(found.loadbalancer).map((address) => ({
    vip: { address, port: protocol_port },
    protocol: PROTOCOL_NUMBERS[protocol],
  }));
}

/** Tells the name of a session's listener, `loadbalancer/listener`; null when that is not configured any more. */
export function listenerOfSession(
  tree: Tree,
): (session: Pick<SessionRecord, 'protocol' | 'vip' | 'vip_port'>) => string | null {
  const names = new Map(
    listeners(tree).flatMap((one) =>
      vipsOf(one.loadbalancer).map((vip): [string, string] => [
        listenerKey(vip, one.listener.protocol, one.listener.protocol_port),
        nameOf(one),
      ]),
    ),
  );
  return ({ protocol, vip, vip_port }) =>
    names.get(listenerKey(vip, protocol === 'udp' ? 'UDP' : 'TCP', vip_port)) ?? null;
}

function listeners({ loadbalancers }: Tree): Found[] {
  return loadbalancers.flatMap((loadbalancer) =>
    loadbalancer.listeners.map((listener) => ({ loadbalancer, listener })),
  );
}

function nameOf({ loadbalancer, listener }: Found): string {
  return `${loadbalancer.name || loadbalancer.id}/${listener.name || listener.id}`;
}
