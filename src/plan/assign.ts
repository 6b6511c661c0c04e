/**
 * Gives the desired tables their indexes. What stays keeps its index: sessions, counters, cursors and sticky clients in the kernel
 * know members and listeners by nothing else.
 */

import { AddressBit } from '../datapath/layouts.js';
import { addressBytes } from '../model/address.js';
import type { Fingerprint } from './access-list.js';
import { assignAccessLists, assignBalancers, assignBudgets, listsInUse } from './assign-admission.js';
import { assignTargets } from './assign-targets.js';
import type { Assigned } from './assigned.js';
import { checkCapacity, exceeded } from './capacity.js';
import type { DesiredService, DesiredTarget, Wheel } from './desired.js';
import type { Held } from './held.js';
import type { Step } from './step.js';
import type { AddressRow, Capacity, CurrentTables, ListenerKey, ServiceRow, Tables } from './tables.js';

/** `address.local` of a local address that is not leased any more. */
export const NOT_LEASED = 0xffff_ffff;

/**
 * What a step wants, with indexes.
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
 * Nothing that the kernel holds is handed out again in the same step; it becomes free in the next one.
 *
 * @throws SluiceError `capacity_exceeded` naming the table and its size
 */
export function assign(step: Step, held: Held, capacity: Capacity): Assigned {
  checkCapacity(step, held, capacity);
  const wanted = new Map(step.balancers.flatMap(({ services }) => [...services]));
  const listeners = assignListeners(wanted, held, capacity);
  const { targets, ids } = assignTargets(step, held, listeners, capacity);
  const lists = assignAccessLists(step, held, capacity);
  const balancerIndexes = assignBalancers(step, held, capacity);
  const wheels = new Map([...wanted].map(([name, { wheel }]) => [name, targetsOn(wheel, ids)]));
  const services = assignServices(wanted, held, { listeners, wheels, lists }, capacity);
  const locals = step.whole ? assignLocals(step, held) : undefined;
  return {
    services,
    targets,
    wheels,
    balancerIndexes,
    addresses: assignAddresses(step, held, locals),
    budgets: assignBudgets(step, listeners, balancerIndexes),
    accessLists: listsInUse(step, held, lists, services),
    gateway: locals && {
      settings: {
        ...step.gateway.settings,
        local_count: locals.length,
        hash_key: held.tables.settings?.hash_key ?? step.gateway.settings.hash_key,
      },
      locals: new Map(locals.map((address, index) => [index, { address: addressBytes(address) }])),
      devices: new Map([...step.gateway.devices].map(([ifindex, { row }]) => [ifindex, row])),
    },
  };
}

/** Target ids in the order of the wheel. */
function targetsOn({ targets, entries }: Wheel, targetIds: ReadonlyMap<DesiredTarget, number>): Uint32Array {
  const ids = Uint32Array.from(targets, (target) => targetIds.get(target)!);
  return entries.map((entry) => ids[entry]!);
}

type Services = ReadonlyMap<ListenerKey, DesiredService>;

function assignListeners(wanted: Services, { tables, listeners }: Held, capacity: Capacity): Map<ListenerKey, number> {
  const indexes = new Map<ListenerKey, number>();
  const free = listeners.free(capacity.listeners, (index) => tables.connections(index) > 0);
  for (const [key, { account }] of wanted) {
    const row = tables.services.get(key)?.row;
    // A further VIP that becomes a first one counts by its own account from now on, where connections from before may be left.
    const promoted = row !== undefined && account === key && row.account !== row.listener;
    const kept = promoted && tables.connections(row.listener) > 0 ? undefined : row?.listener;
    const index = kept ?? free.next().value;
    if (index === undefined) {
      throw exceeded('listeners', capacity.listeners);
    }
    indexes.set(key, index);
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
  wanted: Services,
  { tables, wheels: ranges }: Held,
  { listeners, wheels, lists }: References,
  capacity: Capacity,
): Tables['services'] {
  const allocator = ranges.allocator(capacity.wheelTargets);
  const services: Tables['services'] = new Map();
  for (const [name, { key, row, account, allowedCidrs, accessList }] of wanted) {
    const wheel = wheels.get(name)!;
    const before = tables.services.get(name)?.row;
    const base =
      before && sameWheel(tables.wheel, before, wheel) ? before.wheel_base : allocator.allocate(wheel.length);
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
function assignLocals({ gateway }: Step, { tables, locals: known }: Held): string[] {
  const wanted = new Set(gateway.locals);
  const locals = new Array<string | undefined>(wanted.size).fill(undefined);
  for (const address of known) {
    const { local } = tables.addresses.get(address)!.row;
    if (wanted.has(address) && local < locals.length && locals[local] === undefined) {
      locals[local] = address;
      wanted.delete(address);
    }
  }
  const rest = wanted.values();
  return locals.map((address) => address ?? (rest.next().value as string));
}

/** @param locals by index; undefined: they are not looked at */
function assignAddresses(
  { balancers, gateway, addresses: looked }: Step,
  { tables }: Held,
  locals: readonly string[] | undefined,
): Tables['addresses'] {
  const rows: Tables['addresses'] = new Map();
  const put = (address: string, flags: number, local: number): void => {
    const arp = gateway.assigned.has(address) ? 0 : AddressBit.ARP;
    rows.set(address, { key: { address: addressBytes(address) }, row: { flags: flags | arp, local } });
  };
  for (const vip of balancers.flatMap(({ vips }) => vips)) {
    if (!gateway.locals.has(vip)) {
      put(vip, AddressBit.VIP, 0);
    }
  }
  for (const [index, address] of locals?.entries() ?? []) {
    put(address, AddressBit.LOCAL, index);
  }
  for (const address of looked) {
    const resting = rows.has(address) ? undefined : restingRow(tables, address);
    if (resting) {
      rows.set(address, resting);
    }
  }
  return rows;
}

/** The row of a local address that is leased no more while sessions use it. */
function restingRow(
  tables: CurrentTables,
  address: string,
): { key: { address: Uint8Array }; row: AddressRow } | undefined {
  const held = tables.addresses.get(address);
  return held && (held.row.flags & AddressBit.LOCAL) !== 0 && tables.localInUse(address)
    ? { key: held.key, row: { flags: held.row.flags & ~AddressBit.VIP, local: NOT_LEASED } }
    : undefined;
}
