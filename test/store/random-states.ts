/** States that change step by step as a control plane would change them, at random. */
import type { L7Policy, Listener, LoadBalancer, Member, Pool } from '../../src/model/resources.js';
import type { Collections, State } from '../../src/model/state.js';
import type { Random } from '../support/random.js';
import { healthMonitor, l7policy, l7rule, listener, loadBalancer, member, pool } from './objects.js';

type Edit<T> = (object: T) => T;
/** Collections whose rows are called by their id. */
const BY_ID = ['flavors', 'accesslists', 'certificates', 'projects', 'users', 'revokedtokens'] as const;

export class RandomStates {
  readonly #random: Random;
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A state that differs from another in one to four places, and shares the rest. */
  next(state: State): State {
    let next = state;
    for (let left = this.#random.between(1, 4); left > 0; left -= 1) {
      next = this.#random.chance(70) ? { ...next, loadbalancers: this.#balancers(next) } : this.#flat(next);
    }
    return next;
  }

  #balancers({ loadbalancers }: State): LoadBalancer[] {
    return this.#list(loadbalancers, () => this.#newBalancer(), this.#editBalancer);
  }

  #flat(state: State): State {
    const choice = this.#random.between(0, BY_ID.length + 2);
    if (choice === 0) {
      return { ...state, hostFileHash: this.#random.chance(20) ? null : this.#word() };
    }
    if (choice === 1) {
      const name = this.#word();
      return { ...state, availabilityzones: this.#map(state.availabilityzones, name, { name, enabled: true }) };
    }
    if (choice === 2) {
      const project_id = this.#word();
      return { ...state, quotas: this.#map(state.quotas, project_id, { project_id, member: this.#made }) };
    }
    const name: keyof Collections = BY_ID[choice - 3]!;
    const id = this.#word();
    return { ...state, [name]: this.#map(state[name] as ReadonlyMap<string, object>, id, { id, name: this.#word() }) };
  }

  /** Adds or replaces what has a key, removes another one, or moves one behind the rest. */
  #map<T extends object>(map: ReadonlyMap<string, T>, key: string, value: object): ReadonlyMap<string, T> {
    const next = new Map(map);
    const other = this.#random.pick([...next.keys(), key]);
    if (this.#random.chance(30)) {
      next.delete(other);
    }
    return next.set(key, value as T);
  }

  /** Adds, removes, changes or moves one object of a list. */
  #list<T extends { id: string }>(list: readonly T[], make: () => T, edit: Edit<T>): T[] {
    const next = [...list];
    const at = this.#random.between(0, Math.max(0, next.length - 1));
    const action = this.#random.between(0, 9);
    if (next.length === 0 || action < 3) {
      next.splice(this.#random.chance(80) ? next.length : at, 0, make());
    } else if (action < 8) {
      next[at] = edit(next[at]!);
    } else {
      const [taken] = next.splice(at, 1);
      if (action === 9) {
        next.splice(this.#random.between(0, next.length), 0, taken!);
      }
    }
    return next;
  }

  readonly #editBalancer: Edit<LoadBalancer> = (balancer) => {
    switch (this.#random.between(0, 2)) {
      case 0:
        return { ...balancer, description: this.#word() };
      case 1: {
        const make = () => listener({ id: this.#id() });
        return { ...balancer, listeners: this.#list(balancer.listeners, make, this.#editListener) };
      }
      default:
        return { ...balancer, pools: this.#list(balancer.pools, () => this.#newPool(), this.#editPool) };
    }
  };

  readonly #editListener: Edit<Listener> = (old) => {
    if (this.#random.chance(30)) {
      return { ...old, tags: [this.#word()], updated_at: this.#word() };
    }
    const policies = this.#list(old.l7policies, () => l7policy({ id: this.#id() }), this.#editPolicy);
    const l7policies = policies.map((policy, index) =>
      policy.position === index + 1 ? policy : { ...policy, position: index + 1 },
    );
    return { ...old, l7policies };
  };

  readonly #editPolicy: Edit<L7Policy> = (policy) => {
    const make = () => l7rule({ id: this.#id() });
    return { ...policy, rules: this.#list(policy.rules, make, (rule) => ({ ...rule, value: this.#word() })) };
  };

  readonly #editPool: Edit<Pool> = (old) => {
    if (this.#random.chance(70)) {
      const weigh: Edit<Member> = (each) => ({ ...each, weight: this.#random.between(0, 256) });
      return { ...old, members: this.#list(old.members, () => member({ id: this.#id() }), weigh) };
    }
    const monitor = old.healthmonitor;
    if (monitor && this.#random.chance(60)) {
      return { ...old, healthmonitor: this.#random.chance(30) ? null : { ...monitor, delay: monitor.delay + 1 } };
    }
    return { ...old, healthmonitor: healthMonitor({ id: this.#id() }) };
  };

  #newBalancer(): LoadBalancer {
    return loadBalancer({ id: this.#id(), pools: this.#random.chance(50) ? [this.#newPool()] : [] });
  }

  #newPool(): Pool {
    const members = Array.from({ length: this.#random.between(0, 3) }, () => member({ id: this.#id() }));
    return pool({ id: this.#id(), members });
  }

  #id(): string {
    this.#made += 1;
    return `id-${this.#made}`;
  }

  /** One of few, so that the same comes again. */
  #word(): string {
    return this.#random.pick(['one', 'two', 'three', 'vier', 'fünf', "it's", '']);
  }
}
