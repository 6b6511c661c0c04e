/** Runs the load generators of the contests with real TCP and reads what they report. */
import { availableParallelism } from 'node:os';
import type { Lab } from '#sluice/lab/lab.js';
import { busySeconds } from './cpu.js';

export interface HttpResult {
  /** Per second. */
  requests: number;
  /** ms */
  p50: number;
  /** ms */
  p99: number;
  /** Connections and requests that failed. */
  errors: number;
  /** CPU time of the whole machine per request, µs. */
  cpu: number;
}

/** Connections that wrk keeps busy at a time. */
const CONNECTIONS = 64;

/** Of wrk, and processes of nginx: with fewer than there are CPUs some of them would idle. */
export const THREADS = availableParallelism();

/** wrk from the lab's client. @param close a new connection for each request */
export async function runWrk(lab: Lab, url: string, seconds: number, close: boolean): Promise<HttpResult> {
  const header = close ? ['-H', 'Connection: close'] : [];
  const busy = busySeconds();
  const text = await lab.runOrThrow('client1', [
    ...['wrk', `-t${THREADS}`, `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', ...header, url],
  ]);
  const result = parseWrk(text);
  return { ...result, cpu: ((busySeconds() - busy) / result.total) * 1e6 };
}

/** What wrk prints. @throws Error when it is something else */
export function parseWrk(text: string): Omit<HttpResult, 'cpu'> & { total: number } {
  const number = (pattern: RegExp): number => {
    const match = pattern.exec(text);
    if (!match) throw new Error(`wrk said: ${text}`);
    return Number(match[1]);
  };
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const statuses = /Non-2xx or 3xx responses: (\d+)/.exec(text);
  return {
    requests: number(/Requests\/sec:\s+([\d.]+)/),
    total: number(/(\d+) requests in/),
    p50: milliseconds(text, '50%'),
    p99: milliseconds(text, '99%'),
    errors: [...(errors?.slice(1) ?? []), statuses?.[1] ?? '0'].reduce((sum, count) => sum + Number(count), 0),
  };
}

const UNITS: Record<string, number> = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 };

function milliseconds(text: string, label: string): number {
  const match = new RegExp(`^\\s+${label}\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text);
  if (!match) throw new Error(`wrk did not tell the ${label} latency: ${text}`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

export type Direction = 'up' | 'down';

/** iperf3 from the lab's client, one stream; resolves to Gbit/s as the receiver counted them. */
export async function runIperf(
  lab: Lab,
  address: string,
  port: number,
  seconds: number,
  direction: Direction,
): Promise<number> {
  const reverse = direction === 'down' ? ['-R'] : [];
  const argv = ['iperf3', '-c', address, '-p', `${port}`, '-t', `${seconds}`, '-J', ...reverse];
  const report = JSON.parse(await lab.runOrThrow('client1', argv)) as {
    end: { sum_received: { bits_per_second: number } };
  };
  return report.end.sum_received.bits_per_second / 1e9;
}
