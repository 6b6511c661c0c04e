/**
 * What separates the tables in the kernel from the assigned ones.
 */
import type { Assigned } from './assigned.js';
import type { Held } from './held.js';
import type { Operation } from './order.js';
import type { Step } from './step.js';
import type { CurrentTables } from './tables.js';

/**
 * The operations that turn the rows that a step looks at into the assigned ones, in no particular order (see `orderOperations`); none
 * when they are equal. Counters of a target are cleared when its row goes, those of a listener when it gets its index: its connections
 * may outlive it.
 */
export function diff(step: Step, { tables }: Held, assigned: Assigned): Operation[] {
  return [
    ...diffServices(step, tables, assigned),
    ...diffTargets(step, tables, assigned),
    ...diffAddresses(step, tables, assigned),
    ...diffGateway(tables, assigned),
    ...diffBudgets(tables, assigned),
    ...diffAccessLists(step, tables, assigned),
  ];
}

/** Settings, local addresses and interfaces. */
function diffGateway(current: CurrentTables, { gateway }: Assigned): Operation[] {
  if (!gateway) {
    return [];
  }
  const { settings } = gateway;
  const operations: Operation[] = [];
  if (settings && !sameRow(settings, current.settings)) {
    operations.push({ table: 'settings', action: 'put', row: settings, ...beforeOf(current.settings) });
  }
  for (const [index, row] of gateway.locals) {
    const before = current.locals.get(index);
    if (!sameRow(row, before)) {
      operations.push({ table: 'locals', action: 'put', index, row, ...beforeOf(before) });
    }
  }
  for (const [index, before] of missingFrom(gateway.locals, current.locals)) {
    operations.push({ table: 'locals', action: 'clear', index, before });
  }
  for (const [ifindex, row] of gateway.devices) {
    const before = current.devices.get(ifindex);
    if (!sameRow(row, before)) {
      operations.push({ table: 'devices', action: 'put', ifindex, row, ...beforeOf(before) });
    }
  }
  for (const [ifindex, before] of missingFrom(gateway.devices, current.devices)) {
    operations.push({ table: 'devices', action: 'remove', ifindex, before });
  }
  return operations;
}

function diffServices(step: Step, current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [name, { key, row }] of assigned.services) {
    const before = current.services.get(name)?.row;
    const entries = assigned.wheels.get(name)!;
    const moved = row.wheel_base !== before?.wheel_base || row.wheel_length !== before.wheel_length;
    if (entries.length > 0 && moved) {
      operations.push({ table: 'wheel', action: 'write', name, base: row.wheel_base, entries });
    }
    if (!sameRow(row, before)) {
      operations.push({ table: 'services', action: 'put', name, key, row, ...beforeOf(before) });
    }
    if (!before) {
      operations.push({ table: 'listener_stats', action: 'clear', index: row.listener });
      operations.push({ table: 'accounts', action: 'clear', index: row.listener });
    }
  }
  for (const name of step.services) {
    const held = current.services.get(name);
    if (held && !assigned.services.has(name)) {
      operations.push({ table: 'services', action: 'remove', name, key: held.key, before: held.row });
    }
  }
  return operations;
}

function diffTargets(step: Step, current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [index, row] of assigned.targets) {
    const before = current.targets.get(index);
    if (sameRow(row, before)) {
      continue;
    }
    operations.push({ table: 'targets', action: 'put', index, row, ...beforeOf(before) });
    if (before && before.listener !== row.listener) {
      operations.push({ table: 'target_stats', action: 'clear', index });
    }
  }
  for (const index of step.targets) {
    const before = current.targets.get(index);
    if (before && !assigned.targets.has(index)) {
      operations.push({ table: 'targets', action: 'clear', index, before });
      operations.push({ table: 'target_stats', action: 'clear', index });
    }
  }
  return operations;
}

function diffAddresses(step: Step, current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [name, { key, row }] of assigned.addresses) {
    const before = current.addresses.get(name)?.row;
    if (!sameRow(row, before)) {
      operations.push({ table: 'addresses', action: 'put', name, key, row, ...beforeOf(before) });
    }
  }
  for (const name of step.addresses) {
    const held = current.addresses.get(name);
    if (held && !assigned.addresses.has(name)) {
      operations.push({ table: 'addresses', action: 'remove', name, key: held.key, before: held.row });
    }
  }
  return operations;
}

/** Rows are only written over, never removed. */
function diffBudgets(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [index, row] of assigned.budgets) {
    const before = current.budgets.get(index);
    if (!sameRow(row, before)) {
      operations.push({ table: 'budgets', action: 'put', index, row, ...beforeOf(before) });
    }
  }
  return operations;
}

function diffAccessLists(step: Step, current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  const blocks = new Map(step.balancers.flatMap(({ accessLists }) => [...accessLists]));
  for (const [index, name] of assigned.accessLists) {
    if (current.accessLists.get(index) !== name) {
      operations.push({ table: 'access_lists', action: 'put', index, name, cidrs: blocks.get(name)! });
    }
  }
  for (const index of step.accessLists) {
    if (!assigned.accessLists.has(index)) {
      operations.push({ table: 'access_lists', action: 'remove', index, name: current.accessLists.get(index)! });
    }
  }
  return operations;
}

function beforeOf<Row>(before: Row | undefined): { before?: Row } {
  return before === undefined ? {} : { before };
}

/** What is held and not wanted. */
function missingFrom<K, Row>(wanted: ReadonlyMap<K, unknown>, held: ReadonlyMap<K, Row>): [K, Row][] {
  return [...held].filter(([key]) => !wanted.has(key));
}

/** Whether two rows have the same fields with the same values; bytes are compared by content. */
function sameRow<T extends object>(row: T, other: T | undefined): boolean {
  if (row === other || other === undefined) {
    return row === other;
  }
  for (const field of Object.keys(row) as Array<keyof T>) {
    const a = row[field];
    const b = other[field];
    if (a !== b && !(a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b))) {
      return false;
    }
  }
  return true;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) {
      return false;
    }
  }
  return a.length === b.length;
}
