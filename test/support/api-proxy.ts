/** What layer 7 holds, and what it has to hold for what is stored: compiled anew, by the health that the API shows. */
import { expect } from 'vitest';
import { SpecificationCache } from '../../src/daemon/specifications.js';
import { stateFromObjects } from '../../src/store/rows.js';
import type { StoredObject } from '../../src/store/store.js';
import type { Configuration } from './api-client.js';
import type { MemoryLayer7 } from './memory-layer7.js';

/** Whatever order and however long the changes were that led here. */
export function expectProxied(
  layer7: MemoryLayer7,
  stored: readonly StoredObject[],
  { members }: Pick<Configuration, 'members'>,
): void {
  const state = stateFromObjects(stored);
  const healthy = new Set(members.filter((one) => one.operating_status === 'ONLINE').map(({ id }) => id));
  const health = { get: (id: string) => (healthy.has(id) ? ('up' as const) : ('unknown' as const)) };
  const wanted = layer7.planAfresh({ state, health, specifications: new SpecificationCache().of(state) });
  expect(inOrder(layer7.config)).toEqual(inOrder(wanted));
}

/** Maps as lists: servers and lines of maps come in the order of the file. */
function inOrder(value: unknown): unknown {
  if (value instanceof Map) {
    return [...value].map(([key, one]) => [key, inOrder(one)]);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inOrder(one)]));
  }
  return value;
}
