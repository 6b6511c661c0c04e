/** Two hosts for tests of probes: one that probes, and a member with servers on it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { inProcess, ip, until, useNamespace } from './support.js';

/** TCP: accepts and echoes, and closes after `bye`. UDP: echoes what is not empty. */
export const PORT = 8080;
/** TCP: sends without end. UDP: says nothing. */
export const OTHER_PORT = 8081;
export const NOBODY = 81;

export const v4 = (...last: [number, number]) => [198, 18, ...last];
export const v6 = (last: number) => [0xfd, ...Array(14).fill(0), last];
export const MEMBER = v4(0, 2);

/** What a stream has brought so far. */
export function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return () => text;
}

/** Says how many connections its application has got to accept. */
const SERVER = `
  const { createServer } = require('node:net');
  let accepted = 0;
  const echo = createServer((socket) => {
    socket.on('error', () => {});
    console.log('accepted ' + ++accepted);
    socket.on('data', (bytes) => bytes.toString() === 'bye' ? socket.end('bye') : socket.write(bytes));
  });
  const endless = createServer((socket) => {
    let sent = 0;
    const more = () => { while (!socket.destroyed && socket.write(Buffer.alloc(65536, 120))) sent++; };
    socket.on('drain', more).on('error', () => console.log('endless ended'));
    more();
  });
  const datagrams = require('node:dgram').createSocket('udp6');
  datagrams.on('message', (bytes, from) => {
    console.log('datagram of ' + bytes.length);
    if (bytes.length > 0) datagrams.send(bytes, from.port, from.address);
  });
  const silent = require('node:dgram').createSocket('udp6').on('message', () => console.log('silence'));
  datagrams.bind(${PORT}, '::');
  silent.bind(${OTHER_PORT}, '::');
  endless.listen(${OTHER_PORT}, '::');
  echo.listen(${PORT}, '::', () => console.log('listening'));`;

export interface ProbeWords {
  kind: 'connect' | 'stream' | 'datagram' | 'echo';
  address: number[];
  port?: number;
  timeoutMs?: number;
  resendMs?: number;
  send?: string;
  /** End it after that many bytes. */
  enough?: number;
}

export interface ProbeResult {
  text: string;
  /** How it ended; undefined: it was heard enough. */
  end?: { errno: number; microseconds: number; local?: boolean; connected?: boolean; icmp?: object };
}

export interface Scene {
  /** Name of the namespace that probes. */
  namespace: string;
  /** Name of the namespace of the member. */
  member: string;
  /** What the member's servers have said. */
  output: () => string;
  /** One probe in a process of its own. */
  probe: (words: ProbeWords) => ProbeResult;
}

/** The scene for the tests of one file. @param name part of the names of its namespaces */
export function useProbeScene(name: string): Scene {
  const namespace = useNamespace(name);
  const member = useNamespace(`${name}-member`);
  let server: ChildProcess;
  let output = () => '';
  beforeAll(async () => {
    wire(namespace, member);
    server = spawn('nsenter', [`--net=/run/netns/${member}`, process.execPath, '-e', SERVER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    output = collect(server.stdout!);
    await until(() => output().includes('listening'));
  });
  afterAll(() => {
    server.kill();
  });
  return { namespace, member, output: () => output(), probe: (words) => probe(namespace, words) };
}

function wire(namespace: string, member: string): void {
  ip('-n', namespace, 'link', 'add', 'to0', 'type', 'veth', 'peer', 'name', 'to0', 'netns', member);
  for (const [space, host] of [
    [namespace, 1],
    [member, 2],
  ] as const) {
    ip('-n', space, 'address', 'add', `198.18.0.${host}/24`, 'dev', 'to0');
    ip('-n', space, 'address', 'add', `fd00::${host}/64`, 'dev', 'to0', 'nodad');
    ip('-n', space, 'link', 'set', 'to0', 'up');
  }
  ip('-n', namespace, 'route', 'add', 'unreachable', '198.18.9.0/24');
  // The member forwards nothing and says so, with ICMP host unreachable, for whatever is not its own.
  ip('-n', namespace, 'route', 'add', '198.18.8.0/24', 'via', '198.18.0.2');
  ip('-n', member, 'route', 'add', 'unreachable', '198.18.8.0/24');
  execFileSync('nsenter', [`--net=/run/netns/${member}`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  ip('-n', member, 'address', 'add', '198.18.7.1/32', 'dev', 'lo');
  ip('-n', namespace, 'route', 'add', '198.18.7.1/32', 'via', '198.18.0.2');
  const rules = `add table ip t
    add chain ip t in { type filter hook input priority 0; }
    add rule ip t in ip daddr 198.18.7.1 reject with icmp type admin-prohibited`;
  execFileSync('nsenter', [`--net=/run/netns/${member}`, 'nft', '-f', '-'], { input: rules });
}

function probe(namespace: string, words: ProbeWords): ProbeResult {
  const facts = { timeoutMs: 20_000, port: 1, ...words };
  return inProcess(
    facts,
    (addon, { enough, address, send, ...rest }) =>
      new Promise<ProbeResult>((done) => {
        // A probe alone does not keep the process.
        const stay = setInterval(() => {}, 1000);
        const resolve = (result: ProbeResult) => {
          clearInterval(stay);
          done(result);
        };
        let text = '';
        const prober = addon.openProber((id, news) => {
          if (!news.bytes) return resolve({ text, end: news });
          text += Buffer.from(news.bytes).toString();
          if (text.length < (enough ?? 1)) return prober.resume(id);
          prober.end(id);
          resolve({ text });
        });
        prober.begin({ ...rest, address: Uint8Array.from(address), ...(send && { send: Buffer.from(send) }) });
      }),
    ['nsenter', `--net=/run/netns/${namespace}`],
  );
}
