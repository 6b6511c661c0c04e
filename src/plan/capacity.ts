/**
 * Whether everything fits into the tables.
 */
import { SluiceError } from '../model/errors.js';
import type { Desired } from './desired.js';
import type { Capacity, CurrentTables } from './tables.js';

const CAPACITY_WORDS: Record<keyof Capacity, string> = {
  services: 'listeners',
  listeners: 'listeners, counting removed ones with sessions left',
  balancers: 'load balancers, counting removed ones with sessions left',
  accessLists: 'access lists with different blocks, counting those about to be removed',
  wheelTargets: 'entries in the wheels of all listeners, counting the old wheel of each listener that changes',
  targets: 'members over all listeners, counting removed ones with sessions left',
  members: 'members over all pools, counting removed ones with sessions left',
  addresses: 'VIPs and local addresses, counting those about to be removed',
  locals: 'local addresses',
  devices: 'interfaces',
};

/** The error for a table that is too small. */
export function exceeded(table: keyof Capacity, size: number): SluiceError {
  return new SluiceError(
    'capacity_exceeded',
    `the data plane has room for ${size.toLocaleString('en')} ${CAPACITY_WORDS[table]}; ` +
      'nothing was changed: make the change smaller, or in two steps',
  );
}

/**
 * Compares the tables whose rows need no index with their sizes.
 * @throws SluiceError `capacity_exceeded`
 */
export function checkCapacity(desired: Desired, current: CurrentTables, capacity: Capacity): void {
  // Rows are added before others are removed, so both must fit.
  const union = (table: 'services' | 'addresses' | 'devices'): number => {
    return new Set<string | number>([...current[table].keys(), ...desired[table].keys()]).size;
  };
  for (const table of ['services', 'addresses', 'devices'] as const) {
    if (union(table) > capacity[table]) {
      throw exceeded(table, capacity[table]);
    }
  }
  if (desired.locals.length > capacity.locals) {
    throw exceeded('locals', capacity.locals);
  }
}
