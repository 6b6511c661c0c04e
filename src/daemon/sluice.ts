/** The daemon: everything it consists of, started in order and stopped in reverse. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { HostConfig } from '../config/host-file.js';
import { mergeTree } from '../config/merge.js';
import { parseTree } from '../config/tree.js';
import type { Datapath } from '../datapath/datapath.js';
import { Lock } from '../datapath/lock.js';
import { type ConnectProbe, createProbe } from '../health/probe.js';
import { HealthScheduler } from '../health/scheduler.js';
import { type Fault, formatFault, SluiceError } from '../model/errors.js';
import type { Tree } from '../model/resources.js';
import type { StatusDocument } from '../observe/status.js';
import { ChangeRoad, type ChangeSummary } from './change.js';
import { listenOnAddress, listenOnSocket, refuseSecondDaemon } from './listen.js';
import { findListener, listenerOfSession } from './listener-names.js';
import { report } from './report.js';
import { createLocalServer, createPublicServer } from './routes.js';
import type { ApplyOptions, NamedSession, Service, SessionQuery } from './service.js';
import { hashOf, StateFile } from './state.js';

export interface SluiceParts {
  config: HostConfig;
  version: string;
  /** Undefined with `dataplane: none`. */
  datapath: Datapath | undefined;
  /** Does TCP health checks. */
  connect: ConnectProbe;
  log: Logger;
}

/**
 * How often the tables are compared with the configuration although nobody changed anything: rows of removed members go once
 * their sessions have ended, and a replaced NIC's MAC is noticed.
 */
const REFRESH_MS = 30_000;

export class Sluice implements Service {
  readonly #parts: SluiceParts;
  readonly #state: StateFile;
  readonly #scheduler: HealthScheduler;
  readonly #road: ChangeRoad;
  /** Changes never overlap. */
  readonly #queue = new Lock();
  readonly #startedAt = new Date();
  #servers: FastifyInstance[] = [];
  #timer: NodeJS.Timeout | undefined;
  #hostFileHash: string | undefined;
  #sessions = 0;
  #refreshQueued = false;

  constructor(parts: SluiceParts) {
    this.#parts = parts;
    const { config, datapath, connect, log } = parts;
    this.#state = new StateFile(config.gateway.state_dir);
    this.#scheduler = new HealthScheduler(createProbe(connect), ({ address, port }, { up, failure }) => {
      const fields = { member: `${address}:${port}`, ...(up ? {} : { cause: failure?.cause }) };
      log[up ? 'info' : 'warn'](fields, up ? 'member is healthy' : 'member is unhealthy');
      this.#queueRefresh();
    });
    this.#road = new ChangeRoad({
      datapath,
      scheduler: this.#scheduler,
      gateway: config.gateway,
      save: (tree) => this.#state.save({ tree, ...(this.#hostFileHash ? { hostFileHash: this.#hostFileHash } : {}) }),
    });
  }

  /** @throws SluiceError with what to do; what was running goes on as it was */
  async start(): Promise<void> {
    const { config, datapath, log } = this.#parts;
    await refuseSecondDaemon(config.api.socket);
    const { tree, saved } = await this.#initialTree();
    let ready: () => void = () => undefined;
    const whenReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    try {
      // First: an address that is taken must not be found out about after packets were.
      await this.#listen(whenReady);
      await datapath?.open();
      this.#sessions = (await datapath?.facts())?.sessions ?? 0;
      const { changes, warnings } = await this.#queue.run(() => this.#road.change(tree, saved));
      this.#logOutcome(changes, warnings);
      await datapath?.attach();
      this.#scheduler.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#timer = setInterval(() => {
      this.#road.forget();
      this.#queueRefresh();
    }, REFRESH_MS);
    ready();
    log.info({ socket: config.api.socket, loadbalancers: tree.loadbalancers.length }, 'ready');
  }

  /** Lets go of everything. Packets go on being balanced by what is pinned. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const server of this.#servers.splice(0).reverse()) {
      await server.close();
    }
    this.#scheduler.stop();
    await this.#queue.idle();
    await this.#parts.datapath?.close();
  }

  async apply(text: string, { source, dryRun, prune }: ApplyOptions): Promise<ChangeSummary> {
    const started = performance.now();
    const localAddresses = this.#parts.config.gateway.local_addresses;
    const specs = parseTree(text, { source, localAddresses });
    return await this.#queue.run(async () => {
      const { tree, ...names } = mergeTree(this.#road.tree, specs, { prune, localAddresses });
      const outcome = dryRun ? await this.#road.preview(tree) : await this.#change(tree);
      return { dry_run: dryRun, ...names, ...outcome, milliseconds: performance.now() - started };
    });
  }

  status(): StatusDocument {
    const { config, datapath, version } = this.#parts;
    return report({
      gateway: {
        name: config.gateway.name,
        version,
        dataplane: config.gateway.dataplane,
        started_at: this.#startedAt.toISOString(),
        local_addresses: config.gateway.local_addresses.length,
      },
      road: this.#road,
      scheduler: this.#scheduler,
      datapath,
      capacity: this.#sessions,
    });
  }

  async countSessions(query: SessionQuery): Promise<number> {
    const { datapath, filter } = this.#sessionAccess(query);
    return await datapath.countSessions(filter);
  }

  async *listSessions(query: SessionQuery): AsyncGenerator<NamedSession[]> {
    const { datapath, filter, listenerOf } = this.#sessionAccess(query);
    for await (const batch of datapath.listSessions(filter)) {
      // Not copied: there may be millions.
      yield batch.map((session) => Object.assign(session, { listener: listenerOf(session) }));
    }
  }

  #sessionAccess({ listener, ...filter }: SessionQuery) {
    const { datapath } = this.#parts;
    const { assigned, tree } = this.#road;
    if (!datapath || !assigned) {
      throw new SluiceError('unsupported', 'there are no sessions without a data plane; set gateway.dataplane: xdp');
    }
    if (listener !== undefined && (filter.vip || filter.protocol !== undefined)) {
      throw new SluiceError(
        'conflict',
        'a listener says already which VIP, port and protocol; give the listener or those',
      );
    }
    return {
      datapath,
      filter: listener === undefined ? filter : { ...filter, ...findListener(tree, listener) },
      listenerOf: listenerOfSession(tree),
    };
  }

  async #change(tree: Tree) {
    try {
      const outcome = await this.#road.change(tree);
      this.#logOutcome(outcome.changes, outcome.warnings);
      return outcome;
    } catch (error) {
      this.#queueRefresh();
      throw error;
    }
  }

  /** The saved tree, and what to begin with: load balancers of the host file are taken in when they were edited since the last start. */
  async #initialTree(): Promise<{ tree: Tree; saved: Tree }> {
    const { config, log } = this.#parts;
    const saved = await this.#state.load();
    const hash = hashOf(config.loadbalancers);
    if (hash === saved.hostFileHash || (saved.hostFileHash === undefined && config.loadbalancers.length === 0)) {
      this.#hostFileHash = saved.hostFileHash;
      return { tree: saved.tree, saved: saved.tree };
    }
    const options = { localAddresses: config.gateway.local_addresses };
    const { tree, created, updated } = mergeTree(saved.tree, config.loadbalancers, options);
    this.#hostFileHash = hash;
    log.info({ created, updated }, 'took in the load balancers of the host file, which changed since the last start');
    return { tree, saved: saved.tree };
  }

  /** Many members may flip at once: one look at the tables serves them all. */
  #queueRefresh(): void {
    if (this.#refreshQueued) {
      return;
    }
    this.#refreshQueued = true;
    this.#queue
      .run(async () => {
        this.#refreshQueued = false;
        const { changes } = await this.#road.refresh();
        this.#logOutcome(changes, []);
      })
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'cannot bring the data plane up to date'));
  }

  /** Requests that come before the daemon is ready wait. */
  async #listen(whenReady: Promise<void>): Promise<void> {
    const { config, log } = this.#parts;
    const local = createLocalServer(this, log);
    const everybody = createPublicServer(this, log);
    this.#servers.push(local, everybody);
    for (const server of this.#servers) {
      server.addHook('onRequest', () => whenReady);
    }
    await listenOnSocket(local, config.api.socket);
    await listenOnAddress(everybody, config.api.listen);
  }

  #logOutcome(changes: readonly string[], warnings: readonly Fault[]): void {
    const { log } = this.#parts;
    for (const warning of warnings) {
      log.warn(formatFault(warning));
    }
    for (const change of changes.slice(0, 20)) {
      log.info(change);
    }
    if (changes.length > 20) {
      log.info(`… and ${changes.length - 20} more changes`);
    }
  }
}
