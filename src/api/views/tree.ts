/** Documents of a whole load balancer: the answer to a fully populated create, and the status tree. */
import type { L7Policy, Listener, LoadBalancer, Pool } from '../../model/resources.js';
import { type Live, render } from '../list/view.js';
import { l7policyView, l7ruleView, listenerView } from './listener.js';
import { loadbalancerView } from './loadbalancer.js';
import { listenersOf, type Placed, poolsOf } from './placed.js';
import { healthmonitorView, memberView, poolView } from './pool.js';

type Json = Record<string, unknown>;

/** A load balancer whose children are there in full. */
export function fullLoadBalancer(loadbalancer: LoadBalancer, live: Live): Json {
  return {
    ...render(loadbalancerView, { object: loadbalancer, loadbalancer }, live),
    listeners: listenersOf(loadbalancer).map((place) => fullListener(place, live)),
    pools: poolsOf(loadbalancer).map((place) => fullPool(place, live)),
  };
}

function fullListener(place: Placed<Listener>, live: Live): Json {
  const { loadbalancers: _parents, ...listener } = render(listenerView, place, live);
  const policies = place.object.l7policies.map((policy) => ({ ...place, object: policy, l7policy: policy }));
  return { ...listener, l7policies: policies.map((policy) => fullPolicy(policy, live)) };
}

function fullPolicy(place: Placed<L7Policy>, live: Live): Json {
  return {
    ...render(l7policyView, place, live),
    rules: place.object.rules.map((rule) => render(l7ruleView, { ...place, object: rule }, live)),
  };
}

function fullPool(place: Placed<Pool>, live: Live): Json {
  const { loadbalancers: _parents, healthmonitor_id: _id, ...pool } = render(poolView, place, live);
  const { members, healthmonitor } = place.object;
  return {
    ...pool,
    healthmonitor: healthmonitor && withoutPools(render(healthmonitorView, { ...place, object: healthmonitor }, live)),
    members: members.map((member) => render(memberView, { ...place, object: member }, live)),
  };
}

function withoutPools({ pools: _pools, ...monitor }: Json): Json {
  return monitor;
}

/** Statuses of a load balancer and everything below it. A pool is shown below each listener that uses it, and below `pools`. */
export function statusTree(loadbalancer: LoadBalancer, live: Live): Json {
  const pools = new Map(loadbalancer.pools.map((pool) => [pool.id, poolStatus(loadbalancer, pool, live)]));
  const status = (object: { id: string; name?: string }): Json => statusOf(loadbalancer, object, live);
  const listeners = loadbalancer.listeners.map((listener) => ({
    ...status(listener),
    pools: poolIdsOf(listener).flatMap((id) => pools.get(id) ?? []),
    l7policies: listener.l7policies.map((policy) => ({
      ...status(policy),
      action: policy.action,
      rules: policy.rules.map((rule) => ({ ...status(rule), type: rule.type })),
    })),
  }));
  return { loadbalancer: { ...status(loadbalancer), listeners, pools: [...pools.values()] } };
}

function poolIdsOf({ default_pool_id, l7policies }: Listener): string[] {
  const ids = [default_pool_id, ...l7policies.map(({ redirect_pool_id }) => redirect_pool_id)];
  return [...new Set(ids.filter((id) => id !== null))];
}

function poolStatus(loadbalancer: LoadBalancer, pool: Pool, live: Live): Json {
  const { healthmonitor, members } = pool;
  return {
    ...statusOf(loadbalancer, pool, live),
    ...(healthmonitor
      ? { health_monitor: { ...statusOf(loadbalancer, healthmonitor, live), type: healthmonitor.type } }
      : {}),
    members: members.map((member) => ({
      ...statusOf(loadbalancer, member, live),
      address: member.address,
      protocol_port: member.protocol_port,
    })),
  };
}

function statusOf(loadbalancer: LoadBalancer, { id, name }: { id: string; name?: string }, live: Live): Json {
  return {
    id,
    ...(name === undefined ? {} : { name }),
    provisioning_status: live.provisioningStatus(loadbalancer.id),
    operating_status: live.operatingStatus(id),
  };
}
