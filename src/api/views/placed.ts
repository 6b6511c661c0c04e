/** What the views of the resource tree have in common: where an object is, and the attributes every object has. */
import type { L7Policy, Listener, LoadBalancer, NamedResource, Pool, Resource } from '../../model/resources.js';
import type { Attribute } from '../list/view.js';

/** An object of the tree with what it is below. */
export interface Placed<T> {
  object: T;
  loadbalancer: LoadBalancer;
  listener?: Listener | undefined;
  pool?: Pool | undefined;
  l7policy?: L7Policy | undefined;
}

type Attributes<T> = Record<string, Attribute<Placed<T>>>;

/** Attributes of every object; `tenant_id` is what old clients call the project. */
export function commonAttributes<T extends Resource>(): Attributes<T> {
  return {
    id: ({ object }) => object.id,
    provisioning_status: ({ loadbalancer }, live) => live.provisioningStatus(loadbalancer.id),
    operating_status: ({ object }, live) => live.operatingStatus(object.id),
    admin_state_up: ({ object }) => object.admin_state_up,
    project_id: ({ object }) => object.project_id,
    tenant_id: ({ object }) => object.project_id,
    created_at: ({ object }) => object.created_at,
    updated_at: ({ object }) => object.updated_at,
    tags: ({ object }) => object.tags,
  };
}

export function nameAttribute<T extends NamedResource>(): Attributes<T> {
  return { name: ({ object }) => object.name };
}

/** Attributes that are shown as they are kept. */
export function plainAttributes<T extends object>(names: readonly (keyof T & string)[]): Attributes<T> {
  return Object.fromEntries(names.map((name) => [name, ({ object }: Placed<T>) => object[name]]));
}

/** Octavia names children and parents by their ids only. */
export function idsOf(objects: readonly { id: string }[]): { id: string }[] {
  return objects.map(({ id }) => ({ id }));
}

export function poolsOf(loadbalancer: LoadBalancer): Placed<Pool>[] {
  return loadbalancer.pools.map((pool) => ({ object: pool, loadbalancer, pool }));
}

export function listenersOf(loadbalancer: LoadBalancer): Placed<Listener>[] {
  return loadbalancer.listeners.map((listener) => ({ object: listener, loadbalancer, listener }));
}
