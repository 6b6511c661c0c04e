/** The daemon: everything it consists of, started in order and stopped in reverse. */
import { mkdir } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { ExpiryWatch } from '../certificates/index.js';
import { formatTree } from '../config/format.js';
import type { HostConfig } from '../config/host-file.js';
import { parseTree } from '../config/tree.js';
import type { ControlPlane } from '../control/control-plane.js';
import { applyTree, canSee } from '../control/index.js';
import type { Datapath } from '../datapath/datapath.js';
import { Lock } from '../datapath/lock.js';
import { type ConnectProbe, createProbe, type Probe } from '../health/probe.js';
import { HealthScheduler } from '../health/scheduler.js';
import { createIdentity, loadTokenKeys, may } from '../identity/index.js';
import { differenceOf } from '../model/difference.js';
import { type Fault, formatFault, SluiceError } from '../model/errors.js';
import type { Caller } from '../model/identity.js';
import { createMetrics, Durations, type Exposition, loadBalancerMetrics } from '../observe/metrics.js';
import type { StatusDocument } from '../observe/status.js';
import type { Store } from '../store/store.js';
import { openVault, type Vault } from '../vault/index.js';
import { ChangeRoad, type ChangeSummary } from './change.js';
import { EventLog } from './event-log.js';
import { GatewayControl } from './gateway-control.js';
import { identitySettings } from './identity-settings.js';
import { initialState } from './initial-state.js';
import type { Layer7, Layer7Wiring } from './layer7.js';
import { listenOnAddress, listenOnSocket, refuseSecondDaemon } from './listen.js';
import { Live } from './live.js';
import { report } from './report.js';
import { createLocalServer, createPublicServer, type ServerParts } from './servers.js';
import type { ApplyOptions, NamedSession, Service, SessionQuery } from './service.js';
import { SessionList } from './session-list.js';

export interface SluiceParts {
  config: HostConfig;
  version: string;
  /** Undefined with `dataplane: none`. */
  datapath: Datapath | undefined;
  /** Used where there is a data plane. */
  layer7: (wiring: Layer7Wiring) => Layer7;
  /** Does TCP health checks. */
  connect: ConnectProbe;
  store: Store;
  log: Logger;
}

/**
 * How often the tables are compared with the configuration although nobody changed anything: rows of removed members go once
 * their sessions have ended, and a replaced NIC's MAC is noticed.
 */
const REFRESH_MS = 30_000;
/** Events wait so long for others. */
const EVENTS_WAIT_MS = 200;

export class Sluice implements Service {
  readonly #parts: SluiceParts;
  readonly #scheduler: HealthScheduler;
  readonly #road: ChangeRoad;
  readonly #layer7: Layer7;
  readonly #live: Live;
  readonly #sessionList: SessionList;
  readonly #expiry: ExpiryWatch;
  readonly #events: EventLog;
  readonly #durations = new Durations();
  /** When members went up or down that the data plane does not know of yet. */
  readonly #flips: number[] = [];
  readonly #control: GatewayControl;
  /** Changes never overlap. */
  readonly #queue = new Lock();
  readonly #startedAt = new Date();
  #servers: FastifyInstance[] = [];
  /** From start on. */
  #vault!: Vault;
  #timer: NodeJS.Timeout | undefined;
  #eventTimer: NodeJS.Timeout | undefined;
  #sessions = 0;
  #refreshQueued = false;

  constructor(parts: SluiceParts) {
    this.#parts = parts;
    const { config, datapath, store, connect, log } = parts;
    const { gateway, subnets } = config;
    this.#scheduler = new HealthScheduler(this.#timed(createProbe(connect)), (check, health) => {
      const { address, port } = check;
      const fields = { member: `${address}:${port}`, ...(health.up ? {} : { cause: health.failure?.cause }) };
      log[health.up ? 'info' : 'warn'](fields, health.up ? 'member is healthy' : 'member is unhealthy');
      this.#events.memberFlipped(check, health);
      this.#flips.push(performance.now());
      this.#queueRefresh();
    });
    this.#layer7 = parts.layer7({
      vault: () => this.#vault,
      metricsOf: async (id) => this.#metricsOf(id),
      onEvent: (event) => {
        this.#events.proxyEvent(event);
        this.#saveEventsSoon();
      },
    });
    this.#road = new ChangeRoad({ datapath, proxy: this.#layer7, scheduler: this.#scheduler, gateway, store });
    this.#live = new Live({ road: this.#road, scheduler: this.#scheduler, datapath, layer7: this.#layer7 });
    this.#sessionList = new SessionList(datapath, this.#road);
    this.#events = new EventLog(() => this.#road.state);
    this.#expiry = new ExpiryWatch((event) => this.#events.add(event));
    this.#control = new GatewayControl({
      lock: this.#queue,
      road: this.#road,
      live: this.#live,
      store,
      subnets,
      localAddresses: gateway.local_addresses,
      vault: () => this.#vault,
      onChange: (result, milliseconds) => {
        this.#durations.changed(result, milliseconds);
        if (result === 'failure') {
          this.#queueRefresh();
        }
      },
    });
  }

  get control(): ControlPlane {
    return this.#control;
  }

  /** @throws SluiceError with what to do; what was running goes on as it was */
  async start(): Promise<void> {
    const { config, datapath, store, log } = this.#parts;
    await refuseSecondDaemon(config.api.socket);
    let ready: () => void = () => undefined;
    const whenReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    try {
      await makeDirectory(config.gateway.state_dir);
      this.#vault = openVault({
        keyFile: config.vault.keyFile,
        stateDir: config.gateway.state_dir,
        credentialsDirectory: process.env.CREDENTIALS_DIRECTORY,
      });
      await store.open();
      const { state, stored, adopted, saved } = await initialState({
        ...this.#parts,
        context: this.#control.context(),
      });
      // First: an address that is taken must not be found out about after packets were.
      await this.#listen(whenReady);
      await datapath?.open();
      if (datapath) {
        await this.#layer7.open();
      }
      this.#sessions = (await datapath?.facts())?.sessions ?? 0;
      const { describe, warnings } = await this.#queue.run(() => this.#road.begin(state, stored, adopted));
      saved();
      logOutcome(log, describe(), warnings());
      await datapath?.attach();
      this.#scheduler.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    await this.#recallExpiries();
    this.#timer = setInterval(() => {
      this.#road.forget();
      this.#expiry.check(this.#road.state, Date.now());
      this.#queueRefresh();
    }, REFRESH_MS);
    ready();
    log.info(
      {
        socket: config.api.socket,
        listen: `${config.api.listen.address}:${config.api.listen.port}`,
        loadbalancers: this.#road.state.loadbalancers.length,
      },
      'ready',
    );
  }

  /** Lets go of everything. Packets go on being balanced by what is pinned. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const server of this.#servers.splice(0).reverse()) {
      await server.close();
    }
    this.#scheduler.stop();
    clearTimeout(this.#eventTimer);
    await this.#queue.idle();
    // A disk that is full must not keep the rest from ending in order.
    await this.#saveEvents().catch((error: unknown) => this.#parts.log.error({ err: error }, 'cannot save events'));
    await this.#layer7.close();
    await this.#parts.datapath?.close();
    await this.#parts.store.close();
  }

  async apply(text: string, { caller, audit, source, dryRun, prune, adopt }: ApplyOptions): Promise<ChangeSummary> {
    const started = performance.now();
    const { local_addresses: localAddresses } = this.#parts.config.gateway;
    const specs = parseTree(text, { source, localAddresses });
    const operation = applyTree(specs, { manager: 'apply', prune, adopt });
    const dry_run = dryRun;
    // The tables are everybody's: what waited to be written with this change may be of other projects.
    const forCaller = ({ changes, warnings }: { changes: string[]; warnings: readonly Fault[] }) => {
      return { changes: may(caller, 'global_read') ? changes : [], warnings };
    };
    if (dryRun) {
      const { result, state, ...outcome } = await this.#control.preview(caller, operation);
      const { gone: before, come: after } = differenceOf(this.#road.state.loadbalancers, state.loadbalancers);
      return { dry_run, ...result, ...forCaller(outcome), before, after, milliseconds: performance.now() - started };
    }
    const { result, outcome } = await this.#control.changeWithOutcome(caller, operation, audit);
    const told = { changes: outcome.describe(), warnings: outcome.warnings() };
    logOutcome(this.#parts.log, told.changes, told.warnings);
    return { dry_run, ...result, ...forCaller(told), milliseconds: performance.now() - started };
  }

  export(caller: Caller, ids: readonly string[]): object {
    const seen = this.#road.state.loadbalancers.filter(({ project_id }) => canSee(caller, project_id));
    const missing = ids.find((id) => !seen.some((loadbalancer) => loadbalancer.id === id));
    if (missing !== undefined) {
      throw new SluiceError('not_found', `no load balancer has the id ${missing}`);
    }
    return formatTree({ loadbalancers: ids.length === 0 ? seen : seen.filter(({ id }) => ids.includes(id)) });
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
      live: this.#live,
      layer7: this.#layer7,
      datapath,
      capacity: this.#sessions,
    });
  }

  /** Of one load balancer, for its PROMETHEUS listeners. */
  #metricsOf(id: string): Exposition | undefined {
    const status = this.status();
    const loadbalancers = status.loadbalancers.filter((one) => one.id === id);
    return loadbalancers.length === 0 ? undefined : loadBalancerMetrics({ ...status, loadbalancers });
  }

  countSessions(query: SessionQuery): Promise<number> {
    return this.#sessionList.count(query);
  }

  listSessions(query: SessionQuery): AsyncGenerator<NamedSession[]> {
    return this.#sessionList.list(query);
  }

  #timed(probe: Probe): Probe {
    return async (check) => {
      const started = performance.now();
      const outcome = await probe(check);
      const result = outcome.ok ? 'success' : 'failure';
      this.#durations.checked(check.request.kind, result, performance.now() - started);
      return outcome;
    };
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
        const flips = this.#flips.splice(0);
        const { describe } = await this.#road.refresh();
        for (const since of flips) {
          this.#durations.flipped(performance.now() - since);
        }
        logOutcome(this.#parts.log, describe(), []);
      })
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'cannot bring the data plane up to date'))
      .finally(() => this.#saveEventsSoon());
  }

  /** What earlier daemons told of certificates is not told again. */
  async #recallExpiries(): Promise<void> {
    for (const type of ['certificate.expiring', 'certificate.expired']) {
      this.#expiry.recall(await this.#parts.store.events({ type, limit: 1000 }));
    }
    this.#expiry.check(this.#road.state, Date.now());
    await this.#saveEvents();
  }

  /** After the tables, and many at once: the next member that goes down does not wait for a sync of the disk. */
  #saveEventsSoon(): void {
    this.#eventTimer ??= setTimeout(() => {
      this.#eventTimer = undefined;
      this.#queue
        .run(() => this.#saveEvents())
        .catch((error: unknown) => this.#parts.log.error({ err: error }, 'cannot save events'));
    }, EVENTS_WAIT_MS);
  }

  async #saveEvents(): Promise<void> {
    const events = this.#events.take();
    if (events.length > 0) {
      await this.#parts.store.commit({ put: [], remove: [], events });
    }
  }

  /** Requests that come before the daemon is ready wait. */
  async #listen(whenReady: Promise<void>): Promise<void> {
    const { config, version, log } = this.#parts;
    const { state_dir: stateDir } = config.gateway;
    const identity = createIdentity({
      settings: await identitySettings(config.api),
      state: () => this.#road.state,
      keys: await loadTokenKeys(stateDir),
      stateDir,
    });
    const metrics = createMetrics(() => this.status(), { durations: this.#durations });
    const parts: ServerParts = { service: this, control: this.#control, identity, metrics, config, version, log };
    const local = await createLocalServer(parts);
    const everybody = await createPublicServer(parts);
    this.#servers.push(local, everybody);
    for (const server of this.#servers) {
      server.addHook('onRequest', () => whenReady);
    }
    await listenOnSocket(local, config.api.socket);
    await listenOnAddress(everybody, config.api.listen);
  }
}

/** What became of the tables, and what is worth knowing about it. */
function logOutcome(log: Logger, changes: readonly string[], warnings: readonly Fault[]): void {
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

/** @throws SluiceError `state_unreadable` */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new SluiceError(
      'state_unreadable',
      `cannot make the state directory ${path} (${(cause as Error).message}); check gateway.state_dir and who runs the daemon`,
      { cause },
    );
  }
}
