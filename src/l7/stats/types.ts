/**
 * What HAProxy has done and does. Totals continue over its reloads and over restarts of the daemon; they begin anew when the
 * object is made anew or the run directory is lost. Rates are per second, over the last second.
 */

export interface ProxyStats {
  /** When the counters were read, ms since 1970. */
  at: number;
  /** By frontend, `l_<listener id>`. */
  frontends: ReadonlyMap<string, FrontendStats>;
  /** By backend, `p_<pool id>`. */
  backends: ReadonlyMap<string, BackendStats>;
  process: ProcessStats;
}

/** Answers by the first digit of their status; `other` has none that is valid. */
export interface Responses {
  '1xx': number;
  '2xx': number;
  '3xx': number;
  '4xx': number;
  '5xx': number;
  other: number;
}

export interface FrontendStats {
  /** Client connections now, those of workers that finish included. */
  connections: number;
  /** Client connections accepted. */
  connections_total: number;
  connections_per_second: number;
  /** HTTP requests; 0 where the listener is not HTTP. */
  requests_total: number;
  requests_per_second: number;
  /** Bytes from clients, as HTTP sees them: without TLS and TCP. */
  bytes_in: number;
  /** Bytes to clients. */
  bytes_out: number;
  responses: Responses;
  /** Requests that a rule refused, limits of requests included. */
  denied_requests: number;
  /** Answers that a rule refused. */
  denied_responses: number;
  /** Connections that a rule refused before anything was read. */
  denied_connections: number;
  /** Sessions that a rule refused after the TLS handshake and before the first request. */
  denied_sessions: number;
  /** Requests that were none: malformed, too long, cut off. */
  request_errors: number;
  /** Requests that HAProxy answered itself: redirects, fixed answers. */
  intercepted: number;
  /** Bytes before and after compression. */
  compression_in: number;
  compression_out: number;
  /** TLS handshakes. */
  tls_handshakes: number;
  tls_resumed: number;
  tls_failed: number;
}

/** What a backend and each of its servers have. */
export interface ServingStats {
  /** Requests, or connections where it is not HTTP, that are being served now. */
  sessions: number;
  sessions_total: number;
  requests_total: number;
  bytes_in: number;
  bytes_out: number;
  responses: Responses;
  connect_errors: number;
  response_errors: number;
  retries: number;
  redispatches: number;
  /** Transfers that the client, or the server, broke off. */
  client_aborts: number;
  server_aborts: number;
  /** Connections made to servers, and requests that found one open. */
  connections_made: number;
  connections_reused: number;
  /** Means of the last 1,024 requests, ms. */
  queue_time: number;
  connect_time: number;
  response_time: number;
  total_time: number;
}

export interface BackendStats extends ServingStats {
  /** Requests that wait for a server. */
  queued: number;
  status: string;
  servers: ReadonlyMap<string, ServerStats>;
}

export interface ServerStats extends ServingStats {
  /** 0..256 */
  weight: number;
  /** `no check` or `UP` when it is used, `MAINT` when not. */
  status: string;
}

export interface ProcessStats {
  pid: number;
  version: string;
  /** Seconds since the last reload. */
  uptime: number;
  /** Workers that finish their connections. */
  old_workers: number;
  connections: number;
  max_connections: number;
  /** Resident memory of the worker that serves and of those that finish, bytes. */
  memory: number;
  /** Log messages that nobody took. */
  dropped_logs: number;
  tls_handshakes_per_second: number;
  /** Those without a resumed session, which cost a signature. */
  tls_key_exchanges_per_second: number;
  /** Part of the time without work, percent; the busiest thread decides when it is near 0. */
  idle_percent: number;
}
