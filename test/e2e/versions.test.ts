/** Versions of HTTP: what clients of each get, and how members are spoken to. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNginx } from '../../src/lab/backends.js';
import { startPython } from '../l7/support/apps.js';
import { echoes, raw, statuses, tls } from '../l7/support/clients.js';
import { curlAll } from '../l7/support/curl.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('versions', { backends: 1 });
const { lab } = scene;
const PYTHON_PORT = 8070;
const MEBIBYTE = 1_048_576;
let served: Served;
let own: string;

beforeAll(async () => {
  await scene.start();
  own = scene.authority.file;
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const [app] = scene.apps;
  await startPython(lab, app!.host, PYTHON_PORT, { 'page.html': 'a page\n' });
  const nginx = await startNginx(lab, app!.host, 8060);
  const pool = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [
      scene.pool('apps'),
      scene.pool('python', [{ ...app!, port: PYTHON_PORT }]),
      scene.pool('nginx', [{ ...app!, port: nginx.port }]),
    ],
    listeners: [
      http('plain', 80, { ...pool, keepalive_requests: 3 }),
      http('python', 81, { default_pool: { name: 'python' } }),
      http('nginx', 82, { default_pool: { name: 'nginx' } }),
      https('tls', 443, certificate, pool),
      https('tls-old', 444, certificate, { ...pool, alpn_protocols: ['http/1.1'] }),
    ],
  });
});
afterAll(() => scene.stop());

describe('from clients', () => {
  test.each([
    ['HTTP/1.0', 'http://shop.example/', '--http1.0', '1.1'],
    ['HTTP/1.1', 'http://shop.example/', '--http1.1', '1.1'],
    ['HTTP/1.1 over TLS', 'https://shop.example/', '--http1.1', '1.1'],
    ['HTTP/2', 'https://shop.example/', '--http2', '2'],
    ['HTTP/2 where the listener has only HTTP/1.1', 'https://shop.example:444/', '--http2', '1.1'],
  ])('%s', async (_, url, option, version) => {
    const response = await served.get(url, { ca: own, options: [option] });
    expect(response).toMatchObject({ code: 0, status: 200, version });
    // Clients of HTTP/2 are spoken for in HTTP/1.1.
    expect(response.echo().version).toBe(option === '--http1.0' ? '1.0' : '1.1');
  });

  test('a client of HTTP/1.0 without a Host is served, and the connection ends', async () => {
    const result = await raw(lab, { address: served.vip, port: 80, steps: [{ send: 'GET /old HTTP/1.0\r\n\r\n' }] });
    expect([statuses(result), echoes(result)[0]!.url, result.ended]).toEqual([[200], '/old', 'closed']);
  });

  test('ALPN chooses: h2 first, http/1.1 without it', async () => {
    const agreed = async (port: number, offered: string) =>
      (await tls(lab, served.vip, port, { name: 'shop.example', options: ['-alpn', offered], input: '' })).alpn;
    expect(await agreed(443, 'h2,http/1.1')).toBe('h2');
    expect(await agreed(443, 'http/1.1')).toBe('http/1.1');
    expect(await agreed(444, 'h2,http/1.1')).toBe('http/1.1');
  });

  test('requests sent together are answered in their order', async () => {
    const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${more}\r\n`;
    const send = request('/1?delay=100') + request('/2') + request('/3', 'Connection: close\r\n');
    const result = await raw(lab, { address: served.vip, port: 80, steps: [{ send }] });
    expect(echoes(result).map(({ url }) => url)).toEqual(['/1?delay=100', '/2', '/3']);
  });

  test('a connection has as many requests as the listener allows, then it is closed with the answer', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n';
    const steps = [{ send: request }, { await: '200 OK' }, { send: request }, { pause: 0.2 }, { send: request }];
    const result = await raw(lab, { address: served.vip, port: 80, steps });
    expect([statuses(result), result.ended]).toEqual([[200, 200, 200], 'closed']);
    expect(result.received).toMatch(/connection: close/i);
  });

  test('many streams of one connection', async () => {
    const url = `https://${served.vip}/?bytes=1000`;
    const said = await lab.runOrThrow('client1', ['h2load', '-n', '2000', '-c', '2', '-m', '50', url]);
    expect(said).toContain('2000 succeeded, 0 failed, 0 errored, 0 timeout');
    expect(said).toContain('status codes: 2000 2xx');
  });

  test('nghttp follows what a page needs, within one connection', async () => {
    const url = `https://${served.vip}/`;
    const said = await lab.runOrThrow('client1', ['nghttp', '-nv', '--no-verify-peer', url, `${url}?status=404`]);
    expect([...said.matchAll(/:status: (\d+)/g)].map(([, status]) => status).sort()).toEqual(['200', '404']);
  });
});

describe('bodies', () => {
  test.each([
    ['HTTP/1.1', 'http://shop.example/?bytes=1048576', '--http1.1'],
    ['HTTP/2', 'https://shop.example/?bytes=1048576', '--http2'],
    ['chunks', 'http://shop.example/?bytes=1048576&chunked', '--http1.1'],
  ])('1 MiB down, by %s', async (_, url, option) => {
    expect(await served.get(url, { options: [option] })).toMatchObject({ code: 0, status: 200, size: MEBIBYTE });
  });

  test.each([
    ['a length', '--http1.1', []],
    ['chunks', '--http1.1', ['-H', 'Transfer-Encoding: chunked']],
    ['chunks of HTTP/2', '--http2', []],
  ])('1 MiB up, with %s', async (_, option, more) => {
    const body = Buffer.alloc(MEBIBYTE, 'sluice');
    const file = join(lab.runDirectory, 'upload');
    writeFileSync(file, body);
    const response = await served.get('https://shop.example/', { body: `@${file}`, options: [option, ...more] });
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(response.echo().body).toMatchObject({ length: MEBIBYTE, sha256 });
  });

  test('a client that waits for 100 Continue gets it', async () => {
    const steps = [
      { send: 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n' },
      { await: '100 Continue' },
      { send: 'abc' },
    ];
    const result = await raw(lab, { address: served.vip, port: 80, steps });
    expect(result.received).toMatch(/^HTTP\/1\.1 100 .*HTTP\/1\.1 200 /s);
    expect(result.received).toContain('"text":"abc"');
  });

  test('HEAD has the length and no body, 204 and 304 have none', async () => {
    const head = await served.get('http://shop.example/?bytes=500', { options: ['--head'] });
    expect([head.headers['content-length'], head.body]).toEqual([['500'], '']);
    expect(await served.get('/?status=204')).toMatchObject({ code: 0, status: 204, size: 0 });
    expect(await served.get('/?status=304')).toMatchObject({ code: 0, status: 304, size: 0 });
  });
});

describe('towards members', () => {
  test('connections are kept and shared: ten clients need fewer than ten', async () => {
    const [app] = scene.apps;
    const before = await app!.stats();
    for (let index = 0; index < 10; index++) await served.get('/');
    const after = await app!.stats();
    expect(after.requests - before.requests).toBe(10);
    expect(after.connections - before.connections).toBeLessThan(10);
  });

  test('a client keeps its own connection over the answers of several requests', async () => {
    const url = `http://${served.vip}/`;
    const answers = await curlAll(lab, [`${url}1`, `${url}2`]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('Python, which speaks HTTP/1.0, and nginx serve through it', async () => {
    expect(await served.get('http://shop.example:81/page.html')).toMatchObject({ status: 200, body: 'a page\n' });
    expect((await served.get('http://shop.example:81/none')).status).toBe(404);
    expect(JSON.parse((await served.get('http://shop.example:82/')).body)).toMatchObject({ backend: 'backend1' });
  });
});
