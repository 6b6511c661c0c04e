/** Prometheus metrics: what the status document says, read when somebody asks, and durations noted as they happen. */
import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { metricText } from './exposition.js';
import { FAMILIES, LOADBALANCER_FAMILIES, MEMBER_FAMILIES, Snapshot } from './metrics-families.js';
import type { StatusDocument } from './status.js';

export interface MetricsOptions {
  /** Where durations are noted; without it there are no metrics of durations. */
  durations?: Durations;
}

export interface Exposition {
  /** For `content-type`. */
  type: string;
  text: string;
}

/** @param selection.members series for each member too; default false: there may be tens of thousands */
export type Metrics = (selection?: { members?: boolean }) => Promise<Exposition>;

/**
 * Metrics of a gateway and of this process. Series come and go with what is configured.
 * @param source called once for each exposition
 */
export function createMetrics(source: () => StatusDocument, { durations }: MetricsOptions = {}): Metrics {
  const process = new Registry();
  collectDefaultMetrics({ register: process });
  return async ({ members = false } = {}) => {
    const snapshot = new Snapshot(source());
    const parts: string[] = [];
    for (const family of members ? [...FAMILIES, ...MEMBER_FAMILIES] : FAMILIES) {
      parts.push(metricText(family, family.samples(snapshot)));
      // With many members a metric takes milliseconds; health checks get their turn in between.
      await setImmediate();
    }
    if (durations) {
      parts.push(await durations.registry.metrics());
    }
    parts.push(await process.metrics());
    return { type: process.contentType, text: parts.join('\n') };
  };
}

/** Metrics of the load balancers of a document and their members, and of nothing else. */
export function loadBalancerMetrics(document: StatusDocument): Exposition {
  const snapshot = new Snapshot(document);
  const families = [...LOADBALANCER_FAMILIES, ...MEMBER_FAMILIES];
  const text = families.map((family) => metricText(family, family.samples(snapshot))).join('\n');
  return { type: Registry.PROMETHEUS_CONTENT_TYPE, text };
}

/** Seconds: from a check on the same host to the longest timeout that makes sense. */
const CHECK_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const CHANGE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long things took. */
export class Durations {
  readonly registry = new Registry();
  readonly #checks = new Histogram({
    name: 'sluice_health_check_duration_seconds',
    help: 'How long health checks took, by type of monitor and result.',
    labelNames: ['type', 'result'],
    buckets: CHECK_BUCKETS,
    registers: [this.registry],
  });
  readonly #changes = new Histogram({
    name: 'sluice_change_duration_seconds',
    help: 'From the start of a change to the data plane having it: plan, durable save, apply.',
    labelNames: ['result'],
    buckets: CHANGE_BUCKETS,
    registers: [this.registry],
  });

  readonly #flips = new Histogram({
    name: 'sluice_health_change_duration_seconds',
    help: 'From the health check that decided about a member to the data plane having it.',
    buckets: CHANGE_BUCKETS,
    registers: [this.registry],
  });

  /** A member's change of health has reached the data plane. */
  flipped(milliseconds: number): void {
    this.#flips.observe(milliseconds / 1000);
  }

  /** A health check is over. @param type of its monitor @param milliseconds until its answer or its time-out */
  checked(type: string, result: 'success' | 'failure', milliseconds: number): void {
    this.#checks.observe({ type, result }, milliseconds / 1000);
  }

  /** A change is in force, or has failed. */
  changed(result: 'success' | 'failure', milliseconds: number): void {
    this.#changes.observe({ result }, milliseconds / 1000);
  }
}
