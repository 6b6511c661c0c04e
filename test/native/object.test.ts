import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bpfObjectPath } from '../../src/datapath/addon.js';
import { parseBtf } from '../../src/datapath/btf.js';
import { addon, errorOf, loadFixture, u32, u64, usePinDirectory } from './support.js';

const pins = usePinDirectory('object');

describe('an opened object', () => {
  it('lists its maps and programs', () => {
    const object = addon.openObject(bpfObjectPath('fixture'));
    expect(object.maps().sort()).toEqual(['a_map_with_a_long_name', 'many', 'pairs', 'per_cpu', 'ring', 'slots']);
    expect(object.programs()).toContain('reflect');
    object.close();
  });

  it('gives its BTF before it is loaded', () => {
    const object = addon.openObject(bpfObjectPath('fixture'));
    const types = parseBtf(object.btf());
    expect(types.map((type) => type.kind === 'struct' && type.name)).toContain('bpf_iter__bpf_map_elem');
    object.close();
  });
});

describe('load', () => {
  it('makes maps of the size asked for', async () => {
    const object = await loadFixture((fresh) => fresh.setMaxEntries('pairs', 7));
    expect(object.map('pairs').maxEntries).toBe(7);
  });

  it('keeps the whole name of a map', async () => {
    const object = await loadFixture();
    expect(object.map('a_map_with_a_long_name').name).toBe('a_map_with_a_long_name');
  });

  it('leaves out a program that was switched off', async () => {
    const object = await loadFixture((fresh) => fresh.setAutoload('list', false));
    expect(await errorOf(() => object.program('list'))).toMatchObject({ message: expect.stringContaining('autoload') });
  });

  it('rejects with the end of the verifier log', async () => {
    const object = addon.openObject(bpfObjectPath('fixture'));
    object.setAutoload('broken', true);
    const error = await errorOf(() => object.load());
    expect(error).toMatchObject({ code: 'EACCES', errno: 13, operation: 'object.load' });
    expect(error.message).toContain("prog 'broken'");
    expect(error.detail).toContain('invalid access to packet');
    expect(error.detail!.length).toBeLessThanOrEqual(16 * 1024 + 4);
    expect(await errorOf(() => object.load())).toMatchObject({ code: 'ENOTRECOVERABLE' });
    object.close();
  });

  it('does not hold up the main thread', async () => {
    const object = addon.openObject(bpfObjectPath('fixture'));
    const order: string[] = [];
    const loading = object.load().then(() => order.push('loaded'));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('main thread');
    await loading;
    expect(order).toEqual(['main thread', 'loaded']);
    object.close();
  });
});

describe('pinned maps', () => {
  const path = `${pins}/pairs`;

  it('are made where nothing is pinned yet', async () => {
    const object = await loadFixture((fresh) => fresh.setPinPath('pairs', path));
    object.map('pairs').put(u32(1), u64(11));
    expect(existsSync(path)).toBe(true);
  });

  it('are used again with what they hold', async () => {
    const object = await loadFixture((fresh) => fresh.setPinPath('pairs', path));
    expect(object.map('pairs').get(u32(1))).toEqual(u64(11));
    expect(addon.openPinnedMap(path)).toMatchObject({
      id: object.map('pairs').id,
      keySize: 4,
      valueSize: 8,
      maxEntries: 64,
    });
  });

  it('of another size are refused, by name, and stay', async () => {
    const object = addon.openObject(bpfObjectPath('fixture'));
    object.setPinPath('pairs', path);
    object.setMaxEntries('pairs', 65);
    const error = await errorOf(() => object.load());
    expect(error).toMatchObject({ code: 'EINVAL', operation: 'object.load' });
    expect(error.message).toContain(path);
    object.close();
    expect(addon.openPinnedMap(path).get(u32(1))).toEqual(u64(11));
  });

  it('can be pinned and unpinned by hand', async () => {
    const object = await loadFixture();
    const map = object.map('slots');
    map.pin(`${pins}/slots`);
    expect(await errorOf(() => map.pin(`${pins}/slots`))).toMatchObject({ code: 'EEXIST', operation: 'map.pin' });
    map.unpin(`${pins}/slots`);
    expect(await errorOf(() => map.unpin(`${pins}/slots`))).toMatchObject({ code: 'ENOENT', operation: 'map.unpin' });
  });

  it('and pinned programs are not taken for each other', async () => {
    const object = await loadFixture();
    object.program('let_pass').pin(`${pins}/program`);
    expect(await errorOf(() => addon.openPinnedMap(`${pins}/program`))).toMatchObject({
      code: 'EINVAL',
      operation: 'map.open',
    });
    expect(await errorOf(() => addon.openPinnedLink(path))).toMatchObject({ code: 'EINVAL', operation: 'link.open' });
  });
});
