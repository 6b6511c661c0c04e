/** BPF maps as tables of typed rows. */
import type { BpfMap } from '../../src/datapath/addon.js';
import { type Codec, codec } from '../../src/datapath/codec.js';

export const u32 = codec<number>(
  'u32',
  4,
  (view, at) => view.getUint32(at, true),
  (view, at, value) => view.setUint32(at, value, true),
);

export const u64 = codec<bigint>(
  'u64',
  8,
  (view, at) => view.getBigUint64(at, true),
  (view, at, value) => view.setBigUint64(at, value, true),
);

const ARRAY_TYPES: readonly number[] = [2 /* ARRAY */, 6 /* PERCPU_ARRAY */];
const BATCH = 4096;

/** One map; of an array the keys are indexes. */
export class Table<Key, Row, Input = Row> {
  constructor(
    readonly map: BpfMap,
    readonly key: Codec<Key>,
    readonly row: Codec<Row, Input>,
  ) {}

  get(key: Key): Row | undefined {
    const bytes = this.map.get(this.key.encode(key));
    return bytes && this.row.decode(bytes);
  }

  put(key: Key, row: Input): void {
    this.map.put(this.key.encode(key), this.row.encode(row));
  }

  /** Rewrites a row that is there. @throws Error where it is not */
  change(key: Key, edit: (row: Row) => Input): void {
    const row = this.get(key);
    if (row === undefined) throw new Error(`${this.map.name} has no row ${JSON.stringify(key)}`);
    this.put(key, edit(row));
  }

  delete(key: Key): boolean {
    return this.map.delete(this.key.encode(key));
  }

  async entries(): Promise<[Key, Row][]> {
    const found: [Key, Row][] = [];
    let batch = await this.map.getBatch(BATCH);
    for (;;) {
      const rows = this.row.decodeAll(batch.values);
      found.push(...this.key.decodeAll(batch.keys).map((key, index): [Key, Row] => [key, rows[index]!]));
      if (!batch.cursor) return found;
      batch = await this.map.getBatch(BATCH, batch.cursor);
    }
  }

  clear(): Promise<void> {
    return clearMap(this.map);
  }
}

/** Counters of a per-CPU array, all fields 64 bits wide. */
export class CounterTable<Row> {
  constructor(
    readonly map: BpfMap,
    readonly row: Codec<Row>,
  ) {}

  /** Sums over all CPUs. */
  total(index: number): Row {
    const values = this.map.get(u32.encode(index));
    if (!values) throw new Error(`${this.map.name} has no row ${index}`);
    const perCpu = u64.decodeAll(values);
    const fields = this.row.size / 8;
    const sums = new BigUint64Array(fields);
    for (const [at, value] of perCpu.entries()) sums[at % fields]! += value;
    return this.row.decode(new Uint8Array(sums.buffer));
  }

  clear(): Promise<void> {
    return clearMap(this.map);
  }
}

/** Removes all rows; of an array, whose rows stay, makes them zero. */
async function clearMap(map: BpfMap): Promise<void> {
  if (ARRAY_TYPES.includes(map.type)) {
    const indexes = Uint32Array.from({ length: map.maxEntries }, (_, index) => index);
    await map.putBatch(new Uint8Array(indexes.buffer), new Uint8Array(map.maxEntries * map.valueSize), map.maxEntries);
    return;
  }
  for (;;) {
    const batch = await map.getBatch(BATCH);
    if (batch.count === 0) return;
    await map.deleteBatch(batch.keys, batch.count);
  }
}
