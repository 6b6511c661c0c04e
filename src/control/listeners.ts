/** Operations on listeners. */

import type { ListenerCreate, ListenerPatch } from '../model/inputs.js';
import { type L7Policy, type Listener, type LoadBalancer, transportOf, vipsOf } from '../model/resources.js';
import { checkListener as checkFields, listenerChanges, poolUseFault, refuseFaults } from '../schema/index.js';
import { own } from './access.js';
import type { DeleteOptions } from './delete-options.js';
import { mapSame, patched, replaceListener, replaceLoadBalancer } from './edit.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { checkPolicyOrder } from './policy-order.js';
import { renumber } from './positions.js';
import { enforceListenerLimit, enforceQuota } from './quotas.js';
import { reportForeignCidrs, reportListenerCertificates, requireAccessList, requirePool } from './references.js';
import { conflict } from './refusals.js';

/** @throws SluiceError `conflict` when the port is taken, `quota_exceeded`, `not_found` for a pool that is not the load balancer's */
export function createListener({ loadbalancer_id, ...fields }: ListenerCreate): Operation<Listener> {
  return (context) => {
    const { loadbalancer } = own(context, 'loadbalancer', loadbalancer_id, 'change', 'listener');
    const listener: Listener = { ...fields, ...made(context, loadbalancer), l7policies: [] };
    checkListener(context, loadbalancer, listener);
    const changed = { ...loadbalancer, listeners: [...loadbalancer.listeners, listener] };
    refusePortClashes(changed.listeners);
    enforceListenerLimit(context, changed, loadbalancer);
    const state = replaceLoadBalancer(context.state, loadbalancer, changed);
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: listener };
  };
}

export function updateListener(id: string, patch: ListenerPatch): Operation<Listener> {
  return (context) => {
    const { loadbalancer, listener } = own(context, 'listener', id);
    const result = patched<Listener>(listener, listenerChanges(listener, patch), context.now);
    if (result === listener) {
      return { state: context.state, result };
    }
    checkListener(context, loadbalancer, result);
    if (result.policy_order !== listener.policy_order) {
      checkPolicyOrder(result);
    }
    return { state: replaceListener(context.state, loadbalancer, listener, result), result };
  };
}

/**
 * Deletes a listener with its policies. Pools are objects of their own and stay with their members, as Octavia's clients count on.
 * With `cascade`, policies that redirect to the listener go too, and so do the pools that nothing else uses.
 * @throws SluiceError `conflict` when a policy redirects clients to the listener (LI-7)
 */
export function deleteListener(id: string, { cascade = false }: DeleteOptions = {}): Operation<void> {
  return (context) => {
    const { loadbalancer, listener } = own(context, 'listener', id, 'delete');
    const redirects = redirectsTo(loadbalancer, listener);
    const [first] = redirects;
    if (first && !cascade) {
      throw conflict(
        `Listener ${id} is in use by L7 policy ${first.id}, which redirects clients to it. Delete the policy, or cascade`,
      );
    }
    const others = loadbalancer.listeners.filter((other) => other !== listener);
    const changed = cascade
      ? withoutUnused(
          loadbalancer,
          listener,
          mapSame(others, (other) => withoutPolicies(other, redirects)),
        )
      : { ...loadbalancer, listeners: others };
    return { state: replaceLoadBalancer(context.state, loadbalancer, changed), result: undefined };
  };
}

/** What holds for every listener, wherever it comes from. @throws SluiceError */
export function checkListener(context: Context, loadbalancer: LoadBalancer, listener: Listener): void {
  const { default_pool_id } = listener;
  const pool = default_pool_id === null ? undefined : requirePool(loadbalancer, default_pool_id);
  requireAccessList(context, listener);
  refuseFaults('listener', (report) => {
    checkFields(listener, report);
    reportForeignCidrs(loadbalancer, listener, report);
    reportListenerCertificates(context, listener, report);
    const fault = pool && poolUseFault(listener.protocol, pool);
    if (fault) {
      report(['default_pool_id'], fault);
    }
  });
}

/**
 * One port of a load balancer is one listener's; UDP and SCTP have ports of their own (LI-1).
 * @throws SluiceError `conflict`
 */
export function refusePortClashes(listeners: readonly Listener[]): void {
  const taken = new Map<string, Listener>();
  for (const listener of listeners) {
    const key = `${transportOf(listener.protocol) ?? listener.protocol} ${listener.protocol_port}`;
    const other = taken.get(key);
    if (other) {
      throw conflict(
        `Another Listener on this Load Balancer is already using protocol ${other.protocol} and protocol_port ${other.protocol_port}. ` +
          `It is ${other.id}; choose another port: only UDP may share one with another protocol`,
      );
    }
    taken.set(key, listener);
  }
}

/** Policies of other listeners that lead to this one: by its id, or by a URL with an address of the load balancer and its port. */
function redirectsTo(loadbalancer: LoadBalancer, listener: Listener): L7Policy[] {
  const vips = new Set(vipsOf(loadbalancer));
  return loadbalancer.listeners
    .filter((other) => other !== listener && transportOf(listener.protocol) === 'TCP')
    .flatMap(({ l7policies }) => l7policies)
    .filter(({ redirect_listener_id, redirect_url, redirect_prefix }) => {
      if (redirect_listener_id !== null) {
        return redirect_listener_id === listener.id;
      }
      const target = endpointOf(redirect_url ?? redirect_prefix);
      return target !== undefined && vips.has(target.host) && target.port === listener.protocol_port;
    });
}

function endpointOf(text: string | null): { host: string; port: number } | undefined {
  if (text === null || !URL.canParse(text)) {
    return undefined;
  }
  const url = new URL(text);
  const standard = url.protocol === 'https:' ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? standard : Number(url.port) };
}

function withoutPolicies(listener: Listener, gone: readonly L7Policy[]): Listener {
  const l7policies = listener.l7policies.filter((policy) => !gone.includes(policy));
  return l7policies.length === listener.l7policies.length
    ? listener
    : { ...listener, l7policies: renumber(l7policies) };
}

/** The load balancer without a listener, and without the pools that only it used. */
function withoutUnused(loadbalancer: LoadBalancer, listener: Listener, listeners: Listener[]): LoadBalancer {
  const used = new Set(listeners.flatMap(poolsUsedBy));
  const gone = new Set(poolsUsedBy(listener).filter((id) => !used.has(id)));
  const pools = gone.size === 0 ? loadbalancer.pools : loadbalancer.pools.filter(({ id }) => !gone.has(id));
  return { ...loadbalancer, listeners, pools };
}

function poolsUsedBy({ default_pool_id, l7policies }: Listener): string[] {
  const ids = [default_pool_id, ...l7policies.map(({ redirect_pool_id }) => redirect_pool_id)];
  return ids.filter((id) => id !== null);
}
