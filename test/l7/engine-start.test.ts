/** How HAProxy is started: as whom, where, with what on disk; and what happens when it cannot be. */
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configOf, frontend } from '../../src/l7/engine/testing/configs.js';
import type { ProxyConfig } from '../../src/l7/proxy-config.js';
import { until } from '../../src/lab/wait.js';
import { ask } from './engine-members.js';
import { freePort, openScene, type Scene } from './engine-scene.js';

const PATIENCE = 30_000;

let scene: Scene;
let port: number;
let config: ProxyConfig;

beforeEach(async () => {
  scene = await openScene();
  port = await freePort();
  const answer =
    'http-request return status 200 content-type text/plain string yes if { path,map_str({{RUN}}/maps/m.map) -m found }';
  config = configOf({
    frontends: new Map([['l_1', frontend('l_1', port, [answer])]]),
    maps: new Map([['m', ['/ p_1']]]),
    pages: new Map([['503', 'HTTP/1.1 503 Service Unavailable\r\n\r\n']]),
    certificates: new Map([['c', 'not read by anything']]),
  });
});

afterEach(() => scene.close());

const status = (pid: number, field: string) =>
  new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;

it('the worker has a root directory, a user and no way to more rights; files are for root only', async () => {
  const engine = scene.engine();
  await engine.start(config);
  const { pid } = (await engine.stats()).process;
  expect(readlinkSync(`/proc/${pid}/root`)).toBe(join(scene.runDirectory, 'jail'));
  expect(status(pid, 'Uid').split('\t')).not.toContain('0');
  expect([status(pid, 'CapEff'), status(pid, 'NoNewPrivs')]).toEqual(['0000000000000000', '1']);
  const modes = readdirSync(scene.runDirectory, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { mode } = statSync(join(scene.runDirectory, name));
    return [name, (mode & 0o777).toString(8)];
  });
  expect(statSync(scene.runDirectory).mode & 0o777).toBe(0o700);
  expect(Object.fromEntries(modes)).toMatchObject({
    certs: '700',
    'certs/c.pem': '600',
    jail: '711',
    'tickets.keys': '600',
  });
  expect(
    modes.filter(([name, mode]) => !/^(600|700)$/.test(mode!) && !['jail', 'haproxy.pid'].includes(name!)),
  ).toEqual([]);
});

describe('what is in the way', () => {
  it('of a start is told, and HAProxy is there as soon as it is gone', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const started = scene.engine().start(config);
    await expect(started).rejects.toThrow(/frontend l_1: cannot bind socket \(Address already in use\)/);
    other.close();
    await once(other, 'close');
    await until(() => scene.events.some(({ kind }) => kind === 'restarted'), PATIENCE, 'the start');
    expect(await ask(port)).toEqual({ status: 200, body: 'yes' });
  });

  it('of a start is a mistake in the configuration, and the next one is taken', async () => {
    const engine = scene.engine();
    const broken = { ...config, base: config.base.replace('mode http', 'mode htp') };
    await expect(engine.start(broken)).rejects.toThrow("defaults: unknown proxy mode 'htp'");
    expect(await engine.apply(config)).toMatchObject({ reloaded: true });
    expect(await ask(port)).toEqual({ status: 200, body: 'yes' });
  });

  it('of a start is that HAProxy is not there', async () => {
    await expect(scene.engine('/nowhere/haproxy').start(config)).rejects.toThrow('/nowhere/haproxy');
  });
});
