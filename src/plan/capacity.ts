/**
 * Whether everything fits into the tables.
 */
import { SluiceError } from '../model/errors.js';
import type { DesiredBalancer } from './desired.js';
import type { Held } from './held.js';
import type { Step } from './step.js';
import type { Capacity, ListenerKey } from './tables.js';

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
export function checkCapacity({ balancers, gateway, whole }: Step, { tables }: Held, capacity: Capacity): void {
  refuseMore('services', tables.services, balancers.flatMap(namesOf), capacity.services);
  const locals = whole ? [...gateway.locals] : [];
  refuseMore('addresses', tables.addresses, [...balancers.flatMap(({ vips }) => vips), ...locals], capacity.addresses);
  if (whole) {
    refuseMore('devices', tables.devices, [...gateway.devices.keys()], capacity.devices);
  }
  if (gateway.locals.size > capacity.locals) {
    throw exceeded('locals', capacity.locals);
  }
}

function namesOf({ services }: DesiredBalancer): ListenerKey[] {
  return [...services.keys()];
}

/** Rows are added before others are removed, so both must fit. */
function refuseMore<K>(table: keyof Capacity, held: ReadonlyMap<K, unknown>, wanted: readonly K[], size: number): void {
  const more = new Set(wanted.filter((key) => !held.has(key)));
  if (held.size + more.size > size) {
    throw exceeded(table, size);
  }
}
