/** Maps made at run time and their places in a map of maps, with the gateway's own access lists. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BpfMap, type BpfObject, bpfObjectPath } from '../../src/datapath/addon.js';
import { accessKey } from '../../src/datapath/layouts.js';
import { addon, asU32, errorOf, u32 } from './support.js';

const LPM_TRIE = 11;
const HASH = 1;
const NO_PREALLOC = 1;

let object: BpfObject;
let lists: BpfMap;

beforeAll(async () => {
  object = addon.openObject(bpfObjectPath('gateway'));
  await object.load();
  lists = object.map('access_lists');
});
afterAll(() => {
  lists.close();
  object.close();
});

function trie(name: string, maxEntries = 4): BpfMap {
  return addon.createMap({ type: LPM_TRIE, name, keySize: 20, valueSize: 4, maxEntries, flags: NO_PREALLOC });
}

describe('a map of maps', () => {
  it('is given a map, tells its id, and keeps it alive after its handle was closed', async () => {
    const made = trie('first');
    made.put(accessKey.encode({ prefix: 0, address: new Uint8Array(16) }), u32(1));
    expect(lists.get(u32(7))).toBeUndefined();
    await lists.putMap(u32(7), made);
    made.close();

    const found = addon.openMap(asU32(lists.get(u32(7))!)[0]!);
    expect(found).toMatchObject({ name: 'first', type: LPM_TRIE, maxEntries: 4 });
    expect(found.get(accessKey.encode({ prefix: 128, address: new Uint8Array(16).fill(9) }))).toEqual(u32(1));
    found.close();
  });

  it('replaces one map by another of any size, and is emptied', async () => {
    await lists.putMap(u32(8), trie('small', 1));
    await lists.putMap(u32(8), trie('large', 100_000));
    const found = addon.openMap(asU32(lists.get(u32(8))!)[0]!);
    expect(found.name).toBe('large');
    found.close();
    await lists.putMap(u32(8));
    expect(lists.get(u32(8))).toBeUndefined();
    await lists.putMap(u32(8));
  });

  it('refuses maps of another kind', async () => {
    const hash = addon.createMap({ type: HASH, name: 'hash', keySize: 20, valueSize: 4, maxEntries: 4 });
    expect(await errorOf(() => lists.putMap(u32(0), hash))).toMatchObject({ code: 'EINVAL', operation: 'map.putMap' });
    hash.close();
  });
});

describe('what is wrong is refused', () => {
  it.each<[sentence: string, call: () => unknown, expected: object]>([
    ['a map that is gone', () => addon.openMap(0x7fff_ffff), { code: 'ENOENT', operation: 'map.open' }],
    ['a key that a trie cannot have', () => addon.createMap({ ...SHAPE, keySize: 3 }), { code: 'EINVAL' }],
    ['a name with a space', () => addon.createMap({ ...SHAPE, name: 'a b' }), { code: 'EINVAL' }],
    ['no name', () => addon.createMap({ ...SHAPE, name: undefined as never }), { name: 'TypeError' }],
    ['a map of no entries', () => addon.createMap({ ...SHAPE, maxEntries: 0 }), { name: 'TypeError' }],
    ['a short key', () => lists.putMap(new Uint8Array(3)), { name: 'TypeError' }],
    ['something else than a map', () => lists.putMap(u32(0), {} as BpfMap), { name: 'TypeError' }],
  ])('%s', async (_sentence, call, expected) => {
    expect(await errorOf(call)).toMatchObject(expected);
  });
});

const SHAPE = { type: LPM_TRIE, name: 'shape', keySize: 20, valueSize: 4, maxEntries: 4, flags: NO_PREALLOC };
