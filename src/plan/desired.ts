/**
 * The tables as the configuration wants them, with names in place of indexes: what `compile` makes and `assign` numbers.
 */
import type { Fault } from '../model/errors.js';
import type { Member, Pool } from '../model/resources.js';
import type { Fingerprint } from './access-list.js';
import type { Allowance } from './budgets.js';
import type { DeviceRow, ListenerKey, ServiceKey, ServiceRow, SettingsRow, TargetRow } from './tables.js';

/** Health of one member: `unknown` until its first check has an answer. */
export type Health = 'up' | 'down' | 'unknown';

/** By member id; a member that is missing is `unknown`. */
export type HealthView = ReadonlyMap<string, Health>;

/** Seconds; see `struct settings` in bpf/types.h. */
export type SessionTimes = Pick<SettingsRow, 'syn_timeout' | 'fin_timeout' | 'time_wait_timeout' | 'close_timeout'>;

/** An interface that runs the gateway. */
export interface Device {
  name: string;
  ifindex: number;
  mac: Uint8Array;
  /** Bytes of an IP packet. */
  mtu: number;
}

/** What the plan needs to know of the host besides the tree. */
export interface GatewayFacts {
  /** `gateway.local_addresses`, canonical text. */
  localAddresses: readonly string[];
  /** `gateway.sessions`. */
  sessions: number;
  devices: readonly Device[];
  /** Addresses configured on any interface of the host, canonical text: the kernel answers ARP for them, XDP for the others. */
  assignedAddresses: ReadonlySet<string>;
  /** Entries of `lease_words` - 1. */
  leaseMask: number;
  /** Random 32 bits; a gateway that has one in its settings keeps that. */
  hashKey: number;
  /** Default {@link DEFAULT_SESSION_TIMES}. */
  sessionTimes?: SessionTimes;
}

/** A listener's balancing table over its targets. */
export interface Wheel {
  /** Positions in {@link Desired.targets} of the targets it may lead to. */
  targets: Uint32Array;
  /** Indexes into `targets`. */
  entries: Uint32Array;
}

export interface DesiredService {
  /** For people: `web/http` or the VIP and port. */
  name: string;
  key: ServiceKey;
  row: Omit<ServiceRow, 'listener' | 'account' | 'wheel_base' | 'wheel_length' | 'allowed_cidrs' | 'access_list'>;
  /** The listener at the load balancer's first VIP: all its VIPs have one account. */
  account: ListenerKey;
  /** Undefined: everybody. */
  allowedCidrs: Fingerprint | undefined;
  accessList: Fingerprint | undefined;
  wheel: Wheel;
}

/** What a load balancer may use. */
export interface DesiredBalancer {
  /** For people. */
  name: string;
  /** Its listeners at its first VIP. */
  listeners: ListenerKey[];
  allowance: Allowance;
}

/** What a listener may use. */
export interface DesiredBudget {
  /** Key in {@link Desired.balancers}. */
  balancer: string;
  allowance: Allowance;
}

/** A member of a pool that some listener uses. */
export interface DesiredMember {
  pool: Pool;
  member: Member;
}

export interface DesiredTarget {
  listener: ListenerKey;
  /** Position in {@link Desired.members}: the same for all listeners that share the pool. */
  member: number;
  row: Omit<TargetRow, 'listener' | 'member'>;
}

/** What an address is to the data plane. */
export interface DesiredAddress {
  vip: boolean;
  local: boolean;
  /** XDP answers ARP for it. */
  arp: boolean;
}

export interface Desired {
  settings: Omit<SettingsRow, 'local_count'>;
  services: Map<ListenerKey, DesiredService>;
  members: DesiredMember[];
  /** Those of one listener stand together. */
  targets: DesiredTarget[];
  /** By canonical text. */
  addresses: Map<string, DesiredAddress>;
  /** Local addresses to lease from, canonical text. */
  locals: string[];
  /** By ifindex. */
  devices: Map<number, { name: string; row: DeviceRow }>;
  /** By listener at the first VIP. */
  budgets: Map<ListenerKey, DesiredBudget>;
  /** By id. */
  balancers: Map<string, DesiredBalancer>;
  /** Blocks of the lists that services refer to. */
  accessLists: Map<Fingerprint, readonly string[]>;
  /** What works but will not as well as the configuration suggests. */
  warnings: Fault[];
}

/**
 * SYN: three retransmissions of a client's SYN (1 + 2 + 4 s) fit well in. FIN and TIME-WAIT: what Linux uses (tcp_fin_timeout, and
 * TCP_TIMEWAIT_LEN of a member). Closed: a last retransmitted FIN or ACK still finds its session.
 */
export const DEFAULT_SESSION_TIMES: SessionTimes = {
  syn_timeout: 30,
  fin_timeout: 60,
  time_wait_timeout: 60,
  close_timeout: 10,
};
