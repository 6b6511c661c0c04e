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
import { checkPolicy, checkRule, completePolicy, policyUseFault, ruleUseFault } from './l7-rules.js';
import { checkListener, completeListener, isHttp } from './listener-rules.js';
import type { ListenerInTree } from './listeners.js';
import { checkVip, completeVips } from './loadbalancer-rules.js';
import type { LoadBalancerInTree } from './loadbalancers.js';
import { checkOrder } from './order-rules.js';
import { checkTags } from './tags.js';
import { findListener } from './tree-listeners.js';
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
  const linker = new Linker(report, places, pools, written.listeners);
  const spec: LoadBalancerSpec = {
    ...written,
    additional_vips: completeVips(written.additional_vips, report),
    listeners: linker.listeners(),
    pools: pools.all,
  };
  return { spec, places };
}

class Linker {
  readonly #report: FaultReport;
  readonly #places: Map<object, Path>;
  readonly #pools: Pools;
  readonly #written: readonly ListenerInTree[];
  #listeners: readonly ListenerSpec[] = [];

  constructor(report: FaultReport, places: Map<object, Path>, pools: Pools, written: readonly ListenerInTree[]) {
    this.#report = report;
    this.#places = places;
    this.#pools = pools;
    this.#written = written;
  }

  /** All of them are known before the policies of one are looked at: those may lead to any other. */
  listeners(): ListenerSpec[] {
    const listeners = this.#written.map((written, index) => this.#listener(written, ['listeners', index]));
    this.#listeners = listeners;
    for (const [index, listener] of listeners.entries()) {
      this.#link(listener, this.#written[index]!, ['listeners', index]);
    }
    return listeners;
  }

  /** A listener without its pools and policies. */
  #listener(written: ListenerInTree, path: Path): ListenerSpec {
    const report = below(this.#report, ...path);
    const { default_pool: _, default_pool_id: __, l7policies: ___, ...fields } = written;
    const completed = completeListener(fields);
    checkTags(completed.tags, report);
    checkListener(completed, report);
    const listener = { ...completed, default_pool: null, l7policies: [] };
    this.#places.set(listener, path);
    return listener;
  }

  #link(listener: ListenerSpec, { default_pool, default_pool_id, l7policies }: ListenerInTree, path: Path): void {
    const { protocol } = listener;
    const unfit = l7policies.length > 0 ? policyUseFault(protocol) : undefined;
    if (unfit) {
      this.#report([...path, 'l7policies'], { ...unfit, part: 'key' });
    }
    listener.default_pool = this.#pools.resolve(default_pool, default_pool_id, {
      protocol,
      field: 'default_pool',
      path,
    });
    const place: PolicyPlace = { listener, protocol: unfit ? undefined : protocol, path: [...path, 'l7policies'] };
    listener.l7policies = this.#policies(l7policies, place);
    if (isHttp(protocol)) {
      checkOrder(listener, (index, detail) => {
        this.#report(this.#places.get(listener.l7policies[index]!)!, detail);
      });
    }
  }

  /** Those with a position in its order, then the others as they were written; positions without gaps. */
  #policies(written: readonly PolicyInTree[], place: PolicyPlace): L7PolicySpec[] {
    const last = Number.MAX_SAFE_INTEGER;
    return written
      .map((policy, index) => ({ policy, path: [...place.path, index] }))
      .sort((a, b) => (a.policy.position ?? last) - (b.policy.position ?? last))
      .map(({ policy, path }, index) => {
        const linked = { ...this.#policy(policy, { ...place, path }), position: index + 1 };
        this.#places.set(linked, path);
        return linked;
      });
  }

  #policy(written: PolicyInTree, { listener, protocol, path }: PolicyPlace): Omit<L7PolicySpec, 'position'> {
    const report = below(this.#report, ...path);
    const { redirect_pool, redirect_pool_id, redirect_listener, redirect_listener_id, ...fields } = written;
    const policy = completePolicy(fields);
    checkTags(policy.tags, report);
    checkPolicy(
      {
        ...policy,
        redirect_pool_id: redirect_pool === null ? redirect_pool_id : '',
        redirect_listener_id: redirect_listener === null ? redirect_listener_id : '',
      },
      report,
      {
        ...(redirect_pool === null ? {} : { redirect_pool_id: 'redirect_pool' }),
        ...(redirect_listener === null ? {} : { redirect_listener_id: 'redirect_listener' }),
      },
    );
    for (const [index, rule] of policy.rules.entries()) {
      checkTags(rule.tags, below(report, 'rules', index));
      checkRule(rule, below(report, 'rules', index));
      const unfit = protocol && ruleUseFault(protocol, rule.type);
      if (unfit) {
        report(['rules', index, 'type'], unfit);
      }
    }
    return {
      ...policy,
      redirect_pool: this.#pools.resolve(redirect_pool, redirect_pool_id, { protocol, field: 'redirect_pool', path }),
      redirect_listener: findListener(this.#listeners, written, listener, report),
    };
  }
}

/** Where policies are written. */
interface PolicyPlace {
  listener: ListenerSpec;
  /** Of the listener; undefined: it cannot have policies, which has been reported. */
  protocol: ListenerProtocol | undefined;
  /** From the load balancer on. */
  path: Path;
}
