/** How fast reloads may follow each other. Changes that come meanwhile become one reload. */

const LEAST_MS = 334;
/** Each worker that still finishes its connections is a process with all of its memory: with many of them reloads get rarer. */
const EACH_OLD_MS = 100;
const MOST_MS = 5000;

export class ReloadPace {
  #next = 0;

  /** Time until the next reload may begin, ms. @param now on the monotonic clock, ms */
  wait(now: number = performance.now()): number {
    return Math.max(0, this.#next - now);
  }

  /** @param old workers that finish their connections */
  reloaded(old: number, now: number = performance.now()): void {
    this.#next = now + Math.min(MOST_MS, Math.max(LEAST_MS, old * EACH_OLD_MS));
  }
}
