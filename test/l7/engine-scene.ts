/** A HAProxy under an engine, on loopback, in a run directory and with routes of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LocalRoutes, ProxyEngine, type ProxyEvent } from '../../src/l7/engine/index.js';

/** In memory, as in production. */
const PLACE = '/dev/shm';
/** The process id follows: it tells what a test that did not get to its end left behind. */
const PREFIX = 'sle-';

export interface Scene {
  runDirectory: string;
  /** Name of a network namespace without anything but loopback, where the engines put their routes. */
  namespace: string;
  routes: LocalRoutes;
  events: ProxyEvent[];
  /** Messages of all engines, with what belongs to them. */
  logged: { message: string; fields: Record<string, unknown> }[];
  /** An engine as a daemon has one; several are daemons that follow each other. */
  engine(binary?: string): ProxyEngine;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  await removeLeftovers();
  const runDirectory = mkdtempSync(join(PLACE, `${PREFIX}${process.pid}-`));
  const namespace = runDirectory.slice(PLACE.length + 1);
  execFileSync('ip', ['netns', 'add', namespace]);
  execFileSync('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  const routes = new LocalRoutes({ namespace });
  const engines: ProxyEngine[] = [];
  const scene: Scene = {
    runDirectory,
    namespace,
    routes,
    events: [],
    logged: [],
    engine(binary = 'haproxy') {
      const note = (first: string | object, message = '') => {
        const isText = typeof first === 'string';
        scene.logged.push({ message: isText ? first : message, fields: isText ? {} : { ...first } });
      };
      const engine = new ProxyEngine({
        runDirectory,
        settings: { binary },
        log: { info: note, warn: note, error: note },
        routes,
        onEvent: (event) => void scene.events.push(event),
      });
      engines.push(engine);
      return engine;
    },
    async close() {
      await Promise.all(engines.map((engine) => engine.stop()));
      await remove(namespace);
    },
  };
  return scene;
}

async function remove(name: string): Promise<void> {
  const routes = new LocalRoutes({ namespace: name });
  if (existsSync(join('/run/netns', name))) {
    await ProxyEngine.detach(join(PLACE, name), routes);
    execFileSync('ip', ['netns', 'del', name]);
  }
  rmSync(join(PLACE, name), { recursive: true, force: true });
}

async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(PLACE).filter((entry) => entry.startsWith(PREFIX))) {
    const owner = name.slice(PREFIX.length).split('-')[0];
    if (/^\d+$/.test(owner!) && !existsSync(`/proc/${owner}`)) {
      await remove(name);
    }
  }
}

/** A port of an address that nobody listens on. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
