/**
 * Indexes of access lists, budgets and accounts.
 */
import { Limits } from '../datapath/layouts.js';
import type { Fingerprint } from './access-list.js';
import { exceeded } from './capacity.js';
import type { Desired } from './desired.js';
import type { BudgetRow, Capacity, CurrentTables, ListenerKey, ServiceRow } from './tables.js';

/** Which index each list has. A list that the kernel holds keeps its index; a new one gets one that no list has. */
export function assignAccessLists(
  desired: Desired,
  current: CurrentTables,
  capacity: Capacity,
): Map<Fingerprint, number> {
  const held = new Map([...current.accessLists].map(([index, fingerprint]) => [fingerprint, index]));
  const indexes = new Map<Fingerprint, number>();
  let next = 0;
  for (const fingerprint of desired.accessLists.keys()) {
    let index = held.get(fingerprint);
    if (index === undefined) {
      while (current.accessLists.has(next)) {
        next++;
      }
      index = next++;
    }
    if (index >= capacity.accessLists) {
      throw exceeded('accessLists', capacity.accessLists);
    }
    indexes.set(fingerprint, index);
  }
  return indexes;
}

/**
 * Which index each load balancer's budget and account have, by its id. Its listeners in the kernel know it; without any it gets an
 * index by which no connection counts.
 */
export function assignBalancers(desired: Desired, current: CurrentTables, capacity: Capacity): Map<string, number> {
  const indexes = new Map<string, number>();
  const taken = new Set([...current.services.values()].flatMap(({ row }) => balancerOf(current, row) ?? []));
  const claimed = new Set<number>();
  let next: number = Limits.BALANCER_BASE;
  for (const [id, { listeners }] of desired.balancers) {
    const held = listeners.map((listener) => balancerOf(current, current.services.get(listener)?.row));
    let index = held.find((one) => one !== undefined && !claimed.has(one));
    if (index === undefined) {
      while (taken.has(next) || current.connections(next) > 0) {
        next++;
      }
      index = next++;
    }
    if (index >= Limits.BALANCER_BASE + capacity.balancers) {
      throw exceeded('balancers', capacity.balancers);
    }
    claimed.add(index);
    indexes.set(id, index);
  }
  return indexes;
}

/** The load balancer of a listener at its first VIP; at further VIPs the account is of another listener. */
function balancerOf(current: CurrentTables, service: ServiceRow | undefined): number | undefined {
  const own = service !== undefined && service.account === service.listener;
  return (own && current.budgets.get(service.account)?.balancer) || undefined;
}

/** Budgets by index. What the kernel has for others stays: connections that outlive their listener still count by it. */
export function assignBudgets(
  desired: Desired,
  current: CurrentTables,
  listeners: ReadonlyMap<ListenerKey, number>,
  balancers: ReadonlyMap<string, number>,
): Map<number, BudgetRow> {
  const budgets = new Map(current.budgets);
  for (const [id, { allowance }] of desired.balancers) {
    budgets.set(balancers.get(id)!, { balancer: 0, ...allowance });
  }
  for (const [listener, { balancer, allowance }] of desired.budgets) {
    budgets.set(listeners.get(listener)!, { balancer: balancers.get(balancer)!, ...allowance });
  }
  return budgets;
}
