/**
 * The road of every change: plan it against what the kernel holds, save it, apply it. Nothing is saved or applied of a change
 * that cannot be planned.
 */
import { randomInt } from 'node:crypto';
import type { GatewayConfig } from '../config/gateway-fields.js';
import { checkHost } from '../config/host-checks.js';
import { type ApplySummary, specificationOf } from '../control/index.js';
import type { Datapath, DatapathFacts } from '../datapath/datapath.js';
import { type Check, checksOf } from '../health/checks.js';
import type { HealthScheduler } from '../health/scheduler.js';
import { type Fault, SluiceError } from '../model/errors.js';
import type { LoadBalancer, Tree } from '../model/resources.js';
import type { State } from '../model/state.js';
import type { Assigned } from '../plan/assign.js';
import type { Specifications } from '../plan/compile.js';
import type { Health, HealthView } from '../plan/desired.js';
import { type Plan, planChange } from '../plan/plan.js';
import { WheelCache } from '../plan/pool-wheel.js';
import { servingMembers } from '../plan/serving.js';
import type { CurrentTables } from '../plan/tables.js';
import { emptyState, stateToWrite } from '../store/rows.js';
import type { Store, StoreWrite } from '../store/store.js';

/** What a file did, or would do. */
export interface ChangeSummary extends ApplySummary, Outcome {
  dry_run: boolean;
  milliseconds: number;
  /** Of a dry run: load balancers that would change, as they are and as they would be. */
  before?: LoadBalancer[];
  after?: LoadBalancer[];
}

/** What became of the tables. */
export interface Outcome {
  /** The data plane's changes, a line each: `+` created, `~` changed, `-` removed. */
  changes: string[];
  warnings: Fault[];
}

interface Planned {
  plan: Plan | undefined;
  checks: Check[];
  /** Ids of members that take traffic by the tables as they were; computed when asked for. */
  serving: () => ReadonlySet<string>;
}

export interface RoadParts {
  /** Undefined with `dataplane: none`: changes are saved, nothing else. */
  datapath: Datapath | undefined;
  scheduler: HealthScheduler;
  gateway: GatewayConfig;
  store: Store;
}

/** What is saved together with a change. */
export type Notes = Pick<StoreWrite, 'audit' | 'events'>;

/** What each flavor grants. */
function specificationsOf(state: State): Specifications {
  return new Map(
    [...state.flavors.keys()].flatMap((id) => {
      const specification = specificationOf(state, id);
      return specification ? [[id, specification] as const] : [];
    }),
  );
}

/** The configuration that is in force. Callers take care that changes do not overlap. */
export class ChangeRoad {
  readonly #parts: RoadParts;
  readonly #wheels = new WheelCache();
  /** Places the leases of a new table; one that exists keeps its own. */
  readonly #hashKey = randomInt(2 ** 32);
  #state: State = emptyState();
  /** What the store holds: differs from the state in force where a refused change could not be taken back. */
  #saved: State = this.#state;
  /** Audit entries in the store of changes that did not come to pass. */
  readonly #retract: string[] = [];
  #assigned: Assigned | undefined;
  #facts: DatapathFacts | undefined;
  /** What the kernel holds, while nobody else writes to it; undefined: to be read. */
  #current: CurrentTables | undefined;
  #warnings: Fault[] = [];
  #failure: string | undefined;

  constructor(parts: RoadParts) {
    this.#parts = parts;
  }

  get state(): State {
    return this.#state;
  }

  /** Indexes in the kernel; undefined without a data plane and before the first change. */
  get assigned(): Assigned | undefined {
    return this.#assigned;
  }

  get warnings(): readonly Fault[] {
    return this.#warnings;
  }

  /** Why the data plane may not be what the configuration says; undefined: it is. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** What a change to this state would do. @throws SluiceError as {@link change} */
  async preview(state: State): Promise<Outcome> {
    const { plan } = await this.#plan(state);
    return { changes: plan?.describe() ?? [], warnings: [...(plan?.warnings ?? []), ...this.#refuseUnfit(state)] };
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
      return { changes: [], warnings: this.#warnings };
    }
    return await this.#put(state, notes);
  }

  async #put(state: State, notes: Notes, adopted?: Tree): Promise<Outcome> {
    const { plan, checks, serving } = await this.#plan(state);
    const warnings = [...(plan?.warnings ?? []), ...this.#refuseUnfit(state, adopted)];
    await this.#save(state, notes);
    try {
      await this.#apply(plan);
    } catch (error) {
      this.#retract.push(...(notes.audit ?? []).map(({ id }) => id));
      await this.#takeBack();
      throw error;
    }
    this.#state = state;
    this.#parts.scheduler.update(checks, (id) => serving().has(id));
    this.#warnings = warnings;
    return { changes: plan?.describe() ?? [], warnings };
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
    const { plan } = await this.#plan(this.#state);
    await this.#apply(plan);
    return { changes: plan?.describe() ?? [], warnings: plan?.warnings ?? [] };
  }

  /** Has the host's interfaces and the kernel's tables looked at again by the next change. */
  forget(): void {
    this.#facts = undefined;
    this.#current = undefined;
  }

  /**
   * What does not fit this host: refused in what is new (the load balancers of a change, the host file at start), told as a warning
   * of what was in force before. The host may have changed since, and that must not stand in the way of other changes.
   */
  #refuseUnfit(tree: Tree, adopted?: Tree): Fault[] {
    const { gateway } = this.#parts;
    if (!this.#facts) {
      return [];
    }
    const { faults, warnings } = checkHost(gateway, tree, this.#facts.host);
    const known = new Set((adopted ?? this.#state).loadbalancers);
    const brought = { loadbalancers: tree.loadbalancers.filter((loadbalancer) => !known.has(loadbalancer)) };
    const strict = checkHost(gateway, brought, this.#facts.host).faults.filter(
      ({ path }) => adopted !== undefined || !path.startsWith('gateway.'),
    );
    if (strict.length > 0) {
      throw SluiceError.fromFaults(strict, 'this host');
    }
    return [...warnings, ...faults];
  }

  async #apply(plan: Plan | undefined): Promise<void> {
    if (!plan) {
      return;
    }
    const before = this.#current;
    this.#current = undefined;
    try {
      await this.#parts.datapath?.apply(plan.operations);
    } catch (error) {
      this.#failure = (error as Error).message;
      throw error;
    }
    this.#failure = undefined;
    this.#current = before && { ...before, ...plan.assigned };
    this.#assigned = plan.assigned;
  }

  async #plan(state: State): Promise<Planned> {
    const { datapath, gateway } = this.#parts;
    if (!datapath) {
      return { plan: undefined, checks: [], serving: () => new Set() };
    }
    this.#facts ??= await datapath.facts();
    this.#current ??= await datapath.read(gateway.local_addresses);
    const current = this.#current;
    let known: ReadonlySet<string> | undefined;
    const serving = (): ReadonlySet<string> => {
      known ??= servingMembers(state, current);
      return known;
    };
    const facts = { ...this.#facts, localAddresses: gateway.local_addresses, hashKey: this.#hashKey };
    const checks = checksOf(state);
    const health = this.#health(checks, serving);
    const plan = planChange({
      tree: state,
      health,
      facts,
      current,
      accessLists: state.accesslists,
      specifications: specificationsOf(state),
      wheels: this.#wheels,
    });
    return { plan, checks, serving };
  }

  /** A member not checked yet counts as up when it serves already, see `servingMembers`. */
  #health(checks: readonly Check[], serving: () => ReadonlySet<string>): HealthView {
    return new Map(
      checks.map(({ id }): [string, Health] => {
        const known = this.#parts.scheduler.health(id);
        if (known ? known.up : serving().has(id)) {
          return [id, 'up'];
        }
        return [id, known?.probed ? 'down' : 'unknown'];
      }),
    );
  }
}

/** Whether a change may touch tables: what users, quotas and the like are, packets never see. */
function concernsPackets(before: State, after: State): boolean {
  return (
    before.loadbalancers !== after.loadbalancers ||
    before.accesslists !== after.accesslists ||
    before.flavors !== after.flavors ||
    before.flavorprofiles !== after.flavorprofiles
  );
}
