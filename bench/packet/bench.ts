/** Packet cost and memory, as tables. */
import { Lab } from '#sluice/lab/lab.js';
import { PREFIXES } from '../names.js';
import type { Progress } from '../progress.js';
import type { Table, Target } from '../report.js';
import { runWorker } from '../worker.js';
import type { PacketOrder, PacketResult } from './result.js';

/** One thousand, 64 thousand, one million sessions: powers of two, because flow numbers are masked. */
const SIZES = [1 << 10, 1 << 16, 1 << 20];
/** Measured on this CPU, with the least company. */
const CPU = 1;

const FLOOR_BOUND = 3.5;
const LOOKUP_BOUND = 1.8;
const MEMORY_BOUND = 400;

export async function benchPackets(rounds: number, progress: Progress): Promise<Table[]> {
  const lab = new Lab({ prefix: PREFIXES.packet, clients: 1, backends: 1, resolveNeighbours: true });
  try {
    await lab.up();
    await lab.set('gateway', { 'net.ipv4.ip_forward': 1 });
    await lab.ip('gateway', [`route add 198.18.64.0/18 via ${lab.plan.clients[0]!.addresses[0]}`]);
    const order: PacketOrder = { rounds, sizes: SIZES };
    const worker = { host: 'gateway', script: 'packet/worker.js', cpu: CPU };
    const result = await runWorker<PacketResult>(lab, worker, order, progress);
    return [costTable(result), guardTable(result), memoryTable(result)];
  } finally {
    await lab.down();
  }
}

function costTable({ established, fresh }: PacketResult): Table {
  return {
    title: 'Packet cost',
    meaning:
      'ns per packet in a test run, each packet of another flow than the one before; floor: a program that swaps MAC addresses, look-up: one that looks the flow up first, in a table of the same size.',
    columns: ['packets', 'sessions', 'floor ns', 'look-up ns', 'gateway ns', '× floor', '× look-up'],
    rows: [
      ...established.map((figure) => [
        figure.contest,
        figure.sessions,
        figure.floor,
        figure.lookup,
        figure.gateway,
        figure.perFloor,
        figure.perLookup,
      ]),
      ...fresh.map(({ contest, floor, gateway, perFloor }) => [
        contest,
        undefined,
        floor,
        undefined,
        gateway,
        perFloor,
        undefined,
      ]),
    ],
    targets: targetsOf(established),
    notes: [
      'The generator writes the headers; its cost is in every figure alike.',
      'TOA goes into the packets of a client until the member has answered with data.',
    ],
  };
}

function guardTable({ guarded }: PacketResult): Table {
  return {
    title: 'Access lists and limits',
    meaning:
      'ns per packet of a listener that has them and of one that has none, the generator included. What packets pay without them is in the figures above.',
    columns: ['packets', 'without, ns', 'with, ns', 'with / without'],
    rows: guarded.map(({ contest, plain, guarded: cost, ratio }) => [contest, plain, cost, ratio]),
    targets: [],
    notes: [],
  };
}

/** With few sessions against the floor, with many against one look-up, where memory is the limit. */
function targetsOf(established: PacketResult['established']): Target[] {
  return established.flatMap(({ contest, sessions, perFloor, perLookup }): Target[] => {
    if (!contest.startsWith('TCP')) return [];
    const what = `${contest}, ${sessions.toLocaleString('en-US')} sessions`;
    if (sessions === SIZES[0]) {
      return [{ what: `${what}, / floor`, value: perFloor, bound: FLOOR_BOUND, kind: 'most', unit: '×' }];
    }
    return [{ what: `${what}, / look-up`, value: perLookup!, bound: LOOKUP_BOUND, kind: 'most', unit: '×' }];
  });
}

function memoryTable({ bytesPerSession }: PacketResult): Table {
  return {
    title: 'Memory',
    meaning: 'Kernel memory of the session table (two rows a session) and of leases, with room for a million sessions.',
    columns: ['what', 'bytes'],
    rows: [['per session', bytesPerSession]],
    targets: [
      { what: 'memory per session', value: bytesPerSession, bound: MEMORY_BOUND, kind: 'most', unit: ' bytes' },
    ],
  };
}
