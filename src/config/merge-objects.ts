/** One load balancer's spec put over what exists of it: what stays as it was stays the very same object. */
import type {
  HealthMonitor,
  HealthMonitorSpec,
  L7Policy,
  L7PolicySpec,
  L7Rule,
  Listener,
  ListenerSpec,
  LoadBalancer,
  LoadBalancerSpec,
  Made,
  Manager,
  Member,
  MemberSpec,
  Pool,
  PoolSpec,
  Resource,
} from '../model/resources.js';

import {
  addressOf,
  byKey,
  endpointOf,
  firstUsers,
  type Known,
  matchOf,
  policyKey,
  poolKeys,
  usesOf,
  usesOfSpec,
} from './merge-keys.js';

/** The addresses of a load balancer once they are known. */
export type PlacedVip = Pick<
  LoadBalancer,
  'vip_address' | 'vip_subnet_id' | 'vip_network_id' | 'vip_port_id' | 'additional_vips'
>;

export interface MergeContext {
  projectId: string;
  now: string;
  newId: () => string;
  placeVip: (spec: LoadBalancerSpec) => PlacedVip;
}

/** The owner of the objects that are made, besides the context. */
interface Maker extends MergeContext {
  project_id: string;
}

export function mergeLoadBalancer(
  existing: LoadBalancer | undefined,
  spec: LoadBalancerSpec,
  manager: Manager,
  context: MergeContext,
): LoadBalancer {
  const maker: Maker = { ...context, project_id: existing?.project_id ?? context.projectId };
  const merged = mergePools(existing, spec, maker);
  const ids = new Ids(existing, merged, maker.newId);
  const listeners = spec.listeners.map((listener) => mergeListener(ids.before(listener), listener, ids, maker));
  return stamp<LoadBalancer>(
    existing,
    {
      ...spec,
      ...placeVip(existing, spec, context),
      public_addresses: existing?.public_addresses ?? [],
      managed_by: manager,
      listeners: keepList(existing?.listeners, listeners),
      pools: inOldOrder(existing?.pools, [...merged.values()]),
    },
    ['listeners', 'pools'],
    maker,
  );
}

/** Ids of what listeners and policies refer to, also of listeners that are yet to be made. */
class Ids {
  readonly #known: Known<Listener>;
  readonly #pools: ReadonlyMap<PoolSpec | null, Pool>;
  readonly #newId: () => string;
  readonly #made = new Map<ListenerSpec, string>();

  constructor(existing: LoadBalancer | undefined, pools: ReadonlyMap<PoolSpec | null, Pool>, newId: () => string) {
    this.#known = byKey(existing?.listeners, endpointOf);
    this.#pools = pools;
    this.#newId = newId;
  }

  /** What exists of a listener. */
  before(spec: ListenerSpec): Listener | undefined {
    return matchOf(this.#known, spec, endpointOf(spec));
  }

  pool(spec: PoolSpec | null): string | null {
    return this.#pools.get(spec)?.id ?? null;
  }

  listener(spec: ListenerSpec): string {
    const id = this.before(spec)?.id ?? spec.id ?? this.#made.get(spec) ?? this.#newId();
    this.#made.set(spec, id);
    return id;
  }
}

function mergePools(
  existing: LoadBalancer | undefined,
  spec: LoadBalancerSpec,
  maker: Maker,
): Map<PoolSpec | null, Pool> {
  const oldUsers = firstUsers(existing?.listeners.flatMap(usesOf) ?? []);
  const oldKeys = poolKeys(existing?.pools ?? [], ({ id }) => oldUsers.get(id));
  const known = byKey(existing?.pools, (_, index) => oldKeys[index]!);
  const users = firstUsers(spec.listeners.flatMap(usesOfSpec));
  const keys = poolKeys(spec.pools, (pool) => users.get(pool));
  return new Map(spec.pools.map((pool, index) => [pool, mergePool(matchOf(known, pool, keys[index]!), pool, maker)]));
}

/** The pools in the order they had, new ones last: where a file writes a pool means nothing. */
function inOldOrder(before: Pool[] | undefined, pools: Pool[]): Pool[] {
  const places = new Map((before ?? []).map(({ id }, index) => [id, index]));
  const place = ({ id }: Pool): number => places.get(id) ?? places.size;
  return keepList(
    before,
    [...pools].sort((a, b) => place(a) - place(b)),
  );
}

/** What a file leaves open stays as it was placed; an address that it writes, and a subnet that changes, are placed anew. */
function placeVip(existing: LoadBalancer | undefined, spec: LoadBalancerSpec, context: MergeContext): PlacedVip {
  const moved =
    existing === undefined ||
    (spec.vip_address !== null && spec.vip_address !== existing.vip_address) ||
    (spec.vip_subnet_id !== null && spec.vip_subnet_id !== existing.vip_subnet_id);
  const vip = moved
    ? spec
    : {
        vip_address: existing.vip_address,
        vip_subnet_id: existing.vip_subnet_id,
        vip_network_id: spec.vip_network_id ?? existing.vip_network_id,
        vip_port_id: spec.vip_port_id ?? existing.vip_port_id,
      };
  const additional_vips = spec.additional_vips.map(({ ip_address, subnet_id }, index) => {
    const before = existing?.additional_vips[index];
    const same =
      (ip_address === '' || ip_address === before?.ip_address) &&
      (subnet_id ?? before?.subnet_id) === before?.subnet_id;
    return before && same ? before : { ip_address, subnet_id };
  });
  return moved || additional_vips.some(({ ip_address }) => ip_address === '')
    ? context.placeVip({ ...spec, ...vip, additional_vips })
    : { ...(vip as PlacedVip), additional_vips };
}

function mergeListener(existing: Listener | undefined, spec: ListenerSpec, ids: Ids, maker: Maker): Listener {
  const { default_pool, l7policies, ...fields } = spec;
  const oldPolicies = byKey(existing?.l7policies, policyKey);
  const policies = l7policies.map((policy, index) =>
    mergePolicy(matchOf(oldPolicies, policy, policyKey(policy, index)), policy, ids, maker),
  );
  return stamp<Listener>(
    existing,
    {
      ...fields,
      id: ids.listener(spec),
      default_pool_id: ids.pool(default_pool),
      l7policies: keepList(existing?.l7policies, policies),
    },
    ['l7policies'],
    maker,
  );
}

function mergePolicy(existing: L7Policy | undefined, spec: L7PolicySpec, ids: Ids, maker: Maker): L7Policy {
  const { redirect_pool, redirect_listener, rules, ...fields } = spec;
  const oldRules = byKey<L7Rule>(existing?.rules, (_, index) => String(index));
  const merged = rules.map((rule, index) => stamp<L7Rule>(matchOf(oldRules, rule, String(index)), rule, [], maker));
  return stamp<L7Policy>(
    existing,
    {
      ...fields,
      redirect_pool_id: ids.pool(redirect_pool),
      redirect_listener_id: redirect_listener && ids.listener(redirect_listener),
      rules: keepList(existing?.rules, merged),
    },
    ['rules'],
    maker,
  );
}

function mergePool(existing: Pool | undefined, spec: PoolSpec, maker: Maker): Pool {
  const members = mergeMembers(existing?.members, spec.members, maker);
  return stamp<Pool>(
    existing,
    {
      ...spec,
      members,
      healthmonitor: mergeMonitor(existing?.healthmonitor ?? undefined, spec.healthmonitor, maker),
    },
    ['members', 'healthmonitor'],
    maker,
  );
}

/** Members mostly stay where they are: only the first that does not has ten thousand others looked up by address. */
function mergeMembers(existing: Member[] | undefined, specs: readonly MemberSpec[], maker: Maker): Member[] {
  let known: Known<Member> | undefined;
  const members = specs.map((spec, index) => {
    const before = existing?.[index];
    const stayed =
      before !== undefined &&
      spec.id === undefined &&
      before.address === spec.address &&
      before.protocol_port === spec.protocol_port;
    known ??= stayed ? undefined : byKey(existing, addressOf);
    return stamp<Member>(stayed ? before : known && matchOf(known, spec, addressOf(spec)), spec, NO_CHILDREN, maker);
  });
  return keepList(existing, members);
}

const NO_CHILDREN: readonly never[] = [];

/** A monitor of another type is another monitor, as the type of one never changes. */
function mergeMonitor(
  existing: HealthMonitor | undefined,
  spec: HealthMonitorSpec | null,
  maker: Maker,
): HealthMonitor | null {
  const same = spec !== null && existing?.type === spec.type && (spec.id ?? existing.id) === existing.id;
  return spec && stamp<HealthMonitor>(same ? existing : undefined, spec, [], maker);
}

/**
 * The object of a spec with what Sluice makes: the existing one where nothing differs, with a new time where a field of its own does.
 * @param children fields that hold other objects, which have times of their own
 */
function stamp<T extends Resource>(
  existing: T | undefined,
  spec: Omit<T, Made> & { id?: string },
  children: ReadonlyArray<keyof T>,
  { project_id, now, newId }: Maker,
): T {
  if (!existing) {
    const { id, ...fields } = spec;
    return { id: id ?? newId(), project_id, created_at: now, updated_at: null, ...fields } as unknown as T;
  }
  const written = spec as unknown as Partial<T>;
  let changed: Partial<T> | undefined;
  let own = false;
  for (const key in written) {
    const isChild = children.includes(key);
    const same = isChild ? existing[key] === written[key] : isSame(existing[key], written[key]);
    // An id that was written is the existing object's: that is how it was found.
    if (!same && key !== 'id') {
      changed ??= {};
      changed[key] = written[key]!;
      own ||= !isChild;
    }
  }
  return changed === undefined ? existing : { ...existing, ...changed, ...(own ? { updated_at: now } : {}) };
}

/** The list as it was, when it holds the same objects in the same order. */
export function keepList<T>(before: T[] | undefined, after: T[]): T[] {
  return before?.length === after.length && before.every((item, index) => item === after[index]) ? before : after;
}

/** Equality of plain values; fields are flat, so this does not go deep. */
function isSame(before: unknown, after: unknown): boolean {
  if (before === after) {
    return true;
  }
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
    return false;
  }
  const keys = Object.keys(before);
  return (
    Array.isArray(before) === Array.isArray(after) &&
    keys.length === Object.keys(after).length &&
    keys.every((key) => isSame((before as Record<string, unknown>)[key], (after as Record<string, unknown>)[key]))
  );
}
