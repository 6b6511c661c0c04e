/** What is to be probed: one check for each member that has an enabled monitor. Pure. */
import type { HealthMonitor, LoadBalancer, Member, Pool, Tree } from '../model/resources.js';
import type { Thresholds } from './thresholds.js';

/** One member under supervision. Equal checks mean equal probes: a scheduler leaves those alone. */
export interface Check {
  /** The member's id. */
  id: string;
  address: string;
  port: number;
  intervalMs: number;
  timeoutMs: number;
  thresholds: Thresholds;
  /** The same object for all members of a monitor. */
  request: CheckRequest;
}

/** What is asked of a member. */
export type CheckRequest =
  /** Does the port answer? The application never sees a connection. */
  | { kind: 'tcp' }
  | HttpRequest
  /** Does the port answer a TLS ClientHello? */
  | { kind: 'tls-hello'; serverName: string | null }
  | { kind: 'ping' }
  | UdpRequest;

/** What an HTTP or HTTPS check asks and accepts. */
export interface HttpRequest {
  kind: 'http';
  tls: boolean;
  version: '1.0' | '1.1';
  method: string;
  path: string;
  /** Host header and TLS server name; null: the member's address and port in the header of HTTP/1.1, no server name. */
  host: string | null;
  /** {@link HealthMonitor.expected_codes} as written. */
  expectedCodes: string;
}

/** What a UDP check sends, and what an answer must contain; null: silence is well. */
export interface UdpRequest {
  kind: 'udp';
  send: Uint8Array;
  expect: Uint8Array | null;
}

/**
 * The checks of a tree. Members with weight 0 are checked: whoever raises the weight again wants to know. Disabled ones are not,
 * nor those of a disabled pool, monitor or load balancer. Objects of a tree are never changed, so that the checks of what stayed
 * the same are the same objects as before.
 */
export function checksOf(tree: Tree): Check[] {
  return tree.loadbalancers.flatMap(loadBalancerChecks);
}

function loadBalancerChecks({ admin_state_up: enabled, pools }: LoadBalancer): readonly Check[] {
  return enabled ? pools.flatMap(poolChecks) : [];
}

const ofPools = new WeakMap<Pool, readonly Check[]>();
const ofMembers = new WeakMap<Member, Check>();
const requests = new WeakMap<HealthMonitor, CheckRequest>();

function poolChecks(pool: Pool): readonly Check[] {
  const known = ofPools.get(pool);
  if (known) {
    return known;
  }
  const { healthmonitor: monitor, members } = pool;
  const request = pool.admin_state_up && monitor?.admin_state_up ? requestOf(monitor) : undefined;
  const checks = monitor && request ? members.filter(isEnabled).map((each) => memberCheck(each, monitor, request)) : [];
  ofPools.set(pool, checks);
  return checks;
}

function isEnabled({ admin_state_up: enabled }: Member): boolean {
  return enabled;
}

function memberCheck(member: Member, monitor: HealthMonitor, request: CheckRequest): Check {
  const known = ofMembers.get(member);
  if (known?.request === request) {
    return known;
  }
  const check = {
    id: member.id,
    address: member.monitor_address ?? member.address,
    port: member.monitor_port ?? member.protocol_port,
    intervalMs: monitor.delay * 1000,
    timeoutMs: Math.min(monitor.timeout, monitor.delay) * 1000,
    thresholds: { rise: monitor.max_retries, fall: monitor.max_retries_down },
    request,
  };
  ofMembers.set(member, check);
  return check;
}

/** The same object for the same monitor, which stands for all of the monitor's fields. */
function requestOf(monitor: HealthMonitor): CheckRequest | undefined {
  const known = requests.get(monitor);
  if (known) {
    return known;
  }
  const request = makeRequest(monitor);
  if (request) {
    requests.set(monitor, request);
  }
  return request;
}

/** Undefined for SCTP, which is refused where configuration comes in. */
function makeRequest(monitor: HealthMonitor): CheckRequest | undefined {
  switch (monitor.type) {
    case 'TCP':
      return { kind: 'tcp' };
    case 'HTTP':
    case 'HTTPS':
      return httpRequest(monitor);
    case 'TLS-HELLO':
      return { kind: 'tls-hello', serverName: monitor.domain_name };
    case 'PING':
      return { kind: 'ping' };
    case 'UDP-CONNECT':
      return {
        kind: 'udp',
        send: datagramOf(monitor.udp_request ?? ''),
        expect: monitor.udp_response === null ? null : datagramOf(monitor.udp_response),
      };
    case 'SCTP':
      return undefined;
  }
}

function httpRequest(monitor: HealthMonitor): HttpRequest {
  return {
    kind: 'http',
    tls: monitor.type === 'HTTPS',
    version: monitor.http_version === 1 ? '1.0' : '1.1',
    method: monitor.http_method ?? 'GET',
    path: monitor.url_path ?? '/',
    host: monitor.domain_name,
    expectedCodes: monitor.expected_codes ?? '200',
  };
}

const ESCAPE = /\\(?:x([0-9a-f]{2})|([\\0abfnrtv]))/gi;
const ESCAPED: Record<string, string> = {
  '\\': '\\',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Bytes of a text in UTF-8 with escapes: `\x00` to `\xff` for one byte, `\n` and the like as in C, `\\` for a backslash. */
export function datagramOf(text: string): Uint8Array {
  const parts: Buffer[] = [];
  let done = 0;
  for (const { index, 0: whole, 1: hex, 2: letter } of text.matchAll(ESCAPE)) {
    parts.push(Buffer.from(text.slice(done, index)));
    parts.push(hex === undefined ? Buffer.from(ESCAPED[letter!.toLowerCase()]!) : Buffer.from(hex, 'hex'));
    done = index + whole.length;
  }
  parts.push(Buffer.from(text.slice(done)));
  return new Uint8Array(Buffer.concat(parts));
}
