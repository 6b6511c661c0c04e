/** Load balancers with all that is below them: written pools are looked up, and every rule between objects of one of them is checked. */
import type {
  L7PolicySpec,
  L7RuleSpec,
  ListenerProtocol,
  ListenerSpec,
  LoadBalancerSpec,
  MemberSpec,
} from '../model/resources.js';
import { below, type FaultReport, type Path } from './faults.js';
import type { PolicyInTree } from './l7.js';
import { checkPolicy, checkRule, completePolicy, policyUseFault } from './l7-rules.js';
import { checkListener, completeListener } from './listener-rules.js';
import type { ListenerInTree } from './listeners.js';
import { checkVip, completeVips } from './loadbalancer-rules.js';
import type { LoadBalancerInTree } from './loadbalancers.js';
import { checkTags } from './tags.js';
import { Pools } from './tree-pools.js';

/** A load balancer, and where its listeners, policies and pools were written, from the load balancer on. */
export interface Linked {
  spec: LoadBalancerSpec;
  places: ReadonlyMap<object, Path>;
}

/** Where an object of a linked load balancer was written; undefined: it is not of this one. */
export function placeOf({ spec, places }: Linked, object: object): Path | undefined {
  const place = spec === object ? [] : places.get(object);
  if (place) {
    return place;
  }
  for (const pool of spec.pools) {
    const member = pool.members.indexOf(object as MemberSpec);
    if (member >= 0) {
      return [...places.get(pool)!, 'members', member];
    }
    if (pool.healthmonitor === object) {
      return [...places.get(pool)!, 'healthmonitor'];
    }
  }
  for (const policy of spec.listeners.flatMap(({ l7policies }) => l7policies)) {
    const rule = policy.rules.indexOf(object as L7RuleSpec);
    if (rule >= 0) {
      return [...places.get(policy)!, 'rules', rule];
    }
  }
  return undefined;
}

/** A written load balancer with its pools looked up and what depends on other fields filled in. Its own tags are not looked at. */
export function linkLoadBalancer(written: LoadBalancerInTree, report: FaultReport): Linked {
  checkVip(written, report);
  const places = new Map<object, Path>();
  const pools = new Pools(written.pools, report, places);
  const linker = new Linker(report, places, pools);
  const spec: LoadBalancerSpec = {
    ...written,
    additional_vips: completeVips(written.additional_vips, report),
    listeners: written.listeners.map((listener, index) => linker.listener(listener, ['listeners', index])),
    pools: pools.all,
  };
  return { spec, places };
}

class Linker {
  readonly #report: FaultReport;
  readonly #places: Map<object, Path>;
  readonly #pools: Pools;

  constructor(report: FaultReport, places: Map<object, Path>, pools: Pools) {
    this.#report = report;
    this.#places = places;
    this.#pools = pools;
  }

  listener(written: ListenerInTree, path: Path): ListenerSpec {
    const report = below(this.#report, ...path);
    const { default_pool, default_pool_id, l7policies, ...fields } = written;
    const completed = completeListener(fields);
    checkTags(completed.tags, report);
    checkListener(completed, report);
    const { protocol } = completed;
    const unfit = l7policies.length > 0 ? policyUseFault(protocol) : undefined;
    if (unfit) {
      report(['l7policies'], { ...unfit, part: 'key' });
    }
    const listener = {
      ...completed,
      default_pool: this.#pools.resolve(default_pool, default_pool_id, { protocol, field: 'default_pool', path }),
      l7policies: this.#policies(l7policies, unfit ? undefined : protocol, [...path, 'l7policies']),
    };
    this.#places.set(listener, path);
    return listener;
  }

  /** Those with a position in its order, then the others as they were written; positions without gaps. */
  #policies(written: readonly PolicyInTree[], protocol: ListenerProtocol | undefined, path: Path): L7PolicySpec[] {
    const last = Number.MAX_SAFE_INTEGER;
    return written
      .map((policy, index) => ({ policy, place: [...path, index] }))
      .sort((a, b) => (a.policy.position ?? last) - (b.policy.position ?? last))
      .map(({ policy, place }, index) => {
        const linked = { ...this.#policy(policy, protocol, place), position: index + 1 };
        this.#places.set(linked, place);
        return linked;
      });
  }

  #policy(written: PolicyInTree, protocol: ListenerProtocol | undefined, path: Path): Omit<L7PolicySpec, 'position'> {
    const report = below(this.#report, ...path);
    const { redirect_pool, redirect_pool_id, ...fields } = written;
    const policy = completePolicy(fields);
    checkTags(policy.tags, report);
    const inside = redirect_pool !== null;
    const target = inside ? '' : redirect_pool_id;
    checkPolicy({ ...policy, redirect_pool_id: target }, report, inside ? 'redirect_pool' : 'redirect_pool_id');
    for (const [index, rule] of policy.rules.entries()) {
      checkTags(rule.tags, below(report, 'rules', index));
      checkRule(rule, below(report, 'rules', index));
    }
    return {
      ...policy,
      redirect_pool: this.#pools.resolve(redirect_pool, redirect_pool_id, { protocol, field: 'redirect_pool', path }),
    };
  }
}
