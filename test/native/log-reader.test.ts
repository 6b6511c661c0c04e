/** The thread that reads HAProxy's lines, with lines written by hand. */
import { closeSync, constants, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOG_FIGURES, type LogReader } from '../../src/datapath/addon.js';
import { addon, addonPath, errorOf, until } from './support.js';

const LISTENER = '0e9c1e76-5f0c-4a53-9b8e-6f0d7f6c1a11';
const POOL = '7a3b1f52-90d1-4e8e-8a35-2f4c1e0a9b44';

let directory: string;
let path: string;
let pipe: number;
let reader: LogReader;
let blocks: { text: string; lines: number }[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  path = join(directory, 'pipe');
  addon.makeLogPipe(path);
  pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  open('json');
});
afterEach(() => {
  reader.close();
  closeSync(pipe);
  rmSync(directory, { recursive: true });
});

function open(format?: 'json' | 'line'): void {
  blocks = [];
  reader = addon.openLogReader({
    path,
    ...(format && { format }),
    onLines: (bytes, lines) => blocks.push({ text: Buffer.from(bytes).toString(), lines }),
  });
  reader.start();
}

/** A request as HAProxy writes it, with other fields at some places. */
function record(changes: Record<number, string | number> = {}): string {
  const outcome = [200, '--', 0, 3, 5];
  const transfer = [1_795_286_386_147, 1, 2, 0, 100, 200, '192.0.2.1', 1234, '198.51.100.1', 80, `p_${POOL}`];
  const rest = ['10.0.0.1:8080', 15, '-', '-', '-', 0, '{7}', 'GET /a HTTP/1.1', '{host|agent|from|for}'];
  const fields: (string | number)[] = ['H', LISTENER, 1, ...outcome, ...transfer, ...rest];
  for (const [place, value] of Object.entries(changes)) fields[Number(place)] = value;
  return `${fields.join('\t')}\n`;
}

function lines(): string[] {
  return blocks.flatMap(({ text }) => text.split('\n').slice(0, -1));
}

async function written(text: string, count = 1): Promise<Record<string, unknown>[]> {
  const before = lines().length;
  writeSync(pipe, text);
  await until(() => lines().length >= before + count);
  return lines()
    .slice(before)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function figures(): Record<string, number> {
  const row = reader.counters().figures;
  return Object.fromEntries(LOG_FIGURES.map((name, column) => [name, row[column] ?? 0]));
}

describe('a line', () => {
  const cases: [sentence: string, changes: Record<number, string | number>, expected: object][] = [
    [
      'has times in seconds',
      { 7: 65_432 },
      { msec: 1795286386.147, request_time: 65.432, upstream_response_time: 0.006 },
    ],
    ['has an address and port of each side', {}, { remote_addr: '192.0.2.1', remote_port: 1234, vip_port: 80 }],
    ['of IPv6 has brackets before ports', { 19: 'fd00::1:8080' }, { upstream_addr: '[fd00::1]:8080' }],
    [
      'has no address where the connection was gone',
      { 14: '-', 15: '-', 20: '-' },
      { remote_addr: null, tcpinfo_rtt: null },
    ],
    ['knows the pool behind other timeouts', { 18: `p_${POOL}_1000_2000` }, { pool_id: POOL }],
    ['of no pool has none', { 18: 'l_other', 19: '<NOSRV>' }, { pool_id: null, upstream_addr: null }],
    ['counts retries that went elsewhere', { 11: '+2' }, { upstream_retries: 2 }],
    ['without an answer has status 0', { 3: -1, 4: 'SD', 6: -1 }, { status: 0, upstream_status: null }],
    ['of a client that was gone first is 499', { 3: -1, 4: 'CD', 6: -1 }, { status: 499 }],
    ['of a request that never was complete is not', { 3: 400, 4: 'CR', 5: -1, 6: -1 }, { status: 400 }],
    ['of a client that was gone later is not', { 4: 'CD' }, { status: 200, body_bytes_sent: null }],
    ['knows no body larger than what was sent', { 25: '{999}' }, { body_bytes_sent: null }],
    ['knows no body that was compressed', { 24: '1' }, { body_bytes_sent: null }],
    [
      'cut within its request has the rest',
      { 26: 'GET /cut', 27: '' },
      { request_uri: '/cut', server_protocol: null, host: null },
    ],
    [
      'cut within its headers has those before',
      { 27: '{host|ag#2' },
      { host: 'host', http_user_agent: 'ag', http_referer: null },
    ],
    [
      'has the host of an absolute URI',
      { 26: 'GET http://h:81?q HTTP/2.0', 27: '{|||}' },
      { host: 'h:81', request_uri: '/' },
    ],
    ['keeps the asterisk', { 26: 'OPTIONS * HTTP/1.1' }, { request_method: 'OPTIONS', request_uri: '*' }],
    ['decodes names', { 23: 'a%22%0A%C3%A9' }, { ssl_server_name: 'a"\né' }],
    [
      'may have more captures',
      { 27: '{h|a|r|f|more}', 25: '{7|x}' },
      { http_x_forwarded_for: 'f', body_bytes_sent: 7 },
    ],
  ];
  it.each(cases)('%s', async (_, changes, expected) => {
    expect((await written(record(changes)))[0]).toMatchObject(expected);
  });

  it('may come in pieces', async () => {
    const text = record();
    writeSync(pipe, text.slice(0, 50));
    expect(await written(text.slice(50))).toHaveLength(1);
  });

  const unreadable: [sentence: string, text: string][] = [
    ['is the rest of one', record().slice(60)],
    ['has a word where a number must be', record({ 8: 'soon' })],
    ['lacks fields', `H\t${LISTENER}\t1\t200\t--\n`],
    ['has a number too large', record({ 10: '9'.repeat(30) })],
    ['is longer than any line', `H\t${'x'.repeat(200_000)}\n`],
  ];
  it.each(unreadable)('that %s disturbs none behind it', async (_, text) => {
    for (let at = 0; at < text.length; ) {
      at += tryWrite(text.slice(at));
    }
    expect(await written(record())).toHaveLength(1);
    expect(figures().requests).toBe(1);
  });

  it('that cannot be read is counted, and what HAProxy says of itself is not', async () => {
    await written(`Proxy l_x stopped (cumulated conns: FE: 1, BE: 0).\n\n${record({ 3: 'x' })}${record()}`);
    expect(reader.stats()).toEqual({ lines: 1, lost: 0, unreadable: 1 });
  });
});

/** How much found room. */
function tryWrite(text: string): number {
  try {
    return writeSync(pipe, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return 0;
  }
}

describe('counting', () => {
  it('adds what a line stands for, by class and by status', async () => {
    const sample = (factor: number, status: number, flags: string, header: number, total: number) =>
      `S\t${LISTENER}\t${factor}\t${status}\t${flags}\t0\t${header}\t${total}\n`;
    const samples = [
      sample(16, 200, '--', 10, 20),
      sample(16, 404, '--', 10, 30),
      sample(1, 502, 'SH', -1, 40),
      sample(1, -1, 'CC', -1, 50),
      sample(1, 101, '--', 10, 100_000),
      sample(1, 304, '--', 0, 0),
    ];
    await written(samples.join('') + record());
    expect(figures()).toEqual({
      requests: 37,
      status_2xx: 17,
      status_3xx: 1,
      status_4xx: 17,
      status_5xx: 1,
      status_other: 1,
      status_404: 16,
      status_499: 1,
      status_502: 1,
      timed: 34,
      milliseconds: 16 * 20 + 16 * 30 + 5,
      member_milliseconds: 16 * 10 + 16 * 10 + 4,
      failed_handshakes: 0,
      sampled: 0,
    });
  });

  it('needs no format', async () => {
    reader.close();
    open();
    writeSync(pipe, record() + record());
    await until(() => figures().requests === 2);
    reader.close();
    expect(blocks).toEqual([]);
  });

  it('is kept apart by listener, and ends with the name', async () => {
    await written(record() + record({ 1: POOL }), 2);
    expect(reader.counters().listeners).toEqual([LISTENER, POOL]);
    reader.removeName(POOL);
    expect(reader.counters().listeners).toEqual([LISTENER]);
  });
});

describe('blocks', () => {
  it('have whole lines, all of them, in order, and are of bounded size', async () => {
    const total = 10_000;
    let next = 0;
    let rest = '';
    while (next < total || rest !== '') {
      while (next < total && rest.length < 60_000) rest += record({ 26: `GET /${next++} HTTP/1.1` });
      const taken = tryWrite(rest);
      rest = rest.slice(taken);
      if (taken === 0) await new Promise(setImmediate);
    }
    await until(() => blocks.reduce((sum, block) => sum + block.lines, 0) === total);
    expect(lines().map((line) => (JSON.parse(line) as { request_uri: string }).request_uri)).toEqual(
      Array.from({ length: total }, (_, number) => `/${number}`),
    );
    expect(blocks.map(({ text, lines: count }) => text.split('\n').length - 1 - count)).toEqual(blocks.map(() => 0));
    expect(Math.max(...blocks.map(({ text }) => text.length))).toBeLessThan(300_000);
  });

  it('that this thread does not take are dropped and counted, and the pipe is emptied all the same', () => {
    const text = record().repeat(100);
    let sent = 0;
    while (reader.stats().lost === 0) {
      if (tryWrite(text.slice(sent % text.length)) > 0) sent += text.length - (sent % text.length);
    }
    expect(reader.stats().lost).toBeGreaterThan(0);
    expect(blocks).toEqual([]);
    reader.close();
    const { lines: made, lost } = reader.stats();
    expect(lines()).toHaveLength(made - lost);
  });

  it('that are not full come by themselves', async () => {
    expect(await written(record())).toHaveLength(1);
  });

  it('that are finished come with close, and none after it', () => {
    writeSync(pipe, record());
    while (reader.stats().lines === 0);
    reader.close();
    expect(lines()).toHaveLength(1);
    writeSync(pipe, record());
    reader.close();
    expect(lines()).toHaveLength(1);
  });
});

describe('the pipe', () => {
  it('is for root only, and is used again', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    addon.makeLogPipe(path);
    expect(statSync(path).isFIFO()).toBe(true);
  });

  it('is not read before start: names come first', async () => {
    reader.close();
    writeSync(pipe, record());
    const lines: string[] = [];
    const next = addon.openLogReader({
      path,
      format: 'json',
      onLines: (bytes) => lines.push(String(Buffer.from(bytes))),
    });
    next.nameListener(LISTENER, 'http', 'web', 'lb', 'project');
    next.start();
    next.start();
    await until(() => lines.length === 1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ listener_name: 'http', loadbalancer_name: 'web' });
    next.close();
  });

  it('that nobody started to read is closed all the same', () => {
    addon.openLogReader({ path, onLines: () => undefined }).close();
  });

  it('must be one', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const options = { path: file, onLines: () => undefined };
    expect(await errorOf(() => addon.openLogReader(options))).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('remove it'),
    });
    expect(await errorOf(() => addon.makeLogPipe(join(directory, 'no', 'pipe')))).toMatchObject({ code: 'ENOENT' });
  });
});

describe('misuse', () => {
  // Wrong types are the point here.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const wrong = (value: unknown): any => value;
  const cases: [sentence: string, call: () => unknown, message: RegExp][] = [
    ['no path', () => addon.openLogReader(wrong({ onLines: () => {} })), /^logReader\.open: path must be a string/],
    ['no callback', () => addon.openLogReader(wrong({ path })), /onLines must be a function/],
    [
      'another format',
      () => addon.openLogReader(wrong({ path, format: 'xml', onLines: () => {} })),
      /format must be json/,
    ],
    ['a name that is none', () => reader.nameListener(LISTENER, wrong(5), '', '', ''), /name must be a string/],
    ['no id', () => reader.namePool('', 'x'), /id must be a string that is not empty/],
  ];
  it.each(cases)('%s', (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

it('a reader ends with the thread that opened it', async () => {
  const script = `
    const { workerData, parentPort } = require('node:worker_threads');
    require(workerData.addon).openLogReader({ path: workerData.path, format: 'json', onLines: () => {} }).start();
    parentPort.postMessage('open');
    setInterval(() => {}, 1000);`;
  reader.close();
  const worker = new Worker(script, { eval: true, workerData: { addon: addonPath, path } });
  await new Promise((resolve) => worker.once('message', resolve));
  for (let i = 0; i < 1000; i++) tryWrite(record());
  await worker.terminate();
  tryWrite(record());
  open('json');
  await until(() => lines().length > 0);
});
