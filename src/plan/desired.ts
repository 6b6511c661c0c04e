/**
 * The tables as the configuration wants them, with names in place of indexes: what `compile` makes and `assign` numbers.
 */
import type { Member, Pool } from '../model/resources.js';
import type { Fingerprint } from './access-list.js';
import type { Allowance } from './budgets.js';
import type { DeviceRow, ListenerKey, ServiceKey, ServiceRow, SettingsRow, TargetRow } from './tables.js';

/** Health of one member: `unknown` until its first check has an answer. */
export type Health = 'up' | 'down' | 'unknown';

/** What is known of the members' health, of all at one moment. */
export interface HealthView {
  /** By member id; a member that is missing is `unknown`. */
  get: (memberId: string) => Health | undefined;
  /** Another number whenever some answer may have become another one; undefined: that is not known. */
  readonly version?: number;
  /** Ids of members whose answer may have become another one since then; undefined: that is not known any more. */
  changedSince?: (version: number) => readonly string[] | undefined;
}

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
  /** The targets it may lead to. */
  targets: readonly DesiredTarget[];
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

/** A member of a pool that some listener uses: one object, whichever of a load balancer's listeners share the pool. */
export interface DesiredMember {
  pool: Pool;
  member: Member;
}

export interface DesiredTarget {
  listener: ListenerKey;
  member: DesiredMember;
  row: Omit<TargetRow, 'listener' | 'member'>;
}

/** What the tables hold of one load balancer. Never changed: another configuration or health makes another one. */
export interface DesiredBalancer {
  id: string;
  /** For people. */
  name: string;
  /** What it may use. */
  allowance: Allowance;
  /** Canonical text. */
  vips: readonly string[];
  services: Map<ListenerKey, DesiredService>;
  members: DesiredMember[];
  /** Those of one listener stand together. */
  targets: DesiredTarget[];
  /** What its listeners may use, by listener at the first VIP. */
  budgets: Map<ListenerKey, Allowance>;
  /** Blocks of the lists that its services refer to. */
  accessLists: Map<Fingerprint, readonly string[]>;
}

/** What the tables hold of the gateway itself. */
export interface DesiredGateway {
  settings: Omit<SettingsRow, 'local_count'>;
  /** Local addresses to lease from, canonical text. */
  locals: ReadonlySet<string>;
  /** Addresses for which the kernel answers ARP. */
  assigned: ReadonlySet<string>;
  /** By ifindex. */
  devices: Map<number, { name: string; row: DeviceRow }>;
}

export interface Desired {
  gateway: DesiredGateway;
  /** In the order of the tree, without disabled ones; a load balancer has one. */
  balancers: readonly DesiredBalancer[];
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
