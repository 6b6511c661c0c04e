/** Under load nobody notices a change: no refused connection, no reset, no answer but 200. */
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProxyEngine } from '../../src/l7/engine/index.js';
import { backend, configOf, frontend, server, serverName } from '../../src/l7/engine/testing/configs.js';
import type { ProxyBackend, ProxyConfig } from '../../src/l7/proxy-config.js';
import { ask, startMembers } from './engine-members.js';
import { freePort, openScene, type Scene } from './engine-scene.js';

const MEMBERS = 6;
/** Clients that connect for each request, and clients that keep their connection and rest for up to 40 ms in between. */
const CONNECTING = 8;
const KEEPING = 24;

let scene: Scene;
let engine: ProxyEngine;
let members: Awaited<ReturnType<typeof startMembers>>;
let port: number;
let base: ProxyConfig;

beforeAll(async () => {
  scene = await openScene();
  members = await startMembers(MEMBERS);
  port = await freePort();
  const route = 'use_backend %[path,map_str({{RUN}}/maps/paths.map,p_1)]';
  base = configOf({
    frontends: new Map([['l_1', frontend('l_1', port, [route])]]),
    backends: new Map([['p_1', backend('p_1', members.ports)]]),
    maps: new Map([['paths', ['/ p_1']]]),
  });
  engine = scene.engine();
  await engine.start(base);
});

afterAll(async () => {
  await scene.close();
  await members.close();
});

interface Load {
  /** Ends the load. @returns requests that were answered, and what went wrong otherwise */
  end(): Promise<{ good: number; bad: string[] }>;
}

function startLoad(): Load {
  let running = true;
  let good = 0;
  const bad: string[] = [];
  const once = async (agent?: Agent) => {
    try {
      const { status } = await ask(port, '/', agent);
      if (status === 200) {
        good += 1;
      } else {
        bad.push(String(status));
      }
    } catch (error) {
      bad.push(String(error));
    }
  };
  const client = async (agent: Agent | undefined, longestRest: number) => {
    while (running) {
      await once(agent);
      await pause(Math.random() * longestRest);
    }
    agent?.destroy();
  };
  const clients = [
    ...Array.from({ length: CONNECTING }, () => client(undefined, 10)),
    ...Array.from({ length: KEEPING }, () => client(new Agent({ keepAlive: true, maxSockets: 1 }), 40)),
  ];
  return {
    async end() {
      running = false;
      await Promise.all(clients);
      return { good, bad };
    },
  };
}

/** A pool with these of the members, with this weight. */
function pool(ports: readonly number[], weight: number): ReadonlyMap<string, ProxyBackend> {
  const servers = new Map(ports.map((member) => [serverName(member), server(member, { weight })]));
  return new Map([['p_1', { ...backend('p_1', []), servers }]]);
}

it('reloads go unnoticed', async () => {
  const load = startLoad();
  for (let index = 1; index <= 12; index++) {
    const { reloaded } = await engine.apply({ ...base, base: `${base.base}\n  timeout queue ${index}s` });
    expect(reloaded).toBe(true);
  }
  const { good, bad } = await load.end();
  expect(bad).toEqual([]);
  expect(good).toBeGreaterThan(1000);
});

it('members that come and go, weights, and maps go unnoticed', async () => {
  await engine.apply(base);
  const load = startLoad();
  for (let index = 0; index < 300; index++) {
    const gone = members.ports[index % MEMBERS]!;
    const left = members.ports.filter((member) => member !== gone);
    const paths = Array.from({ length: index % 100 }, (_, path) => `/${path} p_1`);
    const maps = new Map([['paths', paths]]);
    const { reloaded } = await engine.apply({ ...base, backends: pool(left, 1 + (index % 5)), maps });
    expect(reloaded).toBe(false);
  }
  const { good, bad } = await load.end();
  expect(bad).toEqual([]);
  expect(good).toBeGreaterThan(300);
});

it('daemons that follow each other go unnoticed', async () => {
  const load = startLoad();
  for (let index = 0; index < 5; index++) {
    await engine.stop();
    engine = scene.engine();
    await engine.start({ ...base, base: `${base.base}\n  timeout queue ${20 + index}s` });
  }
  const { good, bad } = await load.end();
  expect(bad).toEqual([]);
  expect(good).toBeGreaterThan(300);
});
