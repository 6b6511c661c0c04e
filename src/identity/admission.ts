/** Bounds how much expensive work runs at a time; what exceeds the queue is refused at once instead of piling up. */
import { RetryLater } from './errors.js';

export class Admission {
  readonly #concurrent: number;
  readonly #waiting: number;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  /**
   * @param concurrent pieces of work at a time
   * @param waiting pieces that may wait for their turn
   */
  constructor(concurrent: number, waiting: number) {
    this.#concurrent = concurrent;
    this.#waiting = waiting;
  }

  /** First come, first served. @throws RetryLater 503 when the queue is full */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#concurrent) {
      this.#running++;
      return;
    }
    if (this.#queue.length >= this.#waiting) {
      throw new RetryLater(503, 'too many logins at the same time; try again in a few seconds', 5);
    }
    await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  /** The place goes to whoever waits longest, without becoming free in between. */
  #leave(): void {
    const next = this.#queue.shift();
    if (next) {
      next();
    } else {
      this.#running--;
    }
  }
}
