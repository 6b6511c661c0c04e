/** Health checks as the daemon runs them, in the gateway namespace of a lab, against members that are all well. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { probePort } from '#sluice/datapath/probe.js';
import type { Check, CheckRequest } from '#sluice/health/checks.js';
import { createProbe } from '#sluice/health/probe.js';
import { HealthScheduler } from '#sluice/health/scheduler.js';
import type { ConnectProbe } from '#sluice/health/wire.js';
import { listAddresses } from '#sluice/model/address.js';
import { tell, workerOrder } from '../worker.js';
import type { HealthFigure, HealthOrder, HealthRow } from './health-result.js';

const SLOT_MS = 100;

const order = workerOrder<HealthOrder>();

const HTTP = { kind: 'http', version: '1.1', method: 'GET', path: '/', host: null, expectedCodes: '200' } as const;
const REQUESTS: Record<HealthRow['request'], CheckRequest> = {
  tcp: { kind: 'tcp' },
  http: { ...HTTP, tls: false },
  https: { ...HTTP, tls: true },
  'tls-hello': { kind: 'tls-hello', serverName: null },
  ping: { kind: 'ping' },
  udp: { kind: 'udp', send: new Uint8Array(), expect: null },
};

/** What happened during a measurement. */
class Recording {
  /** ms each. */
  readonly deliveries: number[] = [];
  readonly gaps: number[] = [];
  readonly begun: number[] = [];
  ended = 0;
  failed = 0;
}

/** The scheduler with the daemon's own probe, both watched. */
class Subject {
  recording = new Recording();
  readonly scheduler: HealthScheduler;
  readonly #last = new Map<string, number>();

  constructor() {
    const connect: ConnectProbe = async (...words) => {
      const began = performance.now();
      const answer = await probePort(...words);
      this.recording.deliveries.push(performance.now() - began - answer.microseconds / 1000);
      return answer;
    };
    const probe = createProbe(connect);
    this.scheduler = new HealthScheduler(
      async (check) => {
        this.#begins(check.id);
        const outcome = await probe(check);
        this.recording.ended++;
        this.recording.failed += outcome.ok ? 0 : 1;
        return outcome;
      },
      () => undefined,
    );
  }

  #begins(id: string): void {
    const now = performance.now();
    const last = this.#last.get(id);
    this.#last.set(id, now);
    this.recording.begun.push(now);
    if (last !== undefined) this.recording.gaps.push(Math.abs(now - last - order.intervalMs));
  }
}

/** One measurement, once every member has its own place within the interval. */
async function measure(row: HealthRow): Promise<HealthFigure> {
  const subject = new Subject();
  subject.scheduler.update(checksOf(row), () => true);
  subject.scheduler.start();
  tell({ type: 'progress', text: `health: ${row.members} ${row.name} checks, first round` });
  // After two checks everybody has a place of its own; a UDP check takes most of an interval.
  await wait(2.5 * order.intervalMs + 500);
  tell({ type: 'progress', text: `health: ${row.members} ${row.name} checks` });
  subject.recording = new Recording();
  const before = { at: performance.now(), cpu: process.cpuUsage(), loop: performance.eventLoopUtilization() };
  await wait(order.seconds * 1000);
  const figure = figureOf(row, subject.recording, before);
  subject.scheduler.stop();
  return figure;
}

interface Before {
  at: number;
  cpu: NodeJS.CpuUsage;
  loop: EventLoopUtilization;
}

function figureOf({ name, members }: HealthRow, recording: Recording, before: Before): HealthFigure {
  const { user, system } = process.cpuUsage(before.cpu);
  const elapsed = (performance.now() - before.at) / 1000;
  const { deliveries, gaps, begun, ended, failed } = recording;
  return {
    name,
    members,
    rate: ended / elapsed,
    cpus: (user + system) / 1e6 / elapsed,
    mainThread: performance.eventLoopUtilization(before.loop).utilization,
    microseconds: (user + system) / ended,
    delivery: deliveries.length > 0 ? percentile(deliveries, 0.99) : undefined,
    lateness: percentile(gaps, 0.99),
    peak: peakOf(begun, before.at, elapsed),
    failed,
  };
}

/** @param share 0 to 1 */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** The fullest slot as a multiple of the mean. */
function peakOf(begun: readonly number[], start: number, elapsed: number): number {
  const slots = new Array<number>(Math.floor((elapsed * 1000) / SLOT_MS)).fill(0);
  for (const at of begun) {
    const slot = Math.floor((at - start) / SLOT_MS);
    if (slot < slots.length) slots[slot] = slots[slot]! + 1;
  }
  return Math.max(...slots) / (begun.length / slots.length);
}

function checksOf({ members, port, request }: HealthRow): Check[] {
  return listAddresses(order.firstAddress, members).map((address) => ({
    id: `member-${address}`,
    address,
    port,
    intervalMs: order.intervalMs,
    timeoutMs: order.intervalMs,
    thresholds: { rise: 3, fall: 3 },
    request: REQUESTS[request],
  }));
}

const figures: HealthFigure[] = [];
for (const row of order.rows) figures.push(await measure(row));
tell({ type: 'result', result: figures });
// The prober's thread would go on waiting for probes that have begun.
process.exit();
