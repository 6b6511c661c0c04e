/**
 * Makes the HAProxy of this gateway be what a ProxyConfig says: with commands to the running one where that can be done, with a
 * reload that no client notices where not. HAProxy is a process of its own and goes on when the daemon does not.
 */
import type { Logger } from 'pino';
import type { ProxyConfig, ProxyFeatures } from '../proxy-config.js';
import { StatsCollector } from '../stats/collector.js';
import type { ProxyStats } from '../stats/types.js';
import { Applier } from './applier.js';
import { ChangeQueue } from './change-queue.js';
import { CliConnection } from './cli-connection.js';
import { probeFeatures } from './features.js';
import { isInMemory, makeDirectories, removeFiles } from './files.js';
import { Leftovers } from './leftovers.js';
import { type ProxyPaths, proxyPaths } from './paths.js';
import { ProxyProcess } from './process.js';
import { LocalRoutes } from './routes.js';
import { RunningProxy } from './running.js';
import { parseServerStates } from './server-states.js';
import { Survival } from './survival.js';
import { TicketRotation } from './tickets.js';
import { Turns } from './turns.js';

export type ProxyLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What happens to HAProxy without anybody having asked for it. */
export type ProxyEvent =
  | { kind: 'died' }
  | { kind: 'restarted' }
  /** It is tried again after `wait` ms. */
  | { kind: 'restart_failed'; error: Error; wait: number };

export interface EngineOptions {
  /** Absolute path, at most 80 bytes: Unix sockets are in it. */
  runDirectory: string;
  settings: { binary: string };
  log: ProxyLog;
  /** Opens what HAProxy is started with as descriptor 3, for its access log; default: nothing. It is closed here afterwards. */
  logPipe?: () => number;
  /** Default: routes of the daemon's own network namespace. */
  routes?: LocalRoutes;
  onEvent?: (event: ProxyEvent) => void;
}

export interface Applied {
  reloaded: boolean;
  /** Commands that were sent to the running worker. */
  commands: number;
}

export class ProxyEngine {
  readonly #options: EngineOptions;
  readonly #paths: ProxyPaths;
  readonly #turns = new Turns();
  readonly #collector: StatsCollector;
  readonly #running: RunningProxy;
  readonly #leftovers: Leftovers;
  readonly #applier: Applier;
  readonly #changes: ChangeQueue;
  readonly #tickets: TicketRotation;
  readonly #survival: Survival;

  constructor(options: EngineOptions) {
    const { log, routes = new LocalRoutes(), settings } = options;
    const paths = proxyPaths(options.runDirectory);
    const { binary } = settings;
    this.#options = options;
    this.#paths = paths;
    this.#collector = new StatsCollector(
      paths.totals,
      () => void this.#turns.take(() => this.#running.refresh()).catch(() => {}),
    );
    this.#running = new RunningProxy({
      binary,
      paths,
      collector: this.#collector,
      logPipe: options.logPipe,
      onDeath: () => this.#survival.died(),
    });
    this.#leftovers = new Leftovers((work) =>
      this.#withWorker(async (cli) => (cli === undefined ? undefined : work(cli))),
    );
    this.#applier = new Applier({ paths, binary, running: this.#running, leftovers: this.#leftovers, routes, log });
    this.#changes = new ChangeQueue(this.#applier, this.#turns);
    this.#tickets = new TicketRotation(paths.tickets, (work) => this.#withWorker(work));
    this.#survival = new Survival({
      turns: this.#turns,
      isAlive: () => this.#running.alive,
      start: () => this.#applier.restart(),
      onEvent: (event) => this.#tell(event),
    });
  }

  /** What the installed HAProxy can do. @throws SluiceError `unsupported` with what to install */
  static probe(binary: string): Promise<ProxyFeatures> {
    return probeFeatures(binary);
  }

  /**
   * Takes over the HAProxy of an earlier daemon, or starts one, and makes it do this.
   * @throws SluiceError when HAProxy does not take the configuration or does not come up. The engine is started nevertheless:
   *   what ran goes on, what did not run is tried again from time to time, and so it is with the next {@link apply}.
   */
  async start(config: ProxyConfig): Promise<Applied> {
    makeDirectories(this.#paths);
    if (!isInMemory(this.#paths.run)) {
      const advice = 'set proxy.run_dir to a directory on tmpfs, such as one below /run';
      this.#options.log.warn({ directory: this.#paths.run, advice }, 'private keys are written to a disk');
    }
    this.#tickets.start();
    this.#collector.start();
    await this.#turns.take(() => this.#applier.adopt());
    try {
      return await this.#changes.apply(config);
    } catch (error) {
      this.#survival.retry();
      throw error;
    }
  }

  /**
   * Makes HAProxy do this. Changes that come while another waits for its reload become one.
   * @returns at once, where it is the same object as before
   * @throws SluiceError with HAProxy's reason; the configuration of before stays, on disk and in the process
   */
  apply(config: ProxyConfig): Promise<Applied> {
    return this.#changes.apply(config);
  }

  /**
   * `backend/server` of those that get requests now: what a daemon that has just started believes of members until its own checks
   * have answered. Works before {@link start}; empty where no HAProxy runs.
   */
  async serving(): Promise<ReadonlySet<string>> {
    if ((await ProxyProcess.find(this.#paths)) === undefined) {
      return new Set();
    }
    const cli = await CliConnection.open(this.#paths.control);
    try {
      const [answer] = await cli.ask(['show servers state']);
      return new Set([...parseServerStates(answer!)].flatMap(([key, state]) => (state.up ? [key] : [])));
    } finally {
      cli.close();
    }
  }

  /** Counters of now; of the last reading where HAProxy does not answer. */
  async stats(): Promise<ProxyStats> {
    await this.#collector.read().catch(() => {});
    return this.#collector.stats;
  }

  /** What was read at most a few seconds ago, without asking. */
  get lastStats(): ProxyStats {
    return this.#collector.stats;
  }

  /** Lets go; HAProxy goes on, for the next daemon to take over. */
  async stop(): Promise<void> {
    this.#survival.stop();
    this.#tickets.stop();
    this.#changes.close();
    await this.#turns.take(async () => {
      this.#leftovers.forget();
      await this.#collector.stop();
      this.#running.release();
    });
  }

  /** Ends the HAProxy of a run directory, open connections included, and removes its routes and files. */
  static async detach(runDirectory: string, routes: LocalRoutes = new LocalRoutes()): Promise<void> {
    const paths = proxyPaths(runDirectory);
    await (await ProxyProcess.find(paths))?.end();
    await routes.removeAllBut([]);
    removeFiles(paths);
  }

  #withWorker(work: (cli: CliConnection | undefined) => Promise<void>): Promise<void> {
    return this.#turns.take(async () => work(this.#running.alive ? await this.#running.control() : undefined));
  }

  #tell(event: ProxyEvent): void {
    const { log, onEvent } = this.#options;
    if (event.kind === 'died') {
      log.error({ log: this.#paths.log }, 'HAProxy died; it is started again');
    } else if (event.kind === 'restarted') {
      log.info('HAProxy runs again');
    } else {
      log.error({ error: event.error.message, wait_ms: event.wait }, 'HAProxy does not start; it is tried again');
    }
    onEvent?.(event);
  }
}
