/**
 * What the kernel's tables hold, and which indexes are in use: read once, then kept up with what is written.
 */
import { AddressBit, ServiceBit } from '../datapath/layouts.js';
import { addressBytes } from '../model/address.js';
import type { Fingerprint } from './access-list.js';
import { endpointOf, HeldTargets } from './held-targets.js';
import type { Operation } from './order.js';
import { type Range, Ranges } from './ranges.js';
import type { AddressRow, CurrentTables, ListenerKey, ServiceRow, TargetRow } from './tables.js';
import { Uses } from './uses.js';

export class Held {
  /** They are this object's alone. */
  readonly tables: CurrentTables;
  readonly targets = new HeldTargets();
  /** By targets. */
  readonly members = new Uses();
  /** By services and targets. */
  readonly listeners = new Uses();
  readonly targetIds = new Uses();
  /** By services. */
  readonly lists = new Uses();
  readonly wheels = new Ranges();
  /** Where each access list is. */
  readonly listIndexes = new Map<Fingerprint, number>();
  /** Leased local addresses and those that rest. */
  readonly locals = new Set<string>();

  constructor(tables: CurrentTables) {
    this.tables = tables;
    const served = new Set<number>();
    for (const { row } of tables.services.values()) {
      this.#addService(row);
      served.add(row.listener);
    }
    for (const [id, row] of tables.targets) {
      this.#addTarget(id, row, served.has(row.listener));
    }
    for (const [index, name] of tables.accessLists) {
      this.listIndexes.set(name, index);
    }
    for (const [address, { row }] of tables.addresses) {
      this.#noteAddress(address, row);
    }
  }

  /** Index of a listener; undefined: the kernel has none. */
  listenerOf(key: ListenerKey): number | undefined {
    return this.tables.services.get(key)?.row.listener;
  }

  /** The target in use of a member of a listener. @param address canonical text */
  targetOf(key: ListenerKey, address: string, port: number): { id: number; row: TargetRow } | undefined {
    const listener = this.listenerOf(key);
    const ids = listener === undefined ? undefined : this.targets.inUse(listener);
    const id = ids?.get(endpointOf({ address: addressBytes(address), port }));
    return id === undefined ? undefined : { id, row: this.tables.targets.get(id)! };
  }

  /** Notes what the kernel has executed. */
  commit(operations: readonly Operation[]): void {
    for (const operation of operations) {
      this.#execute(operation);
    }
  }

  #execute(operation: Operation): void {
    const { tables } = this;
    switch (operation.table) {
      case 'services':
        this.#setService(operation);
        break;
      case 'targets':
        this.#setTarget(operation.index, operation.action === 'put' ? operation.row : undefined);
        break;
      case 'addresses':
        if (operation.action === 'put') {
          tables.addresses.set(operation.name, { key: operation.key, row: operation.row });
        } else {
          tables.addresses.delete(operation.name);
        }
        this.#noteAddress(operation.name, operation.action === 'put' ? operation.row : undefined);
        break;
      case 'access_lists':
        this.#setList(operation);
        break;
      case 'settings':
        tables.settings = operation.row;
        break;
      case 'budgets':
        tables.budgets.set(operation.index, operation.row);
        break;
      case 'locals':
        set(tables.locals, operation.index, operation.action === 'put' ? operation.row : undefined);
        break;
      case 'devices':
        set(tables.devices, operation.ifindex, operation.action === 'put' ? operation.row : undefined);
        break;
      // The wheel array is the kernel's own memory; counters are nobody's.
      default:
    }
  }

  #setService(operation: Extract<Operation, { table: 'services' }>): void {
    const { services } = this.tables;
    const before = services.get(operation.name);
    if (before) {
      this.#dropService(before.row);
    }
    if (operation.action === 'put') {
      this.#addService(operation.row);
    }
    const { key } = operation;
    set(services, operation.name, operation.action === 'put' ? { key, row: operation.row } : undefined);
  }

  #addService(row: ServiceRow): void {
    this.listeners.add(row.listener);
    this.wheels.add(wheelOf(row));
    for (const index of listsOf(row)) {
      this.lists.add(index);
    }
  }

  #dropService(row: ServiceRow): void {
    this.listeners.drop(row.listener);
    this.wheels.remove(wheelOf(row));
    for (const index of listsOf(row)) {
      this.lists.drop(index);
    }
  }

  #setTarget(id: number, row: TargetRow | undefined): void {
    const before = this.tables.targets.get(id);
    if (before) {
      this.targets.remove(id, before);
      this.targetIds.drop(id);
      this.members.drop(before.member);
      this.listeners.drop(before.listener);
    }
    if (row) {
      this.#addTarget(id, row, true);
    }
    set(this.tables.targets, id, row);
  }

  #addTarget(id: number, row: TargetRow, served: boolean): void {
    this.targets.add(id, row, served && row.weight > 0);
    this.targetIds.add(id);
    this.members.add(row.member);
    this.listeners.add(row.listener);
  }

  #setList({ index, name, action }: Extract<Operation, { table: 'access_lists' }>): void {
    if (action === 'put') {
      this.tables.accessLists.set(index, name);
      this.listIndexes.set(name, index);
      return;
    }
    this.tables.accessLists.delete(index);
    if (this.listIndexes.get(name) === index) {
      this.listIndexes.delete(name);
    }
  }

  #noteAddress(address: string, row: AddressRow | undefined): void {
    if (row && (row.flags & AddressBit.LOCAL) !== 0) {
      this.locals.add(address);
    } else {
      this.locals.delete(address);
    }
  }
}

/** Indexes of the access lists that a service asks. */
export function listsOf({ flags, allowed_cidrs: allowed, access_list: list }: ServiceRow): number[] {
  const asked = flags & (ServiceBit.ALLOW | ServiceBit.DENY) ? [list] : [];
  return flags & ServiceBit.ALLOWED_CIDRS ? [...asked, allowed] : asked;
}

function wheelOf({ wheel_base: base, wheel_length: length }: ServiceRow): Range {
  return { base, length };
}

function set<K, Row>(table: Map<K, Row>, key: K, row: Row | undefined): void {
  if (row === undefined) {
    table.delete(key);
  } else {
    table.set(key, row);
  }
}
