/** The API of a running daemon with real tables in the kernel: start, lists, writes with full durability. */

import { Gateway } from '#sluice/lab/gateway.js';
import { Lab } from '#sluice/lab/lab.js';
import { PREFIXES } from '../names.js';
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { median } from '../statistics.js';
import { SocketClient } from './client.js';
import { IN_TOTAL, LOAD_BALANCERS, MEMBERS, makeFleet, makeLargePool, VIP_NETWORK } from './fleet.js';

/** Clients that write at the same time. */
const WRITERS = 64;

const WRITES_PER_SECOND = 500;
const LIST_MS = 100;
const START_MS = 5_000;

interface Figures {
  start: number;
  list: number;
  page: number;
  writes: number;
  alone: number;
}

/** @param rounds of each figure */
export async function benchApi(rounds: number, progress: Progress): Promise<Table[]> {
  const lab = new Lab({ prefix: PREFIXES.api, clients: 1, backends: 1, resolveNeighbours: true });
  try {
    await lab.up();
    await lab.runOrThrow('gateway', ['ip', 'address', 'add', VIP_NETWORK, 'dev', lab.plan.gatewayInterfaces[0]!]);
    const gateway = new Gateway(lab);
    await gateway.start();
    const client = new SocketClient(gateway.socket, WRITERS);
    try {
      return [tableOf(await measure(gateway, client, rounds, progress))];
    } finally {
      client.close();
    }
  } finally {
    await lab.down();
  }
}

async function measure(gateway: Gateway, client: SocketClient, rounds: number, progress: Progress): Promise<Figures> {
  progress.say(`api: making ${LOAD_BALANCERS} load balancers`);
  const members = await makeFleet(client);
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    progress.say(`api: start ${round + 1} of ${rounds}`);
    await gateway.stop();
    starts.push(await time(() => gateway.start()));
  }
  progress.say('api: lists');
  const pool = await makeLargePool(client);
  const list = await times(rounds * 5, () => client.text(`/v2.0/lbaas/pools/${pool}/members`));
  const page = await times(rounds * 5, () => client.text(`/v2.0/lbaas/pools/${pool}/members?limit=100`));
  await client.ask('DELETE', `/v2.0/lbaas/loadbalancers/${await ownerOf(client, pool)}?cascade=true`);
  progress.say('api: writes');
  const writes: number[] = [];
  const alone: number[] = [];
  for (let round = 0; round < rounds; round++) {
    writes.push(await writesPerSecond(client, members, WRITERS, 1_000));
    alone.push(await writesPerSecond(client, members, 1, 50));
  }
  return {
    start: median(starts),
    list: median(list),
    page: median(page),
    writes: median(writes),
    alone: median(alone),
  };
}

async function ownerOf(client: SocketClient, pool: string): Promise<string> {
  const found = await client.ask<{ pool: { loadbalancers: { id: string }[] } }>('GET', `/v2.0/lbaas/pools/${pool}`);
  return found.pool.loadbalancers[0]!.id;
}

let weight = 0;

/** Another one each time, so that every write is a change. */
function nextWeight(): number {
  weight = (weight + 1) % 256;
  return weight + 1;
}

/** Weights of members that differ, by so many clients that each wait for their answer. */
async function writesPerSecond(
  client: SocketClient,
  paths: readonly string[],
  writers: number,
  count: number,
): Promise<number> {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) {
      const serial = next++;
      const path = paths[(serial * 7919) % paths.length]!;
      await client.ask('PUT', path, { member: { weight: nextWeight() } });
    }
  };
  const elapsed = await time(() => Promise.all(Array.from({ length: writers }, writer)));
  return (count / elapsed) * 1000;
}

async function times(count: number, step: () => Promise<unknown>): Promise<number[]> {
  const elapsed: number[] = [];
  for (let i = 0; i < count; i++) {
    elapsed.push(await time(step));
  }
  return elapsed;
}

async function time(step: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await step();
  return performance.now() - started;
}

function tableOf({ start, list, page, writes, alone }: Figures): Table {
  return {
    title: 'API',
    meaning: `A daemon with ${IN_TOTAL} in the kernel's tables, asked over its Unix socket; medians.`,
    columns: ['what', 'figure', 'unit'],
    rows: [
      ['start, from exec to the first answer', start, 'ms'],
      [`list of ${MEMBERS.toLocaleString('en-US')} members`, list, 'ms'],
      ['a page of 100 of them', page, 'ms'],
      [`writes, ${WRITERS} clients`, writes, 'per second'],
      ['writes, one client', alone, 'per second'],
    ],
    targets: [
      { what: 'API writes with full durability', value: writes, bound: WRITES_PER_SECOND, kind: 'least', unit: '/s' },
      {
        what: `list of ${MEMBERS.toLocaleString('en-US')} members`,
        value: list,
        bound: LIST_MS,
        kind: 'most',
        unit: ' ms',
      },
      { what: `start with ${IN_TOTAL}`, value: start, bound: START_MS, kind: 'most', unit: ' ms' },
    ],
    notes: [
      "A list is there when its last byte has come; reading it as JSON is the client's work.",
      'A write is answered after it was saved durably and the data plane has it; writes that wait together share both.',
    ],
  };
}
