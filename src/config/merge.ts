/**
 * Puts what `apply` brings into the tree that exists.
 */
import { type Fault, SluiceError } from '../model/errors.js';
import type {
  HealthMonitorSpec,
  Listener,
  ListenerSpec,
  LoadBalancer,
  LoadBalancerSpec,
  Member,
  MemberSpec,
  Pool,
  PoolSpec,
  Resource,
  Tree,
} from '../model/resources.js';
import { findConflicts } from './conflicts.js';

export interface MergeOptions {
  /** Whether load balancers that are not in `incoming` are removed; default false: they stay as they are. */
  prune?: boolean;
  /** The gateway's local addresses in canonical text. */
  localAddresses?: Iterable<string>;
  /** Makes ids; default `crypto.randomUUID`. */
  newId?: () => string;
}

/** The new tree, and the names of load balancers by what happens to them. */
export interface MergeResult {
  tree: Tree;
  created: string[];
  updated: string[];
  unchanged: string[];
  deleted: string[];
}

/**
 * Upserts by name: each incoming load balancer becomes exactly as written, the others stay unless pruned. Ids of what stays are
 * kept: listeners are recognized by protocol and port, pools by name (unnamed ones by the listener that uses them, else by
 * position), members by address and port. An id that was written wins. Neither argument is changed; objects that come out as they
 * were are the very same ones, so that a plan recognizes ten thousand unchanged members without comparing their fields.
 * @throws SluiceError `conflict` when the result contradicts itself, such as one VIP and port on two load balancers
 */
export function mergeTree(
  current: Tree,
  incoming: readonly LoadBalancerSpec[],
  options: MergeOptions = {},
): MergeResult {
  const newId = options.newId ?? (() => crypto.randomUUID());
  const result: MergeResult = { tree: { loadbalancers: [] }, created: [], updated: [], unchanged: [], deleted: [] };
  const remaining = new Set(incoming);
  const place = (spec: LoadBalancerSpec, existing: LoadBalancer | undefined): void => {
    const merged = keepSame(existing, mergeLoadBalancer(existing, spec, newId));
    result.tree.loadbalancers.push(merged);
    const names = existing === undefined ? result.created : merged === existing ? result.unchanged : result.updated;
    names.push(merged.name);
    remaining.delete(spec);
  };
  for (const existing of current.loadbalancers) {
    const spec =
      incoming.find(({ id }) => id === existing.id) ??
      incoming.find(({ id, name }) => id === undefined && name === existing.name) ??
      incoming.find(({ name }) => name === existing.name);
    if (spec && remaining.has(spec)) {
      place(spec, existing);
    } else if (options.prune) {
      result.deleted.push(existing.name);
    } else {
      result.tree.loadbalancers.push(existing);
    }
  }
  for (const spec of remaining) {
    place(spec, undefined);
  }
  refuseConflicts(result.tree, new Set(options.localAddresses));
  return result;
}

function mergeLoadBalancer(
  existing: LoadBalancer | undefined,
  spec: LoadBalancerSpec,
  newId: () => string,
): LoadBalancer {
  const oldPools = byKey(existing?.pools ?? [], (pool, index) => {
    const user = existing?.listeners.find(({ default_pool_id }) => default_pool_id === pool.id);
    return poolKey(pool, user, index);
  });
  const ids = new Map<PoolSpec, string>();
  const pools = spec.pools.map((pool, index): Pool => {
    const user = spec.listeners.find(({ default_pool }) => default_pool === pool);
    const merged = mergePool(oldPools.get(poolKey(pool, user, index)), pool, newId);
    ids.set(pool, merged.id);
    return merged;
  });
  const oldListeners = byKey(existing?.listeners ?? [], endpointOf);
  return {
    ...identify(spec, existing, newId),
    description: spec.description,
    vip_address: spec.vip_address,
    listeners: spec.listeners.map((listener): Listener => {
      const { default_pool, timeout_client_data, client_address, description, protocol, protocol_port } = listener;
      return {
        ...identify(listener, oldListeners.get(endpointOf(listener)), newId),
        description,
        protocol,
        protocol_port,
        default_pool_id: default_pool === null ? null : (ids.get(default_pool) ?? null),
        timeout_client_data,
        client_address,
      };
    }),
    pools,
  };
}

function mergePool(existing: Pool | undefined, spec: PoolSpec, newId: () => string): Pool {
  const oldMembers = byKey(existing?.members ?? [], addressOf);
  return {
    ...identify(spec, existing, newId),
    description: spec.description,
    protocol: spec.protocol,
    lb_algorithm: spec.lb_algorithm,
    session_persistence: spec.session_persistence,
    members: spec.members.map((member) => {
      const old = oldMembers.get(addressOf(member));
      return keepSame(old, complete(member, old, newId));
    }),
    healthmonitor:
      spec.healthmonitor === null
        ? null
        : complete<HealthMonitorSpec>(spec.healthmonitor, existing?.healthmonitor ?? undefined, newId),
  };
}

/** A spec that differs from its resource by the id alone. */
function complete<T extends { id?: string }>(
  spec: T,
  existing: { id: string } | undefined,
  newId: () => string,
): T & { id: string } {
  const { id, ...rest } = spec;
  return { id: id ?? existing?.id ?? newId(), ...rest } as T & { id: string };
}

function identify(
  spec: LoadBalancerSpec | ListenerSpec | PoolSpec,
  existing: Resource | undefined,
  newId: () => string,
): Resource {
  const { id, name, admin_state_up, tags } = spec;
  return { id: id ?? existing?.id ?? newId(), name, admin_state_up, tags };
}

/** The existing value if the new one equals it, else the new one with whatever equals its counterpart replaced by that. */
function keepSame<T>(existing: T | undefined, merged: T): T {
  if (existing === merged || !isComposite(existing) || !isComposite(merged)) {
    return merged;
  }
  const before = existing as Record<string, unknown>;
  const after = merged as Record<string, unknown>;
  const keys = Object.keys(after);
  let same = keys.length === Object.keys(before).length && Array.isArray(after) === Array.isArray(before);
  for (const key of keys) {
    const kept = keepSame(before[key], after[key]);
    if (kept !== after[key]) {
      after[key] = kept;
    }
    same &&= kept === before[key];
  }
  return same ? existing : merged;
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function byKey<T>(items: readonly T[], key: (item: T, index: number) => string): Map<string, T> {
  return new Map(items.map((item, index) => [key(item, index), item]));
}

function endpointOf(listener: Pick<Listener, 'protocol' | 'protocol_port'>): string {
  return `${listener.protocol}:${listener.protocol_port}`;
}

function addressOf(member: Pick<Member | MemberSpec, 'address' | 'protocol_port'>): string {
  return `${member.address} ${member.protocol_port}`;
}

function poolKey(
  pool: Pick<Pool, 'name'>,
  user: Pick<Listener, 'protocol' | 'protocol_port'> | undefined,
  index: number,
): string {
  if (pool.name !== '') {
    return `name ${pool.name}`;
  }
  return user ? `listener ${endpointOf(user)}` : `position ${index}`;
}

function refuseConflicts(tree: Tree, localAddresses: ReadonlySet<string>): void {
  const faults = findConflicts(tree.loadbalancers, localAddresses).map(
    ({ object, field, message, suggestion }): Fault => {
      return { code: 'conflict', path: `${describe(tree, object)}.${field}`, message, suggestion };
    },
  );
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, 'configuration');
  }
}

/** Path of an object of the tree, by the names people gave. */
function describe(tree: Tree, object: object): string {
  for (const loadbalancer of tree.loadbalancers) {
    const path = `loadbalancer "${loadbalancer.name}"`;
    if (loadbalancer === object) {
      return path;
    }
    const listener = loadbalancer.listeners.indexOf(object as Listener);
    if (listener >= 0) {
      return `${path}.listeners[${listener}]`;
    }
    for (const [index, pool] of loadbalancer.pools.entries()) {
      const member = pool.members.indexOf(object as Member);
      if (pool === object || pool.healthmonitor === object || member >= 0) {
        return `${path}.pools[${index}]${member >= 0 ? `.members[${member}]` : ''}`;
      }
    }
  }
  return 'configuration';
}
