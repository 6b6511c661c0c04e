/** Daemons come and go; HAProxy stays, and so do its counters. */
import { readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliConnection } from '../../src/l7/engine/cli-connection.js';
import { ProxyEngine } from '../../src/l7/engine/index.js';
import { backend, configOf, frontend, withServer } from '../../src/l7/engine/testing/configs.js';
import type { ProxyConfig } from '../../src/l7/proxy-config.js';
import { until } from '../../src/lab/wait.js';
import { ask, startMembers, whoAnswers } from './engine-members.js';
import { freePort, openScene, type Scene } from './engine-scene.js';

const PATIENCE = 30_000;

let scene: Scene;
let members: Awaited<ReturnType<typeof startMembers>>;
let port: number;
let config: ProxyConfig;

beforeEach(async () => {
  scene = await openScene();
  members = await startMembers(2);
  port = await freePort();
  config = configOf({
    frontends: new Map([['l_1', frontend('l_1', port, ['default_backend p_1'])]]),
    backends: new Map([['p_1', backend('p_1', members.ports)]]),
  });
});

afterEach(async () => {
  await scene.close();
  await members.close();
});

const masterPid = () => Number(readFileSync(`${scene.runDirectory}/haproxy.pid`, 'utf8'));
const withFirst = (up: boolean) => {
  const p_1 = withServer(config.backends.get('p_1')!, members.ports[0]!, { up });
  return { ...config, backends: new Map([['p_1', p_1]]) };
};
/** The same, made anew as another daemon would: no reference is shared. */
const again = (what: ProxyConfig) => structuredClone(what);

describe('a daemon that comes after another', () => {
  it('takes over what runs, and changes nothing where nothing differs', async () => {
    const first = scene.engine();
    await first.start(config);
    const [pid, worker] = [masterPid(), (await first.stats()).process.pid];
    await first.stop();
    expect((await ask(port)).status).toBe(200);
    const second = scene.engine();
    expect(await second.start(again(config))).toEqual({ reloaded: false, commands: 0 });
    expect([masterPid(), (await second.stats()).process.pid]).toEqual([pid, worker]);
  });

  it('hears before its start which members get requests', async () => {
    expect(await scene.engine().serving()).toEqual(new Set());
    const first = scene.engine();
    await first.start(withFirst(false));
    await first.stop();
    expect(await scene.engine().serving()).toEqual(new Set([`p_1/127.0.0.1:${members.ports[1]}`]));
  });

  it('makes its own changes with commands', async () => {
    const first = scene.engine();
    await first.start(config);
    await first.stop();
    expect(await scene.engine().start(again(withFirst(false)))).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 2)).toEqual(new Map([[String(members.ports[1]), 2]]));
  });

  it('makes servers be as the files say, where somebody changed them by hand', async () => {
    const first = scene.engine();
    await first.start(config);
    await first.stop();
    const cli = await CliConnection.open(`${scene.runDirectory}/haproxy.sock`);
    await cli.ask([
      `set server p_1/127.0.0.1:${members.ports[0]} state maint`,
      `add server p_1/stranger 127.0.0.1:9 id 5`,
      'set server p_1/stranger state ready',
    ]);
    cli.close();
    const second = scene.engine();
    expect(await second.start(again(config))).toEqual({ reloaded: false, commands: 0 });
    expect([...(await whoAnswers(port, 6)).keys()].sort()).toEqual(members.ports.map(String).sort());
    const names = async () => [...(await second.stats()).backends.get('p_1')!.servers.keys()];
    await until(async () => (await names()).length === 2, PATIENCE, 'the removal of the stranger');
  });

  it('reloads where the one before was interrupted in a change', async () => {
    const first = scene.engine();
    await first.start(config);
    await first.stop();
    rmSync(`${scene.runDirectory}/applied`);
    const pid = masterPid();
    expect(await scene.engine().start(again(config))).toMatchObject({ reloaded: true });
    expect(masterPid()).toBe(pid);
  });

  it('starts HAProxy where it is gone', async () => {
    const first = scene.engine();
    await first.start(config);
    await first.stop();
    await ProxyEngine.detach(scene.runDirectory, scene.routes);
    await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
    expect(await scene.engine().start(again(config))).toMatchObject({ reloaded: true });
    expect((await ask(port)).status).toBe(200);
  });
});

describe('counters', () => {
  const requests = async (engine: ProxyEngine) => (await engine.stats()).frontends.get('l_1')!.requests_total;

  it('continue over reloads, and over daemons', async () => {
    const first = scene.engine();
    await first.start(config);
    await whoAnswers(port, 5);
    await first.apply({ ...config, base: `${config.base}\n  timeout queue 3s` });
    await whoAnswers(port, 5);
    expect(await requests(first)).toBe(10);
    await first.stop();
    await whoAnswers(port, 5);
    const second = scene.engine();
    await second.start(again(config));
    expect(await requests(second)).toBe(15);
    const { responses } = (await second.stats()).frontends.get('l_1')!;
    expect(responses).toEqual({ '1xx': 0, '2xx': 15, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 });
  });

  it('have what a worker counted until its last connection ended', async () => {
    const engine = scene.engine();
    await engine.start(config);
    const held = ask(port, '/hold');
    await until(async () => (await engine.stats()).frontends.get('l_1')!.connections === 1, PATIENCE, 'the request');
    await engine.apply({ ...config, base: `${config.base}\n  timeout queue 3s` });
    expect((await engine.stats()).process.old_workers).toBe(1);
    expect((await engine.stats()).frontends.get('l_1')).toMatchObject({ connections: 1, requests_total: 1 });
    members.release();
    await held;
    await until(async () => (await engine.stats()).process.old_workers === 0, PATIENCE, 'the end of the old worker');
    expect((await engine.stats()).frontends.get('l_1')).toMatchObject({
      connections: 0,
      requests_total: 1,
      responses: { '2xx': 1 },
    });
  });
});

it('a WebSocket outlives reloads and daemons', async () => {
  const first = scene.engine();
  await first.start(config);
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.write(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await until(() => received.includes('101'), PATIENCE, 'the WebSocket');
  const changed = { ...config, base: `${config.base}\n  timeout queue 3s` };
  await first.apply(changed);
  await first.stop();
  const second = scene.engine();
  await second.start(again(changed));
  socket.write('still here');
  await until(() => received.endsWith('still here'), PATIENCE, 'the echo');
  expect((await second.stats()).process.old_workers).toBe(1);
  socket.destroy();
  await until(async () => (await second.stats()).process.old_workers === 0, PATIENCE, 'the end of the old worker');
});
