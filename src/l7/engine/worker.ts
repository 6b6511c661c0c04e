/** The two conversations with the worker that serves: one for commands, one for counters. */
import { setTimeout as delay } from 'node:timers/promises';
import { CliConnection } from './cli-connection.js';
import type { ProxyPaths } from './paths.js';
import { identify } from './process.js';

/** After a reload the old worker answers on the same socket until it has heard of its end; that takes milliseconds, ms. */
const CHANGE_MS = 10_000;
const POLL_MS = 5;

export interface WorkerLink {
  pid: number;
  /** Of this process and no other that may get its number. */
  id: string;
  control: CliConnection;
  /** Keeps the worker alive when a reload has replaced it, until its last counters are read. */
  observer: CliConnection;
}

/** @throws Error when that worker does not answer within 10 s */
export async function connectWorker(paths: ProxyPaths, pid: number): Promise<WorkerLink> {
  const control = await connectTo(paths.control, pid);
  const observer = await connectTo(paths.control, pid);
  return { pid, id: workerId(pid), control, observer };
}

/** `PID:START` */
export function workerId(pid: number): string {
  return `${pid}:${identify(pid)?.began ?? ''}`;
}

async function connectTo(path: string, pid: number): Promise<CliConnection> {
  const end = Date.now() + CHANGE_MS;
  let problem: unknown = new Error(`another HAProxy than process ${pid} answers on ${path}`);
  while (Date.now() < end) {
    try {
      const connection = await CliConnection.open(path);
      const [info] = await connection.ask(['show info']);
      if (Number(/^Pid: (\d+)$/m.exec(info!)?.[1]) === pid) {
        return connection;
      }
      connection.close();
    } catch (error) {
      problem = error;
    }
    await delay(POLL_MS);
  }
  throw problem;
}
