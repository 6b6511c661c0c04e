/** Every rule of a whole load balancer, for those that come in one piece: the fully populated create, and files. */
import { type Listener, type LoadBalancer, vipsOf } from '../model/resources.js';
import { ownerOf, requireServerAddress } from './addresses.js';
import { checkMonitor } from './healthmonitors.js';
import { checkPolicy } from './l7policies.js';
import { checkRule, refuseTooManyRules } from './l7rules.js';
import { checkListener, refusePortClashes } from './listeners.js';
import { findByVip, isMemberAddress } from './lookup.js';
import { refuseDuplicates } from './members.js';
import type { Context } from './operation.js';
import { checkPolicyOrder } from './policy-order.js';
import { checkPool } from './pools.js';
import { requireAvailabilityZone, requireFlavor, requireProvider } from './references.js';
import { conflict, idTaken } from './refusals.js';
import { factsOf, type TreeObjects } from './tree-index.js';

/**
 * Checks a load balancer of `context.state`.
 * @throws SluiceError for the first thing that is wrong
 */
export function checkLoadBalancer(context: Context, loadbalancer: LoadBalancer): void {
  requireProvider(loadbalancer.provider);
  requireFlavor(context, loadbalancer.flavor_id);
  requireAvailabilityZone(context, loadbalancer.availability_zone);
  refuseSharedIds(context, loadbalancer);
  refuseSharedAddresses(context, loadbalancer);
  refuseSharedPort(context, loadbalancer);
  refusePortClashes(loadbalancer.listeners);
  for (const listener of loadbalancer.listeners) {
    checkListener(context, loadbalancer, listener);
    checkPolicies(loadbalancer, listener);
  }
  for (const pool of loadbalancer.pools) {
    checkPool(context, pool, []);
    if (pool.healthmonitor) {
      checkMonitor(pool.healthmonitor, pool);
    }
    refuseDuplicates(pool.members);
    for (const { address } of pool.members) {
      requireServerAddress(context, address);
    }
  }
}

function checkPolicies(loadbalancer: LoadBalancer, listener: Listener): void {
  for (const policy of listener.l7policies) {
    checkPolicy(loadbalancer, listener, policy);
    refuseTooManyRules(policy);
    for (const rule of policy.rules) {
      checkRule(listener, rule);
    }
  }
  checkPolicyOrder(listener);
}

/** An id belongs to one object of the whole tree. */
function refuseSharedIds({ state }: Context, loadbalancer: LoadBalancer): void {
  const { entries } = factsOf(state.loadbalancers);
  for (const object of objectsOf(loadbalancer)) {
    if (entries.get(object.id)?.object !== object) {
      throw idTaken(object.id);
    }
  }
}

/** Public addresses are told apart when they are bound. */
function refuseSharedAddresses(context: Context, loadbalancer: LoadBalancer): void {
  for (const address of vipsOf({ ...loadbalancer, public_addresses: [] })) {
    const owner = ownerOf(context, address) ?? otherUserOf(context, loadbalancer, address);
    if (owner !== undefined) {
      throw conflict(`IP address ${address} already allocated: it is ${owner}. Give the load balancer another one`);
    }
  }
}

function otherUserOf({ state }: Context, { id }: LoadBalancer, address: string): string | undefined {
  const user = findByVip(state, address);
  if (user && user.id !== id) {
    return `an address of load balancer ${user.id} "${user.name}"`;
  }
  return isMemberAddress(state, address) ? 'the address of a member' : undefined;
}

function refuseSharedPort({ state }: Context, { id, vip_port_id }: LoadBalancer): void {
  const other = state.loadbalancers.find((one) => one.vip_port_id === vip_port_id && one.id !== id);
  if (other) {
    throw conflict(`Port ${vip_port_id} is already used by device ${other.id}. Leave vip_port_id out: one is made`);
  }
}

type TreeObject = TreeObjects[keyof TreeObjects];

/** A load balancer and everything below it. */
export function* objectsOf(loadbalancer: LoadBalancer): Generator<TreeObject> {
  yield loadbalancer;
  for (const listener of loadbalancer.listeners) {
    yield listener;
    for (const policy of listener.l7policies) {
      yield policy;
      yield* policy.rules;
    }
  }
  for (const pool of loadbalancer.pools) {
    yield pool;
    if (pool.healthmonitor) {
      yield pool.healthmonitor;
    }
    yield* pool.members;
  }
}
