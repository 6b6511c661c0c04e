/** Reads counters every few seconds and when somebody asks, from the worker that serves and from those that finish. */
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { writeAtomic } from '../engine/files.js';
import { FinishingWorker, type WorkerRef } from './finishing.js';
import { parseInfo, processStats } from './process-stats.js';
import { snapshot } from './snapshot.js';
import { parseStat, type StatRow } from './stat-rows.js';
import { type SavedTotals, Totals } from './totals.js';
import type { ProxyStats } from './types.js';

const INTERVAL_MS = 5000;
/** Reading takes at most one part in this many of the time, however many servers there are. */
const SHARE = 50;
/** A worker that finishes is asked this often whether it is done, so that it does not wait for us, ms. */
const FINISH_MS = 100;

export class StatsCollector {
  readonly #file: string;
  readonly #onReplaced: () => void;
  #totals = new Totals();
  #serving: WorkerRef | undefined;
  #rows: readonly StatRow[] = [];
  #info: ReadonlyMap<string, string> = new Map();
  #finishing: FinishingWorker[] = [];
  #at = 0;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #finishTimer: NodeJS.Timeout | undefined;
  #running = false;
  /** When totals may be saved again, on the monotonic clock, ms. */
  #saveFrom = 0;

  /**
   * @param file where totals are kept, in JSON
   * @param onReplaced called when the worker that serves turns out to be finishing: somebody else has reloaded HAProxy
   */
  constructor(file: string, onReplaced: () => void) {
    this.#file = file;
    this.#onReplaced = onReplaced;
  }

  /** Continues from what is on disk, and begins to read at intervals. */
  start(): void {
    this.#totals = loadTotals(this.#file);
    this.#running = true;
    this.#arm(INTERVAL_MS);
  }

  /** Saves the totals and lets go of all workers: those that finish may end. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#finishTimer);
    await this.read().then(
      () => this.#save(),
      () => {},
    );
    for (const worker of this.#finishing.splice(0)) {
      worker.release();
    }
    this.#serving = undefined;
  }

  /** @param worker serves from now on; the one before finishes its connections, and is held until its last counters are read */
  serve(worker: WorkerRef | undefined): void {
    const before = this.#serving;
    if (before !== undefined && before.id === worker?.id) {
      before.cli.close();
    } else if (before !== undefined && worker !== undefined) {
      this.#finishing.push(new FinishingWorker(before, true));
      this.#armFinish();
    }
    this.#serving = worker;
  }

  /** A worker that finishes, of a reload before this daemon's time. It is not held. */
  addFinishing(worker: WorkerRef): void {
    if (this.#finishing.every((known) => known.worker.id !== worker.id)) {
      this.#finishing.push(new FinishingWorker(worker, false));
    }
  }

  /** Reads the counters now. Who asks while it is done gets the same. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** What was read last. */
  get stats(): ProxyStats {
    const finishing = this.#finishing.filter((worker) => worker.rows.length > 0);
    const process = processStats(
      this.#info,
      this.#finishing.map(({ worker }) => worker.pid),
    );
    const rows = finishing.map((worker) => worker.rows);
    return { at: this.#at, ...snapshot(this.#totals, this.#rows, rows), process };
  }

  async #read(): Promise<void> {
    const serving = this.#serving;
    if (serving !== undefined) {
      const [info, stat] = await serving.cli.ask(['show info', 'show stat']);
      const rows = parseStat(stat!);
      this.#totals.take(serving.id, rows);
      if (serving === this.#serving) {
        this.#info = parseInfo(info!);
        this.#rows = rows;
        this.#at = Date.now();
        if (this.#info.get('Stopping') === '1') {
          this.#onReplaced();
        }
      }
    }
    for (const worker of [...this.#finishing]) {
      await this.#readFinishing(worker);
    }
    if (serving !== undefined) {
      // Without a worker nothing is known to be gone: HAProxy is being started again.
      this.#totals.keepWorkers(new Set([serving.id, ...this.#finishing.map(({ worker }) => worker.id)]));
      this.#totals.forgetGone();
      // With thousands of servers each of these takes tens of milliseconds: let others in.
      await nextTurn();
      this.#saveSeldom();
    }
  }

  /** What is not saved yet is not lost with the daemon as long as the worker lives that counted it. */
  #saveSeldom(): void {
    if (performance.now() >= this.#saveFrom) {
      this.#save();
    }
  }

  #save(): void {
    const began = performance.now();
    writeAtomic(this.#file, JSON.stringify(this.#totals.save()));
    const ended = performance.now();
    this.#saveFrom = ended + (ended - began) * SHARE;
  }

  async #readFinishing(worker: FinishingWorker): Promise<void> {
    try {
      this.#totals.take(worker.worker.id, await worker.read());
    } catch {
      this.#drop(worker);
    }
  }

  #drop(worker: FinishingWorker): void {
    worker.release();
    this.#finishing = this.#finishing.filter((other) => other !== worker);
  }

  #arm(wait: number): void {
    this.#timer = setTimeout(() => void this.#tick(), wait);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    const began = performance.now();
    // A worker that is gone is noticed by whoever runs it; its successor is read the next time.
    await this.read().catch(() => {});
    if (this.#running) {
      this.#arm(Math.max(INTERVAL_MS, (performance.now() - began) * SHARE));
    }
  }

  #armFinish(): void {
    clearTimeout(this.#finishTimer);
    this.#finishTimer = setTimeout(() => void this.#finish(), FINISH_MS);
    this.#finishTimer.unref();
  }

  async #finish(): Promise<void> {
    for (const worker of this.#finishing.filter(({ held }) => held)) {
      if (await worker.isDone().catch(() => true)) {
        await this.#readFinishing(worker);
        this.#save();
        this.#drop(worker);
      }
    }
    if (this.#finishing.some(({ held }) => held)) {
      this.#armFinish();
    }
  }
}

/** A file that cannot be read is one of an interrupted start or another release: counting begins anew. */
function loadTotals(file: string): Totals {
  if (!existsSync(file)) {
    return new Totals();
  }
  try {
    return Totals.load(JSON.parse(readFileSync(file, 'utf8')) as SavedTotals);
  } catch {
    return new Totals();
  }
}
