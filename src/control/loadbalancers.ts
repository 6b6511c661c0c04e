/** Operations on load balancers. */
import { mergeLoadBalancer } from '../config/merge-objects.js';
import type { LoadBalancerCreate, LoadBalancerPatch } from '../model/inputs.js';
import type { LoadBalancer } from '../model/resources.js';
import type { State } from '../model/state.js';
import { own, projectFor, requireMutable, visible } from './access.js';
import { checkLoadBalancer } from './check.js';
import type { DeleteOptions } from './delete-options.js';
import { patched, replaceLoadBalancer, withLoadBalancers } from './edit.js';
import type { Context, Operation } from './operation.js';
import { releaseAddresses } from './public-addresses.js';
import { enforceListenerLimit, enforceQuota } from './quotas.js';
import { requireFlavor } from './references.js';
import { about, conflict, count, invalid } from './refusals.js';
import { VipPlacer } from './vips.js';

/**
 * Creates a load balancer with everything that is written below it, or nothing of it.
 * @throws SluiceError `conflict` when an address is taken, `quota_exceeded`, `invalid_configuration` for what does not go together
 */
export function createLoadBalancer({ project_id, ...spec }: LoadBalancerCreate): Operation<LoadBalancer> {
  return (context) => {
    const placer = new VipPlacer(context);
    const { newId, now } = context;
    const projectId = projectFor(context, project_id);
    const made = { projectId, now, newId, placeVip: placer.place.bind(placer) };
    const loadbalancer = mergeLoadBalancer(undefined, spec, 'api', made);
    enforceListenerLimit(context, loadbalancer, undefined);
    const state = withLoadBalancers(context.state, [...context.state.loadbalancers, loadbalancer]);
    checkLoadBalancer({ ...context, state }, loadbalancer);
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: loadbalancer };
  };
}

/**
 * Whoever manages a load balancer, `managed_by: api` takes it over, also while it is in ERROR.
 * @throws SluiceError `conflict` when a file manages it, `immutable` when it is in ERROR
 */
export function updateLoadBalancer(id: string, patch: LoadBalancerPatch): Operation<LoadBalancer> {
  return (context) => {
    const { managed_by, ...rest } = patch;
    const adopts = managed_by === 'api';
    const { loadbalancer } = adopts ? visible(context, 'loadbalancer', id) : own(context, 'loadbalancer', id);
    if (adopts && Object.keys(rest).length > 0) {
      requireMutable(context, loadbalancer, 'loadbalancer');
    }
    const result = patched<LoadBalancer>(loadbalancer, withAddresses(context, loadbalancer, patch), context.now);
    if (result === loadbalancer) {
      return { state: context.state, result };
    }
    if (result.flavor_id !== loadbalancer.flavor_id) {
      requireFlavor(context, result.flavor_id);
    }
    if (result.managed_by !== 'api') {
      requireFileName(context.state, result);
    }
    return { state: replaceLoadBalancer(context.state, loadbalancer, result), result };
  };
}

/**
 * Deletes a load balancer; public addresses bound to it are free again.
 * @throws SluiceError `invalid_configuration` while it has children: Octavia's status, 400. A conflict, 409, would be taken for a load
 * balancer that is busy: Terraform's provider repeats a request that meets one until its time is up
 */
export function deleteLoadBalancer(id: string, { cascade = false }: DeleteOptions = {}): Operation<void> {
  return (context) => {
    const { loadbalancer } = own(context, 'loadbalancer', id, 'delete');
    if (!cascade) {
      refuseChildren(loadbalancer);
    }
    const state = replaceLoadBalancer(context.state, loadbalancer, undefined);
    return { state: releaseAddresses(state, new Set([id]), context.now), result: undefined };
  };
}

/** Creates several, or none. @throws SluiceError as {@link createLoadBalancer}, saying which one */
export function createLoadBalancers(inputs: readonly LoadBalancerCreate[]): Operation<LoadBalancer[]> {
  return oneAfterAnother(inputs.map(createLoadBalancer));
}

/** Deletes several, or none. @throws SluiceError as {@link deleteLoadBalancer}, saying which one */
export function deleteLoadBalancers(ids: readonly string[], options: DeleteOptions = {}): Operation<void> {
  const all = oneAfterAnother([...new Set(ids)].map((id) => deleteLoadBalancer(id, options)));
  return (context) => ({ state: all(context).state, result: undefined });
}

function oneAfterAnother<T>(operations: readonly Operation<T>[]): Operation<T[]> {
  return (context) => {
    let { state } = context;
    const results = operations.map((operation, index) => {
      const { state: next, result } = about(`loadbalancers[${index}]`, () => operation({ ...context, state }));
      state = next;
      return result;
    });
    return { state, result: results };
  };
}

function withAddresses(
  context: Context,
  loadbalancer: LoadBalancer,
  { additional_vips, ...patch }: LoadBalancerPatch,
): Partial<LoadBalancer> {
  return additional_vips === undefined
    ? patch
    : { ...patch, additional_vips: new VipPlacer(context).additional(additional_vips, loadbalancer) };
}

/** What files manage is found by its name. @throws SluiceError `invalid_configuration`, `conflict` */
function requireFileName({ loadbalancers }: State, { id, name, managed_by }: LoadBalancer): void {
  if (name === '') {
    throw invalid(`managed_by: ${managed_by} needs a name: files find load balancers by it; give it one first`);
  }
  const other = loadbalancers.find((one) => one.name === name && one.id !== id && one.managed_by !== 'api');
  if (other) {
    throw conflict(`Load Balancer ${other.id} is managed by a file under the name ${name}. Rename one of them first`);
  }
}

function refuseChildren({ id, listeners, pools }: LoadBalancer): void {
  const children = [
    ...(listeners.length > 0 ? [`${count(listeners.length, 'listener')} (${names(listeners)})`] : []),
    ...(pools.length > 0 ? [`${count(pools.length, 'pool')} (${names(pools)})`] : []),
  ];
  if (children.length > 0) {
    throw invalid(
      `Cannot delete Load Balancer ${id} - it has children: ${children.join(', ')}. Delete them first, or write cascade=true`,
    );
  }
}

/** A few of some objects as people know them. */
function names(objects: ReadonlyArray<{ id: string; name: string }>): string {
  const shown = objects.slice(0, 5).map(({ id, name }) => (name === '' ? id : name));
  return objects.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}
