/** The kernel's tables as plain objects, for the plan to compare with what it wants. */
import { formatAddress } from '../model/address.js';
import { type CurrentTables, serviceKeyText } from '../plan/tables.js';
import { type BpfMap, loadAddon } from './addon.js';
import type { Codec } from './codec.js';
import {
  AddressBit,
  account,
  address,
  addressKey,
  budget,
  device,
  local,
  member,
  service,
  serviceKey,
  settings,
  target,
} from './layouts.js';
import type { GatewayMaps } from './maps.js';
import type { SessionFilter } from './sessions.js';

/** Elements per batch: large enough to make system calls rare, small enough to leave the main thread free between. */
const BATCH = 16_384;

/**
 * Everything a plan compares itself with.
 * @param localAddresses that are configured; of the others it is counted whether sessions still use them
 */
export async function readTables(
  maps: GatewayMaps,
  localAddresses: readonly string[],
  count: (filter: SessionFilter) => Promise<number>,
): Promise<CurrentTables> {
  const [services, addresses, locals, targets, devices, budgets] = await Promise.all([
    readHash(maps.get('services'), serviceKey, service),
    readHash(maps.get('addresses'), addressKey, address),
    readArray(maps.get('locals'), local),
    readArray(maps.get('targets'), target),
    readHash(maps.get('devices'), { decode: indexOf }, device),
    readArray(maps.get('budgets'), budget),
  ]);
  const byAddress = new Map(addresses.map(({ key, row }) => [formatAddress(key.address), { key, row }]));
  const configured = new Set(localAddresses);
  const inUse = new Set<string>();
  for (const [text, { row }] of byAddress) {
    if (row.flags & AddressBit.LOCAL && !configured.has(text) && (await count({ local: { address: text } })) > 0) {
      inUse.add(text);
    }
  }
  return {
    settings: readSettings(maps.get('settings')),
    services: new Map(services.map((entry) => [serviceKeyText(entry.key), entry])),
    targets,
    addresses: byAddress,
    locals,
    devices: new Map(devices.map(({ key, row }) => [key, row])),
    budgets,
    accessLists: readAccessLists(maps.get('access_lists')),
    wheel: maps.wheel,
    active: (index) => readActive(maps, index),
    connections: (index) => readConnections(maps, index),
    localInUse: (text) => inUse.has(text),
  };
}

/** Live `members[index].active`. */
export function readActive(maps: GatewayMaps, index: number): number {
  const at = index * member.size;
  return at + member.size <= maps.members.byteLength ? member.read(maps.members, at).active : 0;
}

/** Live `accounts[index].connections`. */
export function readConnections(maps: GatewayMaps, index: number): number {
  const at = index * account.size;
  return at + account.size <= maps.accounts.byteLength ? account.read(maps.accounts, at).connections : 0;
}

/** Names of the lists there are: what they hold is what they are called by. */
function readAccessLists(map: BpfMap): CurrentTables['accessLists'] {
  const lists: CurrentTables['accessLists'] = new Map();
  for (let index = 0; index < map.maxEntries; index++) {
    const id = map.get(new Uint8Array(Uint32Array.of(index).buffer));
    if (id) {
      const list = loadAddon().openMap(indexOf(id));
      lists.set(index, list.name);
      list.close();
    }
  }
  return lists;
}

/** Undefined while the row is all zeros. */
function readSettings(map: BpfMap): CurrentTables['settings'] {
  const bytes = map.get(new Uint8Array(4));
  return bytes && !isZero(bytes) ? settings.decode(bytes) : undefined;
}

async function readHash<Key, Row>(
  map: BpfMap,
  keys: Pick<Codec<Key>, 'decode'>,
  rows: Pick<Codec<Row>, 'decode'>,
): Promise<{ key: Key; row: Row }[]> {
  const entries: { key: Key; row: Row }[] = [];
  for await (const batch of batches(map)) {
    for (let i = 0; i < batch.count; i++) {
      const key = keys.decode(batch.keys, i * map.keySize);
      entries.push({ key, row: rows.decode(batch.values, i * map.valueSize) });
    }
  }
  return entries;
}

/** Rows that are not all zeros, by index. */
async function readArray<Row>(map: BpfMap, rows: Pick<Codec<Row>, 'decode'>): Promise<Map<number, Row>> {
  const found = new Map<number, Row>();
  for await (const batch of batches(map)) {
    for (let i = 0; i < batch.count; i++) {
      const at = i * map.valueSize;
      if (!isZero(batch.values.subarray(at, at + map.valueSize))) {
        found.set(indexOf(batch.keys, i * map.keySize), rows.decode(batch.values, at));
      }
    }
  }
  return found;
}

async function* batches(map: BpfMap) {
  const size = Math.min(BATCH, map.maxEntries);
  let batch = await map.getBatch(size);
  yield batch;
  while (batch.cursor) {
    batch = await map.getBatch(size, batch.cursor);
    yield batch;
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0) {
      return false;
    }
  }
  return true;
}

function indexOf(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset + offset, 4).getUint32(0, true);
}
