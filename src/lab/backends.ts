/** Starts what answers on the lab's backends. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.js';
import { builtScript } from './paths.js';
import type { LabProcess } from './process.js';
import type { BackendConfig, BackendStats } from './protocol.js';
import { until } from './wait.js';

export const HTTP_PORT = 80;
export const ECHO_PORT = 7;
export const NGINX_PORT = 8080;

const START_MS = 15_000;

/** A running backend program. */
export interface RunningBackend {
  /** `backend1`… */
  name: string;
  address: string;
  /** HTTP. */
  port: number;
  process: LabProcess;
}

/** Starts `backend.ts` on a backend (any host will do) and waits until its ports are open. */
export async function startBackend(
  lab: Lab,
  name: string,
  options: Partial<BackendConfig> = {},
): Promise<RunningBackend> {
  const config: BackendConfig = { name, host: '0.0.0.0', httpPort: HTTP_PORT, echoPort: ECHO_PORT, ...options };
  const argv = [process.execPath, builtScript('lab/backend.js'), JSON.stringify(config)];
  const program = await lab.spawn(name, argv);
  const ready = () => {
    program.requireRunning();
    return program.log().includes('ready');
  };
  await until(ready, START_MS, `${program.name} to open its ports`);
  return { name, address: lab.host(name).addresses[0]!, port: config.httpPort, process: program };
}

/** One of them on every backend. */
export function startBackends(lab: Lab, options: Partial<BackendConfig> = {}): Promise<RunningBackend[]> {
  return Promise.all(lab.plan.backends.map((host) => startBackend(lab, host.name, options)));
}

/** What a `backend.ts` has counted. */
export async function backendStats(lab: Lab, backend: RunningBackend): Promise<BackendStats> {
  return JSON.parse(await backendRequest(lab, backend, 'GET', '/stats')) as BackendStats;
}

/** Sets them back to zero. */
export async function clearBackendStats(lab: Lab, backend: RunningBackend): Promise<void> {
  await backendRequest(lab, backend, 'DELETE', '/stats');
}

/** What `/health` answers from now on. @param status HTTP status, 200-599 */
export async function setBackendHealth(lab: Lab, backend: RunningBackend, status: number): Promise<void> {
  await backendRequest(lab, backend, 'PUT', '/health', String(status));
}

const REQUEST = `
const [url, method, body] = process.argv.slice(1);
const response = await fetch(url, { method, ...(body ? { body } : {}) });
process.stdout.write(await response.text());
`;

/** From the backend's own namespace: no route leads there from the host. */
function backendRequest(lab: Lab, backend: RunningBackend, method: string, path: string, body = ''): Promise<string> {
  const url = `http://127.0.0.1:${backend.port}${path}`;
  return lab.runOrThrow(backend.name, [process.execPath, '--input-type=module', '-e', REQUEST, url, method, body]);
}

/** nginx that answers `/` as `backend.ts` does and serves files put into `files`. */
export interface RunningNginx extends RunningBackend {
  /** Directory behind `/files/`. */
  files: string;
}

/** @param workers Worker processes, default 1. */
export async function startNginx(lab: Lab, name: string, port = NGINX_PORT, workers = 1): Promise<RunningNginx> {
  const directory = join(lab.runDirectory, `${name}-nginx-${port}`);
  const files = join(directory, 'files');
  mkdirSync(files, { recursive: true });
  const config = join(directory, 'nginx.conf');
  writeFileSync(config, nginxConfig({ name, port, workers, directory }));
  const program = await lab.spawn(name, ['nginx', '-p', directory, '-c', config]);
  const listening = async () => {
    program.requireRunning();
    return isListening(lab, name, port);
  };
  await until(listening, START_MS, `nginx on ${name} to open port ${port}`);
  return { name, address: lab.host(name).addresses[0]!, port, process: program, files };
}

/** Whether any TCP socket listens on that port of a host. */
export async function isListening(lab: Lab, host: string, port: number): Promise<boolean> {
  const tables = await lab.runOrThrow(host, ['cat', '/proc/net/tcp', '/proc/net/tcp6']);
  return listeningPorts(tables).has(port);
}

/** Ports in state LISTEN of the text of /proc/net/tcp. */
export function listeningPorts(tables: string): Set<number> {
  const listening = [...tables.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm)];
  return new Set(listening.map(([, port]) => Number.parseInt(port!, 16)));
}

export function nginxConfig(options: { name: string; port: number; workers: number; directory: string }): string {
  const { name, port, directory } = options;
  return nginxFile(
    { ...options, level: 'warn' },
    `  keepalive_requests 1000000000;
  server {
    listen ${port} backlog=8192;
    location = / {
      default_type application/json;
      return 200 '{"backend":"${name}","client":"$remote_addr","clientPort":$remote_port}';
    }
    location /files/ { alias ${directory}/files/; }
  }`,
  );
}

/**
 * The configuration file of an nginx that keeps to its directory and stays in the foreground.
 * @param level of what it tells on its standard error
 * @param http what else stands in the section `http`
 */
export function nginxFile(
  options: { workers: number; directory: string; level: 'warn' | 'error' },
  http: string,
): string {
  const { workers, directory, level } = options;
  // The lab's files are root's alone, and its namespaces are all that nginx reaches.
  return `daemon off;
user root;
worker_processes ${workers};
pid ${directory}/nginx.pid;
error_log stderr ${level};
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
${http}
}
`;
}
