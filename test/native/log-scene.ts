/** A real HAProxy whose frontends log as `accessLogLines` says, in front of a member that does what the path asks for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessLogLinesInput, accessLogLines, logPipePath, openLogPipe } from '../../src/accesslog/index.js';
import { type LogReader, openLogReader } from '../../src/datapath/access-log.js';
import { selfSigned } from '../support/certificate.js';
import { until } from './support.js';

export const LISTENER = '0e9c1e76-5f0c-4a53-9b8e-6f0d7f6c1a11';
export const POOL = '7a3b1f52-90d1-4e8e-8a35-2f4c1e0a9b44';
export const LOAD_BALANCER = 'c1a52c0e-6a4e-4a2b-9d6b-3b5a0f8e7d21';
export const PROJECT = '5d0c5c2b8f7e4d6a9b1c3e5f70a2b4c6';

/** Command socket of HAProxy's master, in the directory. */
const MASTER = 'master.sock';

type Overrides = Partial<AccessLogLinesInput['listener']>;

export interface LogScene {
  /** Port of the frontend. */
  port: number;
  memberPort: number;
  /** Lines so far, without their newlines. */
  lines: string[];
  reader: LogReader;
  /** Path of the pipe. */
  pipe: string;
  /** Sends bytes as they are, and resolves to all that came back. */
  talk(request: string | Buffer): Promise<string>;
  /** The first line about this path, parsed as JSON. */
  line(path: string): Promise<Record<string, unknown>>;
  /** The same, as it is. */
  text(path: string): Promise<string>;
  /** Replaces the worker; only with `master`. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

interface Circumstances {
  format?: 'json' | 'line';
  /** False: the host file has no access log. */
  logged?: boolean;
  /** With a master process, as in production. */
  master?: boolean;
}

export async function startLogScene(
  overrides: Overrides = {},
  { format = 'json', logged = true, master = false }: Circumstances = {},
): Promise<LogScene> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  const member = createServer(serve);
  const [port, nobody, memberPort] = [await freePort(), await freePort(), await listen(member)];
  const listener = { ...LISTENER_FIELDS, protocol_port: port, ...overrides };
  const lines: string[] = [];
  const reader = openLogReader({
    path: logPipePath(directory),
    ...(logged && { format }),
    onLines: (block) => lines.push(...Buffer.from(block).toString('utf8').split('\n').slice(0, -1)),
  });
  reader.nameListener(LISTENER, 'front "door"', 'wéb', LOAD_BALANCER, PROJECT);
  reader.namePool(POOL, 'pool one');
  reader.start();
  const { proxy, words } = startProxy(directory, configuration(listener, { logged, port, memberPort, nobody }), master);
  await reachable(port);
  const text = (path: string) => until(() => lines.find((line) => line.includes(path)));
  return {
    port,
    memberPort,
    lines,
    reader,
    pipe: logPipePath(directory),
    talk: (request) => talk(port, request),
    text,
    line: async (path) => JSON.parse(await text(path)) as Record<string, unknown>,
    async reload() {
      const loaded = () => words().split('Loading success').length - 1;
      const before = await until(() => loaded() || undefined);
      // A master that has just begun takes the word and does nothing.
      while (loaded() <= before) await talk(join(directory, MASTER), 'reload\n').catch(() => undefined);
    },
    async stop() {
      proxy.kill();
      await new Promise((resolve) => proxy.once('exit', resolve));
      reader.close();
      member.close();
      rmSync(directory, { recursive: true });
    },
  };
}

const LISTENER_FIELDS: AccessLogLinesInput['listener'] = {
  id: LISTENER,
  protocol: 'HTTP',
  protocol_port: 0,
  access_log: true,
  compression: false,
};

interface Ports {
  logged: boolean;
  port: number;
  memberPort: number;
  nobody: number;
}

function configuration(listener: AccessLogLinesInput['listener'], { logged, port, memberPort, nobody }: Ports): string {
  const mode = listener.protocol === 'TCP' ? 'tcp' : 'http';
  const tls = listener.protocol === 'TERMINATED_HTTPS' ? ' ssl crt {{RUN}}/cert.pem alpn h2,http/1.1' : '';
  const lines = accessLogLines({
    listener,
    loadbalancer: { vip_address: '127.0.0.1', additional_vips: [], public_addresses: [] },
    settings: { accessLog: logged ? { target: 'file' } : null },
  });
  const http = `
  compression algo ${listener.compression ? 'gzip' : 'identity'}
  http-request deny deny_status 403 if { path /deny }
  http-request redirect location https://elsewhere/ code 301 if { path /redirect }
  use_backend p_${POOL}_1000_3000 if { path_beg /nobody }`;
  return `
global
  nbthread 1
defaults
  mode ${mode}
  timeout client 10s
  timeout server 10s
  timeout connect 2s
  timeout http-request 1s
  retries 1
  option abortonclose
frontend l_${LISTENER}
  bind 127.0.0.1:${port}${tls}
  ${lines.join('\n  ')}
  ${mode === 'http' ? http : ''}
  default_backend p_${POOL}
backend p_${POOL}
  server 127.0.0.1:${memberPort} 127.0.0.1:${memberPort}
backend p_${POOL}_1000_3000
  server 127.0.0.1:${nobody} 127.0.0.1:${nobody}
`;
}

/** `words`: what it has said so far. */
function startProxy(directory: string, text: string, master: boolean): { proxy: ChildProcess; words: () => string } {
  const { cert, key } = selfSigned();
  writeFileSync(join(directory, 'cert.pem'), cert + key);
  const path = join(directory, 'haproxy.cfg');
  writeFileSync(path, text.replaceAll('{{RUN}}', directory));
  const mode = master ? ['-W', '-S', join(directory, MASTER)] : ['-db'];
  const pipe = openLogPipe(directory);
  const proxy = spawn('haproxy', [...mode, '-f', path], { stdio: ['ignore', 'ignore', 'pipe', pipe] });
  closeSync(pipe);
  let said = '';
  proxy.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  proxy.once('exit', (code) => {
    if (code !== null && code > 0 && code < 128) throw new Error(`haproxy: ${said}`);
  });
  return { proxy, words: () => said };
}

/** What the member answers, by path; the rest is `hello`. */
const ANSWERS: Record<string, string> = {
  '/missing': 'HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc',
  '/chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n',
  '/nonsense': 'hello\r\n\r\n',
  '/begun': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
  '/empty': 'HTTP/1.1 204 No Content\r\n\r\n',
  '/text': `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2000\r\n\r\n${'x'.repeat(2000)}`,
  '/silent': '',
};

function serve(socket: Socket): void {
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const path = text.split(' ')[1] ?? '';
    text = '';
    if (path === '/refused') {
      socket.end();
      return;
    }
    const known = Object.entries(ANSWERS).find(([prefix]) => path.startsWith(prefix));
    socket.write(known?.[1] ?? 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    if (path === '/nonsense') socket.end();
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function reachable(port: number): Promise<void> {
  const open = await new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setImmediate(resolve, false));
  });
  if (!open) await reachable(port);
}

/** @param where a port of this host, or the path of a Unix socket */
function talk(where: number | string, request: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = typeof where === 'number' ? createConnection(where, '127.0.0.1') : createConnection(where);
    socket.once('connect', () => socket.write(request));
    socket.on('data', (piece) => {
      answer += piece.toString('latin1');
    });
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}
