/**
 * The rows that a step looks at, as they shall be: with indexes. What it looks at and what is not here goes.
 */
import type { ListenerKey, Tables } from './tables.js';

export interface Assigned extends Pick<Tables, 'services' | 'targets' | 'addresses' | 'budgets' | 'accessLists'> {
  /** Target ids on each service's wheel, from `wheel_base` on. */
  wheels: ReadonlyMap<ListenerKey, Uint32Array>;
  /** Accounts of load balancers, by their ids. */
  balancerIndexes: ReadonlyMap<string, number>;
  /** The gateway's own rows; undefined where the step does not look at them. */
  gateway: Pick<Tables, 'settings' | 'locals' | 'devices'> | undefined;
}
