/** What HAProxy and its log say of listeners and members, in the words of the status document. Pure. */
import type { RequestCounters } from '../accesslog/index.js';
import type { FrontendStats, ProxyStats, ServerStats } from '../l7/stats/types.js';
import type { HttpStatus, Traffic } from './status.js';

/** Traffic and requests of one listener; `http` is null where HAProxy passes bytes on. */
export interface ProxiedTraffic extends Traffic {
  http: HttpStatus | null;
}

const NO_PACKETS = { packets_in: 0, packets_out: 0 };

/** @param isHttp whether the listener has requests. @param requests counted from its log; undefined: none yet */
export function listenerTraffic(
  frontend: FrontendStats | undefined,
  requests: RequestCounters | undefined,
  isHttp: boolean,
): ProxiedTraffic {
  return {
    active: frontend?.connections ?? 0,
    sessions: frontend?.connections_total ?? 0,
    bytes_in: frontend?.bytes_in ?? 0,
    bytes_out: frontend?.bytes_out ?? 0,
    ...NO_PACKETS,
    http: isHttp && frontend ? httpStatus(frontend, requests) : null,
  };
}

function httpStatus(frontend: FrontendStats, requests: RequestCounters | undefined): HttpStatus {
  return {
    requests: frontend.requests_total,
    requests_per_second: frontend.requests_per_second,
    responses: frontend.responses,
    responses_404: requests?.status_404 ?? 0,
    responses_499: requests?.status_499 ?? 0,
    responses_502: requests?.status_502 ?? 0,
    timed: requests?.timed ?? 0,
    milliseconds: requests?.milliseconds ?? 0,
    denied: frontend.denied_requests,
    malformed: frontend.request_errors,
    tls_handshakes: frontend.tls_handshakes,
    tls_resumed: frontend.tls_resumed,
    tls_failed: frontend.tls_failed,
  };
}

/** What a member was sent by all listeners of its pool: HAProxy counts by pool. Sessions are requests, but where it passes bytes on. */
export function memberTraffic(stats: ProxyStats, poolId: string, server: string): Traffic {
  const total = { active: 0, sessions: 0, bytes_in: 0, bytes_out: 0, ...NO_PACKETS };
  for (const servers of serversOf(stats).get(poolId) ?? []) {
    const one = servers.get(server);
    total.active += one?.sessions ?? 0;
    total.sessions += one?.sessions_total ?? 0;
    total.bytes_in += one?.bytes_in ?? 0;
    total.bytes_out += one?.bytes_out ?? 0;
  }
  return total;
}

type Servers = ReadonlyMap<string, ServerStats>;

/** A pool has a backend for each pair of timeouts that its listeners have. */
const byPool = new WeakMap<ProxyStats, ReadonlyMap<string, readonly Servers[]>>();

function serversOf(stats: ProxyStats): ReadonlyMap<string, readonly Servers[]> {
  const known = byPool.get(stats);
  if (known) {
    return known;
  }
  const pools = new Map<string, Servers[]>();
  for (const [name, { servers }] of stats.backends) {
    const pool = /^p_([^_]+)/.exec(name)?.[1];
    if (pool !== undefined) {
      pools.set(pool, [...(pools.get(pool) ?? []), servers]);
    }
  }
  byPool.set(stats, pools);
  return pools;
}
