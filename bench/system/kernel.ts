/** Contests with real programs over real kernel TCP at both ends. */
import { startNginx } from '#sluice/lab/backends.js';
import type { Service } from '#sluice/lab/contestants.js';
import type { Lab } from '#sluice/lab/lab.js';
import type { Offloads } from '#sluice/lab/topology.js';
import type { Progress } from '../progress.js';
import { formatNumber, type Table, type Target } from '../report.js';
import { interleave, median, ratio } from '../statistics.js';
import { type ArenaName, Arenas } from './arenas.js';
import { type Direction, type HttpResult, runIperf, runWrk, THREADS } from './programs.js';

const HTTP: Service = { protocol: 'tcp', port: 80, memberPort: 8080 };
const BULK: Service = { protocol: 'tcp', port: 5201, memberPort: 5201 };

const NAMES: readonly ArenaName[] = ['direct', 'plain', 'nftables', 'haproxy', 'sluice'];

export interface KernelOptions {
  rounds: number;
  /** Of bulk transfers: they vary less, and there are four for each contestant. */
  bulkRounds: number;
  /** Of each measurement. */
  seconds: number;
}

export async function benchKernel(options: KernelOptions, progress: Progress): Promise<Table[]> {
  const arenas = new Arenas();
  try {
    progress.say('kernel TCP: starting the contestants');
    await arenas.open(NAMES, [HTTP, BULK], {});
    for (const { lab } of arenas.all) await startServers(lab);
    return [
      await benchConnections(arenas, options, progress),
      await benchKept(arenas, options, progress),
      await benchBulk(arenas, options, progress),
    ];
  } finally {
    await arenas.close();
  }
}

async function startServers(lab: Lab): Promise<void> {
  await startNginx(lab, 'backend1', HTTP.memberPort, THREADS);
  await lab.spawn('backend1', ['iperf3', '-s', '-p', `${BULK.memberPort}`], { name: 'iperf3' });
}

type Results<Value> = Record<ArenaName, Value[]>;

/** Runs wrk for all contestants in turn. */
async function http(
  arenas: Arenas,
  { rounds, seconds }: KernelOptions,
  close: boolean,
  say: (text: string) => void,
): Promise<Results<HttpResult>> {
  const results = Object.fromEntries(NAMES.map((name) => [name, []])) as unknown as Results<HttpResult>;
  const contestant = (name: ArenaName) => async (round: number) => {
    const { lab, address, portOf, label } = arenas.get(name);
    say(`round ${round + 1} of ${rounds}, ${label}`);
    const result = await runWrk(lab, `http://${address}:${portOf(HTTP)}/`, seconds, close);
    results[name].push(result);
    return result.requests;
  };
  await interleave(rounds, Object.fromEntries(NAMES.map((name) => [name, contestant(name)])));
  return results;
}

async function benchConnections(arenas: Arenas, options: KernelOptions, progress: Progress): Promise<Table> {
  const results = await http(arenas, options, true, (text) => progress.say(`kernel TCP, new connections: ${text}`));
  const rates = of(results, ({ requests }) => requests);
  const direct = median(results.direct.map(({ cpu }) => cpu));
  return {
    title: 'System, kernel TCP: a new connection for each request',
    meaning:
      'wrk against nginx, 64 at a time, both on the same two CPUs as the gateway. CPU: of the whole machine per connection, and what of it the gateway adds to a direct cable.',
    columns: ['contestant', 'connections/s', '× nftables', 'p50 ms', 'p99 ms', 'CPU µs', 'gateway CPU µs', 'errors'],
    rows: NAMES.map((name) => {
      const cpu = median(results[name].map((result) => result.cpu));
      return [
        arenas.get(name).label,
        median(rates[name]),
        ratio(rates[name], rates.nftables),
        ...latencies(results[name]),
        cpu,
        name === 'direct' ? undefined : cpu - direct,
        errorsOf(results[name]),
      ];
    }),
    targets: [
      {
        what: 'new connections, Sluice / nftables',
        value: ratio(rates.sluice, rates.nftables),
        bound: 1,
        kind: 'least',
        unit: '×',
      },
      {
        what: 'new connections, Sluice / HAProxy TCP',
        value: ratio(rates.sluice, rates.haproxy),
        bound: 1.4,
        kind: 'least',
        unit: '×',
      },
    ],
  };
}

async function benchKept(arenas: Arenas, options: KernelOptions, progress: Progress): Promise<Table> {
  const results = await http(arenas, options, false, (text) => progress.say(`kernel TCP, kept connections: ${text}`));
  const rates = of(results, ({ requests }) => requests);
  return {
    title: 'System, kernel TCP: requests on kept connections',
    meaning: 'wrk against nginx over 64 connections that stay open.',
    columns: ['contestant', 'requests/s', '× nftables', 'p50 ms', 'p99 ms', 'errors'],
    rows: NAMES.map((name) => [
      arenas.get(name).label,
      median(rates[name]),
      ratio(rates[name], rates.nftables),
      ...latencies(results[name]),
      errorsOf(results[name]),
    ]),
    targets: [
      {
        what: 'requests on kept connections, Sluice / nftables',
        value: ratio(rates.sluice, rates.nftables),
        bound: 1.05,
        kind: 'least',
        unit: '×',
      },
    ],
  };
}

async function benchBulk(arenas: Arenas, options: KernelOptions, progress: Progress): Promise<Table> {
  const run = async (offloads: Offloads) => {
    for (const { lab } of arenas.all) await lab.setOffloads(offloads);
    return {
      up: await bulk(arenas, options, 'up', (text) => progress.say(`bulk up, offloads ${offloads}: ${text}`)),
      down: await bulk(arenas, options, 'down', (text) => progress.say(`bulk down, offloads ${offloads}: ${text}`)),
    };
  };
  const frames = await run('none');
  const segments = await run('segmentation');
  const columns = [frames.up, frames.down, segments.up, segments.down];
  return {
    title: 'System, kernel TCP: bulk',
    meaning: 'One iperf3 stream, Gbit/s, up from client to backend or down; in brackets the ratio to nftables.',
    columns: ['contestant', 'MTU-sized, up', 'MTU-sized, down', 'offloads on, up', 'offloads on, down'],
    rows: NAMES.map((name) => [
      arenas.get(name).label,
      ...columns.map(
        (rates) => `${formatNumber(median(rates[name]))} (${formatNumber(ratio(rates[name], rates.nftables))}×)`,
      ),
    ]),
    targets: [bulkTargets('up', frames.up), bulkTargets('down', frames.down)].flat(),
    notes: [
      'MTU-sized: senders and gateway without segmentation offload and GRO. Receivers keep GRO for every contestant: veth takes redirected frames only with it, and the others gain from it too.',
      'Offloads on: veth hands the kernel segments of up to 64 KB but XDP frames of MTU size. On a wire everybody gets frames.',
    ],
  };
}

function bulk(
  arenas: Arenas,
  { bulkRounds, seconds }: KernelOptions,
  direction: Direction,
  say: (text: string) => void,
): Promise<Results<number>> {
  const contestant = (name: ArenaName) => async (round: number) => {
    const { lab, address, portOf, label } = arenas.get(name);
    say(`round ${round + 1} of ${bulkRounds}, ${label}`);
    return runIperf(lab, address, portOf(BULK), seconds, direction);
  };
  return interleave(bulkRounds, Object.fromEntries(NAMES.map((name) => [name, contestant(name)])) as Contestants);
}

function bulkTargets(direction: Direction, rates: Results<number>): Target[] {
  const what = `bulk ${direction} with MTU-sized frames, Sluice`;
  return [
    { what: `${what} / nftables`, value: ratio(rates.sluice, rates.nftables), bound: 1.4, kind: 'least', unit: '×' },
    { what: `${what} / plain forwarding`, value: ratio(rates.sluice, rates.plain), bound: 1, kind: 'least', unit: '×' },
  ];
}

type Contestants = Record<ArenaName, (round: number) => Promise<number>>;

function of<Value>(results: Results<Value>, pick: (value: Value) => number): Results<number> {
  return Object.fromEntries(NAMES.map((name) => [name, results[name].map(pick)])) as Results<number>;
}

function latencies(results: readonly HttpResult[]): [number, number] {
  return [median(results.map(({ p50 }) => p50)), median(results.map(({ p99 }) => p99))];
}

function errorsOf(results: readonly HttpResult[]): number {
  return results.reduce((sum, { errors }) => sum + errors, 0);
}
