/** Starts HAProxy again when it died, at once the first time and more and more rarely when it does not live. */
import type { ProxyEvent } from './engine.js';
import type { Turns } from './turns.js';

const FIRST_WAIT = 250;
const LONGEST_WAIT = 30_000;
/** Who lived for this long did not die of what the start found, ms. */
const WELL_MS = 60_000;

export interface SurvivalParts {
  turns: Turns;
  /** Whether it runs, by whoever started it. */
  isAlive: () => boolean;
  start: () => Promise<void>;
  onEvent: (event: ProxyEvent) => void;
}

export class Survival {
  readonly #parts: SurvivalParts;
  #wait = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: SurvivalParts) {
    this.#parts = parts;
  }

  /** HAProxy ended without being told to. */
  died(): void {
    this.#parts.onEvent({ kind: 'died' });
    if (performance.now() - this.#startedAt > WELL_MS) {
      this.#wait = 0;
    }
    this.#again();
  }

  /** It did not start; whatever was in its way may go. */
  retry(): void {
    this.#wait = FIRST_WAIT;
    this.#again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #again(): void {
    if (!this.#stopped) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#parts.turns.take(() => this.#start()), this.#wait);
      this.#wait = Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, this.#wait * 2));
    }
  }

  async #start(): Promise<void> {
    if (this.#stopped || this.#parts.isAlive()) {
      return;
    }
    try {
      await this.#parts.start();
      this.#startedAt = performance.now();
      this.#parts.onEvent({ kind: 'restarted' });
    } catch (error) {
      this.#parts.onEvent({ kind: 'restart_failed', error: error as Error, wait: this.#wait });
      this.#again();
    }
  }
}
