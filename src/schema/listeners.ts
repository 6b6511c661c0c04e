/** Listeners. */
import { listenerDefaults } from '../model/defaults.js';
import type { ListenerCreate, ListenerPatch } from '../model/inputs.js';
import {
  ACCESS_LIST_ACTIONS,
  CLIENT_ADDRESS_MODES,
  CLIENT_AUTHENTICATIONS,
  LISTENER_PROTOCOLS,
  type ListenerSpec,
  POLICY_ORDERS,
  TLS_POLICIES,
} from '../model/resources.js';
import {
  ADMIN_STATE_UP,
  absent,
  choice,
  DESCRIPTION,
  type Field,
  type FieldsOf,
  field,
  flag,
  integer,
  list,
  MAX_CIDRS,
  NAME,
  omit,
  optional,
  PORT_RANGE,
  patch,
  record,
  TAGS,
  text,
  uuid,
} from './fields.js';
import { type PolicyInTree, policyInTree, poolHere } from './l7.js';
import { OWNER, type Owned } from './owner.js';
import type { PoolInTree, PoolReference } from './pools.js';
import { ALPN, CONTAINER, CONTAINER_OR_NONE, TLS_CIPHERS, TLS_VERSIONS } from './tls.js';

const MAX_CONNECTIONS = 2_147_483_647;
const MAX_RATE = 10_000_000;
/** ms of a year, as in Octavia. */
const MAX_TIMEOUT = 31_536_000_000;
const MAX_SNI = 500;
const MAX_HEADERS = 50;
const DEFAULTS = listenerDefaults('TCP');

/** Fields whose default depends on the protocol: null until the protocol is known, see `completeListener`. */
export type ByProtocol = 'timeout_client_data' | 'tls_versions' | 'alpn_protocols' | 'client_address';
export type Uncompleted<T> = Omit<T, ByProtocol> & { [Key in ByProtocol & keyof T]: T[Key] | null };

/** A block of client addresses, also a single one. */
export const CIDRS: Field<string[]> = list(
  'Blocks of addresses, IPv4 and IPv6; a single address is a block of itself.',
  text('A block of addresses', { format: 'cidr', maxLength: 64 }),
  { maxItems: MAX_CIDRS, 'x-distinct': true },
);

const INSERT_HEADERS = field<Record<string, string>>({
  type: 'object',
  description:
    'Headers added to requests: "true" or "false" for X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto, X-Forwarded-Host, X-Real-IP and the X-SSL-… ones, a text for others.',
  maxProperties: MAX_HEADERS,
  additionalProperties: text('What the header says', { format: 'header-value', minLength: 0 }),
});

type ListenerFields = Uncompleted<Omit<ListenerCreate, 'loadbalancer_id'>>;

const LISTENER_FIELDS: FieldsOf<ListenerFields> = {
  name: NAME,
  description: DESCRIPTION,
  admin_state_up: { ...ADMIN_STATE_UP, description: 'Whether it takes new sessions.' },
  tags: TAGS,
  protocol: choice('What clients speak', LISTENER_PROTOCOLS),
  protocol_port: integer('The port clients connect to, 1 to 65,535', ...PORT_RANGE),
  default_pool_id: optional(uuid('The pool sessions go to. Without one every session is refused.'), null),
  connection_limit: optional(
    integer('Connections at a time; -1 for no limit.', -1, MAX_CONNECTIONS),
    DEFAULTS.connection_limit,
  ),
  timeout_client_data: optional(
    integer(
      'Idle time of a session in milliseconds, 1,000 to 86,400,000. Default: 900,000 for TCP, HTTPS and SCTP, 300,000 for UDP, 60,000 for the others.',
      1000,
      86_400_000,
    ),
    null,
  ),
  timeout_member_connect: optional(
    integer('Milliseconds to connect to a member, layer 7 only.', 0, MAX_TIMEOUT),
    DEFAULTS.timeout_member_connect,
  ),
  timeout_member_data: optional(
    integer('Milliseconds a member may be silent, layer 7 only.', 0, MAX_TIMEOUT),
    DEFAULTS.timeout_member_data,
  ),
  timeout_tcp_inspect: optional(
    integer('Milliseconds to wait for more of a connection that is inspected, layer 7 only.', 0, MAX_TIMEOUT),
    DEFAULTS.timeout_tcp_inspect,
  ),
  timeout_http_keepalive: optional(
    integer(
      'Milliseconds a connection may wait for its next request, 1,000 to 86,400,000, HTTP only.',
      1000,
      86_400_000,
    ),
    DEFAULTS.timeout_http_keepalive,
  ),
  keepalive_requests: optional(
    integer('Requests of one connection, 0 to 1,000,000, HTTP only. 0: no limit.', 0, 1_000_000),
    DEFAULTS.keepalive_requests,
  ),
  insert_headers: optional(INSERT_HEADERS, DEFAULTS.insert_headers),
  allowed_cidrs: optional(
    { ...CIDRS, description: 'Blocks of client addresses that get in. Null: everybody. An empty list: nobody.' },
    null,
  ),
  default_tls_container_ref: CONTAINER_OR_NONE(
    'Certificate for clients that name no host, or one without a certificate.',
  ),
  sni_container_refs: optional(
    list('Certificates chosen by the host a client names.', CONTAINER('A certificate'), {
      maxItems: MAX_SNI,
      'x-distinct': true,
    }),
    DEFAULTS.sni_container_refs,
  ),
  client_authentication: optional(
    choice('Whether clients show certificates.', CLIENT_AUTHENTICATIONS),
    DEFAULTS.client_authentication,
  ),
  client_ca_tls_container_ref: CONTAINER_OR_NONE('Certificates of the authorities that clients are verified with.'),
  client_crl_container_ref: CONTAINER_OR_NONE('Revocation list that clients are verified with.'),
  tls_ciphers: optional(
    {
      ...TLS_CIPHERS,
      description:
        'Ciphers up to TLS 1.2 as OpenSSL names them, joined by colons; those of tls_policy where none are given.',
    },
    null,
  ),
  tls_versions: optional(
    {
      ...TLS_VERSIONS,
      description: 'Versions of TLS that follow each other; those of tls_policy where none are given.',
    },
    null,
  ),
  alpn_protocols: optional(ALPN, null),
  hsts_max_age: optional(
    integer('Seconds browsers remember to use TLS only. Null: HSTS is off.', 0, 2_147_483_647),
    null,
  ),
  hsts_include_subdomains: flag('Whether HSTS holds for subdomains.', DEFAULTS.hsts_include_subdomains),
  hsts_preload: flag('Whether the host may be put on the HSTS lists of browsers.', DEFAULTS.hsts_preload),
  tls_policy: optional(
    choice(
      'Versions and ciphers of TLS by the name Mozilla recommends them under; INTERMEDIATE where none is given. tls_versions and tls_ciphers win over it.',
      TLS_POLICIES,
    ),
    null,
  ),
  policy_order: optional(
    choice(
      'Which policy wins: the one with the most exact host and path, or the first by position. Default: EXACTNESS where every policy goes by one host and one path at most, else POSITION.',
      POLICY_ORDERS,
    ),
    null,
  ),
  compression: flag('Whether answers are compressed for clients that accept gzip, HTTP only.', DEFAULTS.compression),
  preserve_host: flag(
    'Whether members see the Host that the client wrote; if not, their own address and port. HTTP only.',
    DEFAULTS.preserve_host,
  ),
  access_log: flag('Whether its requests are in the access log of the gateway, HTTP only.', DEFAULTS.access_log),
  client_address: optional(
    choice(
      'How members learn the address of the client: toa, in a TCP option, or none. Default: toa for TCP and HTTPS, none for the others.',
      CLIENT_ADDRESS_MODES,
    ),
    null,
  ),
  access_list_id: optional(uuid('An access list.'), null),
  access_list_action: optional(
    choice('Whether the addresses of the access list get in or are kept out.', ACCESS_LIST_ACTIONS),
    null,
  ),
  session_rate_limit: optional(integer('New connections per second. Null: no limit.', 1, MAX_RATE), null),
  request_rate_limit: optional(integer('Requests per second, HTTP only. Null: no limit.', 1, MAX_RATE), null),
  bandwidth_limit: optional(integer('Peak of each direction in Mbit/s, 1 to 5,000. Null: no limit.', 1, 5000), null),
};

/** A listener of a tree, before its pools are looked up. */
export type ListenerInTree = Uncompleted<Omit<ListenerSpec, 'default_pool' | 'l7policies'>> & {
  default_pool: PoolInTree | PoolReference | null;
  default_pool_id: string | null;
  l7policies: PolicyInTree[];
};

export const listenerInTree = record<ListenerInTree>('A listener', {
  ...LISTENER_FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
  default_pool: poolHere('The pool sessions go to. Without one every session is refused.'),
  l7policies: optional(list('Policies by which requests are told apart.', policyInTree), []),
});
export const listenerCreate = record<Uncompleted<ListenerCreate> & Owned>('A listener', {
  ...LISTENER_FIELDS,
  ...OWNER,
  loadbalancer_id: uuid('The load balancer it belongs to'),
});
export const listenerPatch = patch<Uncompleted<Required<ListenerPatch>>>(
  'A listener',
  omit(LISTENER_FIELDS, ['protocol', 'protocol_port']),
  ['protocol', 'protocol_port', 'loadbalancer_id'],
);
