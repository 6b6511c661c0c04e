/** What the lab and the scripts it runs inside namespaces (`backend.ts`, `client.ts`) say to each other, as JSON. */
import type { Latencies } from './latency.js';

export interface BackendConfig {
  name: string;
  /** Address to listen on: `0.0.0.0`, or `::` for one dual-stack socket that sees IPv4 clients as ::ffff:a.b.c.d. */
  host: string;
  httpPort: number;
  /** TCP echo and UDP. */
  echoPort: number;
}

/** Who answered, and whom it saw. */
export interface Greeting {
  backend: string;
  client: string;
  clientPort: number;
}

/** Since start, or since cleared. Health checks count as nothing else. */
export interface BackendStats {
  requests: number;
  healthChecks: number;
  /** Requests by the client address that the program saw. */
  clients: Record<string, number>;
  echoConnections: number;
  echoClients: Record<string, number>;
  datagrams: number;
  udpClients: Record<string, number>;
}

/** What one client process does. */
export interface TrafficOrder {
  protocol: 'http' | 'udp';
  /** Where to: a VIP and port, or a host. */
  address: string;
  port: number;
  /** Local addresses, taken in turn. */
  sources: string[];
  /**
   * Local port of each source's first connection; the following ones count up, so that none is used twice. The gateway gives a
   * port that comes back while it remembers its closed session to the same member again: exact distributions need this.
   * Null: the kernel chooses.
   */
  firstPort: number | null;
  /** How many in all; null: until told to stop. For UDP a connection is one socket. */
  connections: number | null;
  /** How many at a time. */
  concurrency: number;
  /** Requests (datagrams) per connection; null: until told to stop. */
  requests: number | null;
  /** `hello`: who are you. `download`, `upload`: a payload of `bytes`, its SHA-256 compared at the receiving end. */
  operation: 'hello' | 'download' | 'upload';
  /** Payload length; for UDP the length of a datagram, at least 16. */
  bytes: number;
  /** Milliseconds between the requests of a connection. */
  pauseMs: number;
  /** Milliseconds without an answer after which a request has failed. */
  timeoutMs: number;
}

/** Names of failures: an errno (`ECONNRESET`), or one of `timeout`, `status`, `body`, `lost` (closed early), `moved` (another backend answered on the same connection). */
export interface Failure {
  kind: string;
  /** Milliseconds after the start of the traffic. */
  at: number;
  source: string;
  sourcePort: number;
  /** Which request of its connection, from 0. */
  request: number;
  message: string;
}

export interface TrafficProgress {
  /** Completed connections, failed ones included. */
  connections: number;
  /** Open ones that have had an answer. */
  established: number;
  requests: number;
  failed: number;
}

export interface TrafficResult {
  /** Completed connections, failed ones included. */
  connections: number;
  /** Answered requests. */
  requests: number;
  /** Payload bytes, both ways. */
  bytes: number;
  seconds: number;
  failed: number;
  /** Failed connections by kind. */
  errors: Record<string, number>;
  /** The first 1,000. */
  failures: Failure[];
  /** Connections by backend. */
  backends: Record<string, number>;
  /** Connections by source address and backend. */
  sources: Record<string, Record<string, number>>;
  /** Whom backends saw, in all and each of them. Empty for downloads, which do not tell. */
  seen: Seen;
  seenBy: Record<string, Seen>;
  connectLatency: Latencies;
  requestLatency: Latencies;
}

/** Requests by what a backend took the client for. */
export interface Seen {
  /** The client's own address and port. */
  right: number;
  wrong: number;
  addresses: Record<string, number>;
}

/** A line on the client's standard output. */
export type ClientMessage = ({ type: 'progress' } & TrafficProgress) | { type: 'result'; result: TrafficResult };
