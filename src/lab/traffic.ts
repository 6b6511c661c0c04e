/** Traffic from the lab's clients: started, watched, stopped, added up. */
import { createInterface } from 'node:readline';
import { add, emptyResult, emptySeen } from './client-record.js';
import { labError } from './errors.js';
import type { Lab } from './lab.js';
import { mergeLatencies } from './latency.js';
import { builtScript } from './paths.js';
import type { LabProcess } from './process.js';
import type { ClientMessage, Seen, TrafficOrder, TrafficProgress, TrafficResult } from './protocol.js';
import { until } from './wait.js';

/** A TrafficOrder in which everything but the destination has a default. */
export type TrafficSpec = Pick<TrafficOrder, 'address' | 'port'> & Partial<TrafficOrder>;

const DEFAULTS = {
  protocol: 'http',
  firstPort: null,
  connections: 1,
  concurrency: 1,
  requests: 1,
  operation: 'hello',
  bytes: 0,
  pauseMs: 0,
  timeoutMs: 10_000,
} as const;

/** Fills in what was left out: one connection, one request, all addresses of the client as sources. */
export function completeOrder(spec: TrafficSpec, sources: string[]): TrafficOrder {
  return { ...DEFAULTS, sources, ...spec };
}

/** Running traffic of one client. */
export class Traffic {
  progress: TrafficProgress = { connections: 0, established: 0, requests: 0, failed: 0 };
  #result: TrafficResult | undefined;
  #read: Promise<void>;

  private constructor(private readonly process: LabProcess) {
    this.#read = this.#listen();
  }

  /** @param client `client1`… */
  static async start(lab: Lab, client: string, spec: TrafficSpec): Promise<Traffic> {
    const order = completeOrder(spec, lab.host(client).addresses);
    const argv = [process.execPath, builtScript('lab/client.js'), JSON.stringify(order)];
    return new Traffic(await lab.spawn(client, argv, { pipe: true }));
  }

  /**
   * Waits until the traffic has got that far.
   * @throws LabError `lab.timeout` (60 s), `lab.traffic` when it ended before
   */
  async reached(condition: (progress: TrafficProgress) => boolean, timeoutMs = 60_000): Promise<void> {
    const told = () => {
      if (condition(this.progress)) return true;
      if (this.process.code === undefined) return false;
      throw labError(
        'lab.traffic',
        `${this.process.name} ended early: ${JSON.stringify(this.progress)} ${this.#log()}`,
      );
    };
    await until(told, timeoutMs, () => `${this.process.name}: it got to ${JSON.stringify(this.progress)}`);
  }

  /** Resolves when it has done all it was ordered to. @throws LabError `lab.traffic` when the client itself crashed */
  async result(): Promise<TrafficResult> {
    const code = await this.process.ended;
    await this.#read;
    if (this.#result) return this.#result;
    throw labError('lab.traffic', `${this.process.name} ended with code ${code}: ${this.#log()}`);
  }

  /** Ends it in good order: requests under way are finished, none is cut off. */
  async stop(): Promise<TrafficResult> {
    this.process.stdin.end();
    return this.result();
  }

  async #listen(): Promise<void> {
    for await (const line of createInterface({ input: this.process.stdout })) {
      const message = JSON.parse(line) as ClientMessage;
      if (message.type === 'result') this.#result = message.result;
      else this.progress = message;
    }
  }

  #log(): string {
    return this.process.log().trim().slice(-1000);
  }
}

/** Sends the same traffic from several clients at a time (default: all) and adds up what they saw. */
export async function runTraffic(
  lab: Lab,
  spec: TrafficSpec,
  clients: readonly string[] = lab.plan.clients.map((client) => client.name),
): Promise<TrafficResult> {
  const running = await Promise.all(clients.map((client) => Traffic.start(lab, client, spec)));
  return mergeResults(await Promise.all(running.map((traffic) => traffic.result())));
}

/** Sums; `seconds` is the longest. */
export function mergeResults(results: readonly TrafficResult[]): TrafficResult {
  const sum = emptyResult();
  for (const result of results) {
    for (const key of ['connections', 'requests', 'bytes', 'failed'] as const) sum[key] += result[key];
    sum.seconds = Math.max(sum.seconds, result.seconds);
    sum.failures.push(...result.failures);
    addSeen(sum.seen, result.seen);
    for (const [backend, seen] of Object.entries(result.seenBy)) {
      sum.seenBy[backend] ??= emptySeen();
      addSeen(sum.seenBy[backend], seen);
    }
    addAll(sum.errors, result.errors);
    addAll(sum.backends, result.backends);
    for (const [source, backends] of Object.entries(result.sources)) {
      sum.sources[source] ??= {};
      addAll(sum.sources[source], backends);
    }
    mergeLatencies(sum.connectLatency, result.connectLatency);
    mergeLatencies(sum.requestLatency, result.requestLatency);
  }
  return sum;
}

function addSeen(into: Seen, from: Seen): void {
  into.right += from.right;
  into.wrong += from.wrong;
  addAll(into.addresses, from.addresses);
}

function addAll(into: Record<string, number>, from: Record<string, number>): void {
  for (const [key, amount] of Object.entries(from)) add(into, key, amount);
}
