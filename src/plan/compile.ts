/**
 * Configuration and health to tables: pure, so that everything a change decides can be tested without a kernel.
 */
import { Algorithm, ServiceBit, TargetBit } from '../datapath/layouts.js';
import { addressBytes, addressFamily } from '../model/address.js';
import { type Fault, SluiceError } from '../model/errors.js';
import {
  defaultPool,
  idleTimeoutSeconds,
  type LbAlgorithm,
  type Listener,
  type LoadBalancer,
  type Member,
  type Pool,
  type Tree,
  transportOf,
  vipsOf,
} from '../model/resources.js';
import type { Specification } from '../model/state.js';
import { type AccessLists, compileAdmission } from './admission.js';
import { type Allowance, balancerAllowance, limitFlags, listenerAllowance } from './budgets.js';
import {
  DEFAULT_SESSION_TIMES,
  type Desired,
  type DesiredService,
  type DesiredTarget,
  type GatewayFacts,
  type HealthView,
} from './desired.js';
import { checkLeases, findUnknown, findUnserved } from './limits.js';
import { NO_WHEEL, poolWheel, type WheelCache } from './pool-wheel.js';
import { type ListenerKey, listenerKey, PROTOCOL_NUMBERS } from './tables.js';

const ALGORITHMS: Record<LbAlgorithm, Algorithm> = {
  ROUND_ROBIN: Algorithm.WHEEL,
  LEAST_CONNECTIONS: Algorithm.LEAST_CONNECTIONS,
  SOURCE_IP: Algorithm.SOURCE_HASH,
  SOURCE_IP_PORT: Algorithm.SOURCE_PORT_HASH,
};

/** IPv4 and TCP headers without options, between a packet's size and its MSS. */
const HEADERS = 40;

/**
 * The tables for a tree.
 *
 * A load balancer or listener with `admin_state_up` false has no rows. A member is usable when it and its pool are up, its weight
 * is not 0, and its pool's monitor, if there is one and it is up, found it healthy; `unknown` is not healthy yet. Backup members
 * join the wheel while no other member is usable; clients that stick to them then stay, as they do with any usable member.
 *
 * @throws SluiceError `unsupported` for IPv6 addresses and for protocols above layer 4, `invalid_configuration` without a local
 *   address for IPv4 listeners and for access lists and flavors that do not exist
 */
export function compile(tree: Tree, health: HealthView, facts: GatewayFacts, input: CompileInput = {}): Desired {
  const { wheels, accessLists = new Map(), specifications = new Map() } = input;
  const localAddresses = facts.localAddresses.filter((address) => addressFamily(address) === 4);
  const found = findUnserved(tree, localAddresses.length);
  refuse([...found, ...findUnknown(tree, accessLists, specifications)]);
  const desired: Desired = {
    settings: {
      ...(facts.sessionTimes ?? DEFAULT_SESSION_TIMES),
      lease_mask: facts.leaseMask,
      hash_key: facts.hashKey,
    },
    services: new Map(),
    members: [],
    targets: [],
    addresses: new Map(),
    locals: localAddresses,
    devices: new Map(facts.devices.map(({ name, ifindex, mac }) => [ifindex, { name, row: { mac } }])),
    budgets: new Map(),
    balancers: new Map(),
    accessLists: new Map(),
    warnings: checkLeases(tree, facts, localAddresses.length),
  };
  const mss = largestSegment(facts);
  for (const loadbalancer of tree.loadbalancers.filter(({ admin_state_up }) => admin_state_up)) {
    const context = { health, mss, wheels, accessLists, specifications, firstMembers: new Map() };
    compileLoadBalancer(desired, loadbalancer, context);
  }
  wheels?.forgetUnused();
  compileAddresses(desired, tree, facts.assignedAddresses);
  return desired;
}

/** What flavors grant, by their ids. */
export type Specifications = ReadonlyMap<string, Specification>;

/** What a tree refers to, and what is kept from one compilation to the next. */
export interface CompileInput {
  /** By id; default none. */
  accessLists?: AccessLists;
  /** Default none. */
  specifications?: Specifications;
  /** Keeps wheels, so that a change recomputes only its own. */
  wheels?: WheelCache | undefined;
}

interface Context {
  health: HealthView;
  mss: number;
  wheels: WheelCache | undefined;
  accessLists: AccessLists;
  specifications: Specifications;
  /** Where the members of each pool start in `Desired.members`. */
  firstMembers: Map<Pool, number>;
}

function compileLoadBalancer(desired: Desired, loadbalancer: LoadBalancer, context: Context): void {
  const listeners = loadbalancer.listeners.filter(({ admin_state_up }) => admin_state_up);
  const allowance = balancerAllowance(context.specifications.get(loadbalancer.flavor_id ?? ''));
  if (listeners.length > 0) {
    const keys = listeners.map((listener) => accountOf(loadbalancer, listener));
    desired.balancers.set(loadbalancer.id, { name: nameOf(loadbalancer), listeners: keys, allowance });
  }
  for (const listener of listeners) {
    compileListener(desired, { loadbalancer, balancer: allowance, listener }, context);
  }
}

/** A listener's account, named by its first VIP. */
function accountOf(loadbalancer: LoadBalancer, listener: Listener): ListenerKey {
  return listenerKey(loadbalancer.vip_address, listener.protocol, listener.protocol_port);
}

function nameOf(loadbalancer: LoadBalancer): string {
  return loadbalancer.name || loadbalancer.id;
}

/** A listener and what it is part of. */
interface Part {
  loadbalancer: LoadBalancer;
  balancer: Allowance;
  listener: Listener;
}

function compileListener(desired: Desired, part: Part, context: Context): void {
  const { loadbalancer, balancer, listener } = part;
  const pool = defaultPool(loadbalancer, listener);
  const flags = pool?.members.map((member) => targetFlags(pool, member, context.health)) ?? [];
  const wheel = pool ? poolWheel(pool, flags.map(isUsable), context.wheels) : NO_WHEEL;
  const allowance = listenerAllowance(listener);
  const account = accountOf(loadbalancer, listener);
  desired.budgets.set(account, { balancer: loadbalancer.id, allowance });
  const { flags: lists, ...admission } = compileAdmission(listener, context.accessLists, desired.accessLists);
  for (const vip of vipsOf(loadbalancer)) {
    const key = listenerKey(vip, listener.protocol, listener.protocol_port);
    const first = desired.targets.length;
    const service = compileService(loadbalancer, vip, listener, pool, context.mss);
    service.row.flags |= lists | limitFlags(allowance, balancer);
    desired.services.set(key, {
      ...service,
      ...admission,
      account,
      wheel: { targets: Uint32Array.from(wheel.members, (index) => first + index), entries: wheel.entries },
    });
    if (pool) {
      addTargets(desired, { key, pool, listener, flags }, context);
    }
  }
}

function addTargets(
  desired: Desired,
  { key, pool, listener, flags }: { key: ListenerKey; pool: Pool; listener: Listener; flags: readonly number[] },
  context: Context,
): void {
  const firstMember = addMembers(desired, pool, context.firstMembers);
  for (const [index, member] of pool.members.entries()) {
    const row = compileTarget(listener, member, flags[index]!);
    desired.targets.push({ listener: key, member: firstMember + index, row });
  }
}

/** Adds a pool's members once, whichever listeners use it. */
function addMembers(desired: Desired, pool: Pool, firstMembers: Map<Pool, number>): number {
  const known = firstMembers.get(pool);
  if (known !== undefined) {
    return known;
  }
  const first = desired.members.length;
  firstMembers.set(pool, first);
  for (const member of pool.members) {
    desired.members.push({ pool, member });
  }
  return first;
}

function isUsable(flags: number): boolean {
  return flags === TargetBit.USABLE;
}

/**
 * Bits of `enum target_bit`: usable, or gone when it must not even go on with datagrams. Drained members (weight 0) and those
 * whose first check is still out are neither.
 */
function targetFlags(pool: Pool, member: Member, health: HealthView): number {
  const checked = pool.healthmonitor?.admin_state_up ?? false;
  const state = checked ? (health.get(member.id) ?? 'unknown') : 'up';
  if (!pool.admin_state_up || !member.admin_state_up || state === 'down') {
    return TargetBit.GONE;
  }
  return state === 'up' && member.weight > 0 ? TargetBit.USABLE : 0;
}

function compileService(
  loadbalancer: LoadBalancer,
  vip: string,
  listener: Listener,
  pool: Pool | undefined,
  mss: number,
): Pick<DesiredService, 'name' | 'key' | 'row'> {
  const { protocol, protocol_port: port } = listener;
  const key = listenerKey(vip, protocol, port);
  const tcp = transportOf(protocol) === 'TCP';
  return {
    name: `${nameOf(loadbalancer)}/${listener.name || `${protocol.toLowerCase()}-${port}`}`,
    key: { address: addressBytes(vip), port, protocol: PROTOCOL_NUMBERS[protocol] },
    row: {
      flags: listener.client_address === 'toa' && tcp ? ServiceBit.TOA : 0,
      algorithm: ALGORITHMS[pool?.lb_algorithm ?? 'ROUND_ROBIN'],
      idle_timeout: idleTimeoutSeconds(listener),
      sticky_timeout: pool?.session_persistence?.persistence_timeout ?? 0,
      hash_seed: seedOf(key),
      mss: tcp ? mss : 0,
    },
  };
}

function compileTarget(listener: Listener, member: Member, flags: number): DesiredTarget['row'] {
  return {
    address: bytesOf(member),
    port: member.protocol_port,
    protocol: PROTOCOL_NUMBERS[listener.protocol],
    flags,
    weight: Math.max(1, member.weight),
  };
}

/** Bytes of member addresses: making ten thousand typed arrays anew would be most of the cost of a change. */
const addressCache = new WeakMap<Member, { address: string; bytes: Uint8Array }>();

function bytesOf(member: Member): Uint8Array {
  const cached = addressCache.get(member);
  if (cached?.address === member.address) {
    return cached.bytes;
  }
  const bytes = addressBytes(member.address);
  addressCache.set(member, { address: member.address, bytes });
  return bytes;
}

function compileAddresses(desired: Desired, tree: Tree, assigned: ReadonlySet<string>): void {
  const vips = tree.loadbalancers.filter(({ admin_state_up }) => admin_state_up).flatMap(vipsOf);
  for (const address of vips) {
    desired.addresses.set(address, { vip: true, local: false, arp: !assigned.has(address) });
  }
  for (const address of desired.locals) {
    desired.addresses.set(address, { vip: false, local: true, arp: !assigned.has(address) });
  }
}

/** The largest MSS whose packets pass all interfaces, 0 when there are none: a client may not know the MTU on the members' side. */
function largestSegment(facts: GatewayFacts): number {
  const mtu = Math.min(...facts.devices.map((device) => device.mtu));
  return Number.isFinite(mtu) ? Math.min(Math.max(0, mtu - HEADERS), 0xffff) : 0;
}

/** The same for a listener on every gateway and after every restart: clients keep their members. FNV-1a. */
function seedOf(key: ListenerKey): number {
  let seed = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    seed = Math.imul(seed ^ key.charCodeAt(i), 0x01000193);
  }
  return seed >>> 0;
}

function refuse(faults: Fault[]): void {
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, 'configuration');
  }
}
