/** The engine and the real HAProxy: what takes commands, what takes a reload, what is refused, and what traffic sees of it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProxyEngine } from '../../src/l7/engine/index.js';
import { backend, configOf, type Difference, frontend, withServer } from '../../src/l7/engine/testing/configs.js';
import type { ProxyBackend, ProxyConfig } from '../../src/l7/proxy-config.js';
import { until } from '../../src/lab/wait.js';
import { ask, startMembers, whoAnswers } from './engine-members.js';
import { freePort, openScene, type Scene } from './engine-scene.js';

const PATIENCE = 30_000;

let scene: Scene;
let engine: ProxyEngine;
let members: Awaited<ReturnType<typeof startMembers>>;
let port: number;
let ports: [number, number, number];
/** One listener; its pool has the first two members. */
let pool: ProxyBackend;
let base: ProxyConfig;

beforeAll(async () => {
  scene = await openScene();
  members = await startMembers(3);
  ports = members.ports as typeof ports;
  port = await freePort();
  const lines = [
    'http-request return status 200 content-type text/plain lf-string %[var(proc.limit)] if { path /limit }',
    'use_backend %[path,map_str({{RUN}}/maps/exact.map)] if { path,map_str({{RUN}}/maps/exact.map) -m found }',
    'use_backend %[path,map_reg({{RUN}}/maps/regex.map)] if { path,map_reg({{RUN}}/maps/regex.map) -m found }',
    'default_backend p_1',
  ];
  pool = backend('p_1', ports.slice(0, 2));
  base = configOf({
    frontends: new Map([['l_1', frontend('l_1', port, lines)]]),
    backends: new Map([
      ['p_1', pool],
      ['p_3', backend('p_3', ports.slice(2))],
    ]),
    variables: new Map([['limit', 7]]),
    maps: new Map([
      ['exact', ['/third p_3']],
      ['regex', []],
    ]),
  });
  engine = scene.engine();
  await engine.start(base);
});

afterAll(async () => {
  await scene.close();
  await members.close();
});

beforeEach(async () => {
  await engine.apply(base);
});

const withPool = (p_1: ProxyBackend): Difference => ({ backends: new Map([...base.backends, ['p_1', p_1]]) });
const change = (difference: Difference) => engine.apply({ ...base, ...difference });
const counts = (...pairs: [number, number][]) => new Map(pairs.map(([member, times]) => [String(member), times]));

describe('changes without a reload', () => {
  it('do nothing when nothing differs', async () => {
    expect(await engine.apply(base)).toEqual({ reloaded: false, commands: 0 });
    expect(await engine.apply({ ...base })).toEqual({ reloaded: false, commands: 0 });
  });

  it('take a member out of service and bring it back', async () => {
    const [a, b] = ports;
    expect(await change(withPool(withServer(pool, a, { up: false })))).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 4)).toEqual(counts([b, 4]));
    expect(await engine.serving()).toEqual(new Set([`p_1/127.0.0.1:${b}`, `p_3/127.0.0.1:${ports[2]}`]));
    expect(await engine.apply(base)).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 4)).toEqual(counts([a, 2], [b, 2]));
  });

  it('give a member another weight', async () => {
    const [a, b] = ports;
    expect(await change(withPool(withServer(pool, a, { weight: 3 })))).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 8)).toEqual(counts([a, 6], [b, 2]));
  });

  it('add a member and remove it', async () => {
    const [a, b, c] = ports;
    expect(await change(withPool(withServer(pool, c, {})))).toEqual({ reloaded: false, commands: 2 });
    expect(await whoAnswers(port, 6)).toEqual(counts([a, 2], [b, 2], [c, 2]));
    expect(await engine.apply(base)).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 6)).toEqual(counts([a, 3], [b, 3]));
  });

  it('let a removed member answer what it was asked, and take it back meanwhile', async () => {
    const [a, b, c] = ports;
    await change(withPool(withServer(withServer(withServer(pool, a, null), b, null), c, {})));
    const answer = ask(port, '/hold');
    await until(async () => (await engine.stats()).backends.get('p_1')!.sessions === 1, PATIENCE, 'the request');
    await engine.apply(base);
    expect(await whoAnswers(port, 4)).toEqual(counts([a, 2], [b, 2]));
    expect(await change(withPool(withServer(pool, c, {})))).toMatchObject({ reloaded: false });
    expect((await whoAnswers(port, 6)).get(String(c))).toBe(2);
    await engine.apply(base);
    members.release();
    expect(await answer).toEqual({ status: 200, body: String(c) });
    const names = async () => [...(await engine.stats()).backends.get('p_1')!.servers.keys()];
    await until(async () => (await names()).length === 2, PATIENCE, 'the removal of the server');
  });

  it('keep connections to a member that was added at run time', async () => {
    const alone = withServer(withServer(withServer(pool, ports[0], null), ports[1], null), ports[2], {});
    await change(withPool(alone));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = (await engine.stats()).backends.get('p_1')!.connections_reused;
    for (let index = 0; index < 5; index++) {
      await ask(port, '/', agent);
    }
    agent.destroy();
    expect((await engine.stats()).backends.get('p_1')!.connections_reused - before).toBe(4);
  });

  it('change a number that rules compare with', async () => {
    expect(await ask(port, '/limit')).toEqual({ status: 200, body: '7' });
    expect(await change({ variables: new Map([['limit', 12]]) })).toEqual({ reloaded: false, commands: 1 });
    expect(await ask(port, '/limit')).toEqual({ status: 200, body: '12' });
  });

  it('change one line of a map', async () => {
    const [, , c] = ports;
    const maps = new Map([...base.maps, ['exact', ['/third p_3', '/fourth p_3']]]);
    expect(await change({ maps })).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 1, '/fourth')).toEqual(counts([c, 1]));
    expect(await engine.apply(base)).toEqual({ reloaded: false, commands: 1 });
    expect((await whoAnswers(port, 2, '/fourth')).has(String(c))).toBe(false);
    expect(await whoAnswers(port, 1, '/third')).toEqual(counts([c, 1]));
  });

  it('replace a map of 10,000 lines', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `/a/path/of/some/length/number-${index} p_3`);
    expect(await change({ maps: new Map([...base.maps, ['exact', lines]]) })).toMatchObject({ reloaded: false });
    expect(await whoAnswers(port, 1, '/a/path/of/some/length/number-9999')).toEqual(counts([ports[2], 1]));
    expect((await whoAnswers(port, 2, '/third')).has(String(ports[2]))).toBe(false);
  });

  it('put regular expressions into a map as they are written', async () => {
    const regex = ['^/v\\d+\\.\\d+/;x$ p_3', '^/# p_3'];
    expect(await change({ maps: new Map([...base.maps, ['regex', regex]]) })).toMatchObject({ reloaded: false });
    expect(await whoAnswers(port, 1, '/v1.22/;x')).toEqual(counts([ports[2], 1]));
    expect((await whoAnswers(port, 2, '/v1x22/;x')).has(String(ports[2]))).toBe(false);
  });
});

describe('changes with a reload', () => {
  it('bring a new listener', async () => {
    const second = await freePort();
    const frontends = new Map([...base.frontends, ['l_2', frontend('l_2', second, ['default_backend p_3'])]]);
    expect(await change({ frontends })).toMatchObject({ reloaded: true });
    expect(await whoAnswers(second, 1)).toEqual(counts([ports[2], 1]));
    expect(await engine.apply(base)).toMatchObject({ reloaded: true });
    await expect(ask(second)).rejects.toThrow('ECONNREFUSED');
  });

  it('keep what was changed by commands before', async () => {
    const changed = { ...withPool(withServer(pool, ports[2], { weight: 2 })), variables: new Map([['limit', 8]]) };
    await change(changed);
    await change({ ...changed, base: `${base.base}\n  timeout queue 4s` });
    expect(await ask(port, '/limit')).toEqual({ status: 200, body: '8' });
    expect(await whoAnswers(port, 8)).toEqual(counts([ports[0], 2], [ports[1], 2], [ports[2], 4]));
  });

  it('become one when they come together', async () => {
    const { length } = scene.logged;
    const variants = [1, 2, 3, 4, 5].map((second) => change({ base: `${base.base}\n  timeout queue ${second}s` }));
    await Promise.all(variants);
    const reloads = scene.logged.slice(length).filter(({ message }) => message === 'HAProxy was reloaded');
    expect(reloads.length).toBeLessThanOrEqual(2);
  });

  it('let a member go at once, while the rest waits for its turn', async () => {
    const reload = (queue: number, p_1: ProxyBackend) =>
      change({ ...withPool(p_1), base: `${base.base}\n  timeout queue ${queue}s` });
    await reload(6, pool);
    const second = reload(7, withServer(pool, ports[0], { up: false }));
    await until(async () => !(await engine.serving()).has(`p_1/127.0.0.1:${ports[0]}`), PATIENCE, 'maintenance');
    expect(await second).toMatchObject({ reloaded: true });
    expect(await whoAnswers(port, 2)).toEqual(counts([ports[1], 2]));
  });
});

describe('what HAProxy does not take', () => {
  it('is told by section and leaves everything as it was', async () => {
    const broken = new Map([...base.frontends, ['l_9', 'frontend l_9\n  bind 127.0.0.1:1\n  no-such-word 5']]);
    const reason = /frontend l_9: unknown keyword 'no-such-word'/;
    await expect(change({ frontends: broken })).rejects.toThrow(reason);
    expect(await whoAnswers(port, 2)).toEqual(counts([ports[0], 1], [ports[1], 1]));
    expect(await engine.apply({ ...base })).toEqual({ reloaded: false, commands: 0 });
  });

  it('is a port that somebody else has, and nobody is refused meanwhile', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = (other.address() as { port: number }).port;
    const frontends = new Map([...base.frontends, ['l_9', frontend('l_9', taken, ['default_backend p_1'])]]);
    const message = `127.0.0.1 port ${taken}: another program listens there`;
    await expect(change({ frontends })).rejects.toThrow(message);
    expect(await whoAnswers(port, 2)).toEqual(counts([ports[0], 1], [ports[1], 1]));
    other.close();
    await once(other, 'close');
    expect(await change({ frontends })).toMatchObject({ reloaded: true });
  });

  it('is repaired by a reload where only a command failed', async () => {
    // HAProxy refuses a cookie for a server that is added at run time.
    const { length } = scene.logged;
    const text = `${pool.text}\n  cookie SRV insert`;
    const sticky = { ...pool, text };
    await change(withPool(sticky));
    const added = withServer(sticky, ports[2], { options: 'cookie c3' });
    expect(await change(withPool(added))).toMatchObject({ reloaded: true });
    expect((await whoAnswers(port, 6)).get(String(ports[2]))).toBe(2);
    expect(JSON.stringify(scene.logged.slice(length))).toContain("'cookie' option is not accepted for dynamic server");
  });
});

const masterPid = () => Number(readFileSync(`${scene.runDirectory}/haproxy.pid`, 'utf8'));

it('HAProxy that somebody else has reloaded is found again', async () => {
  const { pid } = (await engine.stats()).process;
  process.kill(masterPid(), 'SIGUSR2');
  await until(async () => (await engine.stats()).process.pid !== pid, PATIENCE, 'the new worker');
  expect(await change(withPool(withServer(pool, ports[0], { up: false })))).toMatchObject({ reloaded: false });
  expect(await whoAnswers(port, 2)).toEqual(counts([ports[1], 2]));
});

describe('HAProxy that dies', () => {
  it('is started again with what it had', async () => {
    await change(withPool(withServer(pool, ports[0], { up: false })));
    scene.events.splice(0);
    const { pid } = (await engine.stats()).process;
    process.kill(masterPid(), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await until(() => scene.events.length === 2, PATIENCE, 'the restart');
    expect(scene.events).toEqual([{ kind: 'died' }, { kind: 'restarted' }]);
    expect(await whoAnswers(port, 2)).toEqual(counts([ports[1], 2]));
    expect(await engine.apply(base)).toEqual({ reloaded: false, commands: 1 });
    expect(await whoAnswers(port, 2)).toEqual(counts([ports[0], 1], [ports[1], 1]));
  });
});
