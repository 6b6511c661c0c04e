/**
 * The road of every change: plan it against what the kernel holds, save it, apply it. Nothing is saved or applied of a change
 * that cannot be planned.
 */
import { randomInt } from 'node:crypto';
import type { GatewayConfig } from '../config/gateway-fields.js';
import { checkHost } from '../config/host-checks.js';
import type { Datapath, DatapathFacts } from '../datapath/datapath.js';
import { type Check, checksOf } from '../health/checks.js';
import type { HealthScheduler } from '../health/scheduler.js';
import { type Fault, SluiceError } from '../model/errors.js';
import type { Tree } from '../model/resources.js';
import type { Assigned } from '../plan/assign.js';
import type { Health, HealthView } from '../plan/desired.js';
import { type Plan, planChange } from '../plan/plan.js';
import { WheelCache } from '../plan/pool-wheel.js';
import { servingMembers } from '../plan/serving.js';
import type { CurrentTables } from '../plan/tables.js';

/** What a change did, or would do. */
export interface ChangeSummary {
  dry_run: boolean;
  /** Names of load balancers. */
  created: string[];
  updated: string[];
  unchanged: string[];
  deleted: string[];
  /** The data plane's changes, a line each: `+` created, `~` changed, `-` removed. */
  changes: string[];
  warnings: Fault[];
  milliseconds: number;
}

/** What became of the tables. */
export type Outcome = Pick<ChangeSummary, 'changes' | 'warnings'>;

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
  save: (tree: Tree) => Promise<void>;
}

/** The configuration that is in force. Callers take care that changes do not overlap. */
export class ChangeRoad {
  readonly #parts: RoadParts;
  readonly #wheels = new WheelCache();
  /** Places the leases of a new table; one that exists keeps its own. */
  readonly #hashKey = randomInt(2 ** 32);
  #tree: Tree = { loadbalancers: [] };
  #assigned: Assigned | undefined;
  #facts: DatapathFacts | undefined;
  /** What the kernel holds, while nobody else writes to it; undefined: to be read. */
  #current: CurrentTables | undefined;
  #warnings: Fault[] = [];

  constructor(parts: RoadParts) {
    this.#parts = parts;
  }

  get tree(): Tree {
    return this.#tree;
  }

  /** Indexes in the kernel; undefined without a data plane and before the first change. */
  get assigned(): Assigned | undefined {
    return this.#assigned;
  }

  get warnings(): readonly Fault[] {
    return this.#warnings;
  }

  /** What a change to this tree would do. @throws SluiceError as {@link change} */
  async preview(tree: Tree): Promise<Outcome> {
    const { plan } = await this.#plan(tree);
    return { changes: plan?.describe() ?? [], warnings: [...(plan?.warnings ?? []), ...this.#refuseUnfit(tree)] };
  }

  /**
   * Puts a tree in force.
   * @throws SluiceError `unsupported`, `invalid_configuration`, `capacity_exceeded`: nothing has happened; `dataplane_failed`: the
   * tables may be in between, the next {@link refresh} puts the old configuration back
   * @param adopted at start: the part of the tree that was in force before this daemon
   */
  async change(tree: Tree, adopted?: Tree): Promise<Outcome> {
    const { plan, checks, serving } = await this.#plan(tree);
    const warnings = [...(plan?.warnings ?? []), ...this.#refuseUnfit(tree, adopted)];
    await this.#parts.save(tree);
    try {
      await this.#apply(plan);
    } catch (error) {
      await this.#parts.save(this.#tree);
      throw error;
    }
    this.#tree = tree;
    this.#parts.scheduler.update(checks, (id) => serving().has(id));
    this.#warnings = warnings;
    return { changes: plan?.describe() ?? [], warnings };
  }

  /** Brings the tables in line with the tree, the members' health and the host as they are now. */
  async refresh(): Promise<Outcome> {
    const { plan } = await this.#plan(this.#tree);
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
    const known = new Set((adopted ?? this.#tree).loadbalancers);
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
    await this.#parts.datapath?.apply(plan.operations);
    this.#current = before && { ...before, ...plan.assigned };
    this.#assigned = plan.assigned;
  }

  async #plan(tree: Tree): Promise<Planned> {
    const { datapath, gateway } = this.#parts;
    if (!datapath) {
      return { plan: undefined, checks: [], serving: () => new Set() };
    }
    this.#facts ??= await datapath.facts();
    this.#current ??= await datapath.read(gateway.local_addresses);
    const current = this.#current;
    let known: ReadonlySet<string> | undefined;
    const serving = (): ReadonlySet<string> => {
      known ??= servingMembers(tree, current);
      return known;
    };
    const facts = { ...this.#facts, localAddresses: gateway.local_addresses, hashKey: this.#hashKey };
    const checks = checksOf(tree);
    const health = this.#health(checks, serving);
    return { plan: planChange({ tree, health, facts, current, wheels: this.#wheels }), checks, serving };
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
