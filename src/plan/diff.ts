/**
 * What separates the tables in the kernel from the assigned ones.
 */
import type { Assigned } from './assigned.js';
import type { Operation } from './order.js';
import type { CurrentTables } from './tables.js';

/**
 * The operations that turn `current` into `assigned`, in no particular order (see `orderOperations`); none when they are equal.
 * Counters of a target are cleared when its row goes, those of a listener when it gets its index: its connections may outlive it.
 */
export function diff(current: CurrentTables, assigned: Assigned): Operation[] {
  return [
    ...diffSettings(current, assigned),
    ...diffServices(current, assigned),
    ...diffTargets(current, assigned),
    ...diffAddresses(current, assigned),
    ...diffLocals(current, assigned),
    ...diffDevices(current, assigned),
    ...diffBudgets(current, assigned),
    ...diffAccessLists(current, assigned),
    ...clearListeners(current, assigned),
  ];
}

function diffSettings(current: CurrentTables, assigned: Assigned): Operation[] {
  const row = assigned.settings;
  const before = current.settings;
  return row && !sameRow(row, before) ? [{ table: 'settings', action: 'put', row, ...(before && { before }) }] : [];
}

function diffServices(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [name, { key, row }] of assigned.services) {
    const before = current.services.get(name)?.row;
    const entries = assigned.wheels.get(name);
    if (
      entries &&
      entries.length > 0 &&
      (row.wheel_base !== before?.wheel_base || row.wheel_length !== before.wheel_length)
    ) {
      operations.push({ table: 'wheel', action: 'write', name, base: row.wheel_base, entries });
    }
    if (!sameRow(row, before)) {
      operations.push({ table: 'services', action: 'put', name, key, row, ...(before && { before }) });
    }
  }
  for (const [name, { key, row }] of current.services) {
    if (!assigned.services.has(name)) {
      operations.push({ table: 'services', action: 'remove', name, key, before: row });
    }
  }
  return operations;
}

function diffTargets(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [index, row] of assigned.targets) {
    const before = current.targets.get(index);
    if (sameRow(row, before)) {
      continue;
    }
    operations.push({ table: 'targets', action: 'put', index, row, ...(before && { before }) });
    if (before && before.listener !== row.listener) {
      operations.push({ table: 'target_stats', action: 'clear', index });
    }
  }
  for (const [index, before] of current.targets) {
    if (!assigned.targets.has(index)) {
      operations.push({ table: 'targets', action: 'clear', index, before });
      operations.push({ table: 'target_stats', action: 'clear', index });
    }
  }
  return operations;
}

function diffAddresses(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [name, { key, row }] of assigned.addresses) {
    const before = current.addresses.get(name)?.row;
    if (!sameRow(row, before)) {
      operations.push({ table: 'addresses', action: 'put', name, key, row, ...(before && { before }) });
    }
  }
  for (const [name, { key, row }] of current.addresses) {
    if (!assigned.addresses.has(name)) {
      operations.push({ table: 'addresses', action: 'remove', name, key, before: row });
    }
  }
  return operations;
}

function diffLocals(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [index, row] of assigned.locals) {
    const before = current.locals.get(index);
    if (!sameRow(row, before)) {
      operations.push({ table: 'locals', action: 'put', index, row, ...(before && { before }) });
    }
  }
  for (const [index, before] of current.locals) {
    if (!assigned.locals.has(index)) {
      operations.push({ table: 'locals', action: 'clear', index, before });
    }
  }
  return operations;
}

function diffDevices(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [ifindex, row] of assigned.devices) {
    const before = current.devices.get(ifindex);
    if (!sameRow(row, before)) {
      operations.push({ table: 'devices', action: 'put', ifindex, row, ...(before && { before }) });
    }
  }
  for (const [ifindex, before] of current.devices) {
    if (!assigned.devices.has(ifindex)) {
      operations.push({ table: 'devices', action: 'remove', ifindex, before });
    }
  }
  return operations;
}

function diffBudgets(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [index, row] of assigned.budgets) {
    const before = current.budgets.get(index);
    if (!sameRow(row, before)) {
      operations.push({ table: 'budgets', action: 'put', index, row, ...(before && { before }) });
    }
  }
  return operations;
}

function diffAccessLists(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [index, name] of assigned.accessLists) {
    if (current.accessLists.get(index) !== name) {
      operations.push({ table: 'access_lists', action: 'put', index, name, cidrs: assigned.blocksOf(name) });
    }
  }
  for (const [index, name] of current.accessLists) {
    if (!assigned.accessLists.has(index)) {
      operations.push({ table: 'access_lists', action: 'remove', index, name });
    }
  }
  return operations;
}

/** Indexes that listeners get with this change: what earlier ones have left in them. */
function clearListeners(current: CurrentTables, assigned: Assigned): Operation[] {
  const operations: Operation[] = [];
  for (const [name, { row }] of assigned.services) {
    if (!current.services.has(name)) {
      operations.push({ table: 'listener_stats', action: 'clear', index: row.listener });
      operations.push({ table: 'accounts', action: 'clear', index: row.listener });
    }
  }
  return operations;
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
