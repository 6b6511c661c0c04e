/** All that one load balancer makes, without what depends on the health of its members. */
import { type Fault, SluiceError } from '../../model/errors.js';
import { type Listener, type LoadBalancer, type Pool, vipsOf } from '../../model/resources.js';
import { servedBy } from '../../model/served-by.js';
import type { Certificate, Specification, State } from '../../model/state.js';
import type { ProxyFeatures } from '../proxy-config.js';
import { type BackendPlan, backendPlan } from './backend.js';
import { type Frontend, frontendOf, type Surroundings } from './frontend.js';
import { tellsOfCertificates } from './headers.js';
import { balancerCounters, balancerLimitsOf } from './limits.js';
import { type Materials, materialsOf, resolverOf } from './materials.js';
import { backendName, listenerName, type PoolUse } from './names.js';

/** The lines about a listener's log. */
export type AccessLogLines = (listener: Listener, loadbalancer: LoadBalancer) => readonly string[];

export interface Parts extends Materials {
  frontends: ReadonlyMap<string, string>;
  plans: ReadonlyMap<string, BackendPlan>;
  /** Name to section, of backends with stick tables and no servers. */
  tables: ReadonlyMap<string, string>;
  maps: ReadonlyMap<string, readonly string[]>;
  certificateLists: ReadonlyMap<string, readonly string[]>;
  addresses: readonly string[];
  warnings: readonly Fault[];
  /** Whether one of its listeners shows metrics. */
  hasMetrics: boolean;
  /** Whether all certificates and keys that it needs could be had. */
  isWhole: boolean;
}

export interface PartsInput {
  loadbalancer: LoadBalancer;
  certificates: State['certificates'];
  /** Undefined: it has no limits. */
  specification: Specification | undefined;
  /** The private key of a SERVER certificate. @throws SluiceError where it cannot be had */
  open: (certificate: Certificate) => string;
  features: ProxyFeatures;
  accessLog: AccessLogLines;
  /** What is the same as before keeps its reference. */
  memory: PartsMemory;
}

/** What was made of a listener, and of what. */
interface Remembered {
  surroundings: string;
  certificates: State['certificates'];
  frontend: Frontend;
}

/** Keeps what listeners made: one of them may have ten thousand policies, which a change of a member does not touch. */
export class PartsMemory {
  readonly #frontends = new WeakMap<Listener, Remembered>();

  frontendOf(listener: Listener, surroundings: Surroundings, input: PartsInput): Frontend {
    const { loadbalancer, certificates, features, accessLog } = input;
    const known = JSON.stringify({ ...surroundings, ports: [...surroundings.ports] });
    const before = this.#frontends.get(listener);
    if (before?.surroundings === known && isCurrent(before, certificates)) {
      return before.frontend;
    }
    const frontend = frontendOf({
      listener,
      surroundings,
      features,
      log: accessLog(listener, loadbalancer),
      resolve: resolverOf(input, loadbalancer.project_id, `listener "${listener.name || listener.id}"`),
    });
    this.#frontends.set(listener, { surroundings: known, certificates, frontend });
    return frontend;
  }
}

/** Whether all that it refers to is still the same. */
function isCurrent({ certificates: before, frontend }: Remembered, certificates: State['certificates']): boolean {
  return before === certificates || frontend.certificates.every((one) => certificates.get(one.id) === one);
}

/**
 * Operations admit no reference to what does not exist. What an earlier release stored, or keys that this vault cannot open, keep
 * their own listener or pool from being served, and nothing else: the gateway has others.
 */
export function partsOf(input: PartsInput): Parts {
  const { loadbalancer, specification, memory } = input;
  const wanted = loadbalancer.admin_state_up
    ? loadbalancer.listeners.filter((one) => one.admin_state_up && servedBy(loadbalancer, one) === 'proxy')
    : [];
  const surroundings = surroundingsOf(input);
  const unserved: Fault[] = [];
  const served = wanted.flatMap((listener) => {
    const made = withMaterials(
      () => memory.frontendOf(listener, surroundings, input),
      `listener "${listener.name || listener.id}"`,
    );
    unserved.push(...made.faults);
    return made.value === undefined ? [] : [{ listener, frontend: made.value }];
  });
  const listeners = served.map(({ listener }) => listener);
  const frontends = served.map(({ frontend }) => frontend);
  const plans = plansOf(input, listeners, frontends, unserved);
  const counters = listeners.length > 0 ? balancerCounters(loadbalancer, specification) : undefined;
  const named = listeners.map((listener, index) => [listenerName(listener), frontends[index]!] as const);
  const certificates: Certificate[] = [...frontends, ...plans.values()].flatMap((one) => one.certificates);
  return {
    frontends: new Map(named.map(([name, { text }]) => [name, text])),
    plans,
    tables: new Map([
      ...(counters?.tables ?? []),
      ...[...frontends, ...plans.values()].flatMap(({ tables }) => [...tables]),
    ]),
    maps: new Map([...(counters?.maps ?? []), ...frontends.flatMap(({ maps }) => [...maps])]),
    certificateLists: new Map(named.flatMap(([name, { list }]) => (list.length === 0 ? [] : [[name, list]]))),
    ...materialsOf(certificates),
    addresses: listeners.length > 0 ? vipsOf(loadbalancer) : [],
    warnings: [...unserved, ...[...frontends, ...plans.values()].flatMap((one) => one.warnings)],
    hasMetrics: listeners.some(({ protocol }) => protocol === 'PROMETHEUS'),
    isWhole: unserved.length === 0,
  };
}

function surroundingsOf({ loadbalancer, specification }: PartsInput): Surroundings {
  const { id, name, listeners } = loadbalancer;
  const redirectTargets = listeners.filter(({ protocol }) => protocol === 'TERMINATED_HTTPS');
  return {
    loadbalancer: { id, name },
    vips: vipsOf(loadbalancer),
    limits: balancerLimitsOf(specification),
    proofs: listeners.some((listener) => listener.admin_state_up && tellsOfCertificates(listener)),
    ports: new Map(redirectTargets.map((listener) => [listener.id, listener.protocol_port])),
  };
}

/** @returns undefined with the reason where certificates or keys that it needs are not to be had */
function withMaterials<T>(make: () => T, path: string): { value: T | undefined; faults: Fault[] } {
  try {
    return { value: make(), faults: [] };
  } catch (error) {
    if (!(error instanceof SluiceError)) {
      throw error;
    }
    return { value: undefined, faults: [{ code: 'invalid', path, message: `is not served: ${error.message}` }] };
  }
}

function plansOf(
  input: PartsInput,
  listeners: readonly Listener[],
  frontends: readonly Frontend[],
  unserved: Fault[],
): Map<string, BackendPlan> {
  const { loadbalancer } = input;
  const uses = new Map<string, PoolUse>(frontends.flatMap(({ uses }) => [...uses]));
  const insecure = new Set(
    listeners.flatMap(({ protocol }, index) =>
      protocol === 'TERMINATED_HTTPS' ? [] : [...frontends[index]!.uses.values()].map(({ pool }) => pool),
    ),
  );
  const pools = new Map<string, Pool>(loadbalancer.pools.map((pool) => [pool.id, pool]));
  const plans = new Map<string, BackendPlan>();
  for (const use of uses.values()) {
    const pool = pools.get(use.pool);
    if (pool) {
      const owner = `pool "${pool.name || pool.id}"`;
      const planOf = (one: Pool) =>
        backendPlan(loadbalancer, one, use, !insecure.has(pool.id), resolverOf(input, loadbalancer.project_id, owner));
      const made = withMaterials(() => planOf(pool), owner);
      unserved.push(...made.faults);
      plans.set(backendName(use), made.value ?? planOf(withoutMembers(pool)));
    }
  }
  return plans;
}

/** Answers 503. */
function withoutMembers(pool: Pool): Pool {
  return { ...pool, members: [], tls_container_ref: null, ca_tls_container_ref: null, crl_container_ref: null };
}
