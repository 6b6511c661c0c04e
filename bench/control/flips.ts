/** From the health check that decides about a member to the kernel's tables, in a daemon that checks ten thousand members. */
import { setTimeout as wait } from 'node:timers/promises';
import { isListening } from '#sluice/lab/backends.js';
import { Gateway } from '#sluice/lab/gateway.js';
import { Lab } from '#sluice/lab/lab.js';
import type { LabProcess } from '#sluice/lab/process.js';
import { until } from '#sluice/lab/wait.js';
import { PREFIXES } from '../names.js';
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { SocketClient } from './client.js';
import { IN_TOTAL, LOAD_BALANCERS, MEMBER_NETWORK, MEMBERS, makeFleet, VIP_NETWORK } from './fleet.js';

const VISIBLE_MS = 100;
/** Members of every tenth load balancer are behind a port that opens and closes. */
const EVERY = 10;
const FLIPPING = MEMBERS / EVERY;
const STEADY_PORT = 8080;
const FLIPPING_PORT = 8081;
const INTERVAL_MS = 5_000;
/** In which all members are checked once more. */
const ROUND_MS = 1.5 * INTERVAL_MS;
const LONGEST_ROUND = 8;
const START_MS = 10_000;

/** So far, by the daemon's own account. */
interface Delays {
  count: number;
  /** s */
  sum: number;
  /** How many within so many s, the shortest first. */
  within: [seconds: number, count: number][];
}

/** @param rounds in each of which members go down and come up again */
export async function benchFlips(rounds: number, progress: Progress): Promise<Table> {
  const lab = new Lab({ prefix: PREFIXES.api, clients: 1, backends: 1, resolveNeighbours: true });
  try {
    await lab.up();
    await lab.ip('gateway', [
      `address add ${VIP_NETWORK} dev ${lab.plan.gatewayInterfaces[0]!}`,
      `route add ${MEMBER_NETWORK} via ${lab.plan.backends[0]!.addresses[0]}`,
    ]);
    await lab.ip('backend1', [`route add local ${MEMBER_NETWORK} dev lo`]);
    const gateway = new Gateway(lab);
    await gateway.start();
    const client = new SocketClient(gateway.socket, 1);
    try {
      return tableOf(await measure(lab, client, rounds, progress));
    } finally {
      client.close();
    }
  } finally {
    await lab.down();
  }
}

async function measure(lab: Lab, client: SocketClient, rounds: number, progress: Progress): Promise<Delays> {
  await listen(lab, STEADY_PORT);
  let server = await listen(lab, FLIPPING_PORT);
  progress.say(`flips: making ${LOAD_BALANCERS} load balancers`);
  await makeFleet(client, {
    port: (index) => (index % EVERY === 0 ? FLIPPING_PORT : STEADY_PORT),
    monitor: { type: 'TCP', delay: INTERVAL_MS / 1000, timeout: 5, max_retries: 1, max_retries_down: 1 },
  });
  // After two checks everybody has a place of its own within the interval.
  await wait(2.5 * INTERVAL_MS);
  const before = await delays(client);
  for (let round = 0; round < rounds; round++) {
    progress.say(`flips: round ${round + 1} of ${rounds}`);
    const flipped = before.count + 2 * FLIPPING * round;
    await server.stop();
    await settle(client, flipped + FLIPPING);
    server = await listen(lab, FLIPPING_PORT);
    await settle(client, flipped + 2 * FLIPPING);
  }
  return since(before, await delays(client));
}

/** Waits until so many have gone down or come up since the daemon's start. Seldom asked for: the daemon would be busy with answering. */
async function settle(client: SocketClient, count: number): Promise<void> {
  for (let left = LONGEST_ROUND; left > 0; left--) {
    await wait(ROUND_MS);
    if ((await delays(client)).count >= count) return;
  }
  throw new Error(`not all members went down or came up within ${(LONGEST_ROUND * ROUND_MS) / 1000} s`);
}

/** A port of all members; nothing is ever accepted, which checks do not ask for. */
async function listen(lab: Lab, port: number): Promise<LabProcess> {
  const server = `require('node:net').createServer().listen({ host: '0.0.0.0', port: ${port}, backlog: 8192 })`;
  const started = await lab.spawn('backend1', [process.execPath, '-e', server]);
  await until(() => isListening(lab, 'backend1', port), START_MS, `port ${port} to open`);
  return started;
}

/** What the daemon's metrics say. */
async function delays(client: SocketClient): Promise<Delays> {
  const text = await client.text('/metrics');
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  const name = 'sluice_health_change_duration_seconds';
  const buckets = text.matchAll(new RegExp(`^${name}_bucket\\{.*le="([^"]+)".*\\} (\\S+)$`, 'gm'));
  return {
    count: value(`${name}_count`),
    sum: value(`${name}_sum`),
    within: Array.from(buckets, ([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]),
  };
}

function since(before: Delays, now: Delays): Delays {
  return {
    count: now.count - before.count,
    sum: now.sum - before.sum,
    within: now.within.map(([bound, count], index) => [bound, count - (before.within[index]?.[1] ?? 0)]),
  };
}

function tableOf({ count, sum, within }: Delays): Table {
  const mean = (sum / count) * 1000;
  const most = within.find(([, inside]) => inside >= 0.99 * count)![0] * 1000;
  const what = `from the check that decides to the data plane, ${IN_TOTAL}`;
  return {
    title: 'Members that go down and come up',
    meaning: `A daemon that checks ${IN_TOTAL} each ${INTERVAL_MS / 1000} s by TCP, by its own metrics; from the check that decides about a member to the kernel's tables.`,
    columns: ['what', 'figure', 'unit'],
    rows: [
      ['changes', count, ''],
      ['mean', mean, 'ms'],
      ['99 % within', most, 'ms'],
    ],
    targets: [{ what: `99 % ${what}`, value: most, bound: VISIBLE_MS, kind: 'most', unit: ' ms' }],
    notes: [
      `A tenth of the members changes within ${INTERVAL_MS / 1000} s; 99 % within is the upper end of a bucket of the metric.`,
    ],
  };
}
