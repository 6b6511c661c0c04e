/**
 * Pools, members and health monitors as Octavia's create body has them.
 */
import {
  HEALTH_MONITOR_TYPES,
  type HealthMonitorSpec,
  HTTP_METHODS,
  LB_ALGORITHMS,
  LISTENER_PROTOCOLS,
  type ListenerProtocol,
  type MemberSpec,
  type PoolSpec,
  parseExpectedCodes,
  type SessionPersistence,
} from '../model/resources.js';
import { MAX_TEXT, type Origins, readDescription, readName, readResource } from './common-fields.js';
import type { Path } from './document.js';
import { Fields, show } from './fields.js';
import type { Report } from './report.js';

const LATER_POOL_PROTOCOLS = ['HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'SCTP'];
const LATER_MONITORS = ['HTTPS', 'PING', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP'];
const LATER_POOL_FIELDS = [
  'tls_enabled',
  'tls_container_ref',
  'ca_tls_container_ref',
  'crl_container_ref',
  'tls_ciphers',
  'tls_versions',
  'alpn_protocols',
];
const LATER_MEMBER_FIELDS = ['subnet_id', 'vnic_type', 'request_sriov'];

/** Seconds. Octavia has no upper limit; a day stands for "no limit a person needs". */
const MAX_MONITOR_SECONDS = 86_400;
const DEFAULT_DELAY = 5;
const DEFAULT_TIMEOUT = 5;
const DEFAULT_RETRIES = 3;
const DEFAULT_PERSISTENCE = 1200;

const URL_PATH = /^\/[^\s#]*$/;
const HOST_NAME = /^(?=.{1,255}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;

/** A pool written at `path`. */
export function readPool(report: Report, origins: Origins, path: Path, value: unknown): PoolSpec {
  const fields = new Fields(report, path, value, 'a pool');
  const protocol: ListenerProtocol | undefined = fields.choice('protocol', LISTENER_PROTOCOLS, LATER_POOL_PROTOCOLS);
  const pool: PoolSpec = {
    ...readResource(fields, report),
    name: readName(fields),
    description: readDescription(fields),
    protocol: protocol ?? 'TCP',
    lb_algorithm: fields.choice('lb_algorithm', LB_ALGORITHMS) ?? 'ROUND_ROBIN',
    session_persistence: fields.has('session_persistence')
      ? readPersistence(report, fields.at('session_persistence'), fields.raw('session_persistence'))
      : null,
    members: fields.list('members').map((item, index) => {
      return readMember(report, origins, [...fields.at('members'), index], item);
    }),
    healthmonitor: fields.has('healthmonitor')
      ? readMonitor(report, origins, fields.at('healthmonitor'), fields.raw('healthmonitor'))
      : null,
  };
  fields.require(['protocol', 'lb_algorithm'], {
    protocol: `add protocol: ${LISTENER_PROTOCOLS.join(' or ')}, the same as the listener's`,
    lb_algorithm: `add lb_algorithm: one of ${LB_ALGORITHMS.join(', ')}`,
  });
  fields.unsupported(LATER_POOL_FIELDS, 'remove it: members are reached over TCP and UDP as the client sends it');
  fields.finish();
  origins.set(pool, { report, path });
  return pool;
}

function readPersistence(report: Report, path: Path, value: unknown): SessionPersistence {
  const fields = new Fields(report, path, value, 'a session persistence');
  fields.choice('type', ['SOURCE_IP'], ['HTTP_COOKIE', 'APP_COOKIE']);
  const seconds = fields.integer('persistence_timeout', 60, 3600) ?? DEFAULT_PERSISTENCE;
  if (fields.has('persistence_granularity') && fields.raw('persistence_granularity') !== '255.255.255.255') {
    fields.unsupported(['persistence_granularity'], 'remove it: every client address sticks on its own');
  }
  fields.unsupported(['cookie_name'], 'remove it: cookies need an HTTP listener');
  fields.require(['type'], { type: 'add type: SOURCE_IP' });
  fields.finish();
  return { type: 'SOURCE_IP', persistence_timeout: seconds };
}

function readMember(report: Report, origins: Origins, path: Path, value: unknown): MemberSpec {
  const fields = new Fields(report, path, value, 'a member');
  const member: MemberSpec = {
    ...readResource(fields, report),
    name: readName(fields),
    address: fields.address('address') ?? '',
    protocol_port: fields.integer('protocol_port', 1, 65_535) ?? 0,
    weight: fields.integer('weight', 0, 256) ?? 1,
    backup: fields.boolean('backup', false),
    monitor_address: fields.address('monitor_address') ?? null,
    monitor_port: fields.integer('monitor_port', 1, 65_535) ?? null,
  };
  fields.require(['address', 'protocol_port'], {
    address: 'add address: the IP address of the server',
    protocol_port: 'add protocol_port: the port it listens on, 1 to 65,535',
  });
  fields.unsupported(LATER_MEMBER_FIELDS, 'remove it: members are found through the routing table of the gateway');
  fields.finish();
  origins.set(member, { report, path });
  return member;
}

function readMonitor(report: Report, origins: Origins, path: Path, value: unknown): HealthMonitorSpec {
  const fields = new Fields(report, path, value, 'a health monitor');
  const delay = fields.integer('delay', 1, MAX_MONITOR_SECONDS) ?? DEFAULT_DELAY;
  const monitor: HealthMonitorSpec = {
    ...readResource(fields, report),
    name: readName(fields),
    type: fields.choice('type', HEALTH_MONITOR_TYPES, LATER_MONITORS) ?? 'TCP',
    delay,
    timeout: Math.min(fields.integer('timeout', 1, MAX_MONITOR_SECONDS) ?? DEFAULT_TIMEOUT, delay),
    max_retries: fields.integer('max_retries', 1, 10) ?? DEFAULT_RETRIES,
    max_retries_down: fields.integer('max_retries_down', 1, 10) ?? DEFAULT_RETRIES,
    ...readHttp(fields, report),
  };
  fields.require(['type'], { type: `add type: ${HEALTH_MONITOR_TYPES.join(' or ')}` });
  fields.finish();
  origins.set(monitor, { report, path });
  return monitor;
}

/** What only an HTTP check uses; written under another type it is checked and kept all the same, as Octavia does. */
function readHttp(
  fields: Fields,
  report: Report,
): Pick<HealthMonitorSpec, 'http_method' | 'url_path' | 'expected_codes' | 'domain_name'> {
  const codes = fields.raw('expected_codes') ?? '200';
  if (parseExpectedCodes(String(codes)) === undefined) {
    report.fault(fields.at('expected_codes'), {
      message: `${show(codes)} is not a set of HTTP status codes`,
      suggestion: 'write codes like "200", "200,202,401", "200-399" or "2xx"',
    });
  }
  if (fields.has('http_version') && Number(fields.raw('http_version')) !== 1.1) {
    fields.unsupported(['http_version'], 'write 1.1, or remove it');
  }
  return {
    http_method: fields.choice('http_method', HTTP_METHODS, ['CONNECT']) ?? 'GET',
    url_path:
      fields.text('url_path', { min: 1, max: MAX_TEXT, pattern: URL_PATH, expected: 'a path that starts with /' }) ??
      '/',
    expected_codes: String(codes),
    domain_name: fields.text('domain_name', { min: 1, max: 255, pattern: HOST_NAME, expected: 'a host name' }) ?? null,
  };
}
