/**
 * Configuration and health to tables: pure, so that everything a change decides can be tested without a kernel.
 */
import { Algorithm, ServiceBit, TargetBit } from '../datapath/layouts.js';
import { addressBytes } from '../model/address.js';
import {
  defaultPool,
  idleTimeoutSeconds,
  type LbAlgorithm,
  type Listener,
  type LoadBalancer,
  type Member,
  type Pool,
  transportOf,
  vipsOf,
} from '../model/resources.js';
import { servedBy } from '../model/served-by.js';
import type { Specification } from '../model/state.js';
import { type AccessLists, compileAdmission } from './admission.js';
import { balancerAllowance, limitFlags, listenerAllowance, UNLIMITED } from './budgets.js';
import type { DesiredBalancer, DesiredMember, DesiredService, DesiredTarget, Health } from './desired.js';
import { NO_WHEEL, poolWheel, type WheelCache } from './pool-wheel.js';
import { type ListenerKey, listenerKey, PROTOCOL_NUMBERS } from './tables.js';

const ALGORITHMS: Record<LbAlgorithm, Algorithm> = {
  ROUND_ROBIN: Algorithm.WHEEL,
  LEAST_CONNECTIONS: Algorithm.LEAST_CONNECTIONS,
  SOURCE_IP: Algorithm.SOURCE_HASH,
  SOURCE_IP_PORT: Algorithm.SOURCE_PORT_HASH,
};

/** What a load balancer's tables depend on besides itself. */
export interface CompileContext {
  /** Of each member that has a monitor; see {@link checkedMembers}. */
  health: (member: Member) => Health;
  /** The largest MSS whose packets pass all interfaces; 0: none is known. */
  mss: number;
  /** With all lists that the load balancer refers to. */
  accessLists: AccessLists;
  /** What its flavor grants; undefined: it has none. */
  specification: Specification | undefined;
  /** Keeps its wheels, so that a change recomputes only its own. */
  wheels: WheelCache;
}

/**
 * The tables for a load balancer.
 *
 * A listener with `admin_state_up` false has no rows. A member is usable when it and its pool are up, its weight is not 0, and its
 * pool's monitor, if there is one and it is up, found it healthy; `unknown` is not healthy yet. Backup members join the wheel while
 * no other member is usable; clients that stick to them then stay, as they do with any usable member.
 * A listener of the proxy has a row that passes its packets on, by its access lists; what else it has is the proxy's business.
 */
export function compileLoadBalancer(loadbalancer: LoadBalancer, context: CompileContext): DesiredBalancer {
  const desired: DesiredBalancer = {
    id: loadbalancer.id,
    name: nameOf(loadbalancer),
    allowance: balancerAllowance(context.specification),
    vips: vipsOf(loadbalancer),
    services: new Map(),
    members: [],
    targets: [],
    budgets: new Map(),
    accessLists: new Map(),
  };
  const members = new Map<Pool, readonly DesiredMember[]>();
  for (const listener of loadbalancer.listeners) {
    if (listener.admin_state_up) {
      compileListener(desired, { loadbalancer, listener, members }, context);
    }
  }
  context.wheels.forgetUnused();
  return desired;
}

/** The members whose health decides about a load balancer's tables. */
export function checkedMembers({ pools }: LoadBalancer): Member[] {
  return pools.filter(isChecked).flatMap(({ members }) => members);
}

function isChecked({ healthmonitor }: Pool): boolean {
  return healthmonitor?.admin_state_up ?? false;
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
  listener: Listener;
  /** Of the pools that a listener before it uses. */
  members: Map<Pool, readonly DesiredMember[]>;
}

function compileListener(desired: DesiredBalancer, part: Part, context: CompileContext): void {
  const { loadbalancer, listener } = part;
  const proxied = servedBy(loadbalancer, listener) === 'proxy';
  const pool = proxied ? undefined : defaultPool(loadbalancer, listener);
  const flags = pool?.members.map((member) => targetFlags(pool, member, context)) ?? [];
  const wheel = pool ? poolWheel(pool, flags.map(isUsable), context.wheels) : NO_WHEEL;
  const allowance = proxied ? UNLIMITED : listenerAllowance(listener);
  const account = accountOf(loadbalancer, listener);
  desired.budgets.set(account, allowance);
  const { flags: lists, ...admission } = compileAdmission(listener, context.accessLists, desired.accessLists);
  for (const vip of vipsOf(loadbalancer)) {
    const key = listenerKey(vip, listener.protocol, listener.protocol_port);
    const service = proxied
      ? compilePass(loadbalancer, vip, listener)
      : compileService(loadbalancer, vip, listener, pool, context.mss);
    service.row.flags |= lists | (proxied ? 0 : limitFlags(allowance, desired.allowance));
    const targets = pool ? addTargets(desired, { key, pool, flags, ...part }) : [];
    desired.services.set(key, {
      ...service,
      ...admission,
      account,
      wheel: { targets: wheel.members.map((index) => targets[index]!), entries: wheel.entries },
    });
  }
}

type Behind = Pick<Part, 'listener' | 'members'> & { key: ListenerKey; pool: Pool; flags: readonly number[] };

/** Targets of one listener at one VIP, in the order of its pool. */
function addTargets(desired: DesiredBalancer, { key, pool, listener, flags, members }: Behind): DesiredTarget[] {
  const own = members.get(pool) ?? pool.members.map((member): DesiredMember => ({ pool, member }));
  if (!members.has(pool)) {
    members.set(pool, own);
    desired.members.push(...own);
  }
  const targets = own.map((member, index): DesiredTarget => {
    return { listener: key, member, row: compileTarget(listener, member.member, flags[index]!) };
  });
  desired.targets = desired.targets.concat(targets);
  return targets;
}

function isUsable(flags: number): boolean {
  return flags === TargetBit.USABLE;
}

/**
 * Bits of `enum target_bit`: usable, or gone when it must not even go on with datagrams. Drained members (weight 0) and those
 * whose first check is still out are neither.
 */
function targetFlags(pool: Pool, member: Member, { health }: CompileContext): number {
  const state = isChecked(pool) ? health(member) : 'up';
  if (!pool.admin_state_up || !member.admin_state_up || state === 'down') {
    return TargetBit.GONE;
  }
  return state === 'up' && member.weight > 0 ? TargetBit.USABLE : 0;
}

type ServiceOf = Pick<DesiredService, 'name' | 'key' | 'row'>;

function compileService(
  loadbalancer: LoadBalancer,
  vip: string,
  listener: Listener,
  pool: Pool | undefined,
  mss: number,
): ServiceOf {
  const { name, key, row } = compilePass(loadbalancer, vip, listener);
  const tcp = transportOf(listener.protocol) === 'TCP';
  return {
    name,
    key,
    row: {
      ...row,
      flags: listener.client_address === 'toa' && tcp ? ServiceBit.TOA : 0,
      algorithm: ALGORITHMS[pool?.lb_algorithm ?? 'ROUND_ROBIN'],
      idle_timeout: idleTimeoutSeconds(listener),
      sticky_timeout: pool?.session_persistence?.persistence_timeout ?? 0,
      mss: tcp ? mss : 0,
    },
  };
}

/** The row of a listener whose packets go up to the proxy. */
function compilePass(loadbalancer: LoadBalancer, vip: string, listener: Listener): ServiceOf {
  const { protocol, protocol_port: port } = listener;
  const hash_seed = seedOf(listenerKey(vip, protocol, port));
  return {
    name: `${nameOf(loadbalancer)}/${listener.name || `${protocol.toLowerCase()}-${port}`}`,
    key: { address: addressBytes(vip), port, protocol: PROTOCOL_NUMBERS[protocol] },
    row: { flags: ServiceBit.PASS, algorithm: Algorithm.WHEEL, idle_timeout: 0, sticky_timeout: 0, hash_seed, mss: 0 },
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
const addressCache = new WeakMap<Member, Uint8Array>();

function bytesOf(member: Member): Uint8Array {
  let bytes = addressCache.get(member);
  if (bytes === undefined) {
    bytes = addressBytes(member.address);
    addressCache.set(member, bytes);
  }
  return bytes;
}

/** The same for a listener on every gateway and after every restart: clients keep their members. FNV-1a. */
function seedOf(key: ListenerKey): number {
  let seed = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    seed = Math.imul(seed ^ key.charCodeAt(i), 0x01000193);
  }
  return seed >>> 0;
}
