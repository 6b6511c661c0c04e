/** A daemon killed at any instant, under writers and under load: what it has acknowledged is there, whole, and traffic notices nothing. */
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Traffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { ApiClient } from '../support/api-client.js';
import { expectKernelAgrees } from '../support/api-kernel.js';
import { Writer } from '../support/api-writer.js';
import { Random } from '../support/random.js';
import { expectClean, PATIENCE, Scene } from './support.js';

const ROUNDS = 6;
/** Answers to all writers together before a kill. */
const MOST_WRITES = 60;
/** ms from there to the kill: any moment of the writes under way. */
const MOST_DELAY = 20;
/** ms after its start within which every other daemon is killed once more. */
const MOST_START = 1500;

const scene = new Scene('crash', { clients: 2, backends: 3 });
const api = new ApiClient(scene.gateway.socket);
const random = new Random(20261121);

beforeAll(() => scene.start());
afterAll(() => scene.stop());

/** A load balancer with one listener and one member, and a writer for it. */
async function writerOn(vip: string, spareVip: string, addresses: readonly [string, ...string[]], port: number) {
  const members = [{ address: addresses[0], protocol_port: port }];
  const pool = { name: 'servers', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members };
  const listeners = [{ protocol: 'TCP', protocol_port: 80, default_pool: pool }];
  const made = await api.expect('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_address: vip, listeners } });
  return new Writer({ api, random, vip: spareVip, pool: made.pools[0], port, addresses });
}

/** Kills the daemon at some moment of the writers' writes. */
async function killAmid(writers: readonly Writer[]): Promise<void> {
  const answers = () => writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const enough = answers() + random.between(1, MOST_WRITES);
  const writing = Promise.all(writers.map((writer) => writer.write()));
  await Promise.race([until(() => answers() >= enough, PATIENCE, 'the writers to write'), writing]);
  await after(random.between(0, MOST_DELAY));
  await scene.gateway.kill();
  await writing;
}

/** Starts the daemon and kills it before, or soon after, it is ready. */
async function killAtStart(): Promise<void> {
  const starting = scene.gateway.start().catch(() => undefined);
  await after(random.between(50, MOST_START));
  await scene.gateway.kill();
  await starting;
}

test(`a daemon that is killed ${ROUNDS} times has kept every acknowledged write, whole, and no connection fails`, async () => {
  const { vips, backends } = scene.lab.plan;
  const vip = vips[0]!;
  const servers = backends.map(({ addresses }) => addresses[0]!) as [string, string, string];
  const nobody = Array.from({ length: 8 }, (_, index) => `198.19.9.${index + 1}`) as [string, ...string[]];
  const writers = [
    // The one that traffic goes through.
    await writerOn(vip, '198.18.1.101', servers, 80),
    await writerOn(vips[1]!, '198.18.1.102', nobody, 80),
    await writerOn(vips[2]!, '198.18.1.103', nobody, 80),
  ];
  for (const writer of writers) writer.check(await api.configuration());
  const web = { address: vip, port: 80, protocol: 'http' } as const;
  const traffic = [
    await Traffic.start(scene.lab, 'client1', {
      ...web,
      connections: 20,
      concurrency: 20,
      requests: null,
      pauseMs: 20,
    }),
    await Traffic.start(scene.lab, 'client2', { ...web, connections: null, concurrency: 2, requests: 2, pauseMs: 10 }),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    await killAmid(writers);
    if (round % 2 === 1) await killAtStart();
    const before = traffic.map(({ progress }) => progress.requests);
    await scene.gateway.start();
    const configuration = await expectKernelAgrees(scene.lab, api);
    for (const writer of writers) writer.check(configuration);
    for (const [index, each] of traffic.entries()) await each.reached(({ requests }) => requests > before[index]! + 50);
  }
  for (const each of traffic) expectClean(await each.stop());
  for (const { acknowledged } of writers) expect(acknowledged).toBeGreaterThan(ROUNDS);
});
