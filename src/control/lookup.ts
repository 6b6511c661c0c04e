/** Finding things in a state by id, at the same small cost however large it is. */
import type { L7Policy, Listener, LoadBalancer, Member, Pool } from '../model/resources.js';
import type { State } from '../model/state.js';
import {
  countKey,
  type Entry,
  factsOf,
  memberKey,
  type TreeFacts,
  type TreeKind,
  type TreeObjects,
} from './tree-index.js';

/** The part of a state that the tree is in. */
type HasTree = Pick<State, 'loadbalancers'>;

/** An object and all that it belongs to, itself included. */
export type Located<K extends TreeKind = TreeKind> = {
  [Kind in K]: {
    kind: Kind;
    object: TreeObjects[Kind];
    loadbalancer: LoadBalancer;
  } & (Kind extends 'listener' | 'l7policy' | 'l7rule' ? { listener: Listener } : { listener?: never }) &
    (Kind extends 'pool' | 'member' | 'healthmonitor' ? { pool: Pool } : { pool?: never }) &
    (Kind extends 'l7policy' | 'l7rule' ? { l7policy: L7Policy } : { l7policy?: never });
}[K];

/** The object of the tree with this id, whatever it is; undefined: none. */
export function locate(state: HasTree, id: string): Located | undefined {
  const { entries } = factsOf(state.loadbalancers);
  const found = entries.get(id);
  if (!found) {
    return undefined;
  }
  const above: Above = { loadbalancer: undefined, listener: undefined, pool: undefined, l7policy: undefined };
  for (
    let entry: Entry | undefined = found;
    entry;
    entry = entry.parent === null ? undefined : entries.get(entry.parent)
  ) {
    if (isAbove(entry.kind)) {
      above[entry.kind] = entry.object as never;
    }
  }
  return { kind: found.kind, object: found.object, ...above } as Located;
}

/** A member and its pool: two look-ups, because lists ask for each of ten thousand. */
export function locateMember(state: HasTree, id: string): { member: Member; pool: Pool } | undefined {
  const { entries } = factsOf(state.loadbalancers);
  const found = entries.get(id);
  return found?.kind === 'member'
    ? { member: found.object as Member, pool: entries.get(found.parent ?? '')?.object as Pool }
    : undefined;
}

/** Kinds that have others below them. */
type Above = { [Kind in 'loadbalancer' | 'listener' | 'pool' | 'l7policy']: TreeObjects[Kind] | undefined };

function isAbove(kind: TreeKind): kind is keyof Above {
  return kind === 'loadbalancer' || kind === 'listener' || kind === 'pool' || kind === 'l7policy';
}

/** As {@link locate}, for one kind. */
export function locateKind<K extends TreeKind>(state: HasTree, kind: K, id: string): Located<K> | undefined {
  const located = locate(state, id);
  return located?.kind === kind ? (located as unknown as Located<K>) : undefined;
}

export function findLoadBalancer(state: HasTree, id: string): LoadBalancer | undefined {
  return locateKind(state, 'loadbalancer', id)?.object;
}

/** The load balancer that has an address for its clients: VIP, additional VIP or public address, canonical text. */
export function findByVip(state: HasTree, address: string): LoadBalancer | undefined {
  const { entries, vips } = factsOf(state.loadbalancers);
  return entries.get(vips.get(address) ?? '')?.object as LoadBalancer | undefined;
}

/** Whether some member has this address, canonical text. */
export function isMemberAddress(state: HasTree, address: string): boolean {
  return factsOf(state.loadbalancers).counts.has(memberKey(address));
}

/** How many objects of a kind belong to a project. */
export function countOf(state: HasTree, kind: TreeKind, projectId: string): number {
  return countIn(factsOf(state.loadbalancers), kind, projectId);
}

function countIn({ counts }: TreeFacts, kind: TreeKind, projectId: string): number {
  return counts.get(countKey(kind, projectId)) ?? 0;
}
