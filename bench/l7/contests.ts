/** What is measured: one load each, run in turns against all contestants. */
import type { Progress } from '../progress.js';
import { type Arena, type ArenaName, gatewaySeconds, LABELS, NAMES, POLICIES, PORTS } from './arenas.js';
import { type Load, runH2load, runHandshakes, runWrk } from './clients.js';

export interface Contest {
  name: string;
  /** What a client does for so many seconds. */
  run(arena: Arena, seconds: number): Promise<Load>;
  /** Who cannot take part: its configuration has nothing for it. */
  without?: readonly ArenaName[];
}

/** What one round of one contestant gave. */
export interface Result extends Load {
  /** CPU time of the gateway's programs per request, µs; what the kernel does for them in the context of others is not in it. */
  cpu: number;
}

export type Results = Partial<Record<ArenaName, Result[]>>;

const wrk =
  (scheme: string, port: number, options: Parameters<typeof runWrk>[3] = {}) =>
  ({ lab, address }: Arena, seconds: number) =>
    runWrk(lab, `${scheme}://${address}:${port}/`, seconds, options);

const handshakes =
  (port: number) =>
  ({ lab, address }: Arena, seconds: number) =>
    runHandshakes(lab, address, port, seconds);

/** Against hand-tuned HAProxy each of them has to reach the targets. */
export const CONTESTS: readonly Contest[] = [
  { name: 'HTTP keep-alive', run: wrk('http', PORTS.plain) },
  { name: 'HTTP close', run: wrk('http', PORTS.plain, { close: true }) },
  { name: 'HTTP keep-alive, access log on', run: wrk('http', PORTS.logged) },
  { name: 'HTTPS keep-alive, HTTP/1.1', run: wrk('https', PORTS.ecdsa) },
  {
    name: 'HTTPS keep-alive, HTTP/2',
    run: ({ lab, address }, seconds) => runH2load(lab, `https://${address}:${PORTS.ecdsa}/`, seconds),
  },
  { name: 'TLS 1.3 full handshakes, ECDSA P-256', run: handshakes(PORTS.ecdsa) },
  { name: 'TLS 1.3 full handshakes, RSA-2048', run: handshakes(PORTS.rsa) },
];

/** Compared with each other. */
export const POLICY_CONTESTS = {
  none: { name: 'no policy', run: wrk('http', PORTS.plain, { policies: POLICIES }), without: ['nginx'] },
  many: { name: `${POLICIES} policies`, run: wrk('http', PORTS.policies, { policies: POLICIES }), without: ['nginx'] },
} satisfies Record<string, Contest>;

export interface HoldOptions {
  rounds: number;
  /** Of one round of one contestant. */
  seconds: number;
}

/**
 * Holds contests in turns: one round of each for each contestant after the other, the next round in the opposite order, so that a load that
 * grows or falls meanwhile favours nobody. A round before the first is not counted: caches, pools and connections to the backend are made in it.
 */
export async function hold(
  contests: readonly Contest[],
  arenas: readonly Arena[],
  { rounds, seconds }: HoldOptions,
  progress: Progress,
): Promise<Results[]> {
  const turns = contests.flatMap((contest, index) =>
    arenas.filter(({ name }) => !contest.without?.includes(name)).map((arena) => ({ contest, index, arena })),
  );
  const taken = contests.map(() => ({}) as Results);
  for (let round = -1; round < rounds; round++) {
    for (const { contest, index, arena } of round % 2 === 0 ? turns : turns.toReversed()) {
      const which = round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`;
      progress.say(`l7: ${contest.name}, ${which}, ${LABELS[arena.name]}`);
      const result = await measure(contest, arena, round < 0 ? 1 : seconds);
      if (round < 0) continue;
      const results = taken[index]!;
      results[arena.name] = [...(results[arena.name] ?? []), result];
    }
  }
  return taken;
}

async function measure(contest: Contest, arena: Arena, seconds: number): Promise<Result> {
  const before = gatewaySeconds(arena.lab);
  const load = await contest.run(arena, seconds);
  if (load.total === 0) throw new Error(`${contest.name}: nothing came through ${LABELS[arena.name]}`);
  return { ...load, cpu: ((gatewaySeconds(arena.lab) - before) / load.total) * 1e6 };
}

/** In the order in which they are shown. */
export function contestants(results: Results): ArenaName[] {
  return NAMES.filter((name) => results[name]);
}
