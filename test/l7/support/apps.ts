/** Starts backends in a lab: `app.mjs` (Node), Python's `http.server`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening } from '../../../src/lab/backends.js';
import type { Lab } from '../../../src/lab/lab.js';
import type { LabProcess } from '../../../src/lab/process.js';
import { until } from '../../../src/lab/wait.js';
import { PYTHON, program } from './files.js';

export const APP_PORT = 8080;

const START_MS = 15_000;

export interface AppOptions {
  /** Default 8080; its admin port is 1,000 above. */
  port?: number;
  /** What it says it is; default: the name of its host. */
  name?: string;
  /** PEM: it speaks TLS. */
  tls?: { cert: string; key: string };
  /** Every connection begins with a PROXY header. */
  proxyProtocol?: boolean;
}

/** What an app has counted since its start. */
export interface AppStats {
  connections: number;
  /** Connections now. */
  open: number;
  requests: number;
  upgrades: number;
  /** Requests whose client went away before the answer was complete. */
  gone: number;
  /** Ended by the app itself because it was told to. */
  aborted: number;
}

export interface App {
  name: string;
  host: string;
  address: string;
  port: number;
  process: LabProcess;
  stats(): Promise<AppStats>;
  /** Aborts the next requests, whatever they are: without an answer (`now`) or in the middle of it (`body`). */
  fail(count: number, how?: 'now' | 'body'): Promise<void>;
}

/** Resolves when its ports are open. @param host `backend1`… */
export async function startApp(lab: Lab, host: string, options: AppOptions = {}): Promise<App> {
  const { port = APP_PORT, name = host, ...rest } = options;
  const adminPort = port + 1000;
  const order = JSON.stringify({ name, port, adminPort, ...rest });
  const running = await lab.spawn(host, [process.execPath, program('app.mjs'), order], { name: `app-${name}-${port}` });
  const ready = () => {
    running.requireRunning();
    return running.log().includes('ready');
  };
  await until(ready, START_MS, `${name} to open its ports`);
  const admin = async (path: string) =>
    JSON.parse(await lab.runOrThrow(host, ['curl', '-s', `http://127.0.0.1:${adminPort}${path}`])) as AppStats;
  return {
    name,
    host,
    address: lab.host(host).addresses[0]!,
    port,
    process: running,
    stats: () => admin('/stats'),
    fail: async (count, how = 'now') => {
      await admin(`/fail?count=${count}&how=${how}`);
    },
  };
}

/** Python's own server with these files. It speaks HTTP/1.0 and closes after each answer. */
export async function startPython(
  lab: Lab,
  host: string,
  port: number,
  files: Record<string, string>,
): Promise<LabProcess> {
  const directory = join(lab.runDirectory, `${host}-python-${port}`);
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  const argv = [PYTHON, '-m', 'http.server', String(port), '--directory', directory];
  const running = await lab.spawn(host, argv, { name: `python-${host}-${port}` });
  const listening = async () => {
    running.requireRunning();
    return isListening(lab, host, port);
  };
  await until(listening, START_MS, `Python on ${host} to open port ${port}`);
  return running;
}
