/** What tells objects of a tree apart while files come and go: names, endpoints, users, places. */
import type { L7Policy, Listener, ListenerSpec, Member, MemberSpec, Pool, PoolSpec } from '../model/resources.js';

/** Existing objects by what they are recognized by, and by id. */
export interface Known<T> {
  byKey: ReadonlyMap<string, T>;
  byId: ReadonlyMap<string, T>;
}

export function byKey<T extends { id: string }>(
  items: readonly T[] | undefined,
  keyOf: (item: T, index: number) => string,
): Known<T> {
  const known = { byKey: new Map<string, T>(), byId: new Map<string, T>() };
  for (const [index, item] of (items ?? []).entries()) {
    known.byKey.set(keyOf(item, index), item);
    known.byId.set(item.id, item);
  }
  return known;
}

/** The object that a spec is about: an id that was written says so; else its key, unless another id belongs to that. */
export function matchOf<T extends { id: string }>(known: Known<T>, spec: { id?: string }, key: string): T | undefined {
  return spec.id === undefined ? known.byKey.get(key) : known.byId.get(spec.id);
}

export function endpointOf(listener: Pick<Listener, 'protocol' | 'protocol_port'>): string {
  return `${listener.protocol}:${listener.protocol_port}`;
}

export function addressOf(member: Pick<Member | MemberSpec, 'address' | 'protocol_port'>): string {
  return `${member.address} ${member.protocol_port}`;
}

export function policyKey({ name }: Pick<L7Policy, 'name'>, index: number): string {
  return name === '' ? `position ${index}` : `name ${name}`;
}

/** What unnamed pools are recognized by: the first listener or policy that uses them, else their place among those nobody uses. */
export function poolKeys<P extends Pick<Pool, 'name'>>(
  pools: readonly P[],
  userOf: (pool: P) => string | undefined,
): string[] {
  let unused = 0;
  return pools.map((pool) => {
    if (pool.name !== '') {
      return `name ${pool.name}`;
    }
    const user = userOf(pool);
    return user === undefined ? `position ${unused++}` : `user ${user}`;
  });
}

/** A listener or policy, as something that stays the same while others come and go, and its pool. */
type Use<P> = [user: string, pool: P | null];

export function usesOf(listener: Listener): Use<string>[] {
  const endpoint = endpointOf(listener);
  return [
    [endpoint, listener.default_pool_id],
    ...listener.l7policies.map((policy, index): Use<string> => {
      return [`${endpoint} ${policyKey(policy, index)}`, policy.redirect_pool_id];
    }),
  ];
}

export function usesOfSpec(listener: ListenerSpec): Use<PoolSpec>[] {
  const endpoint = endpointOf(listener);
  return [
    [endpoint, listener.default_pool],
    ...listener.l7policies.map((policy, index): Use<PoolSpec> => {
      return [`${endpoint} ${policyKey(policy, index)}`, policy.redirect_pool];
    }),
  ];
}

export function firstUsers<P>(uses: ReadonlyArray<Use<P>>): Map<P, string> {
  const users = new Map<P, string>();
  for (const [user, pool] of uses) {
    if (pool !== null && !users.has(pool)) {
      users.set(pool, user);
    }
  }
  return users;
}
