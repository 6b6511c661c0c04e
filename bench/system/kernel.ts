/** Contests with real programs over real kernel TCP at both ends. */
import { startNginx } from '#sluice/lab/backends.js';
import type { Service } from '#sluice/lab/contestants.js';
import type { Lab } from '#sluice/lab/lab.js';
import type { Offloads } from '#sluice/lab/topology.js';
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { interleave, median, ratio } from '../statistics.js';
import { type ArenaName, Arenas } from './arenas.js';
import { type HttpResult, runIperf, runWrk } from './programs.js';

const HTTP: Service = { protocol: 'tcp', port: 80, memberPort: 8080 };
const BULK: Service = { protocol: 'tcp', port: 5201, memberPort: 5201 };

const NAMES: readonly ArenaName[] = ['direct', 'plain', 'nftables', 'haproxy', 'sluice'];

export interface KernelOptions {
  rounds: number;
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
  await startNginx(lab, 'backend1', HTTP.memberPort);
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

async function benchBulk(arenas: Arenas, { rounds, seconds }: KernelOptions, progress: Progress): Promise<Table> {
  const run = async (offloads: Offloads) => {
    for (const { lab } of arenas.all) await lab.setOffloads(offloads);
    const contestant = (name: ArenaName) => async (round: number) => {
      const { lab, address, portOf, label } = arenas.get(name);
      progress.say(`kernel TCP, bulk, offloads ${offloads}: round ${round + 1} of ${rounds}, ${label}`);
      return runIperf(lab, address, portOf(BULK), seconds);
    };
    return interleave(rounds, Object.fromEntries(NAMES.map((name) => [name, contestant(name)])) as Contestants);
  };
  const frames = await run('none');
  const segments = await run('segmentation');
  return {
    title: 'System, kernel TCP: bulk',
    meaning: 'One iperf3 stream from client to backend, Gbit/s.',
    columns: ['contestant', 'MTU-sized frames', '× nftables', 'segmentation offload', '× nftables'],
    rows: NAMES.map((name) => [
      arenas.get(name).label,
      median(frames[name]),
      ratio(frames[name], frames.nftables),
      median(segments[name]),
      ratio(segments[name], segments.nftables),
    ]),
    targets: [
      {
        what: 'bulk with MTU-sized frames, Sluice / nftables',
        value: ratio(frames.sluice, frames.nftables),
        bound: 1.4,
        kind: 'least',
        unit: '×',
      },
      {
        what: 'bulk with MTU-sized frames, Sluice / plain forwarding',
        value: ratio(frames.sluice, frames.plain),
        bound: 1,
        kind: 'least',
        unit: '×',
      },
    ],
    notes: [
      'With segmentation offload veth hands the kernel segments of up to 64 KB and XDP frames of MTU size, which the second column pair shows; on a wire everybody gets frames.',
    ],
  };
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
