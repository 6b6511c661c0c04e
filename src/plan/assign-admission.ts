/**
 * Indexes of access lists, budgets and accounts.
 */
import { Limits } from '../datapath/layouts.js';
import type { Fingerprint } from './access-list.js';
import { exceeded } from './capacity.js';
import { type Held, listsOf } from './held.js';
import type { Step } from './step.js';
import type { BudgetRow, Capacity, CurrentTables, ListenerKey, ServiceRow, Tables } from './tables.js';

/** Which index each list has. A list that the kernel holds keeps its index; a new one gets one that no list has. */
export function assignAccessLists({ balancers }: Step, held: Held, capacity: Capacity): Map<Fingerprint, number> {
  const indexes = new Map<Fingerprint, number>();
  let next = 0;
  for (const fingerprint of balancers.flatMap(({ accessLists }) => [...accessLists.keys()])) {
    let index = indexes.get(fingerprint) ?? held.listIndexes.get(fingerprint);
    if (index === undefined) {
      while (held.tables.accessLists.has(next)) {
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
 * The lists that are to stay of those that a step looks at, and its new ones: what services ask that it leaves alone, or ask after it.
 * @param services rows as they shall be
 */
export function listsInUse(
  step: Step,
  held: Held,
  indexes: ReadonlyMap<Fingerprint, number>,
  services: Tables['services'],
): Tables['accessLists'] {
  const lists = new Map([...indexes].map(([fingerprint, index]) => [index, fingerprint]));
  const { tables } = held;
  const left = new Map<number, number>();
  for (const name of step.services) {
    const row = tables.services.get(name)?.row;
    for (const index of row ? listsOf(row) : []) {
      left.set(index, (left.get(index) ?? 0) + 1);
    }
  }
  const asked = new Set([...services.values()].flatMap(({ row }) => listsOf(row)));
  for (const index of step.accessLists) {
    if (asked.has(index) || held.lists.of(index) > (left.get(index) ?? 0)) {
      lists.set(index, tables.accessLists.get(index)!);
    }
  }
  return lists;
}

/**
 * Which index each load balancer's budget and account have, by its id. Its listeners in the kernel know it; without any it gets an
 * index by which no connection counts.
 */
export function assignBalancers({ balancers }: Step, { tables }: Held, capacity: Capacity): Map<string, number> {
  const indexes = new Map<string, number>();
  const claimed = new Set<number>();
  const free = freeBalancers(tables);
  for (const { id, budgets } of balancers) {
    if (budgets.size === 0) {
      continue;
    }
    const held = [...budgets.keys()].map((listener) => balancerOf(tables, tables.services.get(listener)?.row));
    const index = held.find((one) => one !== undefined && !claimed.has(one)) ?? free.next().value;
    if (index >= Limits.BALANCER_BASE + capacity.balancers) {
      throw exceeded('balancers', capacity.balancers);
    }
    claimed.add(index);
    indexes.set(id, index);
  }
  return indexes;
}

/** From the lowest on; without end. Only new load balancers need one. */
function* freeBalancers(tables: CurrentTables): Generator<number, never> {
  const taken = new Set([...tables.services.values()].map(({ row }) => balancerOf(tables, row)));
  for (let index: number = Limits.BALANCER_BASE; ; index++) {
    if (!taken.has(index) && tables.connections(index) === 0) {
      yield index;
    }
  }
}

/** The load balancer of a listener at its first VIP; at further VIPs the account is of another listener. */
function balancerOf(tables: CurrentTables, service: ServiceRow | undefined): number | undefined {
  const own = service !== undefined && service.account === service.listener;
  return (own && tables.budgets.get(service.account)?.balancer) || undefined;
}

/** Budgets by index. What the kernel has for others stays: connections that outlive their listener still count by it. */
export function assignBudgets(
  { balancers }: Step,
  listeners: ReadonlyMap<ListenerKey, number>,
  indexes: ReadonlyMap<string, number>,
): Map<number, BudgetRow> {
  const rows = new Map<number, BudgetRow>();
  for (const { id, allowance, budgets } of balancers) {
    const balancer = indexes.get(id);
    if (balancer !== undefined) {
      rows.set(balancer, { balancer: 0, ...allowance });
    }
    for (const [listener, own] of budgets) {
      rows.set(listeners.get(listener)!, { balancer: balancer!, ...own });
    }
  }
  return rows;
}
