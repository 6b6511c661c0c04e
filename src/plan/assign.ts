/**
 * Gives the desired tables their indexes. What stays keeps its index: sessions, counters, cursors and sticky clients in the kernel
 * know members and listeners by nothing else.
 */

import { AddressBit } from '../datapath/layouts.js';
import { addressBytes } from '../model/address.js';
import type { Fingerprint } from './access-list.js';
import { assignAccessLists, assignBalancers, assignBudgets } from './assign-admission.js';
import { assignTargets } from './assign-targets.js';
import { Assigned } from './assigned.js';
import { checkCapacity, exceeded } from './capacity.js';
import type { Desired, DesiredAddress, Wheel } from './desired.js';
import { type Range, RangeAllocator } from './ranges.js';
import {
  type AddressRow,
  CAPACITY,
  type Capacity,
  type CurrentTables,
  type ListenerKey,
  type ServiceRow,
  type Tables,
} from './tables.js';

export { Assigned };

/** `address.local` of a local address that is not leased any more. */
export const NOT_LEASED = 0xffff_ffff;

/**
 * Desired tables with indexes.
 *
 * - Listeners keep the index of the service with their VIP, protocol and port; a new one gets an index that no row refers to and no
 *   connection counts by.
 * - Access lists, load balancers: see `assign-admission.ts`.
 * - Targets and members: see `assignTargets`.
 * - A wheel that changed goes to a range that no service uses, so that packets never read a half-written one. An unchanged
 *   wheel stays where it is.
 * - Local addresses fill `locals` without gaps, because the kernel takes every index below `local_count`; what stays moves
 *   only to close a gap. Moving is safe at any time: leases are found by address (lease.h), an index means nothing to
 *   sessions. A removed address is leased no more at once, but keeps its `addresses` row while sessions use it.
 * - `hash_key` stays as it is in the kernel: leases that exist were placed by it.
 *
 * Nothing that `current` holds is handed out again in the same step; it becomes free in the next one.
 *
 * @throws SluiceError `capacity_exceeded` naming the table and its size
 */
export function assign(desired: Desired, current: CurrentTables, capacity: Capacity = CAPACITY): Assigned {
  checkCapacity(desired, current, capacity);
  const listenerIndexes = assignListeners(desired, current, capacity);
  const ids = assignTargets(desired, current, listenerIndexes, capacity);
  const lists = assignAccessLists(desired, current, capacity);
  const balancers = assignBalancers(desired, current, capacity);
  const wheels = new Map([...desired.services].map(([name, { wheel }]) => [name, targetsOn(wheel, ids.targetIds)]));
  const locals = assignLocals(desired, current);
  return new Assigned(desired, ids, {
    listenerIndexes,
    wheels,
    settings: {
      ...desired.settings,
      local_count: desired.locals.length,
      hash_key: current.settings?.hash_key ?? desired.settings.hash_key,
    },
    services: assignServices(desired, current, { listeners: listenerIndexes, wheels, lists }, capacity),
    addresses: assignAddresses(desired, current, locals),
    locals: new Map(locals.map((address, index) => [index, { address: addressBytes(address) }])),
    devices: new Map([...desired.devices].map(([ifindex, { row }]) => [ifindex, row])),
    budgets: assignBudgets(desired, current, listenerIndexes, balancers),
    accessLists: new Map([...lists].map(([fingerprint, index]) => [index, fingerprint])),
    balancerIndexes: balancers,
  });
}

/** Target ids in the order of the wheel. */
function targetsOn({ targets, entries }: Wheel, targetIds: Uint32Array): Uint32Array {
  const ids = targets.map((position) => targetIds[position]!);
  const wheel = new Uint32Array(entries.length);
  for (let i = 0; i < entries.length; i++) {
    wheel[i] = ids[entries[i]!]!;
  }
  return wheel;
}

function assignListeners(desired: Desired, current: CurrentTables, capacity: Capacity): Map<ListenerKey, number> {
  const taken = new Set<number>();
  for (const { row } of current.services.values()) {
    taken.add(row.listener);
  }
  for (const row of current.targets.values()) {
    taken.add(row.listener);
  }
  const indexes = new Map<ListenerKey, number>();
  let next = 0;
  for (const [key, { account }] of desired.services) {
    const row = current.services.get(key)?.row;
    // A further VIP that becomes a first one counts by its own account from now on, where connections from before may be left.
    const promoted = row !== undefined && account === key && row.account !== row.listener;
    const kept = promoted && current.connections(row.listener) > 0 ? undefined : row?.listener;
    if (kept === undefined) {
      while (taken.has(next) || current.connections(next) > 0) {
        next++;
      }
      if (next >= capacity.listeners) {
        throw exceeded('listeners', capacity.listeners);
      }
    }
    indexes.set(key, kept ?? next++);
  }
  return indexes;
}

/** What the rows of services refer to. */
interface References {
  listeners: ReadonlyMap<ListenerKey, number>;
  wheels: ReadonlyMap<ListenerKey, Uint32Array>;
  lists: ReadonlyMap<Fingerprint, number>;
}

function assignServices(
  desired: Desired,
  current: CurrentTables,
  { listeners, wheels, lists }: References,
  capacity: Capacity,
): Tables['services'] {
  const taken = [...current.services.values()].map(({ row }): Range => rangeOf(row));
  const allocator = new RangeAllocator(capacity.wheelTargets, taken);
  const services: Tables['services'] = new Map();
  for (const [name, { key, row, account, allowedCidrs, accessList }] of desired.services) {
    const wheel = wheels.get(name)!;
    const before = current.services.get(name)?.row;
    const base =
      before && sameWheel(current.wheel, before, wheel) ? before.wheel_base : allocator.allocate(wheel.length);
    if (base === undefined) {
      throw exceeded('wheelTargets', capacity.wheelTargets);
    }
    services.set(name, {
      key,
      row: {
        ...row,
        listener: listeners.get(name)!,
        account: listeners.get(account)!,
        wheel_base: base,
        wheel_length: wheel.length,
        allowed_cidrs: lists.get(allowedCidrs ?? '') ?? 0,
        access_list: lists.get(accessList ?? '') ?? 0,
      },
    });
  }
  return services;
}

function rangeOf(row: ServiceRow): Range {
  return { base: row.wheel_base, length: row.wheel_length };
}

function sameWheel(array: Uint32Array, row: ServiceRow, wheel: Uint32Array): boolean {
  if (row.wheel_length !== wheel.length) {
    return false;
  }
  for (let i = 0; i < wheel.length; i++) {
    if (array[row.wheel_base + i] !== wheel[i]) {
      return false;
    }
  }
  return true;
}

/** Local addresses by index: those that have one below the new count keep it, the others fill what is left. */
function assignLocals(desired: Desired, current: CurrentTables): string[] {
  const wanted = new Set(desired.locals);
  const locals = new Array<string | undefined>(desired.locals.length).fill(undefined);
  for (const [address, { row }] of current.addresses) {
    const leased = wanted.has(address) && (row.flags & AddressBit.LOCAL) !== 0 && row.local < locals.length;
    if (leased && locals[row.local] === undefined) {
      locals[row.local] = address;
      wanted.delete(address);
    }
  }
  const rest = wanted.values();
  return locals.map((address) => address ?? (rest.next().value as string));
}

function assignAddresses(desired: Desired, current: CurrentTables, locals: readonly string[]): Tables['addresses'] {
  const indexes = new Map(locals.map((address, index) => [address, index]));
  const addresses: Tables['addresses'] = new Map();
  for (const [address, meaning] of desired.addresses) {
    const local = indexes.get(address) ?? 0;
    addresses.set(address, { key: { address: addressBytes(address) }, row: { flags: addressFlags(meaning), local } });
  }
  for (const [address, { key, row }] of current.addresses) {
    const resting = (row.flags & AddressBit.LOCAL) !== 0 && !addresses.has(address) && current.localInUse(address);
    if (resting) {
      const kept: AddressRow = { flags: row.flags & ~AddressBit.VIP, local: NOT_LEASED };
      addresses.set(address, { key, row: kept });
    }
  }
  return addresses;
}

function addressFlags({ vip, local, arp }: DesiredAddress): number {
  return (vip ? AddressBit.VIP : 0) | (local ? AddressBit.LOCAL : 0) | (arp ? AddressBit.ARP : 0);
}
