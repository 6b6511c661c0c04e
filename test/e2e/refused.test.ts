/**
 * Requests that no proxy should pass on: some mean one thing to the gateway and another to a member, others only keep it busy. Whatever is
 * answered, a member must have seen as many requests as clients got answers from it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawResult, raw, statuses } from '../l7/support/clients.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('refused', { backends: 1, clients: 2 });
const { lab } = scene;
let served: Served;

beforeAll(async () => {
  await scene.start();
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const pool = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [http('plain', 80, pool), https('tls', 443, certificate, { ...pool, timeout_client_data: 5000 })],
  });
});
afterAll(() => scene.stop());

/** Sends it, and a harmless request after it where the gateway still listens. */
async function send(
  request: string,
  more: Partial<Parameters<typeof raw>[1]> = {},
): Promise<RawResult & { seen: number }> {
  const [app] = scene.apps;
  const before = await app!.stats();
  const steps = [{ send: request }];
  const result = await raw(lab, { address: served.vip, port: 80, patience: 1, steps, ...more });
  return { ...result, seen: (await app!.stats()).requests - before.requests };
}

const HOST = 'Host: shop.example\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: shop.example\r\n\r\n';

describe('what is not HTTP', () => {
  test.each([
    ['two different lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
    ['two different lengths in one line', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4, 5\r\n\r\nabcde`],
    ['a length with a sign', `POST / HTTP/1.1\r\n${HOST}Content-Length: +4\r\n\r\nabcd`],
    ['a length that is none', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4x\r\n\r\nabcd`],
    ['a length that overflows', `POST / HTTP/1.1\r\n${HOST}Content-Length: 18446744073709551620\r\n\r\nabcd`],
    ['a space before the colon', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['an unknown coding after chunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n`],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a zero byte in a header', `GET / HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`],
    ['a header without a name', `GET / HTTP/1.1\r\n${HOST}: value\r\n\r\n`],
    ['a version that is none', `GET / HTTP/one\r\n${HOST}\r\n`],
    ['a space in the path', `GET /a b HTTP/1.1\r\n${HOST}\r\n`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['TLS on a port without', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(64, 'x')],
    ['two Hosts', `GET / HTTP/1.1\r\n${HOST}Host: other.example\r\n\r\n`],
    ['another Host than the URL names', `GET http://other.example/ HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s', async (_, request) => {
    const result = await send(request);
    expect([statuses(result), result.ended, result.seen]).toEqual([[400], 'closed', 0]);
  });
});

describe('one request in another', () => {
  test.each([
    [
      'behind a length, with chunks',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'behind chunks, with a length',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
    ],
    [
      'behind a chunk with an odd length',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n`,
    ],
    ['behind a coding in capitals', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n`],
    ['behind a coding with a tab', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n`],
    ['behind a GET with a body', `GET / HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n`],
    ['behind HTTP/1.0 with chunks', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])('%s: the member sees no request that the client is not answered', async (_, request) => {
    const result = await send(request + SMUGGLED);
    const answered = statuses(result).filter((status) => status === 200).length;
    expect(result.seen).toBe(answered);
    expect(statuses(result).every((status) => status === 200 || status === 400)).toBe(true);
  });

  test('a client gets no answer of another one', async () => {
    const poison = `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`;
    for (let index = 0; index < 5; index++) {
      await send(poison, { patience: 0.3 });
      expect((await served.get('/mine', { from: 'client2' })).echo().url).toBe('/mine');
    }
  });
});

describe('what is too large', () => {
  test.each([
    ['a header of 64 KiB', { send: `GET / HTTP/1.1\r\n${HOST}X-Large: ${'a'.repeat(65_536)}\r\n\r\n` }],
    ['a path of 64 KiB', { send: `GET /${'a'.repeat(65_536)} HTTP/1.1\r\n${HOST}\r\n` }],
    ['a thousand headers', { send: `GET / HTTP/1.1\r\n${HOST}${'X-Many: a\r\n'.repeat(1000)}\r\n` }],
  ])('%s', async (_, step) => {
    const result = await send(step.send);
    expect([[400], [414], [431]]).toContainEqual(statuses(result));
    expect(result.seen).toBe(0);
  });

  test('headers of 64 KiB over HTTP/2', async () => {
    const headers = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`X-Large-${index}`, 'a'.repeat(8192)]));
    const response = await served.get('https://shop.example/', { headers, options: ['--http2'] });
    expect(response.status).not.toBe(200);
    expect((await served.get('https://shop.example/', { options: ['--http2'] })).status).toBe(200);
  });

  test('a cookie of 8 KB is nothing special', async () => {
    const headers = { Cookie: `session=${'a'.repeat(8000)}` };
    expect((await served.get('/', { headers })).echo().headers.cookie![0]).toHaveLength(8008);
  });
});

test('who keeps the gateway waiting is sent away, and others do not notice', async () => {
  const place = { address: served.vip, port: 80, patience: 30 };
  const start = `GET / HTTP/1.1\r\n${HOST}X-Slow: `;
  const slow = [
    raw(lab, { ...place, steps: [{ send: start }, { drip: 'a'.repeat(200), every: 0.4 }] }),
    raw(lab, { ...place, steps: [{ send: 'GET' }] }),
    raw(lab, { ...place, steps: [] }),
    // A TLS handshake that does not go on.
    raw(lab, { ...place, port: 443, steps: [{ send: '\x16\x03\x01\x02' }] }),
    ...Array.from({ length: 20 }, () => raw(lab, { ...place, steps: [{ drip: start, every: 0.5 }] }, 'client2')),
  ];
  for (let index = 0; index < 10; index++) {
    const response = await served.get('/');
    expect(response.status).toBe(200);
    expect(response.seconds).toBeLessThan(5);
  }
  const results = await Promise.all(slow);
  // One that goes on sending meets a reset.
  for (const { ended } of results) expect(['closed', 'reset']).toContain(ended);
  // Those that have begun a request are told why.
  expect(results.slice(0, 2).map(statuses)).toEqual([[408], [408]]);
  expect((await scene.apps[0]!.stats()).open).toBeLessThan(20);
});
