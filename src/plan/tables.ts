/**
 * The data plane's tables as plain objects. Rows are the types generated from bpf/types.h, so there is one definition of each;
 * numbers are in host order, addresses 16 bytes, IPv4 as ::ffff:a.b.c.d.
 */
import {
  type AddressKey,
  type Address as AddressRow,
  type Budget as BudgetRow,
  type Device as DeviceRow,
  Limits,
  type Local as LocalRow,
  type ServiceKey,
  type Service as ServiceRow,
  type Settings as SettingsRow,
  type Target as TargetRow,
} from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { type ListenerProtocol, transportOf } from '../model/resources.js';
import type { Fingerprint } from './access-list.js';

export type { AddressKey, AddressRow, BudgetRow, DeviceRow, LocalRow, ServiceKey, ServiceRow, SettingsRow, TargetRow };

/** IP protocol numbers of `service_key.protocol` and `target.protocol`. */
export const PROTOCOL_NUMBERS: Record<ListenerProtocol, number> = {
  TCP: 6,
  UDP: 17,
  HTTP: 6,
  HTTPS: 6,
  TERMINATED_HTTPS: 6,
  SCTP: 132,
  PROMETHEUS: 6,
};

/**
 * What the slow maps hold. Array maps appear as maps from index to row without their empty rows (all bytes zero; a target in use
 * always has a protocol, a local address never is `::`).
 */
export interface Tables {
  /** Undefined before the first apply: the row is all zeros. */
  settings: SettingsRow | undefined;
  /** By {@link serviceKeyText}. */
  services: Map<string, { key: ServiceKey; row: ServiceRow }>;
  /** By target id. */
  targets: Map<number, TargetRow>;
  /** By canonical text of the address. */
  addresses: Map<string, { key: AddressKey; row: AddressRow }>;
  /** By local index. */
  locals: Map<number, LocalRow>;
  /** By ifindex. */
  devices: Map<number, DeviceRow>;
  /** By account index: listeners', and load balancers' from BALANCER_BASE on. Rows are never removed, only written over. */
  budgets: Map<number, BudgetRow>;
  /** Which access list is where. */
  accessLists: Map<number, Fingerprint>;
}

/** What the kernel holds now, and what its sessions still need. */
export interface CurrentTables extends Tables {
  /** The whole wheel array, in targets: a view of the mapped memory will do, it is only read. */
  wheel: Uint32Array;
  /** Live `members[index].active`. */
  active: (member: number) => number;
  /** Live `accounts[index].connections`. */
  connections: (account: number) => number;
  /**
   * Whether sessions may still use a local address (canonical text) that the configuration no longer has. Answering true keeps
   * its `addresses` row, so that members are still answered when they ask for its MAC.
   */
  localInUse: (address: string) => boolean;
}

/** Entries of each table; a table made with other sizes passes its own. */
export interface Capacity {
  services: number;
  /** Entries of `listener_stats`, and those of `budgets` and `accounts` that are for listeners. */
  listeners: number;
  /** Entries of `budgets` and `accounts` that are for load balancers. */
  balancers: number;
  accessLists: number;
  /** Entries of the wheel array in targets, WHEEL_CELL_TARGETS a cell. */
  wheelTargets: number;
  targets: number;
  members: number;
  addresses: number;
  locals: number;
  devices: number;
}

/** Entries of the wheel array in targets: 262,144 cells. */
export const WHEEL_TARGETS = 262_144 * Limits.WHEEL_CELL_TARGETS;

/** The sizes in bpf/maps.h. */
export const CAPACITY: Capacity = {
  services: 16_384,
  listeners: Limits.BALANCER_BASE,
  balancers: Limits.BALANCER_BASE,
  accessLists: 16_384,
  wheelTargets: WHEEL_TARGETS,
  targets: 65_536,
  members: 65_536,
  addresses: 16_384,
  locals: 4_096,
  devices: 256,
};

/** A listener's identity in tables and messages: `198.18.0.10|tcp|80`. Also names its index, so that an index outlives a restart. */
export type ListenerKey = string;

/** Key text of a services row. */
export function serviceKeyText(key: ServiceKey): ListenerKey {
  return listenerKey(formatAddress(key.address), key.protocol === PROTOCOL_NUMBERS.UDP ? 'UDP' : 'TCP', key.port);
}

/** Key of a listener; `vip` in canonical text. Protocols over TCP have the same: packets do not tell them apart. */
export function listenerKey(vip: string, protocol: ListenerProtocol, port: number): ListenerKey {
  return `${vip}|${(transportOf(protocol) ?? protocol).toLowerCase()}|${port}`;
}

/** Tables of a gateway that has just been loaded. */
export function emptyTables(): Tables {
  return {
    settings: undefined,
    services: new Map(),
    targets: new Map(),
    addresses: new Map(),
    locals: new Map(),
    devices: new Map(),
    budgets: new Map(),
    accessLists: new Map(),
  };
}
