/** What the fields of pools and monitors mean to each other. An empty protocol or type stands for one that had a fault of its own. */
import { completePersistence as complete, HTTP_MONITOR_DEFAULTS, MONITOR_DEFAULTS } from '../model/defaults.js';
import type {
  HealthMonitor,
  HealthMonitorType,
  ListenerProtocol,
  Pool,
  PoolProtocol,
  SessionPersistence,
} from '../model/resources.js';
import { type FaultDetail, type FaultReport, withArticle } from './faults.js';
import { isHttp } from './listener-rules.js';

/** Octavia's matrix: how members may be spoken to on behalf of clients of each kind. */
const POOLS_OF_LISTENERS: Record<ListenerProtocol, readonly PoolProtocol[]> = {
  TCP: ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2'],
  UDP: ['UDP'],
  HTTP: ['HTTP', 'PROXY', 'PROXYV2'],
  HTTPS: ['HTTPS', 'TCP', 'PROXY', 'PROXYV2'],
  TERMINATED_HTTPS: ['HTTP', 'PROXY', 'PROXYV2'],
  SCTP: ['SCTP'],
  PROMETHEUS: [],
};

const COOKIE_POOLS: readonly PoolProtocol[] = ['HTTP', 'PROXY', 'PROXYV2'];
const DATAGRAM_POOLS: readonly PoolProtocol[] = ['UDP', 'SCTP'];
/** A server of datagrams may be checked by whatever it answers as well. */
const DATAGRAM_MONITORS: readonly HealthMonitorType[] = ['UDP-CONNECT', 'SCTP', 'TCP', 'HTTP', 'PING'];
const HTTP_MONITOR_FIELDS = ['http_method', 'url_path', 'expected_codes', 'http_version'] as const;
const UDP_MONITOR_FIELDS = ['udp_request', 'udp_response'] as const;
/** Checks with a name for the server: in the Host header, or in TLS. */
const NAMING_MONITORS: readonly HealthMonitorType[] = ['HTTP', 'HTTPS', 'TLS-HELLO'];
/** What HTTP_COOKIE may be named (AL-3): any server and any script can read it. */
const COOKIE_NAME = /^[A-Za-z0-9_]{1,200}$/;
/** Seconds, AL-2: of stickiness that the data plane keeps. */
const MAX_SOURCE_TIMEOUT = 3600;
/** Seconds, HC-2. */
const UDP_TIMEOUT = 10;

type CheckedPool = Pick<
  Pool,
  'protocol' | 'session_persistence' | 'ca_tls_container_ref' | 'crl_container_ref' | 'tls_enabled'
>;

/** A session persistence with its defaults; null stays null. */
export function completePersistence(persistence: SessionPersistence | null): SessionPersistence | null {
  return persistence && complete(persistence);
}

/** Every rule of a pool that needs no other object. */
export function checkPool(pool: CheckedPool, report: FaultReport): void {
  if (pool.session_persistence && (pool.session_persistence.type as string) !== '') {
    checkPersistence(pool.session_persistence, pool.protocol, (path, detail) => {
      report(['session_persistence', ...path], detail);
    });
  }
  if (pool.crl_container_ref !== null && pool.ca_tls_container_ref === null) {
    report(['crl_container_ref'], {
      message: 'there is nothing to verify members with',
      suggestion: 'add ca_tls_container_ref',
    });
  }
  if (pool.tls_enabled && DATAGRAM_POOLS.includes(pool.protocol)) {
    report(['tls_enabled'], {
      message: `members of a ${pool.protocol} pool cannot be spoken to in TLS`,
      suggestion: 'write false, or leave it out',
    });
  }
}

function checkPersistence(persistence: SessionPersistence, protocol: PoolProtocol, report: FaultReport): void {
  const { type, cookie_name, persistence_timeout, persistence_granularity } = persistence;
  if (type !== 'SOURCE_IP' && (protocol as string) !== '' && !COOKIE_POOLS.includes(protocol)) {
    report(['type'], {
      message: `${withArticle(protocol)} pool has no cookies`,
      suggestion: `write SOURCE_IP, or give the pool protocol: ${COOKIE_POOLS.join(' or ')}`,
    });
    return;
  }
  if (type === 'APP_COOKIE' && cookie_name === null) {
    report([], {
      code: 'missing',
      message: 'cookie_name is missing',
      suggestion: 'add cookie_name: the cookie the application sets',
    });
  }
  checkCookie(persistence, report);
  if (type === 'SOURCE_IP' && (protocol as string) !== '' && !COOKIE_POOLS.includes(protocol)) {
    const fault = timeoutFault(persistence_timeout);
    if (fault) {
      report(['persistence_timeout'], fault);
    }
  }
  if (type !== 'SOURCE_IP' && persistence_granularity !== null) {
    report(['persistence_granularity'], onlyFor('persistence_granularity', 'SOURCE_IP'));
  }
}

function checkCookie({ type, cookie_name, cookie_mode }: SessionPersistence, report: FaultReport): void {
  if (type === 'SOURCE_IP' && cookie_name !== null) {
    report(['cookie_name'], onlyFor('cookie_name', 'HTTP_COOKIE or APP_COOKIE'));
  }
  if (type === 'HTTP_COOKIE' && cookie_name !== null && cookie_name !== '' && !COOKIE_NAME.test(cookie_name)) {
    report(['cookie_name'], {
      message: `${cookie_name} is not a name for a cookie of the gateway`,
      suggestion: 'write 1 to 200 letters, digits and _, or leave it out',
    });
  }
  if (type !== 'HTTP_COOKIE' && cookie_mode !== null) {
    report(['cookie_mode'], onlyFor('cookie_mode', 'HTTP_COOKIE'));
  } else if (cookie_mode === 'REWRITE' && cookie_name === null) {
    report([], {
      code: 'missing',
      message: 'cookie_name is missing',
      suggestion: 'add cookie_name: the cookie of the server that is rewritten',
    });
  }
}

/** What is wrong with a time that clients keep their member by their address; undefined: nothing. */
function timeoutFault(seconds: number | null): FaultDetail | undefined {
  return (seconds ?? 0) <= MAX_SOURCE_TIMEOUT
    ? undefined
    : {
        message: `${seconds} is out of range`,
        suggestion: `write a whole number from 60 to ${MAX_SOURCE_TIMEOUT.toLocaleString('en')}; more is for HTTP listeners`,
      };
}

function onlyFor(field: string, types: string): FaultDetail {
  return { message: `${field} is for type ${types}`, suggestion: 'leave it out', part: 'key' };
}

/** What is wrong with a listener of one protocol sending sessions to a pool; undefined: nothing. */
export function poolUseFault(
  protocol: ListenerProtocol,
  pool: Pick<Pool, 'protocol' | 'session_persistence'>,
): FaultDetail | undefined {
  if ((protocol as string) === '' || (pool.protocol as string) === '') {
    return undefined;
  }
  const fitting = POOLS_OF_LISTENERS[protocol];
  if (!fitting.includes(pool.protocol)) {
    return {
      message: `${withArticle(protocol)} listener cannot use ${withArticle(pool.protocol)} pool`,
      suggestion:
        fitting.length === 0
          ? 'leave the pool out: the gateway itself answers'
          : `give the pool protocol: ${fitting.join(' or ')}, or the listener another pool`,
    };
  }
  const persistence = pool.session_persistence;
  if (!persistence || isHttp(protocol)) {
    return undefined;
  }
  if (persistence.type !== 'SOURCE_IP') {
    return {
      message: `${withArticle(protocol)} listener does not see cookies, which its pool goes by`,
      suggestion: 'give the pool session_persistence type SOURCE_IP, or the listener protocol: HTTP',
    };
  }
  const fault = timeoutFault(persistence.persistence_timeout);
  return (
    fault && {
      message: `the persistence_timeout of its pool is out of range for ${withArticle(protocol)} listener`,
      suggestion: fault.suggestion!,
    }
  );
}

type HttpMonitorFields = Pick<HealthMonitor, 'type' | 'http_method' | 'url_path' | 'expected_codes'>;

/** The monitor with what depends on its type filled in where it is null. */
export function completeMonitor<T extends HttpMonitorFields & { timeout: number | null }>(
  monitor: T,
): Omit<T, 'timeout'> & { timeout: number } {
  const timeout = monitor.timeout ?? (monitor.type === 'UDP-CONNECT' ? UDP_TIMEOUT : MONITOR_DEFAULTS.timeout);
  if (monitor.type !== 'HTTP' && monitor.type !== 'HTTPS') {
    return { ...monitor, timeout };
  }
  return {
    ...monitor,
    timeout,
    http_method: monitor.http_method ?? HTTP_MONITOR_DEFAULTS.http_method,
    url_path: monitor.url_path ?? HTTP_MONITOR_DEFAULTS.url_path,
    expected_codes: monitor.expected_codes ?? HTTP_MONITOR_DEFAULTS.expected_codes,
  };
}

/** Every rule of a health monitor that needs no other object. */
export function checkMonitor(
  monitor: Pick<
    HealthMonitor,
    'type' | 'domain_name' | (typeof HTTP_MONITOR_FIELDS)[number] | (typeof UDP_MONITOR_FIELDS)[number]
  >,
  report: FaultReport,
): void {
  const { type } = monitor;
  if ((type as string) === '') {
    return;
  }
  const isHttpCheck = type === 'HTTP' || type === 'HTTPS';
  for (const field of HTTP_MONITOR_FIELDS) {
    if (!isHttpCheck && monitor[field] !== null) {
      report([field], onlyFor(field, 'HTTP or HTTPS'));
    }
  }
  for (const field of UDP_MONITOR_FIELDS) {
    if (type !== 'UDP-CONNECT' && monitor[field] !== null) {
      report([field], onlyFor(field, 'UDP-CONNECT'));
    }
  }
  if (monitor.domain_name !== null && !NAMING_MONITORS.includes(type)) {
    report(['domain_name'], onlyFor('domain_name', NAMING_MONITORS.join(' or ')));
  }
  if (monitor.domain_name !== null && monitor.http_version === 1) {
    report(['http_version'], { message: 'HTTP 1.0 has no Host header', suggestion: 'write 1.1, or leave it out' });
  }
}

/** What is wrong with a monitor of one type on a pool of one protocol; undefined: nothing. */
export function monitorUseFault(type: HealthMonitorType, protocol: PoolProtocol): FaultDetail | undefined {
  if ((type as string) === '' || (protocol as string) === '') {
    return undefined;
  }
  if (DATAGRAM_POOLS.includes(protocol)) {
    return DATAGRAM_MONITORS.includes(type)
      ? undefined
      : {
          message: `members of ${withArticle(protocol)} pool cannot be checked by ${type}`,
          suggestion: `write one of ${DATAGRAM_MONITORS.join(', ')}`,
        };
  }
  return type === 'UDP-CONNECT' || type === 'SCTP'
    ? {
        message: `members of ${withArticle(protocol)} pool cannot be checked by ${type}`,
        suggestion: 'write one of TCP, HTTP, HTTPS, TLS-HELLO, PING',
      }
    : undefined;
}
