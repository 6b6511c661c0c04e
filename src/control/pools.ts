/** Operations on pools. */
import type { PoolCreate, PoolPatch } from '../model/inputs.js';
import type { Listener, LoadBalancer, Pool } from '../model/resources.js';
import { checkPool as checkFields, poolChanges, poolUseFault, refuseFaults } from '../schema/index.js';
import { own } from './access.js';
import { mapSame, patched, replaceLoadBalancer, replacePool } from './edit.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { enforceQuota } from './quotas.js';
import { reportPoolCertificates } from './references.js';
import { conflict, invalid } from './refusals.js';

/**
 * Creates a pool on a load balancer, or as the default pool of a listener.
 * @throws SluiceError `conflict` when the listener has a default pool already, `quota_exceeded`
 */
export function createPool({ loadbalancer_id, listener_id, ...fields }: PoolCreate): Operation<Pool> {
  return (context) => {
    const { loadbalancer, listener } = parentOf(context, loadbalancer_id, listener_id);
    const pool: Pool = { ...fields, ...made(context, loadbalancer), members: [], healthmonitor: null };
    checkPool(context, pool, listener ? [listener] : []);
    const listeners = listener
      ? mapSame(loadbalancer.listeners, (other) => {
          return other === listener ? { ...listener, default_pool_id: pool.id, updated_at: context.now } : other;
        })
      : loadbalancer.listeners;
    const changed = { ...loadbalancer, listeners, pools: [...loadbalancer.pools, pool] };
    const state = replaceLoadBalancer(context.state, loadbalancer, changed);
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: pool };
  };
}

export function updatePool(id: string, patch: PoolPatch): Operation<Pool> {
  return (context) => {
    const { loadbalancer, pool } = own(context, 'pool', id);
    const result = patched<Pool>(pool, poolChanges(pool, patch), context.now);
    if (result !== pool) {
      checkPool(
        context,
        result,
        loadbalancer.listeners.filter((listener) => uses(listener, id)),
      );
    }
    return { state: replacePool(context.state, loadbalancer, pool, result), result };
  };
}

/**
 * Deletes a pool with its members and monitor. Listeners whose default pool it was go on without one.
 * @throws SluiceError `conflict` while a policy sends requests to it
 */
export function deletePool(id: string): Operation<void> {
  return (context) => {
    const { loadbalancer, pool } = own(context, 'pool', id, 'delete');
    for (const { l7policies } of loadbalancer.listeners) {
      const user = l7policies.find(({ redirect_pool_id }) => redirect_pool_id === id);
      if (user) {
        throw conflict(`Pool ${id} is in use by L7 policy ${user.id}. Delete the policy, or point it to another pool`);
      }
    }
    const listeners = mapSame(loadbalancer.listeners, (listener) => {
      return listener.default_pool_id === id
        ? { ...listener, default_pool_id: null, updated_at: context.now }
        : listener;
    });
    const pools = loadbalancer.pools.filter((other) => other !== pool);
    const state = replaceLoadBalancer(context.state, loadbalancer, { ...loadbalancer, listeners, pools });
    return { state, result: undefined };
  };
}

/** What holds for every pool, wherever it comes from. @param users listeners that send sessions to it. @throws SluiceError */
export function checkPool(context: Context, pool: Pool, users: readonly Listener[]): void {
  refuseFaults('pool', (report) => {
    checkFields(pool, report);
    reportPoolCertificates(context, pool, report);
    const fault = users.map(({ protocol }) => poolUseFault(protocol, pool)).find((found) => found !== undefined);
    if (fault) {
      report([], fault);
    }
  });
}

function uses({ default_pool_id, l7policies }: Listener, poolId: string): boolean {
  return default_pool_id === poolId || l7policies.some(({ redirect_pool_id }) => redirect_pool_id === poolId);
}

/** The load balancer of a new pool, and the listener that it is to be the default pool of. */
function parentOf(
  context: Context,
  loadbalancerId: string | null,
  listenerId: string | null,
): { loadbalancer: LoadBalancer; listener?: Listener } {
  if (listenerId === null) {
    if (loadbalancerId === null) {
      throw invalid('Must provide at least one of: loadbalancer_id, listener_id');
    }
    return { loadbalancer: own(context, 'loadbalancer', loadbalancerId, 'change', 'pool').loadbalancer };
  }
  const { loadbalancer, listener } = own(context, 'listener', listenerId, 'change', 'pool');
  if (loadbalancerId !== null && loadbalancerId !== loadbalancer.id) {
    throw invalid(`Listener ${listenerId} is not of load balancer ${loadbalancerId}; leave loadbalancer_id out`);
  }
  if (listener.default_pool_id !== null) {
    throw conflict(
      `This listener already has a default pool. It is ${listener.default_pool_id}; write loadbalancer_id instead, and set default_pool_id of the listener`,
    );
  }
  return { loadbalancer, listener };
}
