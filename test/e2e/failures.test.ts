/** Members that refuse, keep silent, break off; clients that go away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/lab/wait.js';
import type { App } from '../l7/support/apps.js';
import { PATIENCE, type Served, WebScene } from '../l7/support/scene.js';
import { http } from './bodies.js';

const scene = new WebScene('failures');
const { lab } = scene;
/** Nobody listens here. */
const CLOSED_PORT = 8090;
/** Packets to it vanish. */
const SILENT_PORT = 8091;

beforeAll(async () => {
  await scene.start();
  const rule = `add rule ip silence input tcp dport ${SILENT_PORT} drop`;
  const chain = 'add chain ip silence input { type filter hook input priority 0; }';
  await lab.runOrThrow('backend1', ['nft', '-f', '-'], { input: ['add table ip silence', chain, rule, ''].join('\n') });
});
afterAll(() => scene.stop());

function at(port: number): App {
  return { ...scene.apps[0]!, name: `port-${port}`, port };
}

let serial = 0;

/** A listener at port 80 whose pool has these members. */
function serve(members: readonly App[], listener: object = {}, pool: object = {}): Promise<Served> {
  const name = `failures-${++serial}`;
  return scene.serve({
    pools: [scene.pool(name, members, pool)],
    listeners: [http(name, 80, { default_pool: { name }, ...listener })],
  });
}

describe('a member that cannot be reached', () => {
  test('refuses: another one answers, every time', async () => {
    const served = await serve([at(CLOSED_PORT), scene.apps[1]!]);
    expect(await served.answers('/', 8)).toEqual({ backend2: 8 });
  });

  test('is silent: another one is tried after the time to connect', async () => {
    const served = await serve([at(SILENT_PORT), scene.apps[1]!], { timeout_member_connect: 500 });
    expect(await served.answers('/', 4)).toEqual({ backend2: 4 });
  });

  test('refuses like all others: 503', async () => {
    const served = await serve([at(CLOSED_PORT)]);
    expect((await served.get('/')).status).toBe(503);
  });

  test('a request with a body is not lost either', async () => {
    const served = await serve([at(CLOSED_PORT), scene.apps[1]!]);
    for (let index = 0; index < 4; index++) {
      const response = await served.get('/', { method: 'POST', body: 'order 7' });
      expect([response.status, response.echo().body.text]).toEqual([200, 'order 7']);
    }
  });
});

describe('a member that takes requests', () => {
  test('and does not answer in time: 504', async () => {
    const served = await serve([scene.apps[0]!], { timeout_member_data: 1000 });
    const response = await served.get('/?hang');
    expect(response.status).toBe(504);
    expect(response.seconds).toBeGreaterThan(0.9);
    expect((await served.get('/?delay=500')).status).toBe(200);
  });

  test('and closes without an answer: 502, and a POST is not sent twice', async () => {
    const [app] = scene.apps;
    const served = await serve([app!]);
    const before = await app!.stats();
    expect((await served.get('/?abort=now', { method: 'POST', body: 'order 8' })).status).toBe(502);
    expect((await app!.stats()).requests - before.requests).toBe(1);
  });

  test('and breaks off in the middle: so does the answer, for the client to see', async () => {
    const served = await serve([scene.apps[0]!]);
    const response = await served.get('/?bytes=1000&abort=body');
    // 18: shorter than its Content-Length.
    expect([response.code, response.status]).toEqual([18, 200]);
    const chunked = await served.get('/?bytes=100000&chunked&abort=body');
    expect(chunked.code).not.toBe(0);
  });

  test('and answers slowly, but does: every drop arrives', async () => {
    const served = await serve([scene.apps[0]!], { timeout_member_data: 1000 });
    const response = await served.get('/?drip=6&delay=250');
    expect(response.body.split('\n').filter(Boolean)).toHaveLength(6);
  });
});

test('a member whose checks fail gets nothing, and comes back', async () => {
  const healthmonitor = { type: 'HTTP', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1, url_path: '/' };
  const served = await serve(scene.apps, {}, { healthmonitor });
  const both = async () => Object.keys(await served.answers('/', 4)).sort();
  await until(async () => (await both()).join() === 'backend1,backend2', PATIENCE, 'both members to answer');
  const [app] = scene.apps;
  await app!.fail(1_000_000);
  await until(async () => (await both()).join() === 'backend2', PATIENCE, 'the failing member to be left out');
  await app!.fail(0);
  await until(async () => (await both()).join() === 'backend1,backend2', PATIENCE, 'the member to be back');
});

test('when a client goes away, so does its request at the member', async () => {
  const [app] = scene.apps;
  const served = await serve([app!]);
  const before = await app!.stats();
  await served.get('/?hang', { options: ['--max-time', '0.3'] });
  await until(async () => (await app!.stats()).gone > before.gone, PATIENCE, 'the member to notice');
});

test('backup members answer once all others are gone', async () => {
  const [first, second] = scene.apps;
  const name = 'with-backup';
  const members = [
    { name: 'closed', address: first!.address, protocol_port: CLOSED_PORT, admin_state_up: false },
    { name: 'backup', address: second!.address, protocol_port: second!.port, backup: true },
  ];
  const served = await scene.serve({
    pools: [
      scene.pool(name, [first!], {
        members: [...members, { name: 'main', address: first!.address, protocol_port: first!.port }],
      }),
    ],
    listeners: [http(name, 80, { default_pool: { name } })],
  });
  expect(await served.answers('/', 4)).toEqual({ backend1: 4 });
  const pool = await served.id('pools', name);
  const [main] = await scene.api.expect('GET', `/v2/lbaas/pools/${pool}/members?name=main`);
  await scene.api.expect('PUT', `/v2/lbaas/pools/${pool}/members/${main.id}`, { member: { admin_state_up: false } });
  expect(await served.answers('/', 4)).toEqual({ backend2: 4 });
});
