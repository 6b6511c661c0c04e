/** Pools of a load balancer while it is read: where they are written, and who uses them. */
import type { ListenerProtocol, PoolSpec } from '../model/resources.js';
import { below, type FaultReport, nearest, type Path, show } from './faults.js';
import {
  checkMonitor,
  checkPool,
  completeMonitor,
  completePersistence,
  monitorUseFault,
  poolUseFault,
} from './pool-rules.js';
import { isPoolReference, type PoolInTree, type PoolReference } from './pools.js';
import { checkTags } from './tags.js';

/** Where a pool is used. */
export interface Use {
  /** Of the listener; undefined: it cannot have pools here, which has been reported. */
  protocol: ListenerProtocol | undefined;
  field: string;
  /** Of the user, from the load balancer on. */
  path: Path;
}

/** All pools of a load balancer, those written inside their users too. */
export class Pools {
  readonly all: PoolSpec[] = [];
  readonly #report: FaultReport;
  readonly #places: Map<object, Path>;
  /** Those that can be referred to. */
  readonly #shared: readonly PoolSpec[];

  /** @param places where pools are noted with their paths */
  constructor(written: readonly PoolInTree[], report: FaultReport, places: Map<object, Path>) {
    this.#report = report;
    this.#places = places;
    this.#shared = written.map((pool, index) => this.#add(pool, ['pools', index]));
  }

  /** The pool that a listener or policy names or brings. */
  resolve(here: PoolInTree | PoolReference | null, id: string | null, use: Use): PoolSpec | null {
    const { field, path } = use;
    const report = below(this.#report, ...path);
    if (here !== null && id !== null) {
      report([`${field}_id`], {
        code: 'conflict',
        message: `${field} and ${field}_id are both given`,
        suggestion: 'keep one of them',
        part: 'key',
      });
    }
    if (here === null && id === null) {
      return null;
    }
    const [pool, at] =
      here === null
        ? [this.#find('id', id!, report, [`${field}_id`]), `${field}_id`]
        : isPoolReference(here)
          ? [this.#find('name', here.name, report, [field, 'name']), field]
          : [this.#add(here, [...path, field]), field];
    const fault = pool && use.protocol && poolUseFault(use.protocol, pool);
    if (fault) {
      report([at], fault);
    }
    return pool ?? null;
  }

  #add(written: PoolInTree, path: Path): PoolSpec {
    const report = below(this.#report, ...path);
    const { healthmonitor, session_persistence } = written;
    const pool: PoolSpec = {
      ...written,
      session_persistence: completePersistence(session_persistence),
      healthmonitor: healthmonitor && completeMonitor(healthmonitor),
    };
    checkTags(pool.tags, report);
    checkPool(pool, report);
    if (healthmonitor) {
      checkTags(healthmonitor.tags, below(report, 'healthmonitor'));
      checkMonitor(healthmonitor, below(report, 'healthmonitor'));
      const fault = monitorUseFault(healthmonitor.type, pool.protocol);
      if (fault) {
        report(['healthmonitor', 'type'], fault);
      }
    }
    for (const [index, member] of pool.members.entries()) {
      if (member.tags.length > 1) {
        checkTags(member.tags, below(report, 'members', index));
      }
    }
    this.all.push(pool);
    this.#places.set(pool, path);
    return pool;
  }

  #find(key: 'name' | 'id', wanted: string, report: FaultReport, path: Path): PoolSpec | undefined {
    const [found, second] = this.#shared.filter((pool) => pool[key] === wanted);
    if (second) {
      report(path, { message: `several pools are named ${show(wanted)}`, suggestion: 'give them names of their own' });
    }
    if (!found && wanted !== '') {
      const known = this.#shared.map((pool) => pool[key] ?? '').filter((text) => text !== '');
      const meant = nearest(wanted, known);
      report(path, {
        message: `the load balancer has no pool with the ${key} ${show(wanted)}`,
        suggestion: meant
          ? `did you mean ${show(meant)}?`
          : `write the pool under pools of the load balancer, or all of it under ${path[0] === 'default_pool_id' ? 'default_pool' : String(path[0])}`,
      });
    }
    return found;
  }
}
