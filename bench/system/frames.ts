/** Contests with frames made by XDP at both ends: what is left to measure is the gateway, and what it costs to get packets to it. */
import type { Service } from '#sluice/lab/contestants.js';
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { interleave, median, ratio } from '../statistics.js';
import { runWorker } from '../worker.js';
import { type Arena, Arenas, FLOW_SOURCES } from './arenas.js';
import type { TrafficOrder, TrafficResult } from './traffic.js';

export const UDP_SERVICE: Service = { protocol: 'udp', port: 9000, memberPort: 9000 };
export const TCP_SERVICE: Service = { protocol: 'tcp', port: 80, memberPort: 80 };

/** One CPU for generator, gateway and both ends: a frame stays on the CPU it was made on. */
const CPU = 1;
/** Flows of the contest of established flows. */
const FEW_FLOWS = 64;
/** New flows of one round: as many as fit into conntrack's table as Debian sizes it. */
const ROUND_FLOWS = 200_000;

interface Contest {
  name: string;
  service: Service;
  order: Pick<TrafficOrder, 'flows' | 'count' | 'spanMs'>;
  /** Flows must be new in each round. */
  fresh: boolean;
  /** Against nftables. */
  target: number;
}

const CONTESTS: readonly Contest[] = [
  {
    name: `UDP established (${FEW_FLOWS} flows), round trips/s`,
    service: UDP_SERVICE,
    order: { flows: FEW_FLOWS, spanMs: 1000 },
    fresh: false,
    target: 4,
  },
  {
    name: 'UDP new flows, one round trip each, flows/s',
    service: UDP_SERVICE,
    order: { flows: 0, count: ROUND_FLOWS },
    fresh: true,
    target: 3,
  },
  {
    name: 'TCP new sessions (handshake, request, response, close), sessions/s',
    service: TCP_SERVICE,
    order: { flows: 0, count: ROUND_FLOWS },
    fresh: true,
    target: 4,
  },
];

/** @param rounds how often each contest is run for each contestant */
export async function benchFrames(rounds: number, progress: Progress): Promise<Table> {
  const arenas = new Arenas();
  try {
    progress.say('frames: starting the contestants');
    await arenas.open(['plain', 'nftables', 'sluice'], [UDP_SERVICE, TCP_SERVICE], {});
    for (const arena of arenas.all) await serve(arena, progress);
    const results = [];
    for (const contest of CONTESTS) results.push({ contest, ...(await hold(contest, arenas, rounds, progress)) });
    return tableOf(results);
  } finally {
    await arenas.close();
  }
}

/** The answering program on every backend. */
async function serve({ lab }: Arena, progress: Progress): Promise<void> {
  for (const { name, ports } of lab.plan.backends) {
    const order = { interfaceName: ports[0]!.name, pinDirectory: lab.pinDirectory };
    await runWorker(lab, { host: name, script: 'system/server-worker.js' }, order, progress);
  }
}

type Rates = Record<'plain' | 'nftables' | 'sluice', number[]>;

async function hold(contest: Contest, arenas: Arenas, rounds: number, progress: Progress) {
  const lost: Record<string, number> = {};
  const contestant = (name: keyof Rates) => async (round: number) => {
    const arena = arenas.get(name);
    progress.say(`frames: ${contest.name}, round ${round + 1} of ${rounds}, ${arena.label}`);
    const result = await run(contest, arena, round, progress);
    lost[name] = Math.max(lost[name] ?? 0, 1 - result.done / result.sent);
    return result.done / result.seconds;
  };
  const rates = await interleave(rounds, {
    plain: contestant('plain'),
    nftables: contestant('nftables'),
    sluice: contestant('sluice'),
  });
  return { rates, lost };
}

async function run(contest: Contest, arena: Arena, round: number, progress: Progress): Promise<TrafficResult> {
  const { lab } = arena;
  if (contest.fresh) await arena.forget();
  const order: TrafficOrder = {
    ...contest.order,
    protocol: contest.service.protocol,
    source: FLOW_SOURCES,
    destination: arena.address,
    port: arena.portOf(contest.service),
    first: contest.fresh ? round * ROUND_FLOWS : 0,
    gateway: lab.plan.gateway.ports[0]!.mac,
  };
  const result = await runWorker<TrafficResult>(
    lab,
    { host: 'client1', script: 'system/traffic-worker.js', cpu: CPU },
    order,
    progress,
  );
  if (result.done === 0) throw new Error(`${contest.name}: nothing came through ${arena.label}`);
  return result;
}

function tableOf(results: { contest: Contest; rates: Rates; lost: Record<string, number> }[]): Table {
  return {
    title: 'System, frames made by XDP',
    meaning:
      'Generator, gateway and answering ends share one CPU and no TCP stack takes part; higher is better, ratios are to nftables.',
    columns: ['contest', 'plain forwarding', 'nftables', 'Sluice', 'Sluice / nftables', 'Sluice / plain'],
    rows: results.map(({ contest, rates }) => [
      contest.name,
      median(rates.plain),
      median(rates.nftables),
      median(rates.sluice),
      ratio(rates.sluice, rates.nftables),
      ratio(rates.sluice, rates.plain),
    ]),
    targets: results.map(({ contest, rates }) => ({
      what: `${shortName(contest)}, Sluice / nftables`,
      value: ratio(rates.sluice, rates.nftables),
      bound: contest.target,
      kind: 'least',
      unit: '×',
    })),
    notes: results.flatMap(({ contest, lost }) => {
      const shares = Object.entries(lost).filter(([, share]) => share > 0.001);
      if (shares.length === 0) return [];
      const list = shares.map(([name, share]) => `${name} ${(share * 100).toFixed(1)} %`).join(', ');
      return [`${shortName(contest)}: not answered in the worst round: ${list}`];
    }),
  };
}

/** Without what is in brackets and behind the comma. */
function shortName({ name }: Contest): string {
  return name.split(/[(,]/)[0]!.trim();
}
