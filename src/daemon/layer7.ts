/**
 * Layer 7 of this gateway: what HAProxy is to do, made from the state; the HAProxy that does it; and its access log. Nothing is
 * started before a listener needs it, so that a gateway of layer 4 needs no HAProxy.
 */
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { AccessLog, accessLogLines, logPipePath, openLogPipe, type RequestCounters } from '../accesslog/index.js';
import type { HostConfig } from '../config/host-file.js';
import { type AccessLogLines, type CompileProxyInput, compileProxy, ProxyCache } from '../l7/compile/index.js';
import { ProxyEngine, type ProxyEvent } from '../l7/engine/index.js';
import type { ProxyConfig, ProxyFeatures } from '../l7/proxy-config.js';
import type { ProxyStats } from '../l7/stats/types.js';
import { SluiceError } from '../model/errors.js';
import type { Listener, LoadBalancer } from '../model/resources.js';
import { servedBy } from '../model/served-by.js';
import type { Certificate } from '../model/state.js';
import type { ProxyStatus } from '../observe/status.js';
import type { Vault } from '../vault/index.js';
import { type MetricsOf, servePrometheus } from './prometheus-listener.js';

/** In the run directory, where HAProxy's jail has it too. */
const METRICS_SOCKET = 'jail/metrics.sock';

/** What layer 7 needs of the daemon it is part of. */
export interface Layer7Wiring {
  vault: () => Vault;
  /** Text of the metrics of one load balancer, for its PROMETHEUS listeners. */
  metricsOf: MetricsOf;
  onEvent: (event: ProxyEvent) => void;
}

export interface Layer7Parts extends Layer7Wiring {
  config: Pick<HostConfig, 'proxy' | 'accessLog'>;
  log: Logger;
}

/** What a change of state asks of layer 7. */
export interface ProxyControl {
  /** What HAProxy is to do; undefined: nothing is proxied. @throws SluiceError where that cannot be */
  plan(input: ProxyInput): ProxyConfig | undefined;
  /** Makes HAProxy do it. @param loadbalancers what it was made from. @throws SluiceError; what ran goes on */
  apply(config: ProxyConfig | undefined, loadbalancers: readonly LoadBalancer[]): Promise<void>;
  /** Ids of members of these load balancers that get requests from the HAProxy that runs. */
  serving(loadbalancers: readonly LoadBalancer[]): ReadonlySet<string>;
}

/** Layer 7 as the daemon sees it. HAProxy's is {@link HaproxyLayer7}; tests bring another. */
export interface Layer7 extends ProxyControl {
  /** Looks at what is there; that there is no HAProxy matters to the first listener that needs it. */
  open(): Promise<void>;
  /** Lets go; HAProxy goes on. */
  close(): Promise<void>;
  /** Totals of HAProxy, at most a few seconds old; undefined where none runs. */
  stats(): ProxyStats | undefined;
  /** By listener id. */
  requests(): ReadonlyMap<string, RequestCounters>;
  /** Of HAProxy itself; null where none runs. */
  status(): ProxyStatus | null;
}

export type ProxyInput = Pick<CompileProxyInput, 'state' | 'health' | 'specifications'>;

/** What runs beside HAProxy while something is proxied. */
interface Running {
  engine: ProxyEngine;
  accessLog: AccessLog;
  prometheus: Server;
}

export class HaproxyLayer7 implements Layer7 {
  readonly #parts: Layer7Parts;
  readonly #cache = new ProxyCache();
  readonly #logLines: AccessLogLines;
  #features: ProxyFeatures | SluiceError | undefined;
  /** `POOL ADDRESS:PORT` of servers that an earlier daemon's HAProxy had in service. */
  #found: ReadonlySet<string> = new Set();
  #applied: ProxyConfig | undefined;
  #running: Running | undefined;

  constructor(parts: Layer7Parts) {
    const { accessLog } = parts.config;
    this.#parts = parts;
    this.#logLines = (listener, loadbalancer) => accessLogLines({ listener, loadbalancer, settings: { accessLog } });
  }

  async open(): Promise<void> {
    const { config, log } = this.#parts;
    try {
      this.#features = await ProxyEngine.probe(config.proxy.binary);
    } catch (error) {
      if (!(error instanceof SluiceError)) {
        throw error;
      }
      this.#features = error;
    }
    try {
      const names = await this.#createEngine().serving();
      this.#found = new Set([...names].map(nameOf));
    } catch (error) {
      // It may just have died. Members are believed in once they were checked.
      log.warn({ err: error }, 'the HAProxy that runs does not say which members it uses');
    }
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running) {
      await running.engine.stop();
      running.prometheus.close();
      running.prometheus.closeAllConnections();
      await running.accessLog.stop();
    }
  }

  plan(input: ProxyInput): ProxyConfig | undefined {
    if (!input.state.loadbalancers.some(isProxied)) {
      return undefined;
    }
    const features = this.#features;
    if (features === undefined || features instanceof SluiceError) {
      throw features ?? new SluiceError('unsupported', 'HAProxy has not been looked for yet');
    }
    const { proxy: settings } = this.#parts.config;
    const open = (certificate: Certificate) => this.#parts.vault().open(certificate.sealed_key ?? '', certificate.id);
    return compileProxy({ ...input, open, settings, features, accessLog: this.#logLines, cache: this.#cache });
  }

  async apply(config: ProxyConfig | undefined, loadbalancers: readonly LoadBalancer[]): Promise<void> {
    if (config === undefined) {
      await this.#end();
    } else if (this.#running) {
      this.#running.accessLog.use(loadbalancers);
      await this.#running.engine.apply(config);
    } else {
      await this.#begin(config, loadbalancers);
    }
    this.#applied = config;
  }

  serving(loadbalancers: readonly LoadBalancer[]): ReadonlySet<string> {
    return this.#applied ? servingMembers(this.#applied, loadbalancers) : membersNamed(this.#found, loadbalancers);
  }

  stats(): ProxyStats | undefined {
    return this.#running?.engine.lastStats;
  }

  requests(): ReadonlyMap<string, RequestCounters> {
    return this.#running?.accessLog.counters() ?? new Map();
  }

  status(): ProxyStatus | null {
    const running = this.#running;
    if (!running) {
      return null;
    }
    const { version, uptime, connections, max_connections, memory, old_workers, dropped_logs } =
      running.engine.lastStats.process;
    const lost_log_lines = { dropped: dropped_logs, ...running.accessLog.lost() };
    return { version, uptime, connections, max_connections, memory, old_workers, lost_log_lines };
  }

  async #begin(config: ProxyConfig, loadbalancers: readonly LoadBalancer[]): Promise<void> {
    const { config: host, log, metricsOf } = this.#parts;
    const { run_dir: run } = host.proxy;
    const engine = this.#createEngine();
    const pipe = logPipePath(run);
    const accessLog = new AccessLog({ pipe, config: host.accessLog, log: log.child({ part: 'access log' }) });
    // What HAProxy refused is tried again with the next change.
    const refusal = await engine.start(config).then(
      () => undefined,
      (error: Error) => error,
    );
    try {
      accessLog.start();
      accessLog.use(loadbalancers);
      this.#running = { engine, accessLog, prometheus: await servePrometheus(join(run, METRICS_SOCKET), metricsOf) };
    } catch (error) {
      // Otherwise the engine would go on looking after what nobody wants, beside that of the next attempt.
      await engine.stop();
      await accessLog.stop();
      throw refusal ?? error;
    }
    if (refusal) {
      throw refusal;
    }
  }

  /** The last proxied listener is gone, and HAProxy with it. */
  async #end(): Promise<void> {
    const { run_dir: run } = this.#parts.config.proxy;
    if (existsSync(run)) {
      await this.close();
      await ProxyEngine.detach(run);
      this.#found = new Set();
    }
  }

  #createEngine(): ProxyEngine {
    const { config, log, onEvent } = this.#parts;
    return new ProxyEngine({
      runDirectory: config.proxy.run_dir,
      settings: config.proxy,
      log: log.child({ part: 'haproxy' }),
      logPipe: () => openLogPipe(config.proxy.run_dir),
      onEvent,
    });
  }
}

/** Ids of members of these load balancers that get requests from a HAProxy that does this; undefined: there is none. */
export function servingMembers(
  config: ProxyConfig | undefined,
  loadbalancers: readonly LoadBalancer[],
): ReadonlySet<string> {
  const names = [...(config?.backends ?? [])].flatMap(([backend, { servers }]) =>
    [...servers].flatMap(([server, { up }]) => (up ? [nameOf(`${backend}/${server}`)] : [])),
  );
  return membersNamed(new Set(names), loadbalancers);
}

/** @param names `POOL ADDRESS:PORT` */
function membersNamed(names: ReadonlySet<string>, loadbalancers: readonly LoadBalancer[]): ReadonlySet<string> {
  const found = new Set<string>();
  if (names.size > 0) {
    for (const { id: pool, members } of loadbalancers.flatMap(({ pools }) => pools)) {
      for (const { id, address, protocol_port } of members) {
        if (names.has(`${pool} ${address}:${protocol_port}`)) {
          found.add(id);
        }
      }
    }
  }
  return found;
}

/** `p_POOL/ADDRESS:PORT`, or `p_POOL_CONNECT_DATA/…`, without what the backend has beside its pool. */
function nameOf(server: string): string {
  return server.replace(/^p_([^_/]+)[^/]*\//, '$1 ');
}

/** Whether some listener of a load balancer is the proxy's. */
function isProxied(loadbalancer: LoadBalancer): boolean {
  return loadbalancer.admin_state_up && loadbalancer.listeners.some((listener) => isServed(loadbalancer, listener));
}

function isServed(loadbalancer: LoadBalancer, listener: Listener): boolean {
  return listener.admin_state_up && servedBy(loadbalancer, listener) === 'proxy';
}
