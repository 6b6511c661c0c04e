/** Defaults of the resource tree, one object a kind: everything that a user may leave out. Schemas and samples are made from these. */
import type {
  HealthMonitor,
  L7Policy,
  L7Rule,
  Listener,
  ListenerProtocol,
  LoadBalancer,
  Made,
  Member,
  PersistenceType,
  Pool,
  Resource,
  SessionPersistence,
} from './resources.js';
import { DEFAULT_TIMEOUT_CLIENT_DATA } from './resources.js';

type Defaults<T extends Resource, Required extends keyof T> = Omit<T, Made | Required>;

/** The name Octavia's `provider` has here. */
export const PROVIDER = 'sluice';

export const LOADBALANCER_DEFAULTS: Defaults<
  LoadBalancer,
  'vip_address' | 'vip_port_id' | 'managed_by' | 'public_addresses'
> = {
  name: '',
  description: '',
  admin_state_up: true,
  tags: [],
  vip_subnet_id: null,
  vip_network_id: null,
  vip_qos_policy_id: null,
  additional_vips: [],
  provider: PROVIDER,
  flavor_id: null,
  availability_zone: null,
  listeners: [],
  pools: [],
};

const LISTENER_COMMON: Defaults<Listener, 'protocol' | 'protocol_port' | 'timeout_client_data'> = {
  name: '',
  description: '',
  admin_state_up: true,
  tags: [],
  default_pool_id: null,
  connection_limit: -1,
  timeout_member_connect: 5000,
  timeout_member_data: 60_000,
  timeout_tcp_inspect: 0,
  timeout_http_keepalive: 15_000,
  keepalive_requests: 100,
  insert_headers: {},
  allowed_cidrs: null,
  default_tls_container_ref: null,
  sni_container_refs: [],
  client_authentication: 'NONE',
  client_ca_tls_container_ref: null,
  client_crl_container_ref: null,
  tls_ciphers: null,
  tls_versions: [],
  alpn_protocols: [],
  hsts_max_age: null,
  hsts_include_subdomains: false,
  hsts_preload: false,
  tls_policy: null,
  l7policies: [],
  policy_order: null,
  compression: false,
  preserve_host: true,
  access_log: true,
  client_address: 'toa',
  access_list_id: null,
  access_list_action: null,
  session_rate_limit: null,
  request_rate_limit: null,
  bandwidth_limit: null,
};

/** Versions and protocols of a TLS-terminating listener that names none. */
const TERMINATED_DEFAULTS = { tls_versions: ['TLSv1.2', 'TLSv1.3'], alpn_protocols: ['h2', 'http/1.1', 'http/1.0'] };

export function listenerDefaults(protocol: ListenerProtocol): Defaults<Listener, 'protocol' | 'protocol_port'> {
  return {
    ...LISTENER_COMMON,
    ...(protocol === 'TERMINATED_HTTPS' ? TERMINATED_DEFAULTS : {}),
    timeout_client_data: DEFAULT_TIMEOUT_CLIENT_DATA[protocol],
    // TOA goes with connections that reach the member; what a proxy ends begins anew behind it.
    client_address: protocol === 'TCP' || protocol === 'HTTPS' ? 'toa' : 'none',
  };
}

export const POOL_DEFAULTS: Defaults<Pool, 'protocol' | 'lb_algorithm'> = {
  name: '',
  description: '',
  admin_state_up: true,
  tags: [],
  session_persistence: null,
  members: [],
  healthmonitor: null,
  tls_enabled: false,
  tls_container_ref: null,
  ca_tls_container_ref: null,
  crl_container_ref: null,
  tls_ciphers: null,
  tls_versions: [],
  alpn_protocols: [],
};

/** Seconds a client keeps its member: 20 minutes by its address (AL-2), a day by a cookie (AL-3). */
export const DEFAULT_PERSISTENCE_TIMEOUT: Readonly<Record<PersistenceType, number>> = {
  SOURCE_IP: 1200,
  HTTP_COOKIE: 86_400,
  APP_COOKIE: 86_400,
};

/** Everything but the type, the timeout null. */
export const PERSISTENCE_DEFAULTS: Omit<SessionPersistence, 'type'> = {
  cookie_name: null,
  cookie_mode: null,
  persistence_timeout: null,
  persistence_granularity: null,
};

/** A session persistence with all that it may lack. */
export function completePersistence(
  written: Pick<SessionPersistence, 'type'> & Partial<SessionPersistence>,
): SessionPersistence {
  const persistence = { ...PERSISTENCE_DEFAULTS, ...written };
  const { type, persistence_timeout } = persistence;
  return { ...persistence, persistence_timeout: persistence_timeout ?? DEFAULT_PERSISTENCE_TIMEOUT[type] ?? null };
}

export const MEMBER_DEFAULTS: Defaults<Member, 'address' | 'protocol_port'> = {
  name: '',
  admin_state_up: true,
  tags: [],
  weight: 1,
  backup: false,
  subnet_id: null,
  monitor_address: null,
  monitor_port: null,
};

/** Of type HTTP and HTTPS. */
export const HTTP_MONITOR_DEFAULTS = { http_method: 'GET', url_path: '/', expected_codes: '200' } as const;

/** Delay 5 s, timeout 5 s, 10 s for UDP (HC-2); Octavia's API asks for them, files may leave them out. */
export const MONITOR_DEFAULTS: Defaults<HealthMonitor, 'type'> = {
  name: '',
  admin_state_up: true,
  tags: [],
  delay: 5,
  timeout: 5,
  max_retries: 3,
  max_retries_down: 3,
  http_method: null,
  url_path: null,
  expected_codes: null,
  http_version: null,
  domain_name: null,
  udp_request: null,
  udp_response: null,
};

export const L7_POLICY_DEFAULTS: Defaults<L7Policy, 'action' | 'position'> = {
  name: '',
  description: '',
  admin_state_up: true,
  tags: [],
  redirect_pool_id: null,
  redirect_url: null,
  redirect_prefix: null,
  redirect_listener_id: null,
  redirect_http_code: null,
  rules: [],
};

export const L7_RULE_DEFAULTS: Defaults<L7Rule, 'type' | 'compare_type' | 'value'> = {
  admin_state_up: true,
  tags: [],
  key: null,
  invert: false,
};
