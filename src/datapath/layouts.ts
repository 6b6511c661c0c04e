/**
 * What the kernel programs and user space share. Generated from the BTF of bpf/gateway.bpf.c by scripts/generate-layouts.ts;
 * change bpf/types.h and run `npm run generate`.
 */
import { codec, getBytes, getWords, putBytes, putWords } from './codec.js';

/** Identifies these layouts; `layoutHash` of an object with the same ones yields the same. */
export const LAYOUT_HASH = 'dac8bded16865f2a2e8499ab764a08e6';

/** The types that LAYOUT_HASH is taken of. */
export const LAYOUT_TYPES = [
  'limits',
  'flow4',
  'session_bit',
  'session4',
  'service_key',
  'algorithm',
  'service_bit',
  'service',
  'wheel_cell',
  'target_bit',
  'target',
  'member',
  'access_key',
  'access',
  'unlimited',
  'budget',
  'account',
  'client_cell',
  'sticky_key',
  'sticky',
  'address_bit',
  'address_key',
  'address',
  'local',
  'device',
  'route',
  'settings',
  'outcome',
  'event',
  'target_stats',
  'listener_stats',
  'session_filter',
  'session_record',
  'frame_record',
] as const;

/** enum limits */
export const Limits = {
  TICK_SHIFT: 24,
  WHEEL_CELL_TARGETS: 16,
  LEASE_FIRST_PORT: 1024,
  LEASE_PORTS: 64512,
  LEASE_WORDS_PER_LOCAL: 1008,
  LEASE_TRIES: 64,
  ROUTES: 4096,
  LEAST_CONNECTIONS_SCAN: 1024,
  BALANCER_BASE: 16384,
  CLIENT_CELLS: 65536,
  CLIENT_ROWS: 2,
  RESERVED_SHIFT: 3,
  CONTENTION_SECONDS: 10,
  BURST_NANOSECONDS: 250000000,
  BYTE_TIME_SHIFT: 16,
  OPTION_TOA: 254,
  OPTION_TOA_ALTERNATE: 253,
  TOA_LENGTH: 8,
} as const;
export type Limits = (typeof Limits)[keyof typeof Limits];

/** struct flow4, 16 bytes */
export interface Flow4 {
  saddr: number;
  daddr: number;
  sport: number;
  dport: number;
  protocol: number;
}

export const flow4 = codec<Flow4>(
  'flow4',
  16,
  (view, at) => ({
    saddr: view.getUint32(at, false),
    daddr: view.getUint32(at + 4, false),
    sport: view.getUint16(at + 8, false),
    dport: view.getUint16(at + 10, false),
    protocol: view.getUint8(at + 12),
  }),
  (view, at, value) => {
    view.setUint32(at, value.saddr, false);
    view.setUint32(at + 4, value.daddr, false);
    view.setUint16(at + 8, value.sport, false);
    view.setUint16(at + 10, value.dport, false);
    view.setUint8(at + 12, value.protocol);
  },
);

/** enum session_bit */
export const SessionBit = {
  REVERSE: 1,
  TOA: 2,
  ANSWERED: 4,
  FIN: 8,
  RST: 16,
  MEMBER_CLOSED_FIRST: 32,
  CLOSED: 64,
  ROUTED: 128,
  UNLEASED: 256,
  METERED: 512,
  TALLIED: 1024,
  TALLIED_BALANCER: 2048,
  IDLE_SHIFT: 16,
  MSS_SHIFT: 16,
} as const;
export type SessionBit = (typeof SessionBit)[keyof typeof SessionBit];

/** Labels of enum session_bit, by value. */
export const sessionBitLabels: Readonly<Record<number, string>> = {
  1: 'reverse',
  2: 'toa',
  4: 'answered',
  8: 'fin',
  16: 'rst',
  32: 'member_closed_first',
  64: 'closed',
  128: 'routed',
  256: 'unleased',
  512: 'metered',
  1024: 'tallied',
  2048: 'tallied_balancer',
};

/** struct session4, 64 bytes */
export interface Session4 {
  saddr: number;
  daddr: number;
  sport: number;
  dport: number;
  ip_delta: number;
  l4_delta: number;
  dmac: Uint8Array;
  smac: Uint8Array;
  ifindex: number;
  seen: number;
  state: number;
  target: number;
  account: number;
  ack: number;
  toa_ack: number;
  created: number;
  packets: number;
  bytes: bigint;
}

/** The fields 'toa_ack', 'created' share their bytes: give the one that is meant. */
export type Session4Input = Omit<Session4, 'toa_ack' | 'created'> & Partial<Pick<Session4, 'toa_ack' | 'created'>>;

export const session4 = codec<Session4, Session4Input>(
  'session4',
  64,
  (view, at) => ({
    saddr: view.getUint32(at, false),
    daddr: view.getUint32(at + 4, false),
    sport: view.getUint16(at + 8, false),
    dport: view.getUint16(at + 10, false),
    ip_delta: view.getUint16(at + 12, true),
    l4_delta: view.getUint16(at + 14, true),
    dmac: getBytes(view, at + 16, 6),
    smac: getBytes(view, at + 22, 6),
    ifindex: view.getUint32(at + 28, true),
    seen: view.getUint32(at + 32, true),
    state: view.getUint32(at + 36, true),
    target: view.getUint16(at + 40, true),
    account: view.getUint16(at + 42, true),
    ack: view.getUint32(at + 44, true),
    toa_ack: view.getUint32(at + 48, true),
    created: view.getUint32(at + 48, true),
    packets: view.getUint32(at + 52, true),
    bytes: view.getBigUint64(at + 56, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.saddr, false);
    view.setUint32(at + 4, value.daddr, false);
    view.setUint16(at + 8, value.sport, false);
    view.setUint16(at + 10, value.dport, false);
    view.setUint16(at + 12, value.ip_delta, true);
    view.setUint16(at + 14, value.l4_delta, true);
    putBytes(view, at + 16, 6, value.dmac, 'session4.dmac');
    putBytes(view, at + 22, 6, value.smac, 'session4.smac');
    view.setUint32(at + 28, value.ifindex, true);
    view.setUint32(at + 32, value.seen, true);
    view.setUint32(at + 36, value.state, true);
    view.setUint16(at + 40, value.target, true);
    view.setUint16(at + 42, value.account, true);
    view.setUint32(at + 44, value.ack, true);
    if (value.toa_ack !== undefined) view.setUint32(at + 48, value.toa_ack, true);
    if (value.created !== undefined) view.setUint32(at + 48, value.created, true);
    view.setUint32(at + 52, value.packets, true);
    view.setBigUint64(at + 56, value.bytes, true);
  },
);

/** struct service_key, 20 bytes */
export interface ServiceKey {
  address: Uint8Array;
  port: number;
  protocol: number;
}

export const serviceKey = codec<ServiceKey>(
  'service_key',
  20,
  (view, at) => ({
    address: getBytes(view, at, 16),
    port: view.getUint16(at + 16, false),
    protocol: view.getUint8(at + 18),
  }),
  (view, at, value) => {
    putBytes(view, at, 16, value.address, 'service_key.address');
    view.setUint16(at + 16, value.port, false);
    view.setUint8(at + 18, value.protocol);
  },
);

/** enum algorithm */
export const Algorithm = {
  WHEEL: 0,
  SOURCE_HASH: 1,
  SOURCE_PORT_HASH: 2,
  LEAST_CONNECTIONS: 3,
} as const;
export type Algorithm = (typeof Algorithm)[keyof typeof Algorithm];

/** Labels of enum algorithm, by value. */
export const algorithmLabels: Readonly<Record<number, string>> = {
  0: 'wheel',
  1: 'source_hash',
  2: 'source_port_hash',
  3: 'least_connections',
};

/** enum service_bit */
export const ServiceBit = {
  TOA: 1,
  PASS: 2,
  ALLOWED_CIDRS: 4,
  ALLOW: 8,
  DENY: 16,
  LIMITED: 32,
  METERED: 64,
} as const;
export type ServiceBit = (typeof ServiceBit)[keyof typeof ServiceBit];

/** Labels of enum service_bit, by value. */
export const serviceBitLabels: Readonly<Record<number, string>> = {
  1: 'toa',
  2: 'pass',
  4: 'allowed_cidrs',
  8: 'allow',
  16: 'deny',
  32: 'limited',
  64: 'metered',
};

/** struct service, 48 bytes */
export interface Service {
  listener: number;
  account: number;
  flags: number;
  algorithm: number;
  idle_timeout: number;
  sticky_timeout: number;
  hash_seed: number;
  wheel_base: number;
  wheel_length: number;
  mss: number;
  allowed_cidrs: number;
  access_list: number;
}

export const service = codec<Service>(
  'service',
  48,
  (view, at) => ({
    listener: view.getUint32(at, true),
    account: view.getUint32(at + 4, true),
    flags: view.getUint32(at + 8, true),
    algorithm: view.getUint32(at + 12, true),
    idle_timeout: view.getUint32(at + 16, true),
    sticky_timeout: view.getUint32(at + 20, true),
    hash_seed: view.getUint32(at + 24, true),
    wheel_base: view.getUint32(at + 28, true),
    wheel_length: view.getUint32(at + 32, true),
    mss: view.getUint16(at + 36, true),
    allowed_cidrs: view.getUint32(at + 40, true),
    access_list: view.getUint32(at + 44, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.listener, true);
    view.setUint32(at + 4, value.account, true);
    view.setUint32(at + 8, value.flags, true);
    view.setUint32(at + 12, value.algorithm, true);
    view.setUint32(at + 16, value.idle_timeout, true);
    view.setUint32(at + 20, value.sticky_timeout, true);
    view.setUint32(at + 24, value.hash_seed, true);
    view.setUint32(at + 28, value.wheel_base, true);
    view.setUint32(at + 32, value.wheel_length, true);
    view.setUint16(at + 36, value.mss, true);
    view.setUint32(at + 40, value.allowed_cidrs, true);
    view.setUint32(at + 44, value.access_list, true);
  },
);

/** struct wheel_cell, 64 bytes */
export interface WheelCell {
  target: Uint32Array;
}

export const wheelCell = codec<WheelCell>(
  'wheel_cell',
  64,
  (view, at) => ({
    target: getWords(view, at, 16),
  }),
  (view, at, value) => {
    putWords(view, at, 16, value.target, 'wheel_cell.target');
  },
);

/** enum target_bit */
export const TargetBit = {
  USABLE: 1,
  GONE: 2,
} as const;
export type TargetBit = (typeof TargetBit)[keyof typeof TargetBit];

/** Labels of enum target_bit, by value. */
export const targetBitLabels: Readonly<Record<number, string>> = {
  1: 'usable',
  2: 'gone',
};

/** struct target, 36 bytes */
export interface Target {
  address: Uint8Array;
  port: number;
  protocol: number;
  flags: number;
  weight: number;
  listener: number;
  member: number;
}

export const target = codec<Target>(
  'target',
  36,
  (view, at) => ({
    address: getBytes(view, at, 16),
    port: view.getUint16(at + 16, false),
    protocol: view.getUint8(at + 18),
    flags: view.getUint32(at + 20, true),
    weight: view.getUint32(at + 24, true),
    listener: view.getUint32(at + 28, true),
    member: view.getUint32(at + 32, true),
  }),
  (view, at, value) => {
    putBytes(view, at, 16, value.address, 'target.address');
    view.setUint16(at + 16, value.port, false);
    view.setUint8(at + 18, value.protocol);
    view.setUint32(at + 20, value.flags, true);
    view.setUint32(at + 24, value.weight, true);
    view.setUint32(at + 28, value.listener, true);
    view.setUint32(at + 32, value.member, true);
  },
);

/** struct member, 8 bytes */
export interface Member {
  active: number;
  leases: number;
}

export const member = codec<Member>(
  'member',
  8,
  (view, at) => ({
    active: view.getUint32(at, true),
    leases: view.getUint32(at + 4, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.active, true);
    view.setUint32(at + 4, value.leases, true);
  },
);

/** struct access_key, 20 bytes */
export interface AccessKey {
  prefix: number;
  address: Uint8Array;
}

export const accessKey = codec<AccessKey>(
  'access_key',
  20,
  (view, at) => ({
    prefix: view.getUint32(at, true),
    address: getBytes(view, at + 4, 16),
  }),
  (view, at, value) => {
    view.setUint32(at, value.prefix, true);
    putBytes(view, at + 4, 16, value.address, 'access_key.address');
  },
);

/** enum access */
export const Access = {
  UNLISTED: 0,
  LISTED: 1,
} as const;
export type Access = (typeof Access)[keyof typeof Access];

/** Labels of enum access, by value. */
export const accessLabels: Readonly<Record<number, string>> = {
  0: 'unlisted',
  1: 'listed',
};

/** enum unlimited */
export const Unlimited = {
  UNLIMITED: 4294967295,
} as const;
export type Unlimited = (typeof Unlimited)[keyof typeof Unlimited];

/** struct budget, 16 bytes */
export interface Budget {
  balancer: number;
  connections: number;
  sessions: number;
  byte_time: number;
}

export const budget = codec<Budget>(
  'budget',
  16,
  (view, at) => ({
    balancer: view.getUint32(at, true),
    connections: view.getUint32(at + 4, true),
    sessions: view.getUint32(at + 8, true),
    byte_time: view.getUint32(at + 12, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.balancer, true);
    view.setUint32(at + 4, value.connections, true);
    view.setUint32(at + 8, value.sessions, true);
    view.setUint32(at + 12, value.byte_time, true);
  },
);

/** struct account, 64 bytes */
export interface Account {
  next: bigint;
  connections: number;
  turned_away: number;
  sessions: bigint;
  up_busy: bigint;
  down_busy: bigint;
}

export const account = codec<Account>(
  'account',
  64,
  (view, at) => ({
    next: view.getBigUint64(at, true),
    connections: view.getUint32(at + 8, true),
    turned_away: view.getUint32(at + 12, true),
    sessions: view.getBigUint64(at + 16, true),
    up_busy: view.getBigUint64(at + 24, true),
    down_busy: view.getBigUint64(at + 32, true),
  }),
  (view, at, value) => {
    view.setBigUint64(at, value.next, true);
    view.setUint32(at + 8, value.connections, true);
    view.setUint32(at + 12, value.turned_away, true);
    view.setBigUint64(at + 16, value.sessions, true);
    view.setBigUint64(at + 24, value.up_busy, true);
    view.setBigUint64(at + 32, value.down_busy, true);
  },
);

/** struct client_cell, 16 bytes */
export interface ClientCell {
  connections: number;
  sessions: bigint;
}

export const clientCell = codec<ClientCell>(
  'client_cell',
  16,
  (view, at) => ({
    connections: view.getUint32(at, true),
    sessions: view.getBigUint64(at + 8, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.connections, true);
    view.setBigUint64(at + 8, value.sessions, true);
  },
);

/** struct sticky_key, 20 bytes */
export interface StickyKey {
  address: Uint8Array;
  listener: number;
}

export const stickyKey = codec<StickyKey>(
  'sticky_key',
  20,
  (view, at) => ({
    address: getBytes(view, at, 16),
    listener: view.getUint32(at + 16, true),
  }),
  (view, at, value) => {
    putBytes(view, at, 16, value.address, 'sticky_key.address');
    view.setUint32(at + 16, value.listener, true);
  },
);

/** struct sticky, 8 bytes */
export interface Sticky {
  target: number;
  seen: number;
}

export const sticky = codec<Sticky>(
  'sticky',
  8,
  (view, at) => ({
    target: view.getUint32(at, true),
    seen: view.getUint32(at + 4, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.target, true);
    view.setUint32(at + 4, value.seen, true);
  },
);

/** enum address_bit */
export const AddressBit = {
  VIP: 1,
  LOCAL: 2,
  ARP: 4,
} as const;
export type AddressBit = (typeof AddressBit)[keyof typeof AddressBit];

/** Labels of enum address_bit, by value. */
export const addressBitLabels: Readonly<Record<number, string>> = {
  1: 'vip',
  2: 'local',
  4: 'arp',
};

/** struct address_key, 16 bytes */
export interface AddressKey {
  address: Uint8Array;
}

export const addressKey = codec<AddressKey>(
  'address_key',
  16,
  (view, at) => ({
    address: getBytes(view, at, 16),
  }),
  (view, at, value) => {
    putBytes(view, at, 16, value.address, 'address_key.address');
  },
);

/** struct address, 8 bytes */
export interface Address {
  flags: number;
  local: number;
}

export const address = codec<Address>(
  'address',
  8,
  (view, at) => ({
    flags: view.getUint32(at, true),
    local: view.getUint32(at + 4, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.flags, true);
    view.setUint32(at + 4, value.local, true);
  },
);

/** struct local, 16 bytes */
export interface Local {
  address: Uint8Array;
}

export const local = codec<Local>(
  'local',
  16,
  (view, at) => ({
    address: getBytes(view, at, 16),
  }),
  (view, at, value) => {
    putBytes(view, at, 16, value.address, 'local.address');
  },
);

/** struct device, 8 bytes */
export interface Device {
  mac: Uint8Array;
}

export const device = codec<Device>(
  'device',
  8,
  (view, at) => ({
    mac: getBytes(view, at, 6),
  }),
  (view, at, value) => {
    putBytes(view, at, 6, value.mac, 'device.mac');
  },
);

/** struct route, 32 bytes */
export interface Route {
  saddr: number;
  daddr: number;
  ingress: number;
  period: number;
  egress: number;
  dmac: Uint8Array;
  smac: Uint8Array;
}

export const route = codec<Route>(
  'route',
  32,
  (view, at) => ({
    saddr: view.getUint32(at, false),
    daddr: view.getUint32(at + 4, false),
    ingress: view.getUint32(at + 8, true),
    period: view.getUint32(at + 12, true),
    egress: view.getUint32(at + 16, true),
    dmac: getBytes(view, at + 20, 6),
    smac: getBytes(view, at + 26, 6),
  }),
  (view, at, value) => {
    view.setUint32(at, value.saddr, false);
    view.setUint32(at + 4, value.daddr, false);
    view.setUint32(at + 8, value.ingress, true);
    view.setUint32(at + 12, value.period, true);
    view.setUint32(at + 16, value.egress, true);
    putBytes(view, at + 20, 6, value.dmac, 'route.dmac');
    putBytes(view, at + 26, 6, value.smac, 'route.smac');
  },
);

/** struct settings, 32 bytes */
export interface Settings {
  local_count: number;
  syn_timeout: number;
  fin_timeout: number;
  time_wait_timeout: number;
  close_timeout: number;
  lease_mask: number;
  hash_key: number;
}

export const settings = codec<Settings>(
  'settings',
  32,
  (view, at) => ({
    local_count: view.getUint32(at, true),
    syn_timeout: view.getUint32(at + 4, true),
    fin_timeout: view.getUint32(at + 8, true),
    time_wait_timeout: view.getUint32(at + 12, true),
    close_timeout: view.getUint32(at + 16, true),
    lease_mask: view.getUint32(at + 20, true),
    hash_key: view.getUint32(at + 24, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.local_count, true);
    view.setUint32(at + 4, value.syn_timeout, true);
    view.setUint32(at + 8, value.fin_timeout, true);
    view.setUint32(at + 12, value.time_wait_timeout, true);
    view.setUint32(at + 16, value.close_timeout, true);
    view.setUint32(at + 20, value.lease_mask, true);
    view.setUint32(at + 24, value.hash_key, true);
  },
);

/** enum outcome */
export const Outcome = {
  PASS_NOT_IP: 0,
  PASS_NOT_OURS: 1,
  PASS_PROXY: 2,
  FORWARD: 3,
  KERNEL_FORWARD: 4,
  ARP_REPLY: 5,
  REFUSED_NO_MEMBER: 6,
  REFUSED_NO_LISTENER: 7,
  REFUSED_NO_SESSION: 8,
  DROP_NO_SESSION: 9,
  DROP_MALFORMED: 10,
  DROP_IP_OPTIONS: 11,
  DROP_FRAGMENT: 12,
  DROP_SESSIONS_FULL: 13,
  DROP_LEASES_EXHAUSTED: 14,
  DROP_NO_LOCAL_ADDRESS: 15,
  DROP_NO_ROUTE: 16,
  DROP_TTL: 17,
  DROP_NO_HEADROOM: 18,
  DROP_ACL: 19,
  DROP_CONNECTION_LIMIT: 20,
  DROP_RATE_LIMIT: 21,
  DROP_FLAVOR_CONNECTIONS: 22,
  DROP_FLAVOR_RATE: 23,
  DROP_BANDWIDTH: 24,
  DROP_RACE: 25,
  MAX: 26,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Labels of enum outcome, by value. */
export const outcomeLabels: Readonly<Record<number, string>> = {
  0: 'pass_not_ip',
  1: 'pass_not_ours',
  2: 'pass_proxy',
  3: 'forward',
  4: 'kernel_forward',
  5: 'arp_reply',
  6: 'refused_no_member',
  7: 'refused_no_listener',
  8: 'refused_no_session',
  9: 'drop_no_session',
  10: 'drop_malformed',
  11: 'drop_ip_options',
  12: 'drop_fragment',
  13: 'drop_sessions_full',
  14: 'drop_leases_exhausted',
  15: 'drop_no_local_address',
  16: 'drop_no_route',
  17: 'drop_ttl',
  18: 'drop_no_headroom',
  19: 'drop_acl',
  20: 'drop_connection_limit',
  21: 'drop_rate_limit',
  22: 'drop_flavor_connections',
  23: 'drop_flavor_rate',
  24: 'drop_bandwidth',
  25: 'drop_race',
};

/** enum event */
export const Event = {
  SESSION_CREATED: 0,
  SESSION_REOPENED: 1,
  SESSION_MOVED: 2,
  SESSION_ENDED_CLOSED: 3,
  SESSION_ENDED_IDLE: 4,
  SESSION_ENDED_SYN: 5,
  TOA_INSERTED: 6,
  TOA_PRUNED: 7,
  TOA_NO_ROOM: 8,
  TOA_STRIPPED: 9,
  MSS_CLAMPED: 10,
  MAX: 11,
} as const;
export type Event = (typeof Event)[keyof typeof Event];

/** Labels of enum event, by value. */
export const eventLabels: Readonly<Record<number, string>> = {
  0: 'session_created',
  1: 'session_reopened',
  2: 'session_moved',
  3: 'session_ended_closed',
  4: 'session_ended_idle',
  5: 'session_ended_syn',
  6: 'toa_inserted',
  7: 'toa_pruned',
  8: 'toa_no_room',
  9: 'toa_stripped',
  10: 'mss_clamped',
};

/** struct target_stats, 40 bytes */
export interface TargetStats {
  sessions: bigint;
  packets_in: bigint;
  bytes_in: bigint;
  packets_out: bigint;
  bytes_out: bigint;
}

export const targetStats = codec<TargetStats>(
  'target_stats',
  40,
  (view, at) => ({
    sessions: view.getBigUint64(at, true),
    packets_in: view.getBigUint64(at + 8, true),
    bytes_in: view.getBigUint64(at + 16, true),
    packets_out: view.getBigUint64(at + 24, true),
    bytes_out: view.getBigUint64(at + 32, true),
  }),
  (view, at, value) => {
    view.setBigUint64(at, value.sessions, true);
    view.setBigUint64(at + 8, value.packets_in, true);
    view.setBigUint64(at + 16, value.bytes_in, true);
    view.setBigUint64(at + 24, value.packets_out, true);
    view.setBigUint64(at + 32, value.bytes_out, true);
  },
);

/** struct listener_stats, 64 bytes */
export interface ListenerStats {
  refused: bigint;
  dropped: bigint;
  acl: bigint;
  connection_limit: bigint;
  rate_limit: bigint;
  flavor_connections: bigint;
  flavor_rate: bigint;
  bandwidth: bigint;
}

export const listenerStats = codec<ListenerStats>(
  'listener_stats',
  64,
  (view, at) => ({
    refused: view.getBigUint64(at, true),
    dropped: view.getBigUint64(at + 8, true),
    acl: view.getBigUint64(at + 16, true),
    connection_limit: view.getBigUint64(at + 24, true),
    rate_limit: view.getBigUint64(at + 32, true),
    flavor_connections: view.getBigUint64(at + 40, true),
    flavor_rate: view.getBigUint64(at + 48, true),
    bandwidth: view.getBigUint64(at + 56, true),
  }),
  (view, at, value) => {
    view.setBigUint64(at, value.refused, true);
    view.setBigUint64(at + 8, value.dropped, true);
    view.setBigUint64(at + 16, value.acl, true);
    view.setBigUint64(at + 24, value.connection_limit, true);
    view.setBigUint64(at + 32, value.rate_limit, true);
    view.setBigUint64(at + 40, value.flavor_connections, true);
    view.setBigUint64(at + 48, value.flavor_rate, true);
    view.setBigUint64(at + 56, value.bandwidth, true);
  },
);

/** struct session_filter, 40 bytes */
export interface SessionFilter {
  client: number;
  vip: number;
  member: number;
  local: number;
  client_port: number;
  vip_port: number;
  member_port: number;
  local_port: number;
  protocol: number;
  count_only: number;
  matched: bigint;
}

export const sessionFilter = codec<SessionFilter>(
  'session_filter',
  40,
  (view, at) => ({
    client: view.getUint32(at, false),
    vip: view.getUint32(at + 4, false),
    member: view.getUint32(at + 8, false),
    local: view.getUint32(at + 12, false),
    client_port: view.getUint16(at + 16, false),
    vip_port: view.getUint16(at + 18, false),
    member_port: view.getUint16(at + 20, false),
    local_port: view.getUint16(at + 22, false),
    protocol: view.getUint8(at + 24),
    count_only: view.getUint8(at + 25),
    matched: view.getBigUint64(at + 32, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.client, false);
    view.setUint32(at + 4, value.vip, false);
    view.setUint32(at + 8, value.member, false);
    view.setUint32(at + 12, value.local, false);
    view.setUint16(at + 16, value.client_port, false);
    view.setUint16(at + 18, value.vip_port, false);
    view.setUint16(at + 20, value.member_port, false);
    view.setUint16(at + 22, value.local_port, false);
    view.setUint8(at + 24, value.protocol);
    view.setUint8(at + 25, value.count_only);
    view.setBigUint64(at + 32, value.matched, true);
  },
);

/** struct session_record, 72 bytes */
export interface SessionRecord {
  flow: Flow4;
  local: number;
  member: number;
  local_port: number;
  member_port: number;
  state: number;
  reverse_state: number;
  target: number;
  idle: number;
  age: number;
  packets_in: number;
  packets_out: number;
  bytes_in: bigint;
  bytes_out: bigint;
}

export const sessionRecord = codec<SessionRecord>(
  'session_record',
  72,
  (view, at) => ({
    flow: flow4.read(view, at),
    local: view.getUint32(at + 16, false),
    member: view.getUint32(at + 20, false),
    local_port: view.getUint16(at + 24, false),
    member_port: view.getUint16(at + 26, false),
    state: view.getUint32(at + 28, true),
    reverse_state: view.getUint32(at + 32, true),
    target: view.getUint32(at + 36, true),
    idle: view.getUint32(at + 40, true),
    age: view.getUint32(at + 44, true),
    packets_in: view.getUint32(at + 48, true),
    packets_out: view.getUint32(at + 52, true),
    bytes_in: view.getBigUint64(at + 56, true),
    bytes_out: view.getBigUint64(at + 64, true),
  }),
  (view, at, value) => {
    flow4.write(view, at, value.flow);
    view.setUint32(at + 16, value.local, false);
    view.setUint32(at + 20, value.member, false);
    view.setUint16(at + 24, value.local_port, false);
    view.setUint16(at + 26, value.member_port, false);
    view.setUint32(at + 28, value.state, true);
    view.setUint32(at + 32, value.reverse_state, true);
    view.setUint32(at + 36, value.target, true);
    view.setUint32(at + 40, value.idle, true);
    view.setUint32(at + 44, value.age, true);
    view.setUint32(at + 48, value.packets_in, true);
    view.setUint32(at + 52, value.packets_out, true);
    view.setBigUint64(at + 56, value.bytes_in, true);
    view.setBigUint64(at + 64, value.bytes_out, true);
  },
);

/** struct frame_record, 8 bytes */
export interface FrameRecord {
  ifindex: number;
  length: number;
}

export const frameRecord = codec<FrameRecord>(
  'frame_record',
  8,
  (view, at) => ({
    ifindex: view.getUint32(at, true),
    length: view.getUint32(at + 4, true),
  }),
  (view, at, value) => {
    view.setUint32(at, value.ifindex, true);
    view.setUint32(at + 4, value.length, true);
  },
);
