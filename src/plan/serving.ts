/**
 * What the kernel's tables tell about members, for a daemon that has just started.
 */
import { TargetBit } from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { defaultPool, type Tree, vipsOf } from '../model/resources.js';
import { listenerKey, type Tables, targetKey } from './tables.js';

/**
 * Ids of the members that take new sessions according to the tables. A daemon that adopts a running gateway counts them as `up`
 * until their first check: without this a restart would take every checked member off its wheel.
 */
export function servingMembers(tree: Tree, tables: Pick<Tables, 'services' | 'targets'>): Set<string> {
  const listeners = new Map([...tables.services].map(([name, { row }]) => [row.listener, name]));
  const usable = new Set<string>();
  for (const row of tables.targets.values()) {
    const listener = listeners.get(row.listener);
    if (listener !== undefined && (row.flags & TargetBit.USABLE) !== 0) {
      usable.add(targetKey(listener, formatAddress(row.address), row.port));
    }
  }
  const serving = new Set<string>();
  for (const loadbalancer of tree.loadbalancers) {
    for (const listener of loadbalancer.listeners) {
      const keys = vipsOf(loadbalancer).map((vip) => listenerKey(vip, listener.protocol, listener.protocol_port));
      for (const member of defaultPool(loadbalancer, listener)?.members ?? []) {
        if (keys.some((key) => usable.has(targetKey(key, member.address, member.protocol_port)))) {
          serving.add(member.id);
        }
      }
    }
  }
  return serving;
}
