/** Changes that come while another is made wait, and become one: the newest configuration contains those before it. */
import type { ProxyConfig } from '../proxy-config.js';
import type { Applier } from './applier.js';
import type { Applied } from './engine.js';
import type { Turns } from './turns.js';

interface Waiting {
  config: ProxyConfig;
  resolve: (applied: Applied) => void;
  reject: (error: unknown) => void;
}

const UNCHANGED: Applied = { reloaded: false, commands: 0 };

export class ChangeQueue {
  readonly #applier: Applier;
  readonly #turns: Turns;
  #waiting: Waiting[] = [];
  #working = false;
  /** Ends a pause before a reload, because a newer change has come. */
  #wake: () => void = () => {};

  constructor(applier: Applier, turns: Turns) {
    this.#applier = applier;
    this.#turns = turns;
  }

  apply(config: ProxyConfig): Promise<Applied> {
    if (this.#waiting.length === 0 && !this.#working && this.#applier.isCurrent(config)) {
      return Promise.resolve(UNCHANGED);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ config, resolve, reject });
      this.#wake();
      if (!this.#working) {
        this.#working = true;
        void this.#work();
      }
    });
  }

  /** Ends with what is under way; what waits is refused. */
  close(): void {
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new Error('the engine was stopped'));
    }
    this.#wake();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const pause = await this.#turns.take(() => this.#next());
      await this.#rest(pause);
    }
    this.#working = false;
  }

  /** @returns how long to wait before the next attempt, ms */
  async #next(): Promise<number> {
    const wanted = this.#waiting.at(-1)?.config;
    if (wanted === undefined) {
      return 0;
    }
    try {
      const plan = this.#applier.plan(wanted);
      const wait = plan.reload.length > 0 ? await this.#applier.untilReload() : 0;
      if (wait > 0) {
        await this.#applier.changeServerStates(wanted);
        return wait;
      }
      const covered = this.#waiting.splice(0);
      try {
        const applied = await this.#applier.change(wanted, plan);
        for (const { resolve } of covered) {
          resolve(applied);
        }
      } catch (error) {
        for (const { reject } of covered) {
          reject(error);
        }
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) {
        reject(error);
      }
    }
    return 0;
  }

  async #rest(ms: number): Promise<void> {
    if (ms > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, ms);
      });
      this.#wake = () => {};
    }
  }
}
