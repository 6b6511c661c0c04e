/** ProxyStats from totals and what the workers last said of the moment. */
import { AT, type Counters, GAUGES, type Gauge, type Gauges } from './columns.js';
import type { StatRow } from './stat-rows.js';
import { rowKey, type Totals } from './totals.js';
import type { BackendStats, FrontendStats, ProxyStats, Responses, ServerStats, ServingStats } from './types.js';

/** Gauges that add up over workers; the others are those of the worker that serves. */
const ADDED = new Set<Gauge>(['scur', 'qcur', 'rate', 'req_rate', 'conn_rate']);

/**
 * @param serving rows of the worker that serves: what is not among them is gone
 * @param finishing rows of each worker that finishes its connections
 */
export function snapshot(
  totals: Totals,
  serving: readonly StatRow[],
  finishing: readonly (readonly StatRow[])[],
): Pick<ProxyStats, 'frontends' | 'backends'> {
  const more = new Map<string, Gauges>();
  for (const row of finishing.flat()) {
    const key = rowKey(row);
    more.set(key, sum(more.get(key) ?? new Float64Array(GAUGES.length), row.gauges));
  }
  const frontends = new Map<string, FrontendStats>();
  const backends = new Map<string, BackendStats & { servers: Map<string, ServerStats> }>();
  const servers: [StatRow, ServerStats][] = [];
  for (const row of serving) {
    const key = rowKey(row);
    const extra = more.get(key);
    const gauges = extra === undefined ? row.gauges : sum(row.gauges, extra);
    const counters = totals.of(key);
    if (row.kind === 'frontend') {
      frontends.set(row.proxy, frontendStats(counters, gauges));
    } else if (row.kind === 'backend') {
      const queued = gauges[AT.qcur]!;
      backends.set(row.proxy, { ...servingStats(counters, gauges), queued, status: row.status, servers: new Map() });
    } else {
      const weight = row.gauges[AT.weight]!;
      servers.push([row, { ...servingStats(counters, gauges), weight, status: row.status }]);
    }
  }
  for (const [row, stats] of servers) {
    backends.get(row.proxy)?.servers.set(row.server, stats);
  }
  return { frontends, backends };
}

function sum(a: Gauges, b: Gauges): Gauges {
  return a.map((value, index) => (ADDED.has(GAUGES[index]!) ? value + b[index]! : value));
}

function frontendStats(counters: Counters, gauges: Gauges): FrontendStats {
  return {
    connections: gauges[AT.scur]!,
    connections_total: counters[AT.conn_tot]!,
    connections_per_second: gauges[AT.conn_rate]!,
    requests_total: counters[AT.req_tot]!,
    requests_per_second: gauges[AT.req_rate]!,
    bytes_in: counters[AT.bin]!,
    bytes_out: counters[AT.bout]!,
    responses: responses(counters),
    denied_requests: counters[AT.dreq]!,
    denied_responses: counters[AT.dresp]!,
    denied_connections: counters[AT.dcon]!,
    denied_sessions: counters[AT.dses]!,
    request_errors: counters[AT.ereq]!,
    intercepted: counters[AT.intercepted]!,
    compression_in: counters[AT.comp_in]!,
    compression_out: counters[AT.comp_out]!,
    tls_handshakes: counters[AT.ssl_sess]!,
    tls_resumed: counters[AT.ssl_reused_sess]!,
    tls_failed: counters[AT.ssl_failed_handshake]!,
  };
}

function servingStats(counters: Counters, gauges: Gauges): ServingStats {
  return {
    sessions: gauges[AT.scur]!,
    sessions_total: counters[AT.stot]!,
    requests_total: counters[AT.req_tot]!,
    bytes_in: counters[AT.bin]!,
    bytes_out: counters[AT.bout]!,
    responses: responses(counters),
    connect_errors: counters[AT.econ]!,
    response_errors: counters[AT.eresp]!,
    retries: counters[AT.wretr]!,
    redispatches: counters[AT.wredis]!,
    client_aborts: counters[AT.cli_abrt]!,
    server_aborts: counters[AT.srv_abrt]!,
    connections_made: counters[AT.connect]!,
    connections_reused: counters[AT.reuse]!,
    queue_time: gauges[AT.qtime]!,
    connect_time: gauges[AT.ctime]!,
    response_time: gauges[AT.rtime]!,
    total_time: gauges[AT.ttime]!,
  };
}

function responses(counters: Counters): Responses {
  return {
    '1xx': counters[AT.hrsp_1xx]!,
    '2xx': counters[AT.hrsp_2xx]!,
    '3xx': counters[AT.hrsp_3xx]!,
    '4xx': counters[AT.hrsp_4xx]!,
    '5xx': counters[AT.hrsp_5xx]!,
    other: counters[AT.hrsp_other]!,
  };
}
