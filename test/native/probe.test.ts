/** TCP probes, and what they leave on the wire. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inNamespace, ip, until, useNamespace } from './support.js';

const namespace = useNamespace('probe');
const member = useNamespace('member');
const PORT = 8080;
let server: ChildProcess;
let output: () => string;

/** What a stream has brought so far. */
function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return () => text;
}

/** Says how many connections its application has got to accept. */
const SERVER = `
  let accepted = 0;
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    console.log('accepted ' + ++accepted);
  });
  server.listen(${PORT}, '::', () => console.log('listening'));`;

beforeAll(async () => {
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
  server = spawn('nsenter', [`--net=/run/netns/${member}`, process.execPath, '-e', SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  output = collect(server.stdout!);
  await until(() => output().includes('listening'));
});
afterAll(() => {
  server.kill();
});

interface Case {
  sentence: string;
  address: number[];
  port: number;
  timeoutMs?: number;
  source?: number[];
  errno: number;
}

const v6 = (last: number) => [0xfd, ...Array(14).fill(0), last];
const cases: Case[] = [
  { sentence: 'a port that answers', address: [198, 18, 0, 2], port: PORT, errno: 0 },
  { sentence: 'a port that answers over IPv6', address: v6(2), port: PORT, errno: 0 },
  {
    sentence: 'a port that answers, from a chosen address',
    address: [198, 18, 0, 2],
    port: PORT,
    source: [198, 18, 0, 1],
    errno: 0,
  },
  { sentence: 'a port where nobody listens', address: [198, 18, 0, 2], port: 81, errno: 111 },
  { sentence: 'a network without a route', address: [198, 18, 9, 1], port: PORT, errno: 113 },
  { sentence: 'an address that nobody has', address: [198, 18, 0, 77], port: PORT, timeoutMs: 30, errno: 110 },
];

function probe(one: Omit<Case, 'sentence' | 'errno'>): { errno: number; microseconds: number } {
  return inNamespace(namespace, one, (addon, one) =>
    addon.probeTcp({
      address: Uint8Array.from(one.address),
      port: one.port,
      timeoutMs: one.timeoutMs ?? 20_000,
      ...(one.source && { source: Uint8Array.from(one.source) }),
    }),
  );
}

describe('a probe', () => {
  it.each(cases)('tells of $sentence', (one) => {
    const result = probe(one);
    expect(result.errno).toBe(one.errno);
    if (one.timeoutMs) expect(result.microseconds).toBeGreaterThanOrEqual(one.timeoutMs * 1000);
  });

  it('is rejected when its source address is not of this host', () => {
    const attempt = () => probe({ address: [198, 18, 0, 2], port: PORT, source: [198, 18, 0, 99] });
    expect(attempt).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL', operation: 'probe.tcp' }));
  });

  it('is one of ten thousand at once', () => {
    const answer = inNamespace(namespace, { port: PORT }, async (addon, { port }) => {
      const one = (i: number) =>
        addon.probeTcp({ address: Uint8Array.of(198, 18, 0, 2), port: i % 2 ? port : 81, timeoutMs: 60_000 });
      const results = await Promise.all(Array.from({ length: 10_000 }, (_, i) => one(i)));
      return {
        good: results.filter((result) => result.errno === 0).length,
        refused: results.filter((result) => result.errno === 111).length,
      };
    });
    expect(answer).toEqual({ good: 5000, refused: 5000 });
  });
});

describe('what is on the wire', () => {
  it('is SYN, SYN-ACK and RST, and nothing else', async () => {
    const words = ['tcpdump', '-i', 'to0', '-nn', '-l', '--immediate-mode', '-c', '15', `tcp port ${PORT}`];
    const capture = spawn('nsenter', [`--net=/run/netns/${member}`, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const packets = collect(capture.stdout);
    const progress = collect(capture.stderr);
    await until(() => progress().includes('listening on'));
    for (let i = 0; i < 5; i++) expect(probe({ address: [198, 18, 0, 2], port: PORT }).errno).toBe(0);
    await until(() => capture.exitCode !== null && packets().split('\n').length > 15);
    const flags = [...packets().matchAll(/Flags \[(.*?)\]/g)].map((match) => match[1]);
    expect(flags).toEqual(Array(5).fill(['S', 'S.', 'R.']).flat());
  });

  it('gives the application nothing to accept', async () => {
    const connect = `exec 3<>/dev/tcp/198.18.0.2/${PORT}`;
    execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'bash', '-c', connect]);
    await until(() => output().includes('accepted'));
    expect(output()).toBe('listening\naccepted 1\n');
  });
});
