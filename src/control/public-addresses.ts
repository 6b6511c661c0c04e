/**
 * Operations on public addresses (LB-3). One that is bound is a further VIP of its load balancer; the address object and the load
 * balancer change in one step. Files do not say which ones are bound, so that load balancers they manage can have them too.
 */
import type { LoadBalancer } from '../model/resources.js';
import type { PublicAddress, State } from '../model/state.js';
import type { PublicAddressCreate, PublicAddressPatch } from '../schema/collections.js';
import { projectFor, requireOwn } from './access.js';
import { requireFree } from './addresses.js';
import type { DeleteOptions } from './delete-options.js';
import { patched, replaceLoadBalancer, withEntry } from './edit.js';
import { findLoadBalancer } from './lookup.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { conflict, immutable, invalid, notFound } from './refusals.js';
import { allocate } from './vips.js';

/** @throws SluiceError `conflict` when the address is taken or none is left */
export function createPublicAddress(input: PublicAddressCreate): Operation<PublicAddress> {
  return (context) => {
    const { project_id, loadbalancer_id, ...written } = input;
    const owner = { project_id: projectFor(context, project_id) };
    const address = written.address ?? nextOf(context);
    requireFree(context, address);
    const created: PublicAddress = { ...written, ...made(context, owner), address, loadbalancer_id: null };
    const state = withAddress(context.state, created);
    if (loadbalancer_id === null) {
      return { state, result: created };
    }
    const result = { ...created, loadbalancer_id };
    return { state: bind({ ...context, state }, result), result };
  };
}

/**
 * Names it, or moves it: `loadbalancer_id` binds, null unbinds. Unbinding ends Internet traffic only, the load balancer's own VIP goes on.
 * @throws SluiceError `immutable` when the load balancer is in ERROR
 */
export function updatePublicAddress(id: string, patch: PublicAddressPatch): Operation<PublicAddress> {
  return (context) => {
    const old = ownAddress(context, id);
    const result = patched<PublicAddress>(old, patch, context.now);
    if (result === old) {
      return { state: context.state, result };
    }
    if (result.loadbalancer_id === old.loadbalancer_id) {
      return { state: withAddress(context.state, result), result };
    }
    const released = { ...context, state: unbind(context.state, old) };
    return { state: bind(released, result), result };
  };
}

/** With `cascade` one that is bound is unbound first. @throws SluiceError `conflict` while it is bound */
export function deletePublicAddress(id: string, { cascade = false }: DeleteOptions = {}): Operation<void> {
  return (context) => {
    const old = ownAddress(context, id);
    if (old.loadbalancer_id !== null && !cascade) {
      throw conflict(
        `Public Address ${id} is bound to load balancer ${old.loadbalancer_id}. Unbind it first: set its loadbalancer_id to null, or cascade`,
      );
    }
    const state = unbind(context.state, old);
    return { state: { ...state, publicaddresses: withEntry(state.publicaddresses, id, undefined) }, result: undefined };
  };
}

/** The addresses of load balancers that go, free to be bound again. */
export function releaseAddresses(state: State, loadbalancerIds: ReadonlySet<string>, now: string): State {
  let released: Map<string, PublicAddress> | undefined;
  for (const address of state.publicaddresses.values()) {
    if (address.loadbalancer_id !== null && loadbalancerIds.has(address.loadbalancer_id)) {
      released ??= new Map(state.publicaddresses);
      released.set(address.id, { ...address, loadbalancer_id: null, updated_at: now });
    }
  }
  return released ? { ...state, publicaddresses: released } : state;
}

function bind(context: Context, address: PublicAddress): State {
  const state = withAddress(context.state, address);
  if (address.loadbalancer_id === null) {
    return state;
  }
  const loadbalancer = findLoadBalancer(state, address.loadbalancer_id);
  if (!loadbalancer) {
    throw notFound('loadbalancer', address.loadbalancer_id);
  }
  requireOwn(context.caller, 'loadbalancer', loadbalancer);
  if (loadbalancer.project_id !== address.project_id) {
    throw invalid(
      `Load Balancer ${loadbalancer.id} is of project ${loadbalancer.project_id}, the address of ${address.project_id}; bind addresses of its own project`,
    );
  }
  const error = context.errorOf(loadbalancer.id);
  if (error !== undefined) {
    throw immutable('loadbalancer', loadbalancer.id, error);
  }
  return withPublicAddresses(state, loadbalancer, [...loadbalancer.public_addresses, address.address]);
}

function unbind(state: State, { address, loadbalancer_id }: PublicAddress): State {
  const loadbalancer = loadbalancer_id === null ? undefined : findLoadBalancer(state, loadbalancer_id);
  return loadbalancer
    ? withPublicAddresses(
        state,
        loadbalancer,
        loadbalancer.public_addresses.filter((other) => other !== address),
      )
    : state;
}

function withPublicAddresses(state: State, loadbalancer: LoadBalancer, public_addresses: string[]): State {
  return replaceLoadBalancer(state, loadbalancer, { ...loadbalancer, public_addresses });
}

function nextOf(context: Context): string {
  const subnets = context.subnets.filter((subnet) => subnet.public);
  if (subnets.length === 0) {
    throw invalid(
      'address is missing, and the host file has no subnet with public: true to allocate one from; write it',
    );
  }
  const last = [...context.state.publicaddresses.values()].at(-1)?.address;
  return allocate(context, subnets, { last: () => last }).address;
}

function ownAddress({ state, caller }: Context, id: string): PublicAddress {
  const address = state.publicaddresses.get(id);
  if (!address) {
    throw notFound('publicaddress', id);
  }
  requireOwn(caller, 'publicaddress', address);
  return address;
}

function withAddress(state: State, address: PublicAddress): State {
  return { ...state, publicaddresses: withEntry(state.publicaddresses, address.id, address) };
}
