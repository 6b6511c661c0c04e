/** Whole configurations at once: what `sluice apply` and the host file bring. */
import { mergeTree } from '../config/merge.js';
import type { LoadBalancerSpec, Manager } from '../model/resources.js';
import type { State } from '../model/state.js';
import { canChange, projectFor } from './access.js';
import { checkLoadBalancer } from './check.js';
import { withLoadBalancers } from './edit.js';
import type { Context, Operation } from './operation.js';
import { releaseAddresses } from './public-addresses.js';
import { enforceListenerLimit, enforceQuota } from './quotas.js';
import { about } from './refusals.js';
import { VipPlacer } from './vips.js';

export interface ApplyOptions {
  /** Whether load balancers of this manager that the files do not have are removed; default false: they stay. */
  prune?: boolean;
  /** Who brings the files: it owns what is new, and changes only its own. */
  manager: Manager;
  /** Whether load balancers of other managers are taken over; default false: changing them is a conflict. */
  adopt?: boolean;
}

/** Names of load balancers by what happens to them; an id stands for one without a name. */
export interface ApplySummary {
  created: string[];
  updated: string[];
  unchanged: string[];
  deleted: string[];
}

/**
 * Makes load balancers exactly what files say, all of them or none. A load balancer in ERROR is changed too: a better file is the
 * way out. VIPs that the files leave open are allocated once and stay.
 * @throws SluiceError `conflict` when the result contradicts itself or changes what another manager owns, `quota_exceeded`, and what
 * single operations throw, naming the load balancer
 */
export function applyTree(
  specs: readonly LoadBalancerSpec[],
  { prune = false, manager, adopt = false }: ApplyOptions,
): Operation<ApplySummary> {
  return (context) => {
    const placer = new VipPlacer(context, { written: writtenAddresses(specs) });
    const { tree, ...summary } = mergeTree(context.state, specs, {
      prune,
      manager,
      adopt,
      projectId: projectFor(context, undefined),
      now: context.now,
      newId: context.newId,
      visible: ({ project_id }) => canChange(context.caller, project_id),
      placeVip: (spec) => about(labelOf(spec), () => placer.place(spec)),
      localAddresses: context.localAddresses,
    });
    const { loadbalancers } = tree;
    const state = withoutDeleted(context, withLoadBalancers(context.state, loadbalancers));
    const old = new Map(context.state.loadbalancers.map((loadbalancer) => [loadbalancer.id, loadbalancer]));
    const changed = loadbalancers.filter((loadbalancer) => old.get(loadbalancer.id) !== loadbalancer);
    for (const loadbalancer of changed) {
      about(labelOf(loadbalancer), () => {
        enforceListenerLimit(context, loadbalancer, old.get(loadbalancer.id));
        checkLoadBalancer({ ...context, state }, loadbalancer);
      });
    }
    for (const projectId of new Set(changed.map(({ project_id }) => project_id))) {
      enforceQuota(context, state, projectId);
    }
    return { state, result: summary };
  };
}

/** Releases the public addresses of load balancers that went. */
function withoutDeleted({ state: before, now }: Context, state: State): State {
  const left = new Set(state.loadbalancers.map(({ id }) => id));
  const gone = before.loadbalancers.filter(({ id }) => !left.has(id)).map(({ id }) => id);
  return gone.length === 0 ? state : releaseAddresses(state, new Set(gone), now);
}

function writtenAddresses(specs: readonly LoadBalancerSpec[]): Set<string> {
  const addresses = specs.flatMap(({ vip_address, additional_vips }) => {
    return [vip_address ?? '', ...additional_vips.map(({ ip_address }) => ip_address)];
  });
  return new Set(addresses.filter((address) => address !== ''));
}

function labelOf({ name, id }: { name: string; id?: string }): string {
  return `loadbalancer "${name === '' ? id : name}"`;
}
