/**
 * Whether the worker can hand its clients' stickiness to the next one. A worker learns from the one before it, and only then teaches;
 * where there is nobody to learn from, it waits for 5 s. A reload in that time would lose what clients have been given meanwhile.
 */
import type { Cli } from './cli-connection.js';

/** How soon it is asked again, ms. */
export const TEACHING_POLL_MS = 200;

/** Tables of pools, see `tableName`: others hold counters of the moment. */
const USED = /^# table: t_\S+, .*used:([1-9]\d*)/m;
const FLAGS = / disabled=\d+ flags=0x([0-9a-f]+) /g;
/** PEERS_F_RESYNC_LOCAL and PEERS_F_RESYNC_REMOTE: it has learned, or has given up. */
const LEARNED = 0x3;

/** Whether nothing is lost by a reload. */
export async function canTeach(cli: Cli): Promise<boolean> {
  const [tables, peers] = await cli.ask(['show table', 'show peers']);
  return isReady(tables ?? '', peers ?? '');
}

/** @param tables answer to `show table`. @param peers answer to `show peers` */
export function isReady(tables: string, peers: string): boolean {
  const flags = [...peers.matchAll(FLAGS)].map(([, digits]) => Number.parseInt(digits!, 16));
  return !USED.test(tables) || flags.every((each) => (each & LEARNED) === LEARNED);
}
