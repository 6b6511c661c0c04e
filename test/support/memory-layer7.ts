/** Layer 7 in memory: compiles as the real one does, holds what it is told to, fails when it is told to. For tests of what decides. */
import { isDeepStrictEqual } from 'node:util';
import type { RequestCounters } from '../../src/accesslog/index.js';
import { type Layer7, type Layer7Wiring, type ProxyInput, servingMembers } from '../../src/daemon/layer7.js';
import { compileProxy, ProxyCache } from '../../src/l7/compile/index.js';
import type { ProxyConfig } from '../../src/l7/proxy-config.js';
import type { ProxyStats } from '../../src/l7/stats/types.js';
import { SluiceError } from '../../src/model/errors.js';
import type { LoadBalancer } from '../../src/model/resources.js';
import type { ProxyStatus } from '../../src/observe/status.js';

const SETTINGS = { binary: 'haproxy', user: 'haproxy', threads: null, max_connections: null, run_dir: '/nowhere' };
const FEATURES = { version: [2, 6] as const, bandwidthLimits: false };

/** Kinds of named pieces of a configuration. */
const KINDS = [
  'frontends',
  'backends',
  'variables',
  'maps',
  'certificates',
  'certificateLists',
  'authorities',
  'revocations',
  'pages',
] as const;

export class MemoryLayer7 implements Layer7 {
  /** What HAProxy does; undefined: there is none. Outlives `close`, as HAProxy does. */
  config: ProxyConfig | undefined;
  /** What happened, in order: open, apply N, close. N: pieces that were not yet as they had to be. */
  readonly log: string[] = [];
  /** Makes an apply that changes something fail, after so many that do not. */
  failAfter: number | undefined;
  /** What the real ones would have counted. */
  statistics: ProxyStats | undefined;
  counters: ReadonlyMap<string, RequestCounters> = new Map();
  process: ProxyStatus | null = null;
  /** Of the daemon that it was given to last. */
  wiring!: Layer7Wiring;
  readonly #cache = new ProxyCache();

  /** For the daemon: one after another may be given the same. */
  readonly wired = (wiring: Layer7Wiring): Layer7 => {
    this.wiring = wiring;
    return this;
  };

  async open(): Promise<void> {
    this.log.push('open');
  }

  async close(): Promise<void> {
    this.log.push('close');
  }

  plan(input: ProxyInput): ProxyConfig | undefined {
    return this.#compile(input, this.#cache);
  }

  /** What {@link plan} says where nothing was compiled before. */
  planAfresh(input: ProxyInput): ProxyConfig | undefined {
    return this.#compile(input, new ProxyCache());
  }

  async apply(config: ProxyConfig | undefined): Promise<void> {
    const pieces = changedPieces(this.config, config).length;
    this.log.push(`apply ${pieces}`);
    if (pieces > 0 && this.failAfter !== undefined && this.failAfter-- === 0) {
      this.failAfter = undefined;
      throw new SluiceError('proxy_failed', 'HAProxy refused it');
    }
    this.config = config;
  }

  serving(loadbalancers: readonly LoadBalancer[]): ReadonlySet<string> {
    return servingMembers(this.config, loadbalancers);
  }

  stats(): ProxyStats | undefined {
    return this.statistics;
  }

  status(): ProxyStatus | null {
    return this.process;
  }

  requests(): ReadonlyMap<string, RequestCounters> {
    return this.counters;
  }

  /** Endpoints of a pool that get requests, sorted. */
  usable(poolId: string): string[] {
    const backends = [...(this.config?.backends ?? [])].filter(([name]) => name.startsWith(`p_${poolId}`));
    const servers = backends.flatMap(([, backend]) => [...backend.servers]);
    return [...new Set(servers.flatMap(([name, { up }]) => (up ? [name] : [])))].sort();
  }

  #compile(input: ProxyInput, cache: ProxyCache): ProxyConfig | undefined {
    const config = compileProxy({
      ...input,
      open: ({ sealed_key, id }) => this.wiring.vault().open(sealed_key ?? '', id),
      settings: SETTINGS,
      features: FEATURES,
      accessLog,
      cache,
    });
    return config.frontends.size === 0 ? undefined : config;
  }
}

const accessLog = (): string[] => [];

/** Pieces in which two configurations differ: `backends p_1`. */
export function changedPieces(one: ProxyConfig | undefined, other: ProxyConfig | undefined): string[] {
  if (one === other) {
    return [];
  }
  const single = (['base', 'addresses'] as const).filter((kind) => !isDeepStrictEqual(one?.[kind], other?.[kind]));
  const named = KINDS.flatMap((kind) => {
    const before: ReadonlyMap<string, unknown> = one?.[kind] ?? new Map();
    const after: ReadonlyMap<string, unknown> = other?.[kind] ?? new Map();
    const names = [...new Set([...before.keys(), ...after.keys()])];
    const changed = names.filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)));
    return changed.map((name) => `${kind} ${name}`);
  });
  return [...single, ...named];
}
