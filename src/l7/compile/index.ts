/**
 * State and health to what HAProxy is to do: pure, so that everything can be tested without one. What is compiled is kept from one
 * time to the next, see `cache.ts`.
 */
import type { ProxySettings } from '../../config/proxy-fields.js';
import type { Certificate } from '../../model/state.js';
import type { ProxyBackend, ProxyConfig, ProxyFeatures } from '../proxy-config.js';
import { baseText } from './base.js';
import { type Balancers, type Compiled, CompiledBalancers, kept } from './cache.js';
import type { AccessLogLines } from './loadbalancer.js';
import { PAGES } from './pages.js';
import { METRICS_BACKEND, METRICS_SECTION } from './prometheus.js';

export type { AccessLogLines } from './loadbalancer.js';

export interface CompileProxyInput extends Balancers {
  /** The private key of a SERVER certificate, PEM. Asked for once for each certificate. */
  open: (certificate: Certificate) => string;
  settings: ProxySettings;
  features: ProxyFeatures;
  /** The lines of a listener's section about its log. A function of its own: another one compiles everything anew. */
  accessLog: AccessLogLines;
  cache: ProxyCache;
}

/** Kinds of pieces that load balancers make. */
type Kinds = {
  frontends: string;
  backends: ProxyBackend;
  maps: readonly string[];
  certificateLists: readonly string[];
  servers: Certificate;
  authorities: Certificate;
  revocations: Certificate;
};

const KINDS = ['frontends', 'backends', 'maps', 'certificateLists', 'servers', 'authorities', 'revocations'] as const;

/** Everything of one kind, and the parts that it was put together from. */
interface Joined<T> {
  parts: ReadonlyArray<ReadonlyMap<string, T>>;
  all: ReadonlyMap<string, T>;
}

/** Keeps what was compiled before. One for each gateway; it holds private keys. */
export class ProxyCache {
  #balancers: CompiledBalancers | undefined;
  #compiled: readonly Compiled[] = [];
  #joined = new Map<keyof Kinds, Joined<unknown>>();
  #texts = new WeakMap<Certificate, string>();
  #settings: ProxySettings | undefined;
  #config: ProxyConfig | undefined;

  compile(input: CompileProxyInput): ProxyConfig {
    if (!this.#balancers?.fits(input)) {
      this.#balancers = new CompiledBalancers(input);
    }
    const compiled = this.#balancers.compile(input);
    if (this.#config && this.#settings === input.settings && sameList(this.#compiled, compiled)) {
      return this.#config;
    }
    this.#config = settled(this.#config, this.#join(compiled, input));
    this.#compiled = compiled;
    this.#settings = input.settings;
    return this.#config;
  }

  #join(compiled: readonly Compiled[], { settings, open }: CompileProxyInput): ProxyConfig {
    const all = Object.fromEntries(KINDS.map((kind) => [kind, this.#all(kind, compiled)])) as {
      [Kind in keyof Kinds]: ReadonlyMap<string, Kinds[Kind]>;
    };
    return {
      base: baseText(settings),
      frontends: all.frontends,
      backends: compiled.some(({ hasMetrics }) => hasMetrics) ? this.#withMetrics(all.backends) : all.backends,
      variables: NO_VARIABLES,
      maps: all.maps,
      certificates: this.#texted(all.servers, (one) => `${one.certificate.trimEnd()}\n${open(one).trimEnd()}\n`),
      certificateLists: all.certificateLists,
      authorities: this.#texted(all.authorities, ({ certificate }) => certificate),
      revocations: this.#texted(all.revocations, ({ certificate }) => certificate),
      pages: PAGES,
      addresses: [...new Set(compiled.flatMap(({ addresses }) => addresses))],
      warnings: compiled.flatMap(({ warnings }) => warnings),
    };
  }

  #all<Kind extends keyof Kinds>(kind: Kind, compiled: readonly Compiled[]): ReadonlyMap<string, Kinds[Kind]> {
    const parts = compiled.map((one) => one[kind] as ReadonlyMap<string, Kinds[Kind]>);
    const before = this.#joined.get(kind) as Joined<Kinds[Kind]> | undefined;
    if (before?.parts.length === parts.length && parts.every((part, index) => part === before.parts[index])) {
      return before.all;
    }
    const all = new Map<string, Kinds[Kind]>();
    for (const part of parts) {
      for (const [name, value] of part) {
        all.set(name, value);
      }
    }
    const joined = { parts, all: kept(before?.all, all) };
    this.#joined.set(kind, joined);
    return joined.all;
  }

  #withMetrics(backends: ReadonlyMap<string, ProxyBackend>): ReadonlyMap<string, ProxyBackend> {
    return new Map([...backends, [METRICS_BACKEND, METRICS]]);
  }

  #texted(
    certificates: ReadonlyMap<string, Certificate>,
    textOf: (certificate: Certificate) => string,
  ): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const [id, certificate] of certificates) {
      let text = this.#texts.get(certificate);
      if (text === undefined) {
        text = textOf(certificate);
        this.#texts.set(certificate, text);
      }
      texts.set(id, text);
    }
    return texts;
  }
}

/** The configuration as it was, where nothing changed, and its pieces as they were, where they did not. */
function settled(before: ProxyConfig | undefined, config: ProxyConfig): ProxyConfig {
  if (!before) {
    return config;
  }
  const next: ProxyConfig = {
    ...config,
    backends: kept(before.backends, config.backends),
    certificates: kept(before.certificates, config.certificates),
    authorities: kept(before.authorities, config.authorities),
    revocations: kept(before.revocations, config.revocations),
    addresses: sameList(before.addresses, config.addresses) ? before.addresses : config.addresses,
    warnings: sameList(before.warnings, config.warnings) ? before.warnings : config.warnings,
  };
  const same = (Object.keys(next) as (keyof ProxyConfig)[]).every((key) => next[key] === before[key]);
  return same ? before : next;
}

const METRICS: ProxyBackend = { text: METRICS_SECTION, dynamic: false, servers: new Map() };
const NO_VARIABLES: ReadonlyMap<string, number> = new Map();

function sameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/**
 * The configuration for a state. What a change left as it was keeps its references; where nothing changed it is the same object.
 * Listeners whose certificates or keys cannot be had are left out, with a warning.
 */
export function compileProxy(input: CompileProxyInput): ProxyConfig {
  return input.cache.compile(input);
}
