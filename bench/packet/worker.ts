/**
 * The packet contests, run in the gateway namespace of a lab: routes and neighbours are real, no packet leaves. Every figure is the
 * median of rounds in which each program ran once; before each measurement one pass over all flows warms up.
 */
import { mapMemory } from '../descriptors.js';
import { clearSessions } from '../sessions.js';
import { interleave, median, ratio } from '../statistics.js';
import { tell, workerOrder } from '../worker.js';
import { type Contest, ESTABLISHED, GUARDED, measure, NEW_SESSIONS, PASS_THROUGH } from './contests.js';
import { TCP, UDP } from './flows.js';
import type { Figure, GuardFigure, NewFigure, PacketOrder, PacketResult } from './result.js';
import { PacketRig } from './rig.js';
import { putService, sessionsOf } from './service.js';

const INTERFACES = ['client1', 'backend1'];
/** Packets of one measurement, at least; with more flows one packet each. */
const REPEAT = 500_000;
const FRESH_SESSIONS = 100_000;
const FRESH_ROOM = 1_000_000;

const order = workerOrder<PacketOrder>();

async function contest(rig: PacketRig, what: Contest, sessions: number): Promise<Figure> {
  const repeat = Math.max(REPEAT, sessions);
  const run = (program: 'swap_macs' | 'look_up_and_swap' | 'gateway') => async () => {
    await measure(rig, what, program, sessions, sessions);
    return measure(rig, what, program, sessions, repeat);
  };
  const both = { floor: run('swap_macs'), gateway: run('gateway') };
  const rounds: Record<'floor' | 'gateway', number[]> & { lookup?: number[] } =
    what === PASS_THROUGH
      ? await interleave(order.rounds, both)
      : await interleave(order.rounds, { ...both, lookup: run('look_up_and_swap') });
  return {
    contest: what.name,
    sessions,
    floor: median(rounds.floor),
    gateway: median(rounds.gateway),
    perFloor: ratio(rounds.gateway, rounds.floor),
    ...(rounds.lookup ? { lookup: median(rounds.lookup), perLookup: ratio(rounds.gateway, rounds.lookup) } : {}),
  };
}

async function established(sessions: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  // What UDP does differently does not depend on how many sessions there are.
  const protocols = sessions === order.sizes[0] ? [TCP, UDP] : [TCP];
  for (const protocol of protocols) {
    tell({
      type: 'progress',
      text: `packet cost: filling tables with ${sessions} ${protocol === TCP ? 'TCP' : 'UDP'} sessions`,
    });
    const rig = await PacketRig.load(sessions);
    try {
      await putService((name) => rig.map(name), INTERFACES);
      await rig.fill(sessions, sessionsOf(protocol, false));
      const contests = ESTABLISHED.filter((candidate) => candidate.protocol === protocol);
      if (protocol === TCP && sessions === order.sizes[0]) contests.push(PASS_THROUGH);
      for (const what of contests) {
        tell({ type: 'progress', text: `packet cost: ${what.name}, ${sessions} sessions` });
        figures.push(await contest(rig, what, sessions));
      }
    } finally {
      rig.close();
    }
  }
  return figures;
}

async function fresh(): Promise<NewFigure[]> {
  const rig = await PacketRig.load(FRESH_ROOM);
  const figures: NewFigure[] = [];
  try {
    const map = (name: string) => rig.map(name);
    await putService(map, INTERFACES);
    for (const what of NEW_SESSIONS) {
      tell({ type: 'progress', text: `packet cost: ${what.name}` });
      const rounds = await interleave(order.rounds, {
        floor: () => measure(rig, what, 'swap_macs', 0, FRESH_SESSIONS),
        gateway: async () => {
          const cost = await measure(rig, what, 'gateway', 0, FRESH_SESSIONS);
          await clearSessions(map);
          return cost;
        },
      });
      figures.push({
        contest: what.name,
        floor: median(rounds.floor),
        gateway: median(rounds.gateway),
        perFloor: ratio(rounds.gateway, rounds.floor),
      });
    }
  } finally {
    rig.close();
  }
  return figures;
}

/** Few sessions of both listeners, so that memory is not what is measured. */
async function guarded(): Promise<GuardFigure[]> {
  const sessions = order.sizes[0]!;
  const rig = await PacketRig.load(FRESH_ROOM);
  const figures: GuardFigure[] = [];
  try {
    const map = (name: string) => rig.map(name);
    await putService(map, INTERFACES);
    for (const { name, fresh, ...pair } of GUARDED) {
      tell({ type: 'progress', text: `packet cost: ${name}` });
      const run = (guards: boolean) => async () => {
        const what = guards ? pair.guarded : pair.plain;
        if (!fresh) await rig.fill(sessions, sessionsOf(TCP, guards));
        if (!fresh) await measure(rig, what, 'gateway', sessions, sessions);
        const cost = await measure(rig, what, 'gateway', fresh ? 0 : sessions, fresh ? FRESH_SESSIONS : REPEAT);
        await clearSessions(map);
        return cost;
      };
      const rounds = await interleave(order.rounds, { plain: run(false), guarded: run(true) });
      const ratios = ratio(rounds.guarded, rounds.plain);
      figures.push({ contest: name, plain: median(rounds.plain), guarded: median(rounds.guarded), ratio: ratios });
    }
  } finally {
    rig.close();
  }
  return figures;
}

/** Kernel memory that grows with the number of sessions, bytes each. */
async function memory(): Promise<number> {
  const rig = await PacketRig.load(FRESH_ROOM);
  try {
    return (mapMemory(rig.map('sessions4').id) + mapMemory(rig.map('lease_words').id)) / FRESH_ROOM;
  } finally {
    rig.close();
  }
}

const result: PacketResult = { established: [], fresh: [], guarded: [], bytesPerSession: 0 };
for (const sessions of order.sizes) result.established.push(...(await established(sessions)));
result.fresh = await fresh();
result.guarded = await guarded();
result.bytesPerSession = await memory();
tell({ type: 'result', result });
