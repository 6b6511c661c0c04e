/**
 * What the kernel's tables tell about members, for a daemon that has just started.
 */
import { TargetBit } from '../datapath/layouts.js';
import { defaultPool, type LoadBalancer, vipsOf } from '../model/resources.js';
import type { Held } from './held.js';
import { listenerKey, type TargetRow } from './tables.js';

/**
 * Ids of the members that take new sessions according to the tables. A daemon that adopts a running gateway counts them as `up`
 * until their first check: without this a restart would take every checked member off its wheel.
 */
export function servingMembers(loadbalancers: readonly LoadBalancer[], held: Held): Set<string> {
  const serving = new Set<string>();
  for (const loadbalancer of loadbalancers) {
    for (const listener of loadbalancer.listeners) {
      const keys = vipsOf(loadbalancer).map((vip) => listenerKey(vip, listener.protocol, listener.protocol_port));
      for (const { id, address, protocol_port } of defaultPool(loadbalancer, listener)?.members ?? []) {
        if (keys.some((key) => isUsable(held.targetOf(key, address, protocol_port)?.row))) {
          serving.add(id);
        }
      }
    }
  }
  return serving;
}

function isUsable(row: TargetRow | undefined): boolean {
  return row !== undefined && (row.flags & TargetBit.USABLE) !== 0;
}
