/** Who gets in, and how much of it: access lists and limits of listeners that see requests. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../src/lab/wait.js';
import { raw } from '../l7/support/clients.js';
import { PATIENCE, type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('limits', { backends: 1, clients: 2 });
const { lab } = scene;

beforeAll(() => scene.start());
afterAll(() => scene.stop());

let serial = 0;

/** An HTTP listener at port 80. @returns it, and the listener's name */
async function serve(fields: object): Promise<[Served, string]> {
  const name = `limits-${++serial}`;
  const served = await scene.serve({
    pools: [scene.pool(name)],
    listeners: [http(name, 80, { default_pool: { name }, ...fields })],
  });
  return [served, name];
}

/** Requests of one client over one connection, as fast as it can: how many were answered with 2xx, and with 4xx. */
async function load(served: Served, requests: number): Promise<{ good: number; refused: number }> {
  const argv = ['h2load', '--h1', '-n', String(requests), '-c', '1', `http://${served.vip}/`];
  const said = await lab.runOrThrow('client1', argv);
  const [, good, , refused] = /(\d+) 2xx, (\d+) 3xx, (\d+) 4xx/.exec(said)!;
  return { good: Number(good), refused: Number(refused) };
}

test('requests above the rate are answered with 429, without reaching a member', async () => {
  const [served, name] = await serve({ request_rate_limit: 20, keepalive_requests: 0 });
  const before = await scene.apps[0]!.stats();
  const { good, refused } = await load(served, 200);
  expect(good + refused).toBe(200);
  // The load takes less than a second; at the turn of one it may get a second share.
  expect(good).toBeGreaterThanOrEqual(20);
  expect(good).toBeLessThanOrEqual(60);
  expect((await scene.apps[0]!.stats()).requests - before.requests).toBe(good);
  expect((await served.get('/')).status).toBe(429);
  await until(async () => (await served.get('/')).status === 200, PATIENCE, 'the limit to let requests in again');
  await served.set('listeners', name, { request_rate_limit: null });
  expect(await load(served, 200)).toEqual({ good: 200, refused: 0 });
});

test('connections above the limit are refused, those that are there go on', async () => {
  const [served, name] = await serve({ connection_limit: 3 });
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const holding = Array.from({ length: 3 }, () => {
    const steps = [{ send: request('/first') }, { await: '/first' }, { pause: 3 }, { send: request('/second') }];
    return raw(lab, { address: served.vip, port: 80, steps, until: '/second', patience: 20 });
  });
  const open = async () => (await lab.runOrThrow('client1', ['ss', '-Htn', 'dst', served.vip])).split('\n').length - 1;
  await until(async () => (await open()) >= 3, PATIENCE, 'three connections');
  expect((await served.get('/', { from: 'client2', options: ['--max-time', '1'] })).status).toBe(0);
  for (const { received } of await Promise.all(holding)) expect(received).toContain('/second');
  await until(async () => (await served.get('/')).status === 200, PATIENCE, 'room for another connection');
  await served.set('listeners', name, { connection_limit: -1 });
  expect(await served.answers('/', 5)).toEqual({ backend1: 5 });
});

test('new connections above the rate are refused', async () => {
  const [served] = await serve({ session_rate_limit: 5 });
  const tries = await Promise.all(
    Array.from({ length: 30 }, () => served.get('/', { options: ['--max-time', '1'] }).then(({ status }) => status)),
  );
  expect(tries.filter((status) => status === 200).length).toBeGreaterThan(0);
  expect(tries.filter((status) => status === 0).length).toBeGreaterThan(0);
});

test('clients that are not allowed get no connection, over TLS as well', async () => {
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const allowed_cidrs = [`${lab.plan.clients[0]!.addresses[0]}/32`];
  const fields = { default_pool: { name: 'closed' }, allowed_cidrs };
  const served = await scene.serve({
    pools: [scene.pool('closed')],
    listeners: [http('closed', 80, fields), https('closed-tls', 443, certificate, fields)],
  });
  const outcome = async (from: string, url: string) =>
    (await served.get(url, { from, options: ['--max-time', '1'] })).status;
  expect([await outcome('client1', '/'), await outcome('client2', '/')]).toEqual([200, 0]);
  const url = 'https://shop.example/';
  expect([await outcome('client1', url), await outcome('client2', url)]).toEqual([200, 0]);
  await served.set('listeners', 'closed', { allowed_cidrs: null });
  expect(await outcome('client2', '/')).toBe(200);
  await served.set('listeners', 'closed', { allowed_cidrs: [] });
  expect(await outcome('client1', '/')).toBe(0);
});

test('a listener that is switched off takes nobody, and everybody again', async () => {
  const [served, name] = await serve({});
  await served.set('listeners', name, { admin_state_up: false });
  expect((await served.get('/', { options: ['--max-time', '1'] })).status).toBe(0);
  await served.set('listeners', name, { admin_state_up: true });
  await served.listening(80);
  expect((await served.get('/')).status).toBe(200);
});

test('other ports of the VIP stay closed', async () => {
  const [served] = await serve({});
  const result = await raw(lab, { address: served.vip, port: 81, steps: [], patience: 2 });
  expect(result.ended).toBe('refused');
});
