/** What holds in every state that operations make. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { exactnessKey } from '../../model/policy-order.js';
import { type Listener, type LoadBalancer, transportOf, vipsOf } from '../../model/resources.js';
import type { State } from '../../model/state.js';
import { objectsOf } from '../check.js';
import { locate } from '../lookup.js';
import { usageOf } from '../quotas.js';
import { factsOf } from '../tree-index.js';

/** @throws when something does not hold */
export function checkInvariants(state: State): void {
  const { loadbalancers } = state;
  const objects = loadbalancers.flatMap((loadbalancer) => [...objectsOf(loadbalancer)]);
  expectDistinct(objects.map(({ id }) => id));
  expectDistinct(loadbalancers.flatMap(vipsOf));
  expect(factsOf(loadbalancers).entries.size).toBe(objects.length);
  for (const loadbalancer of loadbalancers) {
    const lost = [...objectsOf(loadbalancer)].filter((object) => {
      const located = locate(state, object.id);
      const found = located?.object === object && located.loadbalancer === loadbalancer;
      return !found || object.project_id !== loadbalancer.project_id;
    });
    expect(lost).toEqual([]);
    checkLinks(loadbalancer);
    expectDistinct(loadbalancer.listeners.map(portOf));
    for (const { members } of loadbalancer.pools) {
      expectDistinct(members.map(({ address, protocol_port }) => `${address} ${protocol_port}`));
    }
  }
  const vips = new Set(loadbalancers.flatMap(vipsOf));
  const addresses = loadbalancers.flatMap(({ pools }) => pools.flatMap(({ members }) => members));
  expect(addresses.filter(({ address }) => vips.has(address))).toEqual([]);
  checkBindings(state);
  checkCounts(state);
}

function checkLinks({ listeners, pools }: LoadBalancer): void {
  const known = new Set<string | null>([null, ...pools.map(({ id }) => id)]);
  const listenerIds = new Set<string | null>([null, ...listeners.map(({ id }) => id)]);
  for (const { default_pool_id, l7policies, policy_order } of listeners) {
    expect(known).toContain(default_pool_id);
    expect(l7policies.map(({ position }) => position)).toEqual(l7policies.map((_, index) => index + 1));
    for (const { redirect_pool_id, redirect_listener_id, rules } of l7policies) {
      expect(known).toContain(redirect_pool_id);
      expect(listenerIds).toContain(redirect_listener_id);
      expect(rules.length).toBeLessThanOrEqual(50);
    }
    const inUse = l7policies.filter(({ admin_state_up }) => admin_state_up);
    expectDistinct(policy_order === 'EXACTNESS' ? inUse.flatMap((policy) => exactnessKey(policy) ?? []) : []);
  }
}

function checkBindings({ loadbalancers, publicaddresses }: State): void {
  const bound = [...publicaddresses.values()].filter(({ loadbalancer_id }) => loadbalancer_id !== null);
  const said = bound.map(({ address, loadbalancer_id }) => `${loadbalancer_id} ${address}`);
  const had = loadbalancers.flatMap(({ id, public_addresses }) =>
    public_addresses.map((address) => `${id} ${address}`),
  );
  expect(had.sort()).toEqual(said.sort());
}

/** Counts are those of the tree, and within the limits that were set and not lowered since. */
function checkCounts(state: State): void {
  for (const projectId of new Set(state.loadbalancers.map(({ project_id }) => project_id))) {
    const own = state.loadbalancers.filter(({ project_id }) => project_id === projectId);
    const listeners = own.flatMap((loadbalancer) => loadbalancer.listeners);
    const pools = own.flatMap((loadbalancer) => loadbalancer.pools);
    const l7policies = listeners.flatMap((listener) => listener.l7policies);
    expect(usageOf(state, projectId)).toEqual({
      loadbalancer: own.length,
      listener: listeners.length,
      pool: pools.length,
      member: pools.flatMap(({ members }) => members).length,
      healthmonitor: pools.filter(({ healthmonitor }) => healthmonitor).length,
      l7policy: l7policies.length,
      l7rule: l7policies.flatMap(({ rules }) => rules).length,
      certificate: [...state.certificates.values()].filter(({ project_id }) => project_id === projectId).length,
    });
  }
}

/** @throws when an object of `after` equals its counterpart in `before` without being the very same one */
export function checkSharing(before: State, after: State): void {
  const old = new Map(before.loadbalancers.flatMap((one) => [...objectsOf(one)]).map((object) => [object.id, object]));
  const copies = after.loadbalancers
    .flatMap((one) => [...objectsOf(one)])
    .filter((object) => old.get(object.id) !== object && isDeepStrictEqual(old.get(object.id), object));
  expect(copies).toEqual([]);
  if (isDeepStrictEqual(before, after)) {
    expect(after).toBe(before);
  }
}

function portOf({ protocol, protocol_port }: Listener): string {
  return `${transportOf(protocol)} ${protocol_port}`;
}

function expectDistinct(values: readonly string[]): void {
  expect(values).toHaveLength(new Set(values).size);
}
