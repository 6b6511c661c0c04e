/** WebSockets without any configuration for them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { h2WebSocket, webSocket } from '../l7/support/clients.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('websocket');
const { lab } = scene;
const NAME = 'ws.example';
let served: Served;

beforeAll(async () => {
  await scene.start();
  const certificate = await scene.certificate(scene.authority.server([NAME]));
  // So short that a WebSocket which is silent for two seconds would be cut off if it were an ordinary exchange.
  const fields = { default_pool: { name: 'apps' }, timeout_client_data: 1000, timeout_member_data: 1000 };
  const listeners = [http('ws', 80, fields), https('wss', 443, certificate, fields)];
  served = await scene.serve({ pools: [scene.pool('apps')], listeners });
});
afterAll(() => scene.stop());

const MESSAGES = ['hello', 'a'.repeat(5000), 'ünïcode'];

test('ws', async () => {
  const url = `ws://${NAME}/chat?room=1`;
  const result = await webSocket(lab, { url, host: served.vip, port: 80, messages: MESSAGES, binary: 131_072 });
  expect(result).toMatchObject({ greeting: { url: '/chat?room=1' }, echoes: [...MESSAGES, true] });
});

test('wss', async () => {
  const ca = scene.authority.file;
  const result = await webSocket(lab, {
    url: `wss://${NAME}/`,
    host: served.vip,
    port: 443,
    ca,
    messages: MESSAGES,
    binary: 131_072,
  });
  expect(result.echoes).toEqual([...MESSAGES, true]);
});

test('inside a stream of HTTP/2, beside ordinary requests', async () => {
  const ca = scene.authority.certificate;
  const result = await h2WebSocket(lab, { host: served.vip, port: 443, name: NAME, ca, path: '/s', message: 'inside' });
  expect(result).toMatchObject({ offered: true, status: 200, greeting: { url: '/s' }, echo: 'inside', beside: 200 });
});

test('one that is silent for longer than answers may take stays', async () => {
  const order = { url: `ws://${NAME}/`, host: served.vip, port: 80, messages: ['before', 'after'], idle: 2 };
  expect((await webSocket(lab, order)).echoes).toEqual(['before', 'after']);
});

test('one that is open stays open while listeners are changed, added and removed', async () => {
  const order = { url: `ws://${NAME}/`, host: served.vip, port: 80, messages: ['before', 'after'], idle: 3 };
  const talking = webSocket(lab, order);
  const [{ id: loadbalancer_id }] = await scene.api.expect('GET', `/v2/lbaas/loadbalancers?name=${served.name}`);
  const listener = { name: 'more', loadbalancer_id, protocol: 'HTTP', protocol_port: 81 };
  const made = await scene.api.expect('POST', '/v2/lbaas/listeners', { listener });
  await served.set('listeners', 'ws', { timeout_client_data: 2000 });
  await scene.api.send({ method: 'DELETE', path: `/v2/lbaas/listeners/${made.id}` });
  expect((await talking).echoes).toEqual(['before', 'after']);
});
