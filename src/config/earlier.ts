/** Load balancers as release 0.1 saved them. */
import type { LoadBalancerSpec } from '../model/resources.js';
import { isObject } from '../schema/faults.js';
import { readTree } from './tree.js';

/** What that release gave to every monitor, whatever its type. */
const HTTP_FIELDS = ['http_method', 'url_path', 'expected_codes', 'domain_name'];

/**
 * The load balancers of a saved configuration of release 0.1.
 * @param source its name in error messages
 * @throws SluiceError as `readTree`
 */
export function readEarlierTree(loadbalancers: readonly unknown[], source: string): LoadBalancerSpec[] {
  return readTree({ loadbalancers: loadbalancers.map(withoutUnusedFields) }, { source });
}

function withoutUnusedFields(loadbalancer: unknown): unknown {
  if (!isObject(loadbalancer) || !Array.isArray(loadbalancer.pools)) {
    return loadbalancer;
  }
  const pools = loadbalancer.pools.map((pool: unknown) => {
    const monitor = isObject(pool) ? pool.healthmonitor : undefined;
    if (!isObject(pool) || !isObject(monitor) || monitor.type === 'HTTP') {
      return pool;
    }
    const kept = Object.entries(monitor).filter(([name]) => !HTTP_FIELDS.includes(name));
    return { ...pool, healthmonitor: Object.fromEntries(kept) };
  });
  return { ...loadbalancer, pools };
}
