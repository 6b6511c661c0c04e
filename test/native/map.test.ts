import { beforeAll, describe, expect, it } from 'vitest';
import type { BpfObject } from '../../src/datapath/addon.js';
import { addon, asU32, errorOf, loadFixture, u32, u64 } from './support.js';

let object: BpfObject;
beforeAll(async () => {
  object = await loadFixture();
});

describe('single elements', () => {
  it('are put, found and deleted', () => {
    const map = object.map('pairs');
    expect(map.get(u32(1))).toBeUndefined();
    map.put(u32(1), u64(10));
    map.put(u32(1), u64(11));
    expect(map.get(u32(1))).toEqual(u64(11));
    expect(map.delete(u32(1))).toBe(true);
    expect(map.delete(u32(1))).toBe(false);
  });

  it('are created only where they are new, replaced only where they exist', async () => {
    const map = object.map('pairs');
    map.put(u32(2), u64(20), 'create');
    expect(await errorOf(() => map.put(u32(2), u64(21), 'create'))).toMatchObject({
      code: 'EEXIST',
      operation: 'map.put',
    });
    map.put(u32(2), u64(22), 'replace');
    expect(await errorOf(() => map.put(u32(3), u64(30), 'replace'))).toMatchObject({ code: 'ENOENT', errno: 2 });
    expect(map.get(u32(2))).toEqual(u64(22));
    map.delete(u32(2));
  });

  it('beyond the capacity are refused', async () => {
    const map = object.map('pairs');
    for (let key = 0; key < map.maxEntries; key++) map.put(u32(key), u64(key));
    expect(await errorOf(() => map.put(u32(1000), u64(0)))).toMatchObject({ code: 'E2BIG' });
    expect(await map.deleteBatch(u32(...Array(map.maxEntries).keys()), map.maxEntries)).toBe(map.maxEntries);
  });

  it('of an array always exist and cannot be deleted', async () => {
    const map = object.map('slots');
    expect(map.get(u32(9))).toEqual(u32(0));
    expect(await errorOf(() => map.put(u32(10), u32(1)))).toMatchObject({ code: 'E2BIG' });
    expect(await errorOf(() => map.delete(u32(0)))).toMatchObject({ code: 'EINVAL', operation: 'map.delete' });
  });

  it('of a per-CPU map have a value for each possible CPU', () => {
    const map = object.map('per_cpu');
    const cpus = addon.possibleCpus();
    expect(map.valueSize).toBe(8 * cpus);
    const values = Array.from({ length: cpus }, (_, cpu) => 100 + cpu);
    map.put(u32(1), u64(...values));
    expect(map.get(u32(1))).toEqual(u64(...values));
  });
});

describe('batches', () => {
  it('write, list and delete a quarter of a million elements', async () => {
    const map = object.map('many');
    const count = 250_000;
    const keys = new Uint8Array(Uint32Array.from({ length: count }, (_, i) => i).buffer);
    const values = new Uint8Array(BigUint64Array.from({ length: count }, (_, i) => BigInt(i * 2)).buffer);
    await map.putBatch(keys, values, count);

    const seen = new Map<number, bigint>();
    let cursor: Uint8Array | undefined;
    do {
      const batch = await map.getBatch(10_000, cursor);
      const batchKeys = new Uint32Array(batch.keys.buffer);
      const batchValues = new BigUint64Array(batch.values.buffer);
      expect(batchKeys.length).toBe(batch.count);
      for (let i = 0; i < batch.count; i++) seen.set(batchKeys[i]!, batchValues[i]!);
      cursor = batch.cursor;
    } while (cursor);
    expect(seen.size).toBe(count);
    expect([...seen].every(([key, value]) => value === BigInt(key * 2))).toBe(true);

    expect(await map.deleteBatch(keys, count)).toBe(count);
    expect((await map.getBatch(10)).count).toBe(0);
  });

  it('read with too little room for a bucket', async () => {
    const map = object.map('pairs');
    const keys = Array.from({ length: 64 }, (_, i) => i);
    await map.putBatch(u32(...keys), u64(...keys), 64);
    const found: number[] = [];
    let cursor: Uint8Array | undefined;
    do {
      const batch = await map.getBatch(1, cursor);
      found.push(...asU32(batch.keys));
      cursor = batch.cursor;
    } while (cursor);
    expect(found.sort((a, b) => a - b)).toEqual(keys);
  });

  it('delete what is there and skip what is not', async () => {
    expect(await object.map('pairs').deleteBatch(u32(500, 1, 501, 2, 502), 5)).toBe(2);
  });

  it('write whole arrays', async () => {
    const map = object.map('slots');
    const all = u32(...Array(10).keys());
    await map.putBatch(all, all, 10);
    expect((await map.getBatch(10)).values).toEqual(all);
  });

  it('that do not fit say how far they came', async () => {
    const keys = Array.from({ length: 80 }, (_, i) => 10_000 + i);
    const error = await errorOf(() => object.map('pairs').putBatch(u32(...keys), u64(...keys), 80));
    expect(error).toMatchObject({ code: 'E2BIG', operation: 'map.putBatch' });
    expect(error.message).toMatch(/\d+ of 80 elements were written/);
  });

  it('keep their map open until they are done', async () => {
    const map = (await loadFixture()).map('pairs');
    const writing = map.putBatch(u32(1), u64(1), 1);
    map.close();
    await writing;
  });
});

describe('mapped memory', () => {
  it('is the map itself', () => {
    const map = object.map('slots');
    const buffer = map.mmap();
    expect(buffer.byteLength).toBe(80);
    expect(map.mmap()).toBe(buffer);
    const slots = new Uint32Array(buffer);
    map.put(u32(3), u32(0xdeadbeef));
    expect(slots[3 * 2]).toBe(0xdeadbeef);
    slots[4 * 2] = 77;
    expect(map.get(u32(4))).toEqual(u32(77));
  });

  it('is gone, not dangling, after close', () => {
    const map = object.map('slots');
    const slots = new Uint32Array(map.mmap());
    map.close();
    expect(slots.length).toBe(0);
    slots[0] = 1;
  });

  it('is refused for maps that cannot be mapped', async () => {
    expect(await errorOf(() => object.map('pairs').mmap())).toMatchObject({ code: 'EINVAL', operation: 'map.mmap' });
  });
});
