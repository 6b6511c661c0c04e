/** HTTPS checks on a thread of their own, which is started by the first of them. */
import { Worker } from 'node:worker_threads';
import type { HttpsProbe } from './https.js';
import type { HttpsOrder, HttpsResult } from './https-worker.js';
import type { ProbeOutcome } from './thresholds.js';

export class HttpsThread {
  readonly #waiting = new Map<number, (outcome: ProbeOutcome) => void>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** @param script of the thread */
  constructor(private readonly script: URL = new URL('./https-worker.js', import.meta.url)) {}

  /** Never rejects. A thread that breaks counts for no member, and the next check starts another. */
  async probe({ address, port, timeoutMs, request }: HttpsProbe): Promise<ProbeOutcome> {
    const id = ++this.#lastId;
    return await new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, address, port, timeoutMs, request } satisfies HttpsOrder);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.script);
    // The process may end although checks are under way.
    worker.unref();
    worker.on('message', ({ id, outcome }: HttpsResult) => {
      this.#waiting.get(id)?.(outcome);
      this.#waiting.delete(id);
    });
    worker.on('error', ({ message }) => this.#broken(worker, message));
    worker.on('exit', () => this.#broken(worker, 'it ended'));
    return worker;
  }

  #broken(worker: Worker, message: string): void {
    if (this.#worker !== worker) {
      return;
    }
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const resolve of waiting) {
      resolve({ ok: false, local: true, cause: `the gateway's thread for HTTPS checks broke down: ${message}` });
    }
  }
}
