/** What members learn of the client, and what clients get besides the answer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('headers', { backends: 1 });
const client = scene.lab.plan.clients[0]!.addresses[0]!;
let served: Served;

const ALL = {
  'X-Forwarded-For': 'true',
  'X-Forwarded-Port': 'true',
  'X-Forwarded-Proto': 'true',
  'X-Forwarded-Host': 'true',
  'X-Real-IP': 'true',
  'X-Team': 'web shop',
};

beforeAll(async () => {
  await scene.start();
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const pool = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [
      http('none', 80, pool),
      http('all', 81, { ...pool, insert_headers: ALL }),
      https('all-tls', 443, certificate, {
        ...pool,
        insert_headers: ALL,
        hsts_max_age: 3600,
        hsts_include_subdomains: true,
      }),
      http('replaced', 82, { ...pool, preserve_host: false }),
    ],
  });
});
afterAll(() => scene.stop());

describe('headers for members', () => {
  test('none but those of the client, where none are asked for', async () => {
    const { headers } = (await served.get('http://shop.example/', { headers: { 'X-Own': '1' } })).echo();
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual(['x-own']);
    expect(headers.host).toEqual(['shop.example']);
  });

  test('who the client is, and how it came', async () => {
    const { headers } = (await served.get('http://shop.example:81/')).echo();
    expect(headers).toMatchObject({
      'x-forwarded-for': [client],
      'x-forwarded-port': ['81'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': ['shop.example:81'],
      'x-real-ip': [client],
      'x-team': ['web shop'],
      host: ['shop.example:81'],
    });
  });

  test('over TLS, with HTTP/2', async () => {
    const { headers } = (await served.get('https://shop.example/', { options: ['--http2'] })).echo();
    expect(headers).toMatchObject({
      'x-forwarded-for': [client],
      'x-forwarded-port': ['443'],
      'x-forwarded-proto': ['https'],
      'x-forwarded-host': ['shop.example'],
      'x-real-ip': [client],
    });
  });

  test('X-Forwarded-For is appended to; the others replace what a client makes up', async () => {
    const made = {
      'X-Forwarded-For': '203.0.113.7',
      'X-Real-IP': '203.0.113.7',
      'X-Forwarded-Proto': 'https',
      'X-Team': 'mine',
    };
    const { headers } = (await served.get('http://shop.example:81/', { headers: made })).echo();
    expect(headers['x-forwarded-for']!.join(', ')).toBe(`203.0.113.7, ${client}`);
    expect([headers['x-real-ip'], headers['x-forwarded-proto'], headers['x-team']]).toEqual([
      [client],
      ['http'],
      ['web shop'],
    ]);
  });

  test('Host is the member where it is not preserved', async () => {
    const [app] = scene.apps;
    const { headers } = (await served.get('http://shop.example:82/')).echo();
    expect(headers.host).toEqual([`${app!.address}:${app!.port}`]);
  });
});

test('HSTS is told over TLS', async () => {
  const { headers } = await served.get('https://shop.example/');
  expect(headers['strict-transport-security']).toEqual(['max-age=3600; includeSubDomains']);
  expect((await served.get('http://shop.example/')).headers['strict-transport-security']).toBeUndefined();
});

test('a change of headers concerns the next request', async () => {
  await served.set('listeners', 'none', { insert_headers: { 'X-Team': 'other' } });
  expect((await served.get('/')).echo().headers['x-team']).toEqual(['other']);
});
