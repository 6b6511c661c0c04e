/** New states from old ones: what changed and all above it is new, everything else is the very same object. */
import { isDeepStrictEqual } from 'node:util';
import type { Listener, LoadBalancer, Pool, Tree } from '../model/resources.js';
import type { State } from '../model/state.js';
import { noteChange } from './tree-index.js';

/** A state with another list of load balancers. */
export function withLoadBalancers<S extends Tree>(state: S, loadbalancers: LoadBalancer[]): S {
  noteChange(state.loadbalancers, loadbalancers);
  return state.loadbalancers === loadbalancers ? state : { ...state, loadbalancers };
}

/** The list with one object replaced, or left out when `now` is undefined. */
export function swap<T>(list: T[], old: T, now: T | undefined): T[] {
  if (old === now) {
    return list;
  }
  const index = list.indexOf(old);
  return now === undefined ? list.toSpliced(index, 1) : list.with(index, now);
}

/** The list with every object as `change` gives it; the very same list when nothing changed. */
export function mapSame<T>(list: T[], change: (object: T) => T): T[] {
  let changed: T[] | undefined;
  for (const [index, object] of list.entries()) {
    const now = change(object);
    if (now !== object) {
      changed ??= [...list];
      changed[index] = now;
    }
  }
  return changed ?? list;
}

export function replaceLoadBalancer(state: State, old: LoadBalancer, now: LoadBalancer | undefined): State {
  return withLoadBalancers(state, swap(state.loadbalancers, old, now));
}

/** Replaces a listener of a load balancer. */
export function replaceListener(
  state: State,
  loadbalancer: LoadBalancer,
  old: Listener,
  now: Listener | undefined,
): State {
  return replaceLoadBalancer(state, loadbalancer, {
    ...loadbalancer,
    listeners: swap(loadbalancer.listeners, old, now),
  });
}

/** Replaces a pool of a load balancer. */
export function replacePool(state: State, loadbalancer: LoadBalancer, old: Pool, now: Pool): State {
  if (old === now) {
    return state;
  }
  return replaceLoadBalancer(state, loadbalancer, { ...loadbalancer, pools: swap(loadbalancer.pools, old, now) });
}

/**
 * The object with the fields of a patch, and the time of it; the very same object when the patch says what is so already. Values
 * that are equal keep their references.
 */
export function patched<T extends { updated_at: string | null }>(object: T, patch: Partial<T>, now: string): T {
  const changed = changedFields(object, patch);
  return changed === undefined ? object : { ...object, ...changed, updated_at: now };
}

/** The fields of a patch that differ from the object's; undefined when none does. */
export function changedFields<T extends object>(object: T, patch: Partial<T>): Partial<T> | undefined {
  const changed: Partial<T> = {};
  let any = false;
  for (const key of Object.keys(patch) as (keyof T)[]) {
    if (patch[key] !== undefined && !isDeepStrictEqual(object[key], patch[key])) {
      changed[key] = patch[key] as T[keyof T];
      any = true;
    }
  }
  return any ? changed : undefined;
}

/** A map with one value set, or removed when it is undefined. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> {
  const copy = new Map(map);
  if (value === undefined) {
    copy.delete(key);
  } else {
    copy.set(key, value);
  }
  return copy;
}
