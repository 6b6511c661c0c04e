/** How members are spoken to where it is not plain HTTP: with a PROXY header, in TLS. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../l7/support/apps.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('members', { backends: 1 });
const { lab } = scene;
const client = lab.plan.clients[0]!.addresses[0]!;
let proxied: App;
let served: Served;

beforeAll(async () => {
  await scene.start();
  const { authority } = scene;
  proxied = await startApp(lab, 'backend1', { port: 8081, name: 'proxied', proxyProtocol: true });
  const { certificate, key } = authority.server([scene.apps[0]!.address, 'shop.example']);
  const secure = await startApp(lab, 'backend1', { port: 8443, name: 'secure', tls: { cert: certificate, key } });
  const own = scene.otherAuthority().server([scene.apps[0]!.address]);
  const strange = await startApp(lab, 'backend1', {
    port: 8444,
    name: 'strange',
    tls: { cert: own.certificate, key: own.key },
  });
  const trusted = await scene.clientAuthority(authority.certificate, 'inside');
  const front = await scene.certificate(authority.server(['shop.example']));
  const tls = { tls_enabled: true, ca_tls_container_ref: trusted };
  const tcp = (name: string, port: number) => ({ name, protocol: 'TCP', protocol_port: port, default_pool: { name } });
  served = await scene.serve({
    pools: [
      scene.pool('first', [proxied], { protocol: 'PROXY' }),
      scene.pool('second', [proxied], { protocol: 'PROXYV2' }),
      scene.pool('secure', [secure], tls),
      scene.pool('strange', [strange], tls),
      scene.pool('unverified', [strange], { tls_enabled: true }),
    ],
    listeners: [
      tcp('first', 9001),
      tcp('second', 9002),
      http('to-secure', 80, { default_pool: { name: 'secure' } }),
      http('to-strange', 81, { default_pool: { name: 'strange' } }),
      http('to-unverified', 82, { default_pool: { name: 'unverified' } }),
      https('both', 443, front, { default_pool: { name: 'secure' } }),
    ],
  });
});
afterAll(() => scene.stop());

test.each([
  [1, 9001],
  [2, 9002],
])('a TCP listener tells the client in a PROXY header of version %i', async (version, port) => {
  const echo = (await served.get(`http://any:${port}/path`)).echo();
  expect(echo.url).toBe('/path');
  const source = { source: client, sourcePort: expect.any(Number) };
  expect(echo.proxy).toMatchObject({
    version,
    family: 'TCP4',
    ...source,
    destination: served.vip,
    destinationPort: port,
  });
});

test('what the client sends behind it is not touched', async () => {
  const url = `http://any:9002/`;
  const sent = { 'X-Forwarded-For': '203.0.113.7' };
  expect((await served.get(url, { headers: sent })).echo().headers).toMatchObject({
    'x-forwarded-for': ['203.0.113.7'],
  });
});

test('a member in TLS, from clients with and without it', async () => {
  expect((await served.get('/')).echo().backend).toBe('secure');
  expect((await served.get('https://shop.example/', { options: ['--http2'] })).echo().backend).toBe('secure');
});

test('a member whose certificate is not of the authority that was given gets no request', async () => {
  expect((await served.get('http://any:81/')).status).toBe(503);
  expect((await served.get('http://any:82/')).echo().backend).toBe('strange');
});
