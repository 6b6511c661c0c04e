/**
 * What was compiled before. A change of one load balancer among a thousand compiles that one, and a member's health that one's
 * servers; everything else keeps its references, so that whoever compares two configurations need not look into it.
 */
import type { LoadBalancer, Member, Pool } from '../../model/resources.js';
import type { Certificate, Specification, State } from '../../model/state.js';
import type { HealthView } from '../../plan/desired.js';
import type { ProxyBackend, ProxyFeatures, ProxyServer } from '../proxy-config.js';
import type { BackendPlan } from './backend.js';
import { type AccessLogLines, type Parts, PartsMemory, partsOf } from './loadbalancer.js';
import { isUp, memberOptions, serverName, serverOf } from './servers.js';

/** What all load balancers depend on. */
export interface Common {
  open: (certificate: Certificate) => string;
  features: ProxyFeatures;
  accessLog: AccessLogLines;
}

/** A load balancer, compiled. */
export interface Compiled extends Parts {
  /** Pools and tables. */
  backends: ReadonlyMap<string, ProxyBackend>;
}

/** What is compiled, besides what {@link Common} has. */
export interface Balancers {
  state: Pick<State, 'loadbalancers' | 'certificates'>;
  health: HealthView;
  /** What flavors grant, by their ids. What changes is another object. */
  specifications: ReadonlyMap<string, Specification>;
}

interface Entry {
  loadbalancer: LoadBalancer;
  specification: Specification | undefined;
  compiled: Compiled;
  /** Of each member of each plan, in their order: 1 where it takes clients. */
  up: Uint8Array;
}

/** What a compilation was of, besides load balancers. */
interface Circumstances extends Pick<Balancers, 'specifications'> {
  certificates: State['certificates'];
  /** Of the members' health. */
  version: number | undefined;
}

export class CompiledBalancers {
  readonly #common: Common;
  readonly #memory = new PartsMemory();
  /** By id. */
  readonly #entries = new Map<string, Entry>();
  /** Load balancers by the ids of their members. */
  readonly #owners = new Map<string, string>();
  #circumstances: Circumstances | undefined;

  constructor(common: Common) {
    this.#common = common;
  }

  /** Whether what is here was made for these. */
  fits({ features, accessLog }: Pick<Common, 'features' | 'accessLog'>): boolean {
    return this.#common.features === features && this.#common.accessLog === accessLog;
  }

  /**
   * Every load balancer, in the order of the state. Those that nothing concerns are the same objects as before.
   * @throws SluiceError `invalid_configuration` for references to certificates that do not exist
   */
  compile(input: Balancers): Compiled[] {
    const { state, specifications, health } = input;
    const now = { certificates: state.certificates, specifications, version: health.version };
    const suspects = this.#suspects(now, health);
    // Until all are compiled: an error leaves some as they were before.
    this.#circumstances = undefined;
    const compiled = state.loadbalancers.map((loadbalancer) => {
      const before = this.#entries.get(loadbalancer.id);
      const suspected = suspects === undefined || suspects.has(loadbalancer.id);
      const entry = before?.loadbalancer === loadbalancer && !suspected ? before : this.#entry(loadbalancer, input);
      return entry.compiled;
    });
    this.#forgetAllBut(state.loadbalancers);
    this.#circumstances = now;
    return compiled;
  }

  /** Load balancers for which something else may have changed than themselves; undefined: all. */
  #suspects(now: Circumstances, health: HealthView): ReadonlySet<string> | undefined {
    const before = this.#circumstances;
    const sameGround = before?.certificates === now.certificates && before.specifications === now.specifications;
    if (!sameGround || before.version === undefined || now.version === undefined) {
      return undefined;
    }
    const changed = before.version === now.version ? [] : health.changedSince?.(before.version);
    return changed && new Set(changed.flatMap((id) => this.#owners.get(id) ?? []));
  }

  #entry(loadbalancer: LoadBalancer, { state, specifications, health }: Balancers): Entry {
    const { certificates } = state;
    const specification = specifications.get(loadbalancer.flavor_id ?? '');
    const before = this.#entries.get(loadbalancer.id);
    const entry =
      before && isCurrent(before, loadbalancer, certificates, specification)
        ? withHealth(before, health)
        : this.#make({ loadbalancer, certificates, specification }, health, before);
    if (entry !== before) {
      this.#entries.set(loadbalancer.id, entry);
    }
    return entry;
  }

  #make(
    input: Pick<Entry, 'loadbalancer' | 'specification'> & Pick<Circumstances, 'certificates'>,
    health: HealthView,
    before: Entry | undefined,
  ): Entry {
    const { loadbalancer, specification } = input;
    const fresh = partsOf({ ...input, ...this.#common, memory: this.#memory });
    const old = before?.compiled;
    const parts: Parts = {
      ...fresh,
      frontends: kept(old?.frontends, fresh.frontends),
      tables: kept(old?.tables, fresh.tables),
      maps: kept(old?.maps, fresh.maps),
      certificateLists: kept(old?.certificateLists, fresh.certificateLists),
      servers: kept(old?.servers, fresh.servers),
      authorities: kept(old?.authorities, fresh.authorities),
      revocations: kept(old?.revocations, fresh.revocations),
    };
    const up = upOf(parts, health);
    const backends = kept(old?.backends, backendsOf(parts, up, old?.backends));
    this.#own(loadbalancer.id, parts, old);
    return { loadbalancer, specification, up, compiled: { ...parts, backends } };
  }

  #own(id: string, parts: Parts | undefined, before: Parts | undefined): void {
    for (const member of membersOf(before)) {
      // A member may have gone over to a load balancer that was compiled before this one.
      if (this.#owners.get(member.id) === id) {
        this.#owners.delete(member.id);
      }
    }
    for (const member of membersOf(parts)) {
      this.#owners.set(member.id, id);
    }
  }

  #forgetAllBut(loadbalancers: readonly LoadBalancer[]): void {
    if (this.#entries.size === loadbalancers.length) {
      return;
    }
    const there = new Set(loadbalancers.map(({ id }) => id));
    for (const [id, { compiled }] of this.#entries) {
      if (!there.has(id)) {
        this.#own(id, undefined, compiled);
        this.#entries.delete(id);
      }
    }
  }
}

/** Members whose health matters. */
function membersOf(parts: Parts | undefined): Member[] {
  const pools = new Set([...(parts?.plans.values() ?? [])].map(({ pool }) => pool));
  return [...pools].flatMap((pool) => (pool.healthmonitor ? pool.members : []));
}

/** The map as it was, where the new one says the same. */
export function kept<T>(
  before: ReadonlyMap<string, T> | undefined,
  after: ReadonlyMap<string, T>,
): ReadonlyMap<string, T> {
  if (before?.size !== after.size) {
    return after;
  }
  const names = before.keys();
  for (const [name, value] of after) {
    if (names.next().value !== name || !same(before.get(name), value)) {
      return after;
    }
  }
  return before;
}

/** Lists are the same when their lines are. */
function same(one: unknown, other: unknown): boolean {
  if (one === other || !Array.isArray(one) || !Array.isArray(other)) {
    return one === other;
  }
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

function isCurrent(
  entry: Entry,
  loadbalancer: LoadBalancer,
  certificates: State['certificates'],
  specification: Specification | undefined,
): boolean {
  return (
    entry.loadbalancer === loadbalancer &&
    entry.compiled.isWhole &&
    sameSpecification(entry.specification, specification) &&
    usedCertificates(entry).every((one) => certificates.get(one.id) === one)
  );
}

function sameSpecification(one: Specification | undefined, other: Specification | undefined): boolean {
  return (
    one === other ||
    (one?.connections === other?.connections &&
      one?.connections_per_second === other?.connections_per_second &&
      one?.queries_per_second === other?.queries_per_second)
  );
}

function usedCertificates({ compiled: { servers, authorities, revocations } }: Entry): Certificate[] {
  return [...servers.values(), ...authorities.values(), ...revocations.values()];
}

function withHealth(entry: Entry, health: HealthView): Entry {
  const { compiled } = entry;
  if (isSameHealth(compiled, health, entry.up)) {
    return entry;
  }
  const up = upOf(compiled, health);
  return { ...entry, up, compiled: { ...compiled, backends: backendsOf(compiled, up, compiled.backends) } };
}

function isSameHealth({ plans }: Parts, health: HealthView, up: Uint8Array): boolean {
  let index = 0;
  for (const { pool } of plans.values()) {
    for (const member of pool.members) {
      if ((up[index++] === 1) !== isUp(pool, member, health)) {
        return false;
      }
    }
  }
  return true;
}

function upOf({ plans }: Parts, health: HealthView): Uint8Array {
  return Uint8Array.from(
    [...plans.values()].flatMap(({ pool }) => pool.members.map((member) => (isUp(pool, member, health) ? 1 : 0))),
  );
}

function backendsOf(
  { plans, tables }: Parts,
  up: Uint8Array,
  before: ReadonlyMap<string, ProxyBackend> | undefined,
): ReadonlyMap<string, ProxyBackend> {
  const backends = new Map<string, ProxyBackend>();
  let first = 0;
  for (const [name, plan] of plans) {
    const members = plan.pool.members;
    backends.set(name, backendOf(plan, up.subarray(first, first + members.length), before?.get(name)));
    first += members.length;
  }
  for (const [name, text] of tables) {
    const known = before?.get(name);
    backends.set(name, known?.text === text ? known : { text, dynamic: false, servers: NO_SERVERS });
  }
  return backends;
}

const NO_SERVERS: ReadonlyMap<string, ProxyServer> = new Map();

function backendOf(plan: BackendPlan, up: Uint8Array, before: ProxyBackend | undefined): ProxyBackend {
  const servers = kept(before?.servers, serversOf(plan, plan.pool, up, before?.servers));
  const isSame = before?.servers === servers && before.text === plan.text && before.dynamic === plan.dynamic;
  return isSame ? before : { text: plan.text, dynamic: plan.dynamic, servers };
}

function serversOf(
  plan: BackendPlan,
  { members }: Pool,
  up: Uint8Array,
  before: ReadonlyMap<string, ProxyServer> | undefined,
): Map<string, ProxyServer> {
  return new Map(
    members.map((member: Member, index) => {
      const name = serverName(member);
      const options = memberOptions(member, plan.common, plan.cookieOf?.(member.id));
      return [name, serverOf(member, options, member.weight * plan.factor, up[index] === 1, before?.get(name))];
    }),
  );
}
