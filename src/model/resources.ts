/**
 * The resource tree: what a user configures, with the names and values of the Octavia API. These types hold validated, complete
 * objects: every default is filled in, addresses and blocks are in canonical text form.
 *
 * A `...Spec` is an object as somebody wrote it: validated and complete, but without what Sluice makes itself (ids where none were
 * given, project, times), and pointing at pool objects instead of pool ids. `mergeTree` turns specs into the tree.
 */

export const LISTENER_PROTOCOLS = ['TCP', 'UDP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'SCTP', 'PROMETHEUS'] as const;
/** HTTPS is TLS passed through to the members: TCP, as far as the gateway is concerned. */
export type ListenerProtocol = (typeof LISTENER_PROTOCOLS)[number];

export const POOL_PROTOCOLS = ['TCP', 'UDP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'SCTP'] as const;
export type PoolProtocol = (typeof POOL_PROTOCOLS)[number];

export const LB_ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'] as const;
export type LbAlgorithm = (typeof LB_ALGORITHMS)[number];

export const PERSISTENCE_TYPES = ['SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE'] as const;
export type PersistenceType = (typeof PERSISTENCE_TYPES)[number];

export const COOKIE_MODES = ['INSERT', 'REWRITE'] as const;
/** Whose the cookie of HTTP_COOKIE is: one that the gateway adds, or one of the server, whose value gets the member in front. */
export type CookieMode = (typeof COOKIE_MODES)[number];

export const POLICY_ORDERS = ['EXACTNESS', 'POSITION'] as const;
/** Which policy of a listener wins: the one that says most exactly what it is about, or the first. */
export type PolicyOrder = (typeof POLICY_ORDERS)[number];

export const TLS_POLICIES = ['MODERN', 'INTERMEDIATE', 'OLD'] as const;
/** Versions and ciphers of TLS by the name Mozilla recommends them under. */
export type TlsPolicy = (typeof TLS_POLICIES)[number];

export const CLIENT_ADDRESS_MODES = ['toa', 'none'] as const;
/** How the member learns the client's address: in a TCP option, or not at all. */
export type ClientAddressMode = (typeof CLIENT_ADDRESS_MODES)[number];

export const CLIENT_AUTHENTICATIONS = ['NONE', 'OPTIONAL', 'MANDATORY'] as const;
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number];

export const ACCESS_LIST_ACTIONS = ['allow', 'deny'] as const;
export type AccessListAction = (typeof ACCESS_LIST_ACTIONS)[number];

export const HEALTH_MONITOR_TYPES = ['HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP'] as const;
export type HealthMonitorType = (typeof HEALTH_MONITOR_TYPES)[number];

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'PATCH', 'CONNECT'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export const L7_POLICY_ACTIONS = [
  'REJECT',
  'REDIRECT_TO_URL',
  'REDIRECT_TO_POOL',
  'REDIRECT_PREFIX',
  'REDIRECT_TO_LISTENER',
] as const;
export type L7PolicyAction = (typeof L7_POLICY_ACTIONS)[number];

export const REDIRECT_HTTP_CODES = [301, 302, 303, 307, 308] as const;

export const L7_RULE_TYPES = [
  'HOST_NAME',
  'PATH',
  'FILE_TYPE',
  'HEADER',
  'COOKIE',
  'SSL_CONN_HAS_CERT',
  'SSL_VERIFY_RESULT',
  'SSL_DN_FIELD',
] as const;
export type L7RuleType = (typeof L7_RULE_TYPES)[number];

export const L7_RULE_COMPARE_TYPES = ['REGEX', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'] as const;
export type L7RuleCompareType = (typeof L7_RULE_COMPARE_TYPES)[number];

export const MANAGERS = ['api', 'apply', 'host-file'] as const;
/** Who may change a load balancer and all below it: the API, files given to `apply`, or the host file. */
export type Manager = (typeof MANAGERS)[number];

/** What every object has. */
export interface Resource {
  /** UUID; stays the same as long as the object exists. */
  id: string;
  /** Project that owns it: that of its load balancer. */
  project_id: string;
  /** UTC, `2026-01-31T12:00:00`, as Octavia writes it. */
  created_at: string;
  /** Null until the first change. */
  updated_at: string | null;
  admin_state_up: boolean;
  /** `key=value` or plain words, in the order given. */
  tags: string[];
}

/** A resource that people can name. */
export interface NamedResource extends Resource {
  /** At most 255 characters; empty for objects nobody named. */
  name: string;
}

export interface LoadBalancer extends NamedResource {
  /** `apply` finds load balancers by it: what a file manages has a name, unique among what files manage. */
  name: string;
  description: string;
  vip_address: string;
  /** Subnet, network and port of the VIP where it was allocated from a subnet of the host file. */
  vip_subnet_id: string | null;
  vip_network_id: string | null;
  /** Id of the VIP's port as the network API shows it. */
  vip_port_id: string;
  vip_qos_policy_id: string | null;
  /** Further VIPs with the same listeners. */
  additional_vips: AdditionalVip[];
  /** Public addresses bound to it: further VIPs, listed by their address objects. */
  public_addresses: string[];
  provider: string;
  flavor_id: string | null;
  /** Name of an availability zone. */
  availability_zone: string | null;
  managed_by: Manager;
  listeners: Listener[];
  /** All pools, those written inside a listener too. */
  pools: Pool[];
}

export interface AdditionalVip {
  /** Empty in what somebody wrote: to be allocated from the subnet. */
  ip_address: string;
  subnet_id: string | null;
}

export interface Listener extends NamedResource {
  description: string;
  protocol: ListenerProtocol;
  /** 1..65535. Protocol and port are the listener's identity: they never change. */
  protocol_port: number;
  /** A pool of the same load balancer; null: every new session is refused. */
  default_pool_id: string | null;
  /** Connections at a time, -1: no limit. */
  connection_limit: number;
  /** Idle timeout of its sessions in ms, 1,000..86,400,000; see {@link idleTimeoutSeconds}. */
  timeout_client_data: number;
  /** ms, 0..31,536,000,000; layer 7 only. */
  timeout_member_connect: number;
  timeout_member_data: number;
  timeout_tcp_inspect: number;
  /** ms that a connection may wait for its next request, 1,000..86,400,000; HTTP only. */
  timeout_http_keepalive: number;
  /** Requests of one connection, 0..1,000,000; 0: no limit; HTTP only. */
  keepalive_requests: number;
  /** Header name to `true`, `false` or a text; see L7.md of the API reference. */
  insert_headers: Record<string, string>;
  /** Blocks of client addresses that get in; null: everybody. Empty: nobody. */
  allowed_cidrs: string[] | null;
  default_tls_container_ref: string | null;
  sni_container_refs: string[];
  client_authentication: ClientAuthentication;
  client_ca_tls_container_ref: string | null;
  client_crl_container_ref: string | null;
  tls_ciphers: string | null;
  tls_versions: string[];
  alpn_protocols: string[];
  hsts_max_age: number | null;
  hsts_include_subdomains: boolean;
  hsts_preload: boolean;
  /** TERMINATED_HTTPS only; null: INTERMEDIATE. `tls_versions` and `tls_ciphers` win over it where they are written. */
  tls_policy: TlsPolicy | null;
  l7policies: L7Policy[];
  /** HTTP only; null: EXACTNESS where every policy admits it; see `policyOrderOf`. */
  policy_order: PolicyOrder | null;
  /** Whether answers that compress well are, for clients that accept gzip; HTTP only. */
  compression: boolean;
  /** Whether members see the Host that the client wrote; false: their own address and port; HTTP only. */
  preserve_host: boolean;
  /** Whether its requests are in the access log of the gateway; HTTP only. */
  access_log: boolean;
  client_address: ClientAddressMode;
  /** An access list, and whether its blocks get in or are kept out; both null: no list. */
  access_list_id: string | null;
  access_list_action: AccessListAction | null;
  /** New connections per second, 1..10,000,000; null: no limit. */
  session_rate_limit: number | null;
  /** Requests per second, 1..10,000,000, HTTP only; null: no limit. */
  request_rate_limit: number | null;
  /** Peak of each direction in Mbit/s, 1..5,000; null: no limit. */
  bandwidth_limit: number | null;
}

export interface L7Policy extends NamedResource {
  description: string;
  action: L7PolicyAction;
  redirect_pool_id: string | null;
  redirect_url: string | null;
  redirect_prefix: string | null;
  /** A TERMINATED_HTTPS listener of the same load balancer. */
  redirect_listener_id: string | null;
  /** One of {@link REDIRECT_HTTP_CODES} for redirects, else null. */
  redirect_http_code: number | null;
  /** From 1, without gaps within a listener. */
  position: number;
  rules: L7Rule[];
}

export interface L7Rule extends Resource {
  type: L7RuleType;
  compare_type: L7RuleCompareType;
  /** Name of the header, cookie or DN field. */
  key: string | null;
  value: string;
  invert: boolean;
}

export interface Pool extends NamedResource {
  description: string;
  protocol: PoolProtocol;
  lb_algorithm: LbAlgorithm;
  session_persistence: SessionPersistence | null;
  members: Member[];
  healthmonitor: HealthMonitor | null;
  tls_enabled: boolean;
  tls_container_ref: string | null;
  ca_tls_container_ref: string | null;
  crl_container_ref: string | null;
  tls_ciphers: string | null;
  tls_versions: string[];
  alpn_protocols: string[];
}

export interface SessionPersistence {
  type: PersistenceType;
  /**
   * APP_COOKIE: the cookie of the application. HTTP_COOKIE: letters, digits and `_`, at most 200; null: made from the pool's id. Null
   * with SOURCE_IP.
   */
  cookie_name: string | null;
  /** HTTP_COOKIE only; null: INSERT. */
  cookie_mode: CookieMode | null;
  /**
   * Seconds that a client keeps its member: after its last new session with SOURCE_IP, 60..3,600 (60..86,400 where only HTTP listeners
   * use the pool); after its last answer with cookies, 60..86,400. Null, before it is completed: the default of the type.
   */
  persistence_timeout: number | null;
  /** SOURCE_IP: always 255.255.255.255 where given. */
  persistence_granularity: string | null;
}

export interface Member extends NamedResource {
  address: string;
  /** 1..65535. Address and port are the member's identity within its pool. */
  protocol_port: number;
  /** 0..256; 0 drains: nothing new, established sessions finish. */
  weight: number;
  /** Used only while no other member of the pool is usable. */
  backup: boolean;
  subnet_id: string | null;
  /** Where health checks go instead of `address` and `protocol_port`. */
  monitor_address: string | null;
  monitor_port: number | null;
}

export interface HealthMonitor extends NamedResource {
  type: HealthMonitorType;
  /** Seconds between checks of one member, 1..86,400. */
  delay: number;
  /** Seconds until a check without an answer has failed; one longer than the delay counts as the delay. */
  timeout: number;
  /** Successes in a row that make an unhealthy member healthy, 1..10. */
  max_retries: number;
  /** Failures in a row that make a healthy member unhealthy, 1..10. */
  max_retries_down: number;
  /** These apply to types HTTP and HTTPS; null with other types. */
  http_method: HttpMethod | null;
  url_path: string | null;
  /** As written: `200`, `200,202`, `200-204`, `2xx`; see {@link statusIsExpected}. */
  expected_codes: string | null;
  /** 1.0 or 1.1; null: 1.1. */
  http_version: number | null;
  /** Host header, and server name of TLS; null: the member's address. */
  domain_name: string | null;
  /** UDP-CONNECT: what is sent and what must come back; escapes as in `\\x00`. Null: an empty datagram, silence is well. */
  udp_request: string | null;
  udp_response: string | null;
}

/** Everything that becomes traffic on a gateway. */
export interface Tree {
  loadbalancers: LoadBalancer[];
}

/** What Sluice itself gives to an object. */
export type Made = 'id' | 'project_id' | 'created_at' | 'updated_at';
type Written<T extends Resource, Links extends string = never> = Omit<T, Made | Links> & { id?: string };

export type MemberSpec = Written<Member>;
export type HealthMonitorSpec = Written<HealthMonitor>;
export type L7RuleSpec = Written<L7Rule>;

export interface PoolSpec extends Written<Pool, 'members' | 'healthmonitor'> {
  members: MemberSpec[];
  healthmonitor: HealthMonitorSpec | null;
}

export interface L7PolicySpec extends Written<L7Policy, 'redirect_pool_id' | 'redirect_listener_id' | 'rules'> {
  /** One of the load balancer's `pools`, the same object. */
  redirect_pool: PoolSpec | null;
  /** One of the load balancer's `listeners`, the same object. */
  redirect_listener: ListenerSpec | null;
  rules: L7RuleSpec[];
}

export interface ListenerSpec extends Written<Listener, 'default_pool_id' | 'l7policies'> {
  /** One of the load balancer's `pools`, the same object. */
  default_pool: PoolSpec | null;
  l7policies: L7PolicySpec[];
}

export interface LoadBalancerSpec
  extends Written<
    LoadBalancer,
    'listeners' | 'pools' | 'vip_address' | 'vip_port_id' | 'public_addresses' | 'managed_by'
  > {
  /** Null: allocated from the subnet. */
  vip_address: string | null;
  vip_port_id: string | null;
  listeners: ListenerSpec[];
  pools: PoolSpec[];
}

/** Default of `timeout_client_data` in ms (LI-2): 900 s for TCP, 300 s for UDP, 60 s for HTTP. */
export const DEFAULT_TIMEOUT_CLIENT_DATA: Record<ListenerProtocol, number> = {
  TCP: 900_000,
  UDP: 300_000,
  HTTP: 60_000,
  HTTPS: 900_000,
  TERMINATED_HTTPS: 60_000,
  SCTP: 900_000,
  PROMETHEUS: 60_000,
};

/** The transport protocol packets of a listener carry; undefined: one that layer 4 does not know. */
export function transportOf(protocol: ListenerProtocol): 'TCP' | 'UDP' | undefined {
  return protocol === 'SCTP' ? undefined : protocol === 'UDP' ? 'UDP' : 'TCP';
}

/** Every address that clients of a load balancer use, the VIP first. */
export function vipsOf(
  loadbalancer: Pick<LoadBalancer, 'vip_address' | 'additional_vips' | 'public_addresses'>,
): string[] {
  const { vip_address, additional_vips, public_addresses } = loadbalancer;
  return [vip_address, ...additional_vips.map(({ ip_address }) => ip_address), ...public_addresses];
}

/**
 * Idle timeout of a listener's sessions in seconds, 1..86,400. Octavia's `timeout_client_data` carries it in milliseconds; a
 * fraction of a second counts as a whole one, so that no session ends early.
 */
export function idleTimeoutSeconds(listener: Pick<Listener, 'timeout_client_data'>): number {
  return Math.ceil(listener.timeout_client_data / 1000);
}

/** The pool a listener sends its sessions to, or undefined when it has none. */
export function defaultPool(loadbalancer: LoadBalancer, listener: Listener): Pool | undefined {
  return loadbalancer.pools.find((pool) => pool.id === listener.default_pool_id);
}

/** Every pool a listener may send requests to: its default pool, then those of its policies in the order of the pools. */
export function poolsOf(loadbalancer: LoadBalancer, listener: Listener): Pool[] {
  const first = defaultPool(loadbalancer, listener);
  const named = new Set(listener.l7policies.map(({ redirect_pool_id }) => redirect_pool_id));
  const others = named.size === 0 ? [] : loadbalancer.pools.filter((pool) => pool !== first && named.has(pool.id));
  return first ? [first, ...others] : others;
}

const EXPECTED_CODE = /^(?:([1-5])xx|([1-5]\d\d)(?:-([1-5]\d\d))?)$/i;

/**
 * Ranges of HTTP status codes, both ends included, of an `expected_codes` value: `200`, `200,202,401`, `200-399`, `2xx`, and
 * mixtures. Undefined when it is none of these.
 */
export function parseExpectedCodes(text: string): Array<[first: number, last: number]> | undefined {
  const ranges: Array<[number, number]> = [];
  for (const part of text.split(',')) {
    const match = EXPECTED_CODE.exec(part.trim());
    if (!match) {
      return undefined;
    }
    const [, digit, first, last] = match;
    const range: [number, number] = digit
      ? [Number(digit) * 100, Number(digit) * 100 + 99]
      : [Number(first), Number(last ?? first)];
    if (range[0] > range[1]) {
      return undefined;
    }
    ranges.push(range);
  }
  return ranges;
}

/** Whether a status code is among a monitor's `expected_codes`. */
export function statusIsExpected(expectedCodes: string, status: number): boolean {
  return (parseExpectedCodes(expectedCodes) ?? []).some(([first, last]) => status >= first && status <= last);
}
