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
} from '../model/resources.js';
import {
  DEFAULT_SESSION_TIMES,
  type Desired,
  type DesiredService,
  type DesiredTarget,
  type GatewayFacts,
  type HealthView,
} from './desired.js';
import { checkLeases, findUnserved } from './limits.js';
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
 * @param wheels keeps wheels from one call to the next, so that a change recomputes only its own
 * @throws SluiceError `unsupported` for IPv6 addresses, `invalid_configuration` without a local address for IPv4 listeners
 */
export function compile(tree: Tree, health: HealthView, facts: GatewayFacts, wheels?: WheelCache): Desired {
  const localAddresses = facts.localAddresses.filter((address) => addressFamily(address) === 4);
  refuseUnserved(findUnserved(tree, localAddresses.length));
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
    warnings: checkLeases(tree, facts, localAddresses.length),
  };
  const mss = largestSegment(facts);
  for (const loadbalancer of tree.loadbalancers.filter(({ admin_state_up }) => admin_state_up)) {
    compileLoadBalancer(desired, loadbalancer, { health, mss, wheels, firstMembers: new Map() });
  }
  wheels?.forgetUnused();
  compileAddresses(desired, tree, facts.assignedAddresses);
  return desired;
}

interface Context {
  health: HealthView;
  mss: number;
  wheels: WheelCache | undefined;
  /** Where the members of each pool start in `Desired.members`. */
  firstMembers: Map<Pool, number>;
}

function compileLoadBalancer(desired: Desired, loadbalancer: LoadBalancer, context: Context): void {
  for (const listener of loadbalancer.listeners.filter(({ admin_state_up }) => admin_state_up)) {
    const key = listenerKey(loadbalancer.vip_address, listener.protocol, listener.protocol_port);
    const pool = defaultPool(loadbalancer, listener);
    const flags = pool?.members.map((member) => targetFlags(pool, member, context.health)) ?? [];
    const wheel = pool ? poolWheel(pool, flags.map(isUsable), context.wheels) : NO_WHEEL;
    const first = desired.targets.length;
    desired.services.set(key, {
      ...compileService(loadbalancer, listener, pool, context.mss),
      wheel: { targets: Uint32Array.from(wheel.members, (index) => first + index), entries: wheel.entries },
    });
    if (pool) {
      const firstMember = addMembers(desired, pool, context.firstMembers);
      for (const [index, member] of pool.members.entries()) {
        const row = compileTarget(listener, member, flags[index]!);
        desired.targets.push({ listener: key, member: firstMember + index, row });
      }
    }
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
  listener: Listener,
  pool: Pool | undefined,
  mss: number,
): Omit<DesiredService, 'wheel'> {
  const { protocol, protocol_port: port } = listener;
  const key = listenerKey(loadbalancer.vip_address, protocol, port);
  return {
    name: `${loadbalancer.name}/${listener.name || `${protocol.toLowerCase()}-${port}`}`,
    key: { address: addressBytes(loadbalancer.vip_address), port, protocol: PROTOCOL_NUMBERS[protocol] },
    row: {
      flags: listener.client_address === 'toa' && protocol === 'TCP' ? ServiceBit.TOA : 0,
      algorithm: ALGORITHMS[pool?.lb_algorithm ?? 'ROUND_ROBIN'],
      idle_timeout: idleTimeoutSeconds(listener),
      sticky_timeout: pool?.session_persistence?.persistence_timeout ?? 0,
      hash_seed: seedOf(key),
      mss: protocol === 'TCP' ? mss : 0,
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
  const vips = tree.loadbalancers.filter(({ admin_state_up }) => admin_state_up).map(({ vip_address }) => vip_address);
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

function refuseUnserved(faults: Fault[]): void {
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, 'configuration');
  }
}
