/** The thread that does HTTPS checks: a handshake is half a millisecond of arithmetic, and the daemon must stay responsive. */
import { parentPort } from 'node:worker_threads';
import { type HttpsProbe, probeHttps } from './https.js';
import type { ProbeOutcome } from './thresholds.js';

/** What the thread is asked, and what it answers. */
export type HttpsOrder = HttpsProbe & { id: number };
export type HttpsResult = { id: number; outcome: ProbeOutcome };

/**
 * Checks begun before the thread looks at what has arrived. With more work than one CPU can do, checks begin later; those under way
 * are still answered in time.
 */
const BURST = 8;

const waiting: HttpsOrder[] = [];
let scheduled = false;

parentPort?.on('message', (order: HttpsOrder) => {
  waiting.push(order);
  schedule();
});

function schedule(): void {
  if (!scheduled && waiting.length > 0) {
    scheduled = true;
    setImmediate(beginSome);
  }
}

function beginSome(): void {
  scheduled = false;
  for (const order of waiting.splice(0, BURST)) {
    void probeHttps(order).then((outcome) => {
      parentPort?.postMessage({ id: order.id, outcome } satisfies HttpsResult);
    });
  }
  schedule();
}
