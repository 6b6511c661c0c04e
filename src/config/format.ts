/**
 * The tree as `apply` would take it: for exports, backups and the saved state.
 */
import type { Tree } from '../model/resources.js';

/**
 * A plain value with Octavia's field names and all ids, that `readTree` and `mergeTree` turn into the same tree again. Pools stand
 * at their load balancer; listeners refer to them by `default_pool_id`.
 */
export function formatTree(tree: Tree): { loadbalancers: unknown[] } {
  return {
    loadbalancers: tree.loadbalancers.map(({ listeners, pools, ...loadbalancer }) => ({
      ...loadbalancer,
      pools: structuredClone(pools),
      listeners: structuredClone(listeners),
    })),
  };
}
