import { describe, expect, it } from 'vitest';
import type { HttpsProbe } from './https.js';
import { HttpsThread } from './https-thread.js';
import { HTTPS_REQUEST } from './testing/requests.js';

const probe: HttpsProbe = {
  address: '198.18.2.11',
  port: 443,
  timeoutMs: 5000,
  request: HTTPS_REQUEST,
};

/** A thread that runs this text. */
function thread(text: string): HttpsThread {
  return new HttpsThread(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
}

const ECHO = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, port }) => {
    if (port === 1) throw new Error('out of order');
    parentPort.postMessage({ id, outcome: { ok: true, milliseconds: port } });
  });`;

describe('the thread for HTTPS checks', () => {
  it('answers each check with its own outcome', async () => {
    const https = thread(ECHO);
    const ports = [3, 2, 4];
    const outcomes = await Promise.all(ports.map((port) => https.probe({ ...probe, port })));
    expect(outcomes).toEqual(ports.map((milliseconds) => ({ ok: true, milliseconds })));
  });

  it('is no verdict on a member when it breaks down, and starts again', async () => {
    const https = thread(ECHO);
    expect(await https.probe({ ...probe, port: 1 })).toEqual({
      ok: false,
      local: true,
      cause: "the gateway's thread for HTTPS checks broke down: out of order",
    });
    expect(await https.probe({ ...probe, port: 2 })).toEqual({ ok: true, milliseconds: 2 });
  });
});
