/** Between the reader and a target: a bounded queue, so that a target that is slow or gone costs lines and nothing else. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { countLines, IncompleteWrite, type Target } from './targets/target.js';

export interface DeliveryOptions {
  /** Bytes that wait at most; default 16 MiB. */
  limitBytes?: number;
  /** After a failure: ms until the next attempt, doubled with each; default 250, at most 5,000. */
  retryMs?: number;
  /** ms without a loss or failure after which trouble is over; default 10,000. */
  calmMs?: number;
  log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Lines that never arrived. `slow`: the target took lines, but fewer than came. `failed`: it took none. `too_long`: longer than it ever
 * takes. `stopped`: still waiting 2 s after the daemon was told to stop.
 */
export interface Losses {
  slow: number;
  failed: number;
  too_long: number;
  stopped: number;
}

const LONGEST_RETRY_MS = 5000;
const STOP_MS = 2000;
/** What a target may still take to let go: one whose disk hangs never does. */
const CLOSE_MS = 500;

export class Delivery {
  readonly lost: Losses = { slow: 0, failed: 0, too_long: 0, stopped: 0 };
  readonly #target: Target;
  readonly #options: Required<DeliveryOptions>;
  readonly #closing = new AbortController();
  readonly #queue: Uint8Array[] = [];
  #waiting = 0;
  #failures = 0;
  #work: Promise<void> | undefined;
  #trouble: { lost: number; last: number } | undefined;

  constructor(target: Target, options: DeliveryOptions) {
    this.#target = target;
    this.#options = { limitBytes: 16 << 20, retryMs: 250, calmMs: 10_000, ...options };
  }

  /** Takes a block of `lines` whole lines, or drops it where no room is left. Never waits. */
  offer(block: Uint8Array, lines: number): void {
    if (this.#closing.signal.aborted) {
      this.lost.stopped += lines;
      return;
    }
    if (this.#waiting > 0 && this.#waiting + block.length > this.#options.limitBytes) {
      this.#drop(lines);
      return;
    }
    this.#queue.push(block);
    this.#waiting += block.length;
    this.#work ??= this.#deliver();
  }

  /** Waits for what is queued, 2 s at most. Nothing is taken after this. */
  async close(): Promise<void> {
    await within(STOP_MS, this.#work);
    this.#closing.abort();
    for (const block of this.#queue) {
      this.lost.stopped += countLines(block);
    }
    await within(CLOSE_MS, Promise.all([this.#target.close(), this.#work]));
  }

  /** Never rejects. */
  async #deliver(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      await this.#first();
    }
    this.#work = undefined;
  }

  async #first(): Promise<void> {
    const block = this.#queue[0]!;
    try {
      const tooLong = await this.#target.write(block);
      this.#failures = 0;
      this.#done(block, block.length);
      if (tooLong > 0) {
        this.lost.too_long += tooLong;
        this.#troubled(tooLong, `${tooLong} lines are longer than it takes, and are lost`);
      }
      this.#calm();
    } catch (error) {
      if (error instanceof IncompleteWrite) {
        this.#done(block, error.bytes);
      }
      await this.#failed(error as Error);
    }
  }

  #done(block: Uint8Array, bytes: number): void {
    this.#waiting -= bytes;
    if (bytes === block.length) {
      this.#queue.shift();
    } else {
      this.#queue[0] = block.subarray(bytes);
    }
  }

  async #failed(error: Error): Promise<void> {
    if (this.#closing.signal.aborted) {
      return;
    }
    const pause = Math.min(this.#options.retryMs * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures++;
    this.#troubled(0, `${error.message}; lines wait, and are lost when too many do`);
    await delay(pause, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  #drop(lines: number): void {
    if (this.#failures > 0) {
      this.lost.failed += lines;
    } else {
      this.lost.slow += lines;
    }
    this.#troubled(lines, 'it takes fewer lines than there are; some are lost');
  }

  /** One warning for all that follows until it is calm again. */
  #troubled(lost: number, message: string): void {
    if (this.#trouble === undefined) {
      this.#options.log.warn(`access log, ${this.#target.label}: ${message}`);
      this.#trouble = { lost: 0, last: 0 };
    }
    this.#trouble.lost += lost;
    this.#trouble.last = performance.now();
  }

  #calm(): void {
    const trouble = this.#trouble;
    if (trouble === undefined || this.#queue.length > 0 || performance.now() - trouble.last < this.#options.calmMs) {
      return;
    }
    this.#trouble = undefined;
    this.#options.log.info(`access log, ${this.#target.label}: takes all lines again; ${trouble.lost} were lost`);
  }
}

/** Resolves when the work is done or failed, or after that many ms. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const done = new AbortController();
  const late = delay(ms, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work?.catch(() => undefined), late]);
  done.abort();
}
