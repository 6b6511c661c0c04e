/** Executes a plan's operations on the kernel's tables, in their order. */
import { SluiceError } from '../model/errors.js';
import type { Operation } from '../plan/order.js';
import { createAccessList } from './access-lists.js';
import { loadAddon, type NativeError } from './addon.js';
import { address, addressKey, budget, device, local, service, serviceKey, settings, target } from './layouts.js';
import type { GatewayMaps, MapName } from './maps.js';

/** A write as bytes; without a value the row is removed. */
interface Write {
  map: MapName;
  key: Uint8Array;
  value?: Uint8Array;
}

/**
 * @throws SluiceError `dataplane_failed` or `capacity_exceeded` at the first operation the kernel refuses; those before it are done
 */
export async function applyOperations(maps: GatewayMaps, operations: readonly Operation[]): Promise<void> {
  let puts: Required<Write>[] = [];
  const flush = async (): Promise<void> => {
    const batch = puts;
    puts = [];
    await putAll(maps, batch);
  };
  for (const operation of operations) {
    if (operation.table === 'wheel') {
      await flush();
      maps.wheel.set(operation.entries, operation.base);
      continue;
    }
    if (operation.table === 'access_lists') {
      await flush();
      await placeAccessList(maps, operation);
      continue;
    }
    const { map, key, value } = encode(maps, operation);
    if (puts[0] && (puts[0].map !== map || !value)) {
      await flush();
    }
    if (value) {
      puts.push({ map, key, value });
    } else {
      attempt(map, () => maps.get(map).delete(key));
    }
  }
  await flush();
}

/** A list is complete before it has its place, so packets see all of it or nothing. */
async function placeAccessList(
  maps: GatewayMaps,
  operation: Extract<Operation, { table: 'access_lists' }>,
): Promise<void> {
  const lists = maps.get('access_lists');
  try {
    if (operation.action === 'remove') {
      await lists.putMap(index(operation.index));
      return;
    }
    const list = await createAccessList(loadAddon(), operation.name, operation.cidrs);
    await lists.putMap(index(operation.index), list).finally(() => list.close());
  } catch (cause) {
    throw refused('access_lists', cause as NativeError);
  }
}

/** Rows of one map, in one system call. */
async function putAll(maps: GatewayMaps, writes: readonly Required<Write>[]): Promise<void> {
  const [first] = writes;
  if (!first) {
    return;
  }
  const map = maps.get(first.map);
  if (writes.length === 1) {
    attempt(first.map, () => map.put(first.key, first.value));
    return;
  }
  const keys = concatenate(writes.map(({ key }) => key));
  const values = concatenate(writes.map(({ value }) => value));
  try {
    await map.putBatch(keys, values, writes.length);
  } catch (cause) {
    throw refused(first.map, cause as NativeError);
  }
}

function encode(maps: GatewayMaps, operation: Exclude<Operation, { table: 'wheel' | 'access_lists' }>): Write {
  switch (operation.table) {
    case 'settings':
      return { map: 'settings', key: index(0), value: settings.encode(operation.row) };
    case 'services':
      return write('services', serviceKey.encode(operation.key), rowOf(operation), service.encode);
    case 'addresses':
      return write('addresses', addressKey.encode(operation.key), rowOf(operation), address.encode);
    case 'devices':
      return write('devices', index(operation.ifindex), rowOf(operation), device.encode);
    case 'budgets':
      return write('budgets', index(operation.index), operation.row, budget.encode);
    case 'targets':
      return operation.action === 'put'
        ? write('targets', index(operation.index), operation.row, target.encode)
        : cleared(maps, operation);
    case 'locals':
      return operation.action === 'put'
        ? write('locals', index(operation.index), operation.row, local.encode)
        : cleared(maps, operation);
    default:
      return cleared(maps, operation);
  }
}

function write<Row>(map: MapName, key: Uint8Array, row: Row | undefined, encoder: (row: Row) => Uint8Array): Write {
  return { map, key, ...(row === undefined ? {} : { value: encoder(row) }) };
}

/** The row that is put; undefined for one that is removed. */
function rowOf<Row>(operation: { action: 'put'; row: Row } | { action: 'remove' }): Row | undefined {
  return operation.action === 'put' ? operation.row : undefined;
}

/** Zeros over a row of an array, on all CPUs where it is per CPU. */
function cleared(maps: GatewayMaps, operation: { table: MapName; index: number }): Write {
  const { valueSize } = maps.get(operation.table);
  return { map: operation.table, key: index(operation.index), value: new Uint8Array(valueSize) };
}

function attempt(map: MapName, action: () => unknown): void {
  try {
    action();
  } catch (cause) {
    throw refused(map, cause as NativeError);
  }
}

function refused(map: MapName, cause: NativeError): SluiceError {
  if (cause.code === 'E2BIG') {
    return new SluiceError('capacity_exceeded', `the table ${map} of the data plane is full`, { cause });
  }
  return new SluiceError('dataplane_failed', `the kernel refused a write to ${map}: ${cause.message}`, { cause });
}

function index(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
