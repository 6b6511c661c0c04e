/**
 * The resource tree: what a user configures, with the names and values of the Octavia API. These types hold validated, complete
 * objects: every default is filled in, addresses are in canonical text form.
 *
 * A `...Spec` is an object as somebody wrote it: validated, but without ids where none were given, and with listeners pointing at
 * pool objects instead of pool ids. `mergeTree` turns specs into the tree.
 */

export const LISTENER_PROTOCOLS = ['TCP', 'UDP'] as const;
export type ListenerProtocol = (typeof LISTENER_PROTOCOLS)[number];

export const LB_ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'] as const;
export type LbAlgorithm = (typeof LB_ALGORITHMS)[number];

export const CLIENT_ADDRESS_MODES = ['toa', 'none'] as const;
/** How the member learns the client's address: in a TCP option, or not at all. */
export type ClientAddressMode = (typeof CLIENT_ADDRESS_MODES)[number];

export const HEALTH_MONITOR_TYPES = ['TCP', 'HTTP'] as const;
export type HealthMonitorType = (typeof HEALTH_MONITOR_TYPES)[number];

export const HTTP_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** What every object has. */
export interface Resource {
  /** UUID; stays the same as long as the object exists. */
  id: string;
  /** At most 255 characters; empty for objects nobody named. */
  name: string;
  admin_state_up: boolean;
  /** `key=value` or plain words, in the order given. */
  tags: string[];
}

export interface LoadBalancer extends Resource {
  /** 1..255 characters, unique: `apply` finds load balancers by name. */
  name: string;
  description: string;
  vip_address: string;
  listeners: Listener[];
  /** All pools, those written inside a listener too. */
  pools: Pool[];
}

export interface Listener extends Resource {
  description: string;
  protocol: ListenerProtocol;
  /** 1..65535. Protocol and port are the listener's identity: they never change. */
  protocol_port: number;
  /** A pool of the same load balancer; null: every new session is refused. */
  default_pool_id: string | null;
  /** Idle timeout of its sessions in ms, 1,000..86,400,000; see {@link idleTimeoutSeconds}. */
  timeout_client_data: number;
  client_address: ClientAddressMode;
}

export interface Pool extends Resource {
  description: string;
  protocol: ListenerProtocol;
  lb_algorithm: LbAlgorithm;
  session_persistence: SessionPersistence | null;
  members: Member[];
  healthmonitor: HealthMonitor | null;
}

export interface SessionPersistence {
  type: 'SOURCE_IP';
  /** Seconds a client address keeps its member after its last new session, 60..3,600. */
  persistence_timeout: number;
}

export interface Member extends Resource {
  address: string;
  /** 1..65535. Address and port are the member's identity within its pool. */
  protocol_port: number;
  /** 0..256; 0 drains: nothing new, established sessions finish. */
  weight: number;
  /** Used only while no other member of the pool is usable. */
  backup: boolean;
  /** Where health checks go instead of `address` and `protocol_port`. */
  monitor_address: string | null;
  monitor_port: number | null;
}

export interface HealthMonitor extends Resource {
  type: HealthMonitorType;
  /** Seconds between checks of one member, 1..86,400. */
  delay: number;
  /** Seconds until a check without an answer has failed, 1..delay: a longer one is cut to the delay when read. */
  timeout: number;
  /** Successes in a row that make an unhealthy member healthy, 1..10. */
  max_retries: number;
  /** Failures in a row that make a healthy member unhealthy, 1..10. */
  max_retries_down: number;
  /** The rest applies to type HTTP. */
  http_method: HttpMethod;
  url_path: string;
  /** As written: `200`, `200,202`, `200-204`, `2xx`; see {@link statusIsExpected}. */
  expected_codes: string;
  /** Host header; null: the member's address. */
  domain_name: string | null;
}

/** Everything configured on a gateway. */
export interface Tree {
  loadbalancers: LoadBalancer[];
}

type Unidentified<T extends Resource> = Omit<T, 'id'> & { id?: string };

export type MemberSpec = Unidentified<Member>;
export type HealthMonitorSpec = Unidentified<HealthMonitor>;

export interface PoolSpec extends Omit<Unidentified<Pool>, 'members' | 'healthmonitor'> {
  members: MemberSpec[];
  healthmonitor: HealthMonitorSpec | null;
}

export interface ListenerSpec extends Omit<Unidentified<Listener>, 'default_pool_id'> {
  /** One of the load balancer's `pools`, the same object. */
  default_pool: PoolSpec | null;
}

export interface LoadBalancerSpec extends Omit<Unidentified<LoadBalancer>, 'listeners' | 'pools'> {
  listeners: ListenerSpec[];
  pools: PoolSpec[];
}

/** Default of `timeout_client_data` in ms: 900 s for TCP, 300 s for UDP. */
export const DEFAULT_TIMEOUT_CLIENT_DATA: Record<ListenerProtocol, number> = { TCP: 900_000, UDP: 300_000 };

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
