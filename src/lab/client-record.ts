/** What a client has seen so far. */
import type { Answer } from './client-connection.js';
import { addLatency } from './latency.js';
import type { Failure, Seen, TrafficProgress, TrafficResult } from './protocol.js';

const FAILURES_KEPT = 1000;

export class ClientRecord {
  #begin = performance.now();
  #open = 0;
  #result: TrafficResult = emptyResult();

  /** @param milliseconds From the SYN on. */
  connected(milliseconds: number): void {
    addLatency(this.#result.connectLatency, milliseconds * 1000);
  }

  /** The first answer of a connection says which backend it went to. */
  established(backend: string, source: string): void {
    this.#open++;
    add(this.#result.backends, backend);
    this.#result.sources[source] ??= {};
    add(this.#result.sources[source], backend);
  }

  answered(milliseconds: number, { greeting, bytes }: Answer, source: string, sourcePort: number): void {
    const { seen, seenBy, requestLatency } = this.#result;
    this.#result.requests++;
    this.#result.bytes += bytes;
    addLatency(requestLatency, milliseconds * 1000);
    if (greeting?.client === undefined) return;
    const right = greeting.client === source && Number(greeting.clientPort) === sourcePort;
    const backend = greeting.backend ?? '?';
    seenBy[backend] ??= emptySeen();
    for (const counted of [seen, seenBy[backend]]) {
      add(counted.addresses, greeting.client);
      counted[right ? 'right' : 'wrong']++;
    }
  }

  failed(failure: Omit<Failure, 'at'>): void {
    this.#result.failed++;
    add(this.#result.errors, failure.kind);
    if (this.#result.failures.length < FAILURES_KEPT) {
      this.#result.failures.push({ at: Math.round(performance.now() - this.#begin), ...failure });
    }
  }

  /** @param answered Whether established() was called for it. */
  closed(answered: boolean): void {
    this.#result.connections++;
    if (answered) this.#open--;
  }

  progress(): TrafficProgress {
    const { connections, requests, failed } = this.#result;
    return { connections, established: this.#open, requests, failed };
  }

  result(): TrafficResult {
    return { ...this.#result, seconds: (performance.now() - this.#begin) / 1000 };
  }
}

export function emptyResult(): TrafficResult {
  return {
    connections: 0,
    requests: 0,
    bytes: 0,
    seconds: 0,
    failed: 0,
    errors: {},
    failures: [],
    backends: {},
    sources: {},
    seen: emptySeen(),
    seenBy: {},
    connectLatency: {},
    requestLatency: {},
  };
}

export function emptySeen(): Seen {
  return { right: 0, wrong: 0, addresses: {} };
}

/** Adds to one counter of many. */
export function add(counters: Record<string, number>, key: string, amount = 1): void {
  counters[key] = (counters[key] ?? 0) + amount;
}
