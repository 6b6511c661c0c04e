/** The access log: what HAProxy logs, counted by listener and written where the host file says. */

import { dirname, join } from 'node:path';
import { setInterval } from 'node:timers';
import type { Logger } from 'pino';
import type { AccessLogConfig } from '../config/access-log-fields.js';
import { type LogReader, openLogReader } from '../datapath/access-log.js';
import { SluiceError } from '../model/errors.js';
import type { LoadBalancer } from '../model/resources.js';
import { type RequestCounters, Totals } from './counters.js';
import { Delivery, type Losses } from './delivery.js';
import { Names } from './names.js';
import { openTarget } from './targets/index.js';
import type { Target } from './targets/target.js';

export type { RequestCounters } from './counters.js';
export { type AccessLogLinesInput, accessLogLines, LOG_DESCRIPTOR, SAMPLE } from './lines.js';
export { logPipePath, openLogPipe } from './pipe.js';

export interface AccessLogOptions {
  /** {@link logPipePath} of the proxy's run directory; totals are kept beside it. */
  pipe: string;
  /** Null: lines are counted only. */
  config: AccessLogConfig | null;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Where lines go instead of where `config` says. */
  target?: Target;
}

/**
 * Lines that are not in the log. Besides {@link Losses}: `busy`: this process did not take them in time. `unreadable`: they were cut,
 * and are not counted either. What HAProxy itself could not write is in its `DroppedLogs`.
 */
export interface LostLines extends Losses {
  busy: number;
  unreadable: number;
}

const SAVE_MS = 10_000;
const NO_LOSSES: Losses = { slow: 0, failed: 0, too_long: 0, stopped: 0 };

export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #totals: Totals;
  #reader: LogReader | undefined;
  #names: Names | undefined;
  #delivery: Delivery | undefined;
  #timer: NodeJS.Timeout | undefined;
  #saveFailed = false;
  /** Whether it was told what is configured: totals of what is not end then. */
  #told = false;

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#totals = new Totals(join(dirname(options.pipe), 'access-log-totals.json'));
  }

  /** Reads nothing before {@link use}. @throws SluiceError when there can be no pipe, or the target can never work */
  start(): void {
    const { pipe, config, log, target } = this.#options;
    if (config !== null) {
      this.#delivery = new Delivery(target ?? openTarget(config), { log });
    }
    this.#totals.load();
    const onLines = (block: Uint8Array, lines: number) => this.#delivery?.offer(block, lines);
    try {
      this.#reader = openLogReader({ path: pipe, onLines, ...(config && { format: config.format }) });
    } catch (cause) {
      throw new SluiceError('proxy_failed', `no access log: ${(cause as Error).message}`, { cause });
    }
    this.#names = new Names(this.#reader);
    this.#timer = setInterval(() => void this.#keep(), SAVE_MS);
    this.#timer.unref();
  }

  /** What lines call things from now on. To be told of every change, before HAProxy is; reading begins with the first. */
  use(loadbalancers: readonly LoadBalancer[]): void {
    this.#names?.use(loadbalancers);
    if (!this.#told) {
      this.#told = true;
      this.#reader?.start();
      this.#totals.keep(new Set(loadbalancers.flatMap(({ listeners }) => listeners.map(({ id }) => id))));
    }
  }

  /**
   * By listener id. They go on over restarts: nothing is missing after an orderly one, where lines wait in the pipe meanwhile; after a
   * crash what was counted in the 10 s before it is. They begin at 0 when the run directory does, with the next boot.
   */
  counters(): ReadonlyMap<string, RequestCounters> {
    return this.#reader === undefined ? new Map() : this.#totals.now(this.#reader);
  }

  /** Since this process began. */
  lost(): LostLines {
    const { lost: busy, unreadable } = this.#reader?.stats() ?? { lost: 0, unreadable: 0 };
    return { ...(this.#delivery?.lost ?? NO_LOSSES), busy, unreadable };
  }

  /** HAProxy goes on writing into the pipe, which keeps lines for whoever opens it next. Takes 2 s where the target is stuck. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#reader?.close();
    await this.#save();
    await this.#delivery?.close();
  }

  async #keep(): Promise<void> {
    for (const id of this.#names?.sweep() ?? []) {
      this.#totals.forget(id);
    }
    await this.#save();
  }

  async #save(): Promise<void> {
    try {
      if (this.#reader !== undefined) {
        await this.#totals.save(this.#reader);
      }
      this.#saveFailed = false;
    } catch (error) {
      if (!this.#saveFailed) {
        this.#options.log.warn(`counters of requests are not saved: ${(error as Error).message}`);
      }
      this.#saveFailed = true;
    }
  }
}
