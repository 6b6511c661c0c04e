/**
 * The road of every change: plan it against what the kernel holds, save it, apply it. Nothing is saved or applied of a change
 * that cannot be planned.
 */
import { randomInt } from 'node:crypto';
import type { GatewayConfig } from '../config/gateway-fields.js';
import { checkHost } from '../config/host-checks.js';
import type { ApplySummary } from '../control/index.js';
import type { Datapath, DatapathFacts } from '../datapath/datapath.js';
import { checksOf } from '../health/checks.js';
import type { HealthScheduler } from '../health/scheduler.js';
import type { ProxyConfig } from '../l7/proxy-config.js';
import { differenceOf } from '../model/difference.js';
import { type Fault, SluiceError } from '../model/errors.js';
import type { LoadBalancer, Tree } from '../model/resources.js';
import type { State } from '../model/state.js';
import type { GatewayFacts, Health, HealthView } from '../plan/desired.js';
import type { Held } from '../plan/held.js';
import { checkLeases } from '../plan/limits.js';
import { type Plan, Planner } from '../plan/plan.js';
import { servingMembers } from '../plan/serving.js';
import { emptyState, stateToWrite } from '../store/rows.js';
import type { Store, StoreWrite } from '../store/store.js';
import type { ProxyControl } from './layer7.js';
import { SpecificationCache } from './specifications.js';

/** What a file did, or would do. */
export interface ChangeSummary extends ApplySummary {
  /** The data plane's changes; see {@link Outcome}. */
  changes: string[];
  warnings: readonly Fault[];
  dry_run: boolean;
  milliseconds: number;
  /** Of a dry run: load balancers that would change, as they are and as they would be. */
  before?: LoadBalancer[];
  after?: LoadBalancer[];
}

/** What became of the tables, told when somebody asks: most changes are made by requests that do not. */
export interface Outcome {
  /** The data plane's changes, a line each: `+` created, `~` changed, `-` removed. */
  describe: () => string[];
  /** What works but will not as well as the configuration suggests. */
  warnings: () => readonly Fault[];
}

/** A change that packets do not see. */
const NO_PLAN: Pick<Plan, 'describe'> = { describe: () => [] };

interface Planned {
  plan: Plan | undefined;
  /** Undefined: nothing is proxied. */
  proxied: ProxyConfig | undefined;
  /** Whether a member takes traffic by the tables as they were. */
  serving: (memberId: string) => boolean;
}

export interface RoadParts {
  /** Undefined with `dataplane: none`: changes are saved, nothing else. */
  datapath: Datapath | undefined;
  /** Serves what packets are not passed on for; used where there is a data plane. */
  proxy: ProxyControl;
  scheduler: HealthScheduler;
  gateway: GatewayConfig;
  store: Store;
}

/** What is saved together with a change. */
export type Notes = Pick<StoreWrite, 'audit' | 'events'>;

type Facts = DatapathFacts & GatewayFacts;

/** The configuration that is in force. Callers take care that changes do not overlap. */
export class ChangeRoad {
  readonly #parts: RoadParts;
  readonly #planner = new Planner();
  readonly #specifications = new SpecificationCache();
  /** Places the leases of a new table; one that exists keeps its own. */
  readonly #hashKey = randomInt(2 ** 32);
  #state: State = emptyState();
  /** What the store holds: differs from the state in force where a refused change could not be taken back. */
  #saved: State = this.#state;
  /** Audit entries in the store of changes that did not come to pass. */
  readonly #retract: string[] = [];
  /** Load balancers whose members are checked. */
  #checked: readonly LoadBalancer[] = [];
  #held: Held | undefined;
  #facts: Facts | undefined;
  /** How many looks at host and tables were asked for, and for how many of them that was done. */
  #looks = { wanted: 1, done: 0 };
  #warnings: { loadbalancers: readonly LoadBalancer[]; facts: Facts; faults: readonly Fault[] } | undefined;
  /** Why the tables may be in between. */
  #failure: string | undefined;
  /** What HAProxy does. */
  #proxied: ProxyConfig | undefined;
  #proxyFailure: string | undefined;

  constructor(parts: RoadParts) {
    this.#parts = parts;
  }

  get state(): State {
    return this.#state;
  }

  /** What the kernel held after the last change; undefined without a data plane and before the first change. */
  get held(): Held | undefined {
    return this.#held;
  }

  get warnings(): readonly Fault[] {
    return [...this.#warningsOf(this.#state), ...(this.#proxied?.warnings ?? [])];
  }

  /** Why the data plane may not be what the configuration says; undefined: it is. */
  get failure(): string | undefined {
    return this.#failure ?? this.#proxyFailure;
  }

  /** What a change to this state would do. @throws SluiceError as {@link change} */
  async preview(state: State): Promise<Outcome> {
    const planned = await this.#plan(state);
    this.#refuseUnfit(state);
    return this.#outcome(planned, state);
  }

  /**
   * Puts the first state of a daemon in force and saves what differs from the stored one.
   * @param stored what the store holds
   * @param adopted what was in force before this daemon
   */
  async begin(state: State, stored: State, adopted: Tree = stored): Promise<Outcome> {
    this.#state = stored;
    this.#saved = stored;
    return await this.#put(state, {}, adopted);
  }

  /**
   * Puts a state in force, and saves it with its notes.
   * @throws SluiceError `unsupported`, `invalid_configuration`, `capacity_exceeded`: nothing has happened; `dataplane_failed`: the
   * tables may be in between, the next {@link refresh} puts the old configuration back
   */
  async change(state: State, notes: Notes = {}): Promise<Outcome> {
    if (!concernsPackets(this.#state, state)) {
      await this.#save(state, notes);
      this.#state = state;
      return this.#outcome({ plan: undefined, proxied: this.#proxied }, state);
    }
    return await this.#put(state, notes);
  }

  async #put(state: State, notes: Notes, adopted?: Tree): Promise<Outcome> {
    const planned = await this.#plan(state);
    const { plan, proxied, serving } = planned;
    this.#refuseUnfit(state, adopted);
    await this.#save(state, notes);
    try {
      // First: HAProxy may still refuse, and then nothing has happened.
      await this.#applyProxy(proxied, state);
      await this.#applyTables(plan);
    } catch (error) {
      this.#retract.push(...(notes.audit ?? []).map(({ id }) => id));
      await this.#takeBack();
      throw error;
    }
    this.#state = state;
    if (plan) {
      this.#check(state, serving);
    }
    return this.#outcome(planned, state);
  }

  #outcome({ plan, proxied }: Pick<Planned, 'plan' | 'proxied'>, state: State): Outcome {
    const { describe } = plan ?? NO_PLAN;
    return { describe, warnings: () => [...this.#warningsOf(state), ...(proxied?.warnings ?? [])] };
  }

  /** Has the members checked that there are now. */
  #check({ loadbalancers }: Tree, serving: Planned['serving']): void {
    const { gone, come } = differenceOf(this.#checked, loadbalancers);
    this.#parts.scheduler.update(checksOf({ loadbalancers: come }), serving, checksOf({ loadbalancers: gone }));
    this.#checked = loadbalancers;
  }

  /** Saves a state; the store holds it from then on. */
  async #save(state: State, notes: Notes = {}): Promise<void> {
    const retract = [...this.#retract];
    await this.#parts.store.commit({ ...stateToWrite(this.#saved, state), retract, ...notes });
    this.#retract.splice(0, retract.length);
    this.#saved = state;
  }

  /** Has the store hold the state in force again. Where it refuses, the next write to it makes up for that. */
  async #takeBack(): Promise<void> {
    await this.#save(this.#state).catch(() => undefined);
  }

  /** Brings the tables in line with the configuration, the members' health and the host as they are now. */
  async refresh(): Promise<Outcome> {
    await this.#takeBack();
    const planned = await this.#plan(this.#state);
    await this.#applyTables(planned.plan);
    await this.#applyProxy(planned.proxied, this.#state);
    return this.#outcome(planned, this.#state);
  }

  /** Has the host's interfaces and the kernel's tables looked at again by the next change. */
  forget(): void {
    // Not at once: a change may be on its way, planned by what is known now.
    this.#looks.wanted += 1;
  }

  /**
   * Refuses what does not fit this host in what is new: the load balancers of a change, the host file at start. What was in force
   * before gets a warning: the host may have changed since, and that must not stand in the way of other changes.
   */
  #refuseUnfit(tree: Tree, adopted?: Tree): void {
    if (!this.#facts) {
      return;
    }
    const { come } = differenceOf((adopted ?? this.#state).loadbalancers, tree.loadbalancers);
    const { faults } = checkHost(this.#parts.gateway, { loadbalancers: come }, this.#facts.host);
    const strict = faults.filter(({ path }) => adopted !== undefined || !path.startsWith('gateway.'));
    if (strict.length > 0) {
      throw SluiceError.fromFaults(strict, 'this host');
    }
  }

  #warningsOf(tree: Tree): readonly Fault[] {
    const facts = this.#facts;
    const { loadbalancers } = tree;
    if (!facts) {
      return [];
    }
    if (this.#warnings?.loadbalancers !== loadbalancers || this.#warnings.facts !== facts) {
      const { faults, warnings } = checkHost(this.#parts.gateway, tree, facts.host);
      this.#warnings = { loadbalancers, facts, faults: [...checkLeases(tree, facts), ...warnings, ...faults] };
    }
    return this.#warnings.faults;
  }

  async #applyProxy(config: ProxyConfig | undefined, { loadbalancers }: Tree): Promise<void> {
    const { proxy, datapath } = this.#parts;
    if (!datapath) {
      return;
    }
    try {
      await proxy.apply(config, loadbalancers);
    } catch (error) {
      // A new configuration that is refused leaves what runs as it is; what runs already must not be.
      this.#proxyFailure = config === this.#proxied ? (error as Error).message : this.#proxyFailure;
      throw error;
    }
    this.#proxyFailure = undefined;
    this.#proxied = config;
  }

  async #applyTables(plan: Plan | undefined): Promise<void> {
    const { held } = this.#planner;
    if (!plan || !held) {
      return;
    }
    try {
      await this.#parts.datapath?.apply(plan.operations);
    } catch (error) {
      this.#failure = (error as Error).message;
      this.#planner.forget();
      throw error;
    }
    this.#failure = undefined;
    this.#planner.commit(plan);
    this.#held = held;
  }

  async #plan(state: State): Promise<Planned> {
    const { datapath, proxy, gateway } = this.#parts;
    if (!datapath) {
      return { plan: undefined, proxied: undefined, serving: () => false };
    }
    const facts = await this.#look(datapath);
    const held = this.#planner.held ?? this.#planner.adopt(await datapath.read(gateway.local_addresses));
    let known: ReadonlySet<string> | undefined;
    const serving = (id: string): boolean => {
      const come = () => differenceOf(this.#checked, state.loadbalancers).come;
      known ??= new Set([...servingMembers(come(), held), ...proxy.serving(come())]);
      return known.has(id);
    };
    const { scheduler } = this.#parts;
    const health: HealthView = {
      get: (id) => this.#health(id, serving),
      version: scheduler.version,
      changedSince: (version) => scheduler.changedSince(version),
    };
    const specifications = this.#specifications.of(state);
    const plan = this.#planner.plan({ tree: state, health, facts, accessLists: state.accesslists, specifications });
    return { plan, proxied: proxy.plan({ state, health, specifications }), serving };
  }

  async #look(datapath: Datapath): Promise<Facts> {
    const { wanted, done } = this.#looks;
    if (this.#facts && done === wanted) {
      return this.#facts;
    }
    this.#planner.forget();
    const { local_addresses: localAddresses } = this.#parts.gateway;
    this.#facts = { ...(await datapath.facts()), localAddresses, hashKey: this.#hashKey };
    this.#looks.done = wanted;
    return this.#facts;
  }

  /** A member not checked yet counts as up when it serves already, see `servingMembers`. */
  #health(id: string, serving: Planned['serving']): Health {
    const known = this.#parts.scheduler.health(id);
    if (known ? known.up : serving(id)) {
      return 'up';
    }
    return known?.probed ? 'down' : 'unknown';
  }
}

/** Whether a change may touch tables: what users, quotas and the like are, packets never see. */
function concernsPackets(before: State, after: State): boolean {
  return (
    before.loadbalancers !== after.loadbalancers ||
    before.accesslists !== after.accesslists ||
    before.flavors !== after.flavors ||
    before.flavorprofiles !== after.flavorprofiles ||
    before.certificates !== after.certificates
  );
}
