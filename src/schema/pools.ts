/** Pools. */
import { POOL_DEFAULTS as DEFAULTS } from '../model/defaults.js';
import type { PoolCreate, PoolPatch } from '../model/inputs.js';
import {
  COOKIE_MODES,
  LB_ALGORITHMS,
  PERSISTENCE_TYPES,
  type PersistenceType,
  POOL_PROTOCOLS,
  type PoolSpec,
  type SessionPersistence,
} from '../model/resources.js';
import {
  ADMIN_STATE_UP,
  absent,
  choice,
  DESCRIPTION,
  type Field,
  type FieldsOf,
  flag,
  integer,
  list,
  NAME,
  omit,
  optional,
  patch,
  record,
  TAGS,
  text,
  uuid,
} from './fields.js';
import { type MonitorInTree, monitorInTree } from './healthmonitors.js';
import { memberInTree } from './members.js';
import { OWNER, type Owned } from './owner.js';
import { ALPN, CONTAINER_OR_NONE, TLS_CIPHERS, TLS_VERSIONS } from './tls.js';

const PERSISTENCE_FIELDS: FieldsOf<SessionPersistence> = {
  type: choice<PersistenceType>('What clients are recognized by', PERSISTENCE_TYPES),
  cookie_name: optional(
    text(
      'Name of the cookie: that of the application with APP_COOKIE; of letters, digits and _ with HTTP_COOKIE, made up where none is given.',
      { format: 'cookie-name', maxLength: 200 },
    ),
    null,
  ),
  cookie_mode: optional(
    choice(
      'HTTP_COOKIE only: INSERT adds a cookie, REWRITE puts the member in front of the value of one that the server sets. Default INSERT.',
      COOKIE_MODES,
    ),
    null,
  ),
  persistence_timeout: optional(
    integer(
      'Seconds a client keeps its member, 60 to 86,400; SOURCE_IP for TCP and UDP listeners 60 to 3,600. Default: 1,200 with SOURCE_IP, 86,400 with cookies.',
      60,
      86_400,
    ),
    null,
  ),
  persistence_granularity: optional(
    choice('Mask of client addresses that stick together. SOURCE_IP only: each address sticks on its own.', [
      '255.255.255.255',
    ]),
    null,
  ),
};

const PERSISTENCE = optional(record<SessionPersistence>('A session persistence', PERSISTENCE_FIELDS), null);

/** What is not written stays as it was; `poolChanges` puts that in. */
const PERSISTENCE_PATCH = optional(
  patch<SessionPersistence>('A session persistence', PERSISTENCE_FIELDS),
  null,
) as Field<SessionPersistence | null>;

type PoolFields = Omit<PoolCreate, 'loadbalancer_id' | 'listener_id'>;

const POOL_FIELDS: FieldsOf<PoolFields> = {
  name: NAME,
  description: DESCRIPTION,
  admin_state_up: { ...ADMIN_STATE_UP, description: 'Whether its members get traffic.' },
  tags: TAGS,
  protocol: choice('How members are spoken to; must fit the listener', POOL_PROTOCOLS),
  lb_algorithm: choice('How members are chosen', LB_ALGORITHMS),
  session_persistence: PERSISTENCE,
  tls_enabled: flag('Whether members are spoken to in TLS.', DEFAULTS.tls_enabled),
  tls_container_ref: CONTAINER_OR_NONE('Certificate and key the gateway shows to members.'),
  ca_tls_container_ref: CONTAINER_OR_NONE('Certificates of the authorities that members are verified with.'),
  crl_container_ref: CONTAINER_OR_NONE('Revocation list that members are verified with.'),
  tls_ciphers: optional(TLS_CIPHERS, null),
  tls_versions: optional(TLS_VERSIONS, DEFAULTS.tls_versions),
  alpn_protocols: optional(ALPN, DEFAULTS.alpn_protocols),
};

/** A pool of a tree with its members and monitor. */
export type PoolInTree = Omit<PoolSpec, 'healthmonitor'> & { healthmonitor: MonitorInTree | null };

export const poolInTree = record<PoolInTree>('A pool', {
  ...POOL_FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
  members: optional(list('Members.', memberInTree), DEFAULTS.members),
  healthmonitor: optional(monitorInTree, null),
});
export const poolCreate = record<PoolCreate & Owned>('A pool', {
  ...POOL_FIELDS,
  ...OWNER,
  loadbalancer_id: optional(uuid('The load balancer it belongs to; may be left out where listener_id is given.'), null),
  listener_id: optional(uuid('The listener whose default pool it becomes.'), null),
});
export const poolPatch = patch<Required<PoolPatch>>(
  'A pool',
  {
    ...omit(POOL_FIELDS, ['protocol']),
    session_persistence: PERSISTENCE_PATCH,
  },
  ['protocol', 'loadbalancer_id', 'listener_id'],
);

/** A pool of the same load balancer by its name. */
export interface PoolReference {
  name: string;
}

/** Nothing but a name is a reference: no pool can be created from that. */
export const isPoolReference = (value: PoolInTree | PoolReference): value is PoolReference => !('protocol' in value);
