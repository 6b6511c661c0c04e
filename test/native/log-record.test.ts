/** Single lines of HAProxy, written by hand: what becomes of each, and of what they are counted as. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../support/random.js';
import { LISTENER, POOL, record, useHandWritten } from './log-by-hand.js';
import { until } from './support.js';

const scene = useHandWritten();

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
    expect((await scene.written(record(changes)))[0]).toMatchObject(expected);
  });

  it('has the fields that docs/access-log.md describes', async () => {
    const docs = readFileSync(new URL('../../docs/access-log.md', import.meta.url), 'utf8');
    const table = docs.slice(docs.indexOf('| JSON |'), docs.indexOf('Of a `connection`'));
    const described = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);
    expect(described.map(([, name]) => name).sort()).toEqual(Object.keys((await scene.written(record()))[0]!).sort());
  });

  it('may come in pieces', async () => {
    const text = record();
    scene.write(text.slice(0, 50));
    expect(await scene.written(text.slice(50))).toHaveLength(1);
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
      at += scene.tryWrite(text.slice(at));
    }
    expect(await scene.written(record())).toHaveLength(1);
    expect(scene.figures().requests).toBe(1);
  });

  it('is valid JSON or none at all, whatever bytes are in it', async () => {
    const random = new Random(7);
    for (let i = 0; i < 3000; i++) {
      const line = Buffer.from(record());
      for (let changes = random.between(1, 4); changes > 0; changes--) {
        const bytes = random.chance(50)
          ? random.bytes(3)
          : Buffer.from(random.pick(['\t', '#', '#2', '{', '|', '}', '"', '-']));
        line.set(bytes, random.between(2, line.length - 4));
      }
      while (scene.tryWrite(line) === 0) await new Promise(setImmediate);
    }
    await scene.written(`\n${record({ 26: 'GET /last HTTP/1.1' })}`);
    await until(() => scene.lines().at(-1)?.includes('/last'));
    const all = scene.lines();
    expect(all.length).toBeGreaterThan(500);
    for (const line of all) expect(JSON.parse(line)).toHaveProperty('termination_state');
  });

  it('that cannot be read is counted, and what HAProxy says of itself is not', async () => {
    await scene.written(`Proxy l_x stopped (cumulated conns: FE: 1, BE: 0).\n\n${record({ 3: 'x' })}${record()}`);
    expect(scene.reader.stats()).toEqual({ lines: 1, lost: 0, unreadable: 1 });
  });
});

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
    await scene.written(samples.join('') + record());
    expect(scene.figures()).toEqual({
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
    scene.reader.close();
    scene.open();
    scene.write(record() + record());
    await until(() => scene.figures().requests === 2);
    scene.reader.close();
    expect(scene.blocks).toEqual([]);
  });

  it('is kept apart by listener, and ends with the name', async () => {
    await scene.written(record() + record({ 1: POOL }), 2);
    expect(scene.reader.counters().listeners).toEqual([LISTENER, POOL]);
    scene.reader.removeName(POOL);
    expect(scene.reader.counters().listeners).toEqual([LISTENER]);
  });
});
