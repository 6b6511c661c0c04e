/**
 * Limits of listeners and load balancers. What has none pays for none. Their values lie in maps, so that they change at run time: a
 * process-wide variable would do as well, but HAProxy 2.6 searches those one by one.
 */
import type { Fault } from '../../model/errors.js';
import type { Listener, LoadBalancer } from '../../model/resources.js';
import type { Specification } from '../../model/state.js';
import type { ProxyFeatures } from '../proxy-config.js';
import { balancerName, bandwidthTableName, limitsName, mapPath, requestTableName } from './names.js';
import { section } from './text.js';

/** What limits add to a frontend. */
export interface Limits {
  /** When a connection arrives, before anything is read. */
  connection: string[];
  /** When a request has been read. */
  request: string[];
  /** When no limit had anything against it: only what passes is counted, so that any load gets as much as the limit allows. */
  passed: string[];
  /** Anywhere in the section. */
  other: string[];
  /** Name to section, of the tables that these count in. */
  tables: Map<string, string>;
  /** Name to lines. */
  maps: Map<string, string[]>;
  warnings: Fault[];
}

/** Bytes per second of 1 Mbit/s. */
const MEGABIT = 125_000;
/** One entry that never expires while it is in use, and that costs nothing to make anew. */
const ONE_ENTRY = 'stick-table type integer size 1 expire 1d store';

/** Reads a limit into a variable of its name; where the map does not have it, everything passes. */
function readLimit(rules: 'tcp-request connection' | 'http-request', variable: string, map: string): string {
  const key = variable.slice(variable.indexOf('.') + 1);
  return `${rules} set-var(${variable}) str(${key}),map_str_int(${mapPath(map)})`;
}

/** The listener's own limits. */
export function listenerLimits(listener: Listener, features: ProxyFeatures): Limits {
  const { connection_limit: connections, session_rate_limit: sessions, request_rate_limit: requests } = listener;
  const limits: Limits = {
    connection: [],
    request: [],
    passed: [],
    other: [],
    tables: new Map(),
    maps: new Map(),
    warnings: [],
  };
  const map = limitsName(listener);
  const lines: string[] = [];
  if (connections >= 0) {
    lines.push(`connections ${connections}`);
    limits.connection.push(
      readLimit('tcp-request connection', 'sess.connections', map),
      'tcp-request connection reject if { fe_conn,sub(sess.connections) gt 0 }',
    );
  }
  if (sessions !== null) {
    lines.push(`sessions ${sessions}`);
    limits.connection.push(
      readLimit('tcp-request connection', 'sess.sessions', map),
      'tcp-request connection reject if { fe_sess_rate,sub(sess.sessions) ge 0 }',
    );
  }
  if (requests !== null) {
    lines.push(`requests ${requests}`);
    const table = requestTableName(listener);
    limits.tables.set(table, section(`backend ${table} from http`, [`${ONE_ENTRY} gpc(1),gpc_rate(1,1s)`]));
    limits.request.push(
      `http-request track-sc1 int(1) table ${table}`,
      readLimit('http-request', 'req.requests', map),
      'http-request deny deny_status 429 if { sc_gpc_rate(0,1),sub(req.requests) ge 0 }',
    );
    limits.passed.push('http-request sc-inc-gpc(0,1)');
  }
  if (lines.length > 0) {
    limits.maps.set(map, lines);
  }
  limitBandwidth(limits, listener, features);
  return limits;
}

function limitBandwidth(limits: Limits, listener: Listener, features: ProxyFeatures): void {
  const { bandwidth_limit: megabits, protocol } = listener;
  if (megabits === null) {
    return;
  }
  if (!features.bandwidthLimits) {
    limits.warnings.push({
      code: 'unsupported',
      path: `listener "${listener.name || listener.id}"`,
      message: `HAProxy ${features.version.join('.')} cannot limit bandwidth: its bandwidth_limit has no effect`,
      suggestion: 'install HAProxy 2.7 or newer',
    });
    return;
  }
  const table = bandwidthTableName(listener);
  limits.tables.set(
    table,
    section(`backend ${table} from http`, [`${ONE_ENTRY} bytes_in_rate(1s),bytes_out_rate(1s)`]),
  );
  const bytes = megabits * MEGABIT;
  const [request, response] =
    protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS'
      ? ['http-request', 'http-response']
      : ['tcp-request content', 'tcp-response content'];
  limits.other.push(
    `filter bwlim-in upload limit ${bytes} key int(1) table ${table}`,
    `filter bwlim-out download limit ${bytes} key int(1) table ${table}`,
    `${request} set-bandwidth-limit upload`,
    `${response} set-bandwidth-limit download`,
  );
}

/** Names of a load balancer's limits in its map. */
const BALANCER_LIMITS = {
  balancer_connections: 'connections',
  balancer_sessions: 'connections_per_second',
  balancer_queries: 'queries_per_second',
} as const satisfies Record<string, keyof Specification>;
type BalancerLimit = keyof typeof BALANCER_LIMITS;

/** Which limits a specification has: what decides about the text of sections, while their values are only in the map. */
export function balancerLimitsOf(specification: Specification | undefined): BalancerLimit[] {
  const names = Object.keys(BALANCER_LIMITS) as BalancerLimit[];
  return names.filter((name) => specification !== undefined && specification[BALANCER_LIMITS[name]] !== null);
}

/** The map and the table of a load balancer; none without a limit. */
export function balancerCounters(
  loadbalancer: Pick<LoadBalancer, 'id'>,
  specification: Specification | undefined,
): Pick<Limits, 'tables' | 'maps'> {
  const limits = balancerLimitsOf(specification);
  const name = balancerName(loadbalancer);
  if (!specification || limits.length === 0) {
    return { tables: new Map(), maps: new Map() };
  }
  const table = section(`backend ${name} from http`, [`${ONE_ENTRY} conn_cur,gpc(2),gpc_rate(2,1s)`]);
  const lines = limits.map((limit) => `${limit} ${specification[BALANCER_LIMITS[limit]]}`);
  return { tables: new Map([[name, table]]), maps: new Map([[name, lines]]) };
}

/** What the limits of its load balancer add to a listener's section. */
export function balancerLimits(
  loadbalancer: Pick<LoadBalancer, 'id'>,
  limits: readonly BalancerLimit[],
): Pick<Limits, 'connection' | 'request' | 'passed'> {
  const name = balancerName(loadbalancer);
  const lines: Pick<Limits, 'connection' | 'request' | 'passed'> = { connection: [], request: [], passed: [] };
  if (limits.length > 0) {
    lines.connection.push(`tcp-request connection track-sc0 int(1) table ${name}`);
  }
  if (limits.includes('balancer_connections')) {
    lines.connection.push(
      readLimit('tcp-request connection', 'sess.balancer_connections', name),
      'tcp-request connection reject if { sc_conn_cur(0),sub(sess.balancer_connections) gt 0 }',
    );
  }
  if (limits.includes('balancer_sessions')) {
    lines.connection.push(
      readLimit('tcp-request connection', 'sess.balancer_sessions', name),
      'tcp-request connection reject if { sc_gpc_rate(0,0),sub(sess.balancer_sessions) ge 0 }',
      'tcp-request connection sc-inc-gpc(0,0)',
    );
  }
  if (limits.includes('balancer_queries')) {
    lines.request.push(
      readLimit('http-request', 'req.balancer_queries', name),
      'http-request deny deny_status 429 if { sc_gpc_rate(1,0),sub(req.balancer_queries) ge 0 }',
    );
    lines.passed.push('http-request sc-inc-gpc(1,0)');
  }
  return lines;
}
