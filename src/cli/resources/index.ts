/** Every kind of resource, in the order that help and documentation list them. */
import { ACCESSLIST, PUBLICADDRESS } from './addresses.js';
import {
  AVAILABILITYZONE,
  AVAILABILITYZONEPROFILE,
  FLAVOR,
  FLAVORPROFILE,
  PROVIDER_TYPE,
  QUOTA,
  SUBNET,
} from './administration.js';
import { CERTIFICATE } from './certificates.js';
import { APPLICATIONCREDENTIAL, PROJECT_TYPE, ROLE, USER } from './identity.js';
import { LISTENER } from './listeners.js';
import { LOADBALANCER } from './loadbalancers.js';
import { L7POLICY, L7RULE } from './policies.js';
import { HEALTHMONITOR, MEMBER, POOL } from './pools.js';
import { AUDIT, EVENT } from './records.js';
import type { ResourceType } from './resource.js';

export const RESOURCES: readonly ResourceType[] = [
  LOADBALANCER,
  LISTENER,
  POOL,
  MEMBER,
  HEALTHMONITOR,
  L7POLICY,
  L7RULE,
  ACCESSLIST,
  CERTIFICATE,
  PUBLICADDRESS,
  QUOTA,
  FLAVOR,
  FLAVORPROFILE,
  AVAILABILITYZONE,
  AVAILABILITYZONEPROFILE,
  PROVIDER_TYPE,
  SUBNET,
  PROJECT_TYPE,
  USER,
  ROLE,
  APPLICATIONCREDENTIAL,
  AUDIT,
  EVENT,
];

const BY_NAME = new Map(RESOURCES.map((type) => [type.name, type]));

/** The kind of that name, which is one of {@link RESOURCES}: names come from these descriptions themselves. */
export function typeNamed(name: string): ResourceType {
  const type = BY_NAME.get(name);
  if (!type) {
    throw new TypeError(`no description of the resource ${name}`);
  }
  return type;
}

/** Attributes that hold ids, and of what. */
export const ATTRIBUTE_KINDS: Readonly<Record<string, string>> = {
  loadbalancers: 'loadbalancer',
  listeners: 'listener',
  pools: 'pool',
  l7policies: 'l7policy',
  loadbalancer_id: 'loadbalancer',
  listener_id: 'listener',
  default_pool_id: 'pool',
  redirect_pool_id: 'pool',
  flavor_id: 'flavor',
  flavor_profile_id: 'flavorprofile',
  availability_zone_profile_id: 'availabilityzoneprofile',
  redirect_listener_id: 'listener',
  access_list_id: 'accesslist',
  default_tls_container_ref: 'certificate',
  sni_container_refs: 'certificate',
  client_ca_tls_container_ref: 'certificate',
  client_crl_container_ref: 'certificate',
  tls_container_ref: 'certificate',
  ca_tls_container_ref: 'certificate',
  crl_container_ref: 'certificate',
  vip_subnet_id: 'subnet',
  subnet_id: 'subnet',
  project_id: 'project',
  default_project_id: 'project',
};
