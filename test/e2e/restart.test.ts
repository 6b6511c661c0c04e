/** The daemon stops, crashes and comes back: clients do not notice, and what was counted goes on. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNginx } from '../../src/lab/backends.js';
import { processesBelow } from '../../src/lab/cgroup.js';
import { until } from '../../src/lab/wait.js';
import { h2WebSocket, webSocket } from '../l7/support/clients.js';
import { PATIENCE, type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';
import { countResets, Load } from './load.js';

const scene = new WebScene('restart', { backends: 1, clients: 2 });
const { lab, gateway } = scene;
let served: Served;

beforeAll(async () => {
  await scene.start();
  const nginx = await startNginx(lab, 'backend1', 8060, 2);
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  served = await scene.serve({
    pools: [scene.pool('apps'), scene.pool('nginx', [{ ...scene.apps[0]!, port: nginx.port }])],
    listeners: [
      http('load', 80, { default_pool: { name: 'nginx' } }),
      http('apps', 81, { default_pool: { name: 'apps' } }),
      https('secure', 443, certificate, { default_pool: { name: 'apps' } }),
    ],
  });
});
afterAll(() => scene.stop());

/** Ids of the HAProxy processes on the gateway. */
function proxies(): number[] {
  const named = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      return '';
    }
  };
  return processesBelow(lab.cgroup('gateway')).filter((pid) => named(pid) === 'haproxy');
}

async function connections(): Promise<number> {
  const path = `/v2/lbaas/listeners/${await served.id('listeners', 'load')}/stats`;
  return (await scene.api.expect('GET', path)).total_connections;
}

test.each([
  ['is killed', () => gateway.kill()],
  ['is stopped', () => gateway.stop()],
])('the daemon %s under load and starts again', async (_, end) => {
  const resets = await Promise.all(['client1', 'client2'].map((name) => countResets(lab, name)));
  const before = proxies();
  const counted = await connections();
  const order = { host: served.vip, messages: ['before', 'after'], idle: 4 };
  const talking = webSocket(lab, { ...order, url: 'ws://any/', port: 81 });
  const url = `http://${served.vip}/`;
  const loads = [
    await Load.start(lab, 'client1', { url, seconds: 6 }),
    await Load.start(lab, 'client2', { url, seconds: 6, close: true }),
  ];
  await end();
  expect((await served.get('/')).status).toBe(200);
  await gateway.start();
  expect(proxies()).toEqual(before);
  // What is changed now reaches the HAProxy that went on.
  await served.set('listeners', 'apps', { insert_headers: { 'X-After': 'restart' } });
  expect((await served.get('http://any:81/')).echo().headers['x-after']).toEqual(['restart']);
  const seen = await Promise.all(resets.map((count) => count()));
  for (const { requests, refused, broken, text } of await Promise.all(loads.map((load) => load.result()))) {
    expect({ refused, broken, text }).toEqual({ refused: 0, broken: 0, text });
    expect(requests).toBeGreaterThan(0);
  }
  expect(seen).toEqual([0, 0]);
  expect((await talking).echoes).toEqual(['before', 'after']);
  await until(async () => (await connections()) > counted, PATIENCE, 'the counters to go on');
  await Promise.all(
    ['client1', 'client2'].map((name) => lab.runOrThrow(name, ['nft', 'delete', 'table', 'ip', 'resets'])),
  );
});

test('TLS, HTTP/2 and WebSockets work with the daemon gone', async () => {
  await gateway.kill();
  expect(await served.get('https://shop.example/', { ca: scene.authority.file, options: ['--http2'] })).toMatchObject({
    status: 200,
  });
  const ca = scene.authority.certificate;
  const inside = { host: served.vip, port: 443, name: 'shop.example', ca, path: '/', message: 'alone' };
  expect(await h2WebSocket(lab, inside)).toMatchObject({ echo: 'alone' });
  await gateway.start();
});

test('a HAProxy that dies is replaced', async () => {
  const before = proxies();
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await until(
    () => proxies().length > 0 && proxies().every((pid) => !before.includes(pid)),
    PATIENCE,
    'another HAProxy',
  );
  await until(async () => (await served.get('/')).status === 200, PATIENCE, 'answers');
});
