/** The HAProxy that runs: its master, its worker, and how one becomes another. */
import { readFileSync, statSync } from 'node:fs';
import type { StatsCollector } from '../stats/collector.js';
import { refused } from './check.js';
import type { CliConnection } from './cli-connection.js';
import { boundLog } from './files.js';
import { MasterRelay, type Processes, reload, untilAnswered } from './master.js';
import type { ProxyPaths } from './paths.js';
import { ProxyProcess } from './process.js';
import { connectWorker, type WorkerLink, workerId } from './worker.js';

export interface RunningParts {
  binary: string;
  paths: ProxyPaths;
  collector: StatsCollector;
  /** Opens what HAProxy gets as descriptor 3. */
  logPipe: (() => number) | undefined;
  /** Called when the master ended without being told to. */
  onDeath: () => void;
}

export class RunningProxy {
  #process: ProxyProcess | undefined;
  #link: WorkerLink | undefined;
  #unwatch: () => void = () => {};
  /** Aborted when the master is gone, for whoever waits for it. */
  #gone = new AbortController();

  constructor(private readonly parts: RunningParts) {}

  get alive(): boolean {
    return this.#process?.alive === true;
  }

  /** Takes over the HAProxy of an earlier daemon. @returns its processes; undefined where none runs */
  async adopt(): Promise<Processes | undefined> {
    const found = await ProxyProcess.find(this.parts.paths);
    if (found === undefined) {
      return undefined;
    }
    try {
      // It does not answer while it reads its configuration.
      const now = await untilAnswered(this.parts.paths.master, ({ worker }) => worker !== undefined);
      await this.#take(found, now);
      return now;
    } catch {
      // A master that is silent for a minute can be neither told nor asked anything any more.
      await found.end();
      return undefined;
    }
  }

  /** @throws SluiceError with HAProxy's reason */
  async start(): Promise<void> {
    const started = await ProxyProcess.start(this.parts.binary, this.parts.paths, this.parts.logPipe);
    await this.#take(started, await started.processes());
  }

  /**
   * Has the configuration on disk read.
   * @returns how many workers finish their connections
   * @throws SluiceError with HAProxy's reason when it goes on with what it had
   */
  async reload(): Promise<number> {
    boundLog(this.parts.paths);
    const logged = statSync(this.parts.paths.log).size;
    const after = await reload(this.parts.paths.master, await this.#process!.processes(), this.#gone.signal);
    if (after === undefined) {
      throw refused(readFileSync(this.parts.paths.log, 'utf8').slice(logged), this.parts.paths);
    }
    await this.#connect(after);
    return after.old.length;
  }

  /** The worker's command socket; connects again where the connection broke. */
  async control(): Promise<CliConnection> {
    if (this.#process === undefined) {
      throw new Error('HAProxy does not run');
    }
    boundLog(this.parts.paths);
    if (this.#link === undefined || this.#link.control.closed || this.#link.observer.closed) {
      await this.#connect(await this.#process.processes());
    }
    return this.#link!.control;
  }

  /** Finds the worker that serves, where somebody else has reloaded HAProxy. */
  async refresh(): Promise<void> {
    if (this.alive) {
      await this.#connect(await this.#process!.processes());
    }
  }

  /** Lets go; HAProxy goes on. */
  release(): void {
    this.#unwatch();
    this.#gone.abort();
    this.#link?.control.close();
    this.#link?.observer.close();
    this.#link = undefined;
    this.#process = undefined;
  }

  async #take(master: ProxyProcess, now: Processes): Promise<void> {
    this.#process = master;
    this.#gone = new AbortController();
    this.#unwatch();
    this.#unwatch = master.watch(() => {
      this.release();
      this.parts.collector.serve(undefined);
      this.parts.onDeath();
    });
    await this.#connect(now);
  }

  async #connect(now: Processes): Promise<void> {
    if (now.worker === undefined) {
      throw new Error('HAProxy has no worker');
    }
    const before = this.#link;
    this.#link = await connectWorker(this.parts.paths, now.worker.pid);
    before?.control.close();
    this.parts.collector.serve({ pid: this.#link.pid, id: this.#link.id, cli: this.#link.observer });
    for (const { pid } of now.old) {
      this.parts.collector.addFinishing({ pid, id: workerId(pid), cli: new MasterRelay(this.parts.paths.master, pid) });
    }
  }
}
