/** What the API answers, for its description: the fields of the bodies, and what Sluice adds. */
import type { TSchema } from 'typebox';
import { certificateCreate } from './certificates.js';
import {
  accessListCreate,
  availabilityZoneCreate,
  availabilityZoneProfileCreate,
  flavorCreate,
  flavorProfileCreate,
  publicAddressCreate,
  quotaPatch,
} from './collections.js';
import { choice, field, integer, type JsonSchema, list, optional, text, uuid } from './fields.js';
import { monitorCreate } from './healthmonitors.js';
import { policyCreate, ruleCreate } from './l7.js';
import { listenerCreate } from './listeners.js';
import { loadBalancerCreate } from './loadbalancers.js';
import { memberCreate } from './members.js';
import { poolCreate } from './pools.js';

type Properties = Record<string, JsonSchema>;

const ID: Properties = { id: uuid('Its id.') };
const OWNER: Properties = {
  project_id: text('Project that owns it.'),
  tenant_id: text('The same as project_id, by its old name.'),
};
const TIMES: Properties = {
  created_at: text('UTC, 2026-01-31T12:00:00.'),
  updated_at: optional(text('UTC. Null until the first change.'), null),
};
const STATUSES: Properties = {
  provisioning_status: choice('ACTIVE: the data plane has it. ERROR: it does not.', ['ACTIVE', 'ERROR']),
  operating_status: choice('What members and clients make of it.', [
    'ONLINE',
    'OFFLINE',
    'DEGRADED',
    'ERROR',
    'DRAINING',
    'NO_MONITOR',
  ]),
};
const RESOURCE: Properties = { ...ID, ...OWNER, ...TIMES, ...STATUSES };

function ids(description: string): JsonSchema {
  return list(description, field<{ id: string }>({ type: 'object', description: 'An object', properties: ID }));
}

/** @param body whose fields are answered, but for those named in `without` */
function answer(
  description: string,
  body: JsonSchema,
  added: Properties,
  without: readonly string[] = [],
): TSchema & JsonSchema {
  const written = Object.entries(body.properties ?? {}).filter(([name]) => !without.includes(name));
  const properties = Object.entries({ ...Object.fromEntries(written), ...added });
  return field({
    type: 'object',
    description,
    properties: Object.fromEntries(
      properties.map(([name, { default: _, 'x-null': __, ...schema }]): [string, JsonSchema] => [name, schema]),
    ),
  });
}

export const answers = {
  loadbalancer: answer('A load balancer', loadBalancerCreate, {
    ...RESOURCE,
    listeners: ids('Its listeners.'),
    pools: ids('Its pools.'),
    public_addresses: list('Public addresses bound to it.', text('An address')),
    managed_by: choice('Who may change it.', ['api', 'apply', 'host-file']),
    status_reason: optional(text('Why provisioning_status is ERROR.'), null),
  }),
  listener: answer(
    'A listener',
    listenerCreate,
    { ...RESOURCE, loadbalancers: ids('Its load balancer.'), l7policies: ids('Its policies.') },
    ['loadbalancer_id'],
  ),
  pool: answer(
    'A pool',
    poolCreate,
    {
      ...RESOURCE,
      loadbalancers: ids('Its load balancer.'),
      listeners: ids('Listeners that send sessions to it.'),
      members: ids('Its members.'),
      healthmonitor_id: optional(uuid('Its health monitor.'), null),
    },
    ['loadbalancer_id', 'listener_id'],
  ),
  member: answer('A member', memberCreate, RESOURCE),
  healthmonitor: answer('A health monitor', monitorCreate, { ...RESOURCE, pools: ids('Its pool.') }, ['pool_id']),
  l7policy: answer('A policy', policyCreate, { ...RESOURCE, rules: ids('Its rules.') }),
  l7rule: answer('A rule', ruleCreate, RESOURCE),
  flavor: answer('A flavor', flavorCreate, ID),
  flavorprofile: answer('A flavor profile', flavorProfileCreate, ID),
  availabilityzone: answer('An availability zone', availabilityZoneCreate, {}),
  availabilityzoneprofile: answer('An availability zone profile', availabilityZoneProfileCreate, ID),
  quota: answer('A quota', quotaPatch, OWNER),
  accesslist: answer('An access list', accessListCreate, {
    ...ID,
    ...OWNER,
    ...TIMES,
    cidrs_count: integer('How many blocks it has', 0, 100_000),
  }),
  publicaddress: answer('A public address', publicAddressCreate, { ...ID, ...OWNER, ...TIMES }),
  certificate: answer(
    'A certificate. Its private key is never answered.',
    certificateCreate,
    {
      ...ID,
      ...OWNER,
      ...TIMES,
      ref: text('What listeners and pools may refer to it by, besides its id.'),
      subject: optional(text('Whose it is. Null: of a revocation list.'), null),
      issuer: text('Who issued it.'),
      domains: list('DNS names and IP addresses that clients may ask for.', text('A name')),
      not_before: text('UTC. Since when it is valid.'),
      not_after: optional(text('UTC. Until when; of a revocation list, when the next one is due.'), null),
      serial: optional(text('Hexadecimal. Null: of a revocation list.'), null),
      fingerprint: text('SHA-256 of the first certificate or list, 64 hexadecimal digits.'),
      key_type: optional(text('RSA-2048, ECDSA-P256 and the like. Null: of a revocation list.'), null),
      count: integer('How many certificates or lists it has', 1, 200),
      listeners: ids('Listeners that refer to it.'),
      pools: ids('Pools that refer to it.'),
      warnings: list('What is no fault and worth knowing.', text('A sentence')),
    },
    ['chain', 'private_key'],
  ),
};
