/** Watches from the lab's client what the gateway shows, and when that changes. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Lab } from '#sluice/lab/lab.js';

export interface WatchOrder {
  what: 'certificate' | 'answer';
  address: string;
  port: number;
  /** The Host header, of answers. */
  host?: string;
  path?: string;
}

export interface Sight {
  /** ms since 1970, of the whole answer. */
  at: number;
  seen: string;
}

/** What a watcher sees first, and then each time something else. */
export async function* watch(lab: Lab, order: WatchOrder): AsyncGenerator<Sight, void, void> {
  const worker = fileURLToPath(new URL('watch-worker.js', import.meta.url));
  const program = await lab.spawn('client1', [process.execPath, worker, JSON.stringify(order)], { pipe: true });
  try {
    for await (const line of createInterface({ input: program.stdout })) yield JSON.parse(line) as Sight;
    throw new Error(`the watcher ended: ${program.log().trim().slice(-2000)}`);
  } finally {
    await program.stop();
  }
}
