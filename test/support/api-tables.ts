/**
 * The data plane's tables in words that can be compared: as they are, and as they have to be for what the API says is configured. The
 * second is worked out from the API's answers alone, with nothing of what compiles tables in the daemon.
 */
import { AddressBit, Algorithm, Limits, ServiceBit, TargetBit, Unlimited } from '../../src/datapath/layouts.js';
import { formatAddress } from '../../src/model/address.js';
import { fingerprintOf } from '../../src/plan/access-list.js';
import type { BudgetRow, CurrentTables, ServiceRow } from '../../src/plan/tables.js';
import type { Configuration, Json } from './api-client.js';

interface ShownTarget {
  state: 'usable' | 'idle' | 'gone';
  /** From 1: a weight of 0 shows in `state`. */
  weight: number;
  /** Its part of the wheel: entries in lowest terms where turns are counted, else 1 when it is on the wheel; 0: it is not. */
  share: number;
}

/** Null: no limit. */
interface ShownLimits {
  connections: number | null;
  perSecond: number | null;
  /** Mbit/s. */
  bandwidth: number | null;
}

interface ShownService {
  /** Whether its packets go up to the proxy, which is all there is then but access lists. */
  proxied: boolean;
  algorithm: string;
  toa: boolean;
  /** Fingerprint of the blocks that get in. */
  allowedCidrs: string | null;
  /** `allow` or `deny`, and the list's fingerprint. */
  accessList: string | null;
  limits: ShownLimits;
  /** Of its load balancer. */
  flavor: ShownLimits;
  /** Whether packets look at limits of connections, and of bandwidth, at all. */
  limited: boolean;
  metered: boolean;
  /** Seconds. */
  idleTimeout: number;
  stickyTimeout: number;
  /** By `address:port`. */
  targets: Record<string, ShownTarget>;
}

export interface ShownTables {
  /** By `vip tcp|udp port`. */
  services: Record<string, ShownService>;
  vips: string[];
  locals: string[];
}

const ALGORITHMS: Record<string, keyof typeof Algorithm> = {
  ROUND_ROBIN: 'WHEEL',
  LEAST_CONNECTIONS: 'LEAST_CONNECTIONS',
  SOURCE_IP: 'SOURCE_HASH',
  SOURCE_IP_PORT: 'SOURCE_PORT_HASH',
};
const UDP = 17;

/** What the tables have to be. @param locals `gateway.local_addresses`, one by one */
export function expectedTables(configuration: Configuration, locals: readonly string[]): ShownTables {
  const services: ShownTables['services'] = {};
  const up = configuration.loadbalancers.filter((loadbalancer) => loadbalancer.admin_state_up);
  for (const loadbalancer of up) {
    const ids = new Set(loadbalancer.listeners.map(({ id }: Json) => id));
    const listeners = configuration.listeners.filter(({ id, admin_state_up }) => ids.has(id) && admin_state_up);
    for (const listener of listeners) {
      const flavor = expectedFlavor(configuration, loadbalancer);
      const shown = {
        ...expectedService(configuration, listener),
        ...expectedLimits(configuration, listener, flavor),
      };
      const service = isProxied(configuration, listener) ? { ...shown, ...PASSED } : shown;
      for (const vip of addressesOf(loadbalancer)) {
        services[`${vip} ${transportOf(listener)} ${listener.protocol_port}`] = service;
      }
    }
  }
  return { services, vips: up.flatMap(addressesOf).sort(), locals: [...locals].sort() };
}

const PASSED: Partial<ShownService> = {
  proxied: true,
  algorithm: 'WHEEL',
  toa: false,
  limits: { connections: null, perSecond: null, bandwidth: null },
  limited: false,
  metered: false,
  idleTimeout: 0,
  stickyTimeout: 0,
  targets: {},
};

/** Whoever speaks HTTP, or adds a header or TLS to a stream. */
export function isProxied({ pools }: Configuration, { protocol, default_pool_id }: Json): boolean {
  const pool = pools.find(({ id }) => id === default_pool_id);
  const added = pool && (pool.protocol.startsWith('PROXY') || pool.tls_enabled);
  return ['HTTP', 'TERMINATED_HTTPS', 'PROMETHEUS'].includes(protocol) || (protocol !== 'UDP' && Boolean(added));
}

function addressesOf({ vip_address, additional_vips, public_addresses }: Json): string[] {
  return [vip_address, ...additional_vips.map(({ ip_address }: Json) => ip_address), ...public_addresses];
}

function transportOf({ protocol }: Json): string {
  return protocol === 'UDP' ? 'udp' : 'tcp';
}

function expectedFlavor({ flavors, flavorprofiles }: Configuration, { flavor_id }: Json): ShownLimits {
  const flavor = flavors.find(({ id }) => id === flavor_id);
  const profile = flavorprofiles.find(({ id }) => id === flavor?.flavor_profile_id);
  const { connections = null, connections_per_second = null } = JSON.parse(profile?.flavor_data ?? '{}');
  return { connections, perSecond: connections_per_second, bandwidth: null };
}

type Admitting = 'allowedCidrs' | 'accessList' | 'limits' | 'flavor' | 'limited' | 'metered';

function expectedLimits(
  { accesslists }: Configuration,
  listener: Json,
  flavor: ShownLimits,
): Pick<ShownService, Admitting> {
  const { allowed_cidrs, access_list_id, access_list_action, connection_limit } = listener;
  const list = accesslists.find(({ id }) => id === access_list_id);
  const limits = {
    connections: connection_limit < 0 ? null : connection_limit,
    perSecond: listener.session_rate_limit,
    bandwidth: listener.bandwidth_limit,
  };
  const bounds = [limits, flavor].flatMap(({ connections, perSecond }) => [connections, perSecond]);
  return {
    allowedCidrs: allowed_cidrs && fingerprintOf(allowed_cidrs),
    accessList: list ? `${access_list_action} ${fingerprintOf(list.cidrs)}` : null,
    limits,
    flavor,
    limited: bounds.some((bound) => bound !== null),
    metered: limits.bandwidth !== null,
  };
}

function expectedService(configuration: Configuration, listener: Json): Omit<ShownService, Admitting> {
  const pool = configuration.pools.find(({ id }) => id === listener.default_pool_id);
  const members = configuration.members.filter(({ pool_id }) => pool_id === pool?.id);
  const states = new Map(members.map((member) => [member.id, stateOf(configuration, pool, member)]));
  const isUsable = ({ id }: Json) => states.get(id) === 'usable';
  // Backup members take part while nobody else does.
  const primaries = members.filter((member) => isUsable(member) && !member.backup);
  const chosen = primaries.length > 0 ? primaries : members.filter(isUsable);
  const algorithm = ALGORITHMS[pool?.lb_algorithm ?? 'ROUND_ROBIN']!;
  const counts = new Map(chosen.map((member) => [member.id, algorithm === 'WHEEL' ? member.weight : 1]));
  const divisor = divisorOf([...counts.values()]);
  const targets = members.map((member) => [
    `${member.address}:${member.protocol_port}`,
    {
      state: states.get(member.id)!,
      weight: Math.max(1, member.weight),
      share: (counts.get(member.id) ?? 0) / divisor,
    },
  ]);
  return {
    proxied: false,
    algorithm,
    toa: listener.client_address === 'toa' && transportOf(listener) === 'tcp',
    idleTimeout: Math.ceil(listener.timeout_client_data / 1000),
    stickyTimeout: pool?.session_persistence?.persistence_timeout ?? 0,
    targets: Object.fromEntries(targets),
  };
}

/** What packets may do with a member, by its settings and by what its operating status says of its health. */
function stateOf({ healthmonitors }: Configuration, pool: Json, member: Json): ShownTarget['state'] {
  if (!pool.admin_state_up || !member.admin_state_up || member.operating_status === 'ERROR') {
    return 'gone';
  }
  const checked = healthmonitors.some(({ id, admin_state_up }) => id === pool.healthmonitor_id && admin_state_up);
  const healthy = !checked || member.operating_status === 'ONLINE';
  return healthy && member.weight > 0 ? 'usable' : 'idle';
}

/** What the tables are. @throws Error when they contradict themselves */
export function shownTables(tables: CurrentTables): ShownTables {
  const { services, targets, wheel, addresses, locals, settings } = tables;
  const shown: ShownTables['services'] = {};
  for (const { key, row } of services.values()) {
    const own = [...targets].filter(([, { listener, weight }]) => listener === row.listener && weight > 0);
    const turns = turnsOf(wheel.subarray(row.wheel_base, row.wheel_base + row.wheel_length));
    const strangers = [...turns.keys()].filter((id) => !own.some(([ownId]) => ownId === id));
    const name = `${formatAddress(key.address)} ${key.protocol === UDP ? 'udp' : 'tcp'} ${key.port}`;
    if (strangers.length > 0 || shown[name]) {
      throw new Error(`${name}: its wheel leads to targets ${strangers.join(', ')} of others, or it is there twice`);
    }
    const counted = row.algorithm === Algorithm.WHEEL;
    const divisor = counted ? divisorOf([...turns.values()]) : 1;
    shown[name] = {
      proxied: (row.flags & ServiceBit.PASS) !== 0,
      algorithm: nameOf(Algorithm, row.algorithm),
      toa: (row.flags & ServiceBit.TOA) !== 0,
      ...shownAdmission(tables, row),
      idleTimeout: row.idle_timeout,
      stickyTimeout: row.sticky_timeout,
      targets: Object.fromEntries(
        own.map(([id, { address, port, flags, weight }]): [string, ShownTarget] => {
          const entries = turns.get(id) ?? 0;
          const share = counted ? entries / divisor : Math.sign(entries);
          return [`${formatAddress(address)}:${port}`, { state: stateOfFlags(flags), weight, share }];
        }),
      ),
    };
  }
  const withBit = (bit: number) => [...addresses].filter(([, { row }]) => row.flags & bit).map(([address]) => address);
  const leased = [...locals].filter(([index]) => index < (settings?.local_count ?? 0));
  return {
    services: shown,
    vips: withBit(AddressBit.VIP).sort(),
    locals: leased.map(([, { address }]) => formatAddress(address)).sort(),
  };
}

function shownAdmission({ budgets, accessLists }: CurrentTables, row: ServiceRow): Pick<ShownService, Admitting> {
  const has = (bit: number) => (row.flags & bit) !== 0;
  const budget = budgets.get(row.account);
  const list = `${has(ServiceBit.DENY) ? 'deny' : 'allow'} ${accessLists.get(row.access_list)}`;
  return {
    allowedCidrs: has(ServiceBit.ALLOWED_CIDRS) ? (accessLists.get(row.allowed_cidrs) ?? 'missing') : null,
    accessList: has(ServiceBit.ALLOW | ServiceBit.DENY) ? list : null,
    limits: shownLimits(budget),
    flavor: shownLimits(budget && budgets.get(budget.balancer)),
    limited: has(ServiceBit.LIMITED),
    metered: has(ServiceBit.METERED),
  };
}

/** @throws Error without a budget */
function shownLimits(budget: BudgetRow | undefined): ShownLimits {
  if (!budget) {
    throw new Error('a listener or its load balancer has no budget');
  }
  const { connections, sessions, byte_time } = budget;
  const limit = (value: number) => (value === Unlimited.UNLIMITED ? null : value);
  // ns for a byte, in parts of 2^-BYTE_TIME_SHIFT.
  const bandwidth = byte_time === 0 ? null : Math.round((8000 * 2 ** Limits.BYTE_TIME_SHIFT) / byte_time);
  return { connections: limit(connections), perSecond: limit(sessions), bandwidth };
}

/** Entries by target. */
function turnsOf(wheel: Uint32Array): Map<number, number> {
  const turns = new Map<number, number>();
  for (const id of wheel) {
    turns.set(id, (turns.get(id) ?? 0) + 1);
  }
  return turns;
}

function stateOfFlags(flags: number): ShownTarget['state'] {
  return flags & TargetBit.GONE ? 'gone' : flags & TargetBit.USABLE ? 'usable' : 'idle';
}

/** The greatest number that divides all; 1 for none. */
function divisorOf(numbers: readonly number[]): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  return numbers.reduce(common, 0) || 1;
}

function nameOf(values: Record<string, number>, value: number): string {
  return Object.keys(values).find((name) => values[name] === value) ?? `${value}`;
}
