/** Calls that make no sense: each must end in an error that says what was expected, never in a crash. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BpfMap, type BpfObject, type BpfProgram, bpfObjectPath, type Prober } from '../../src/datapath/addon.js';
import { addon, errorOf, loadFixture, u32, u64 } from './support.js';

let object: BpfObject;
let map: BpfMap;
let program: BpfProgram;
let prober: Prober;

beforeAll(async () => {
  object = await loadFixture();
  map = object.map('pairs');
  program = object.program('let_pass');
  prober = addon.openProber(() => {});
});
afterAll(() => prober.close());

// Wrong types are the point here.
// biome-ignore lint/suspicious/noExplicitAny: see above
const wrong = (value: unknown): any => value;

describe('wrong arguments throw a TypeError', () => {
  const cases: [sentence: string, call: () => unknown, message: RegExp][] = [
    [
      'a path that is a number',
      () => addon.openObject(wrong(5)),
      /^object\.open: path must be a string, not the number 5/,
    ],
    [
      'a path with a NUL',
      () => addon.openObject('/tmp/a\0b'),
      /path must be a string that is not empty and has no NUL/,
    ],
    ['no path', () => addon.openPinnedMap(wrong(undefined)), /^map\.open: path must be a string, not undefined/],
    [
      'an empty interface name',
      () => addon.interfaceIndex(''),
      /^interfaceIndex: name must be a string that is not empty/,
    ],
    [
      'a key that is an array',
      () => map.get(wrong([1, 2, 3, 4])),
      /^map\.get: key must be a Uint8Array, not an object/,
    ],
    [
      'a key of other words',
      () => map.get(wrong(new Uint32Array(1))),
      /key must be a Uint8Array, not another typed array/,
    ],
    ['a short key', () => map.get(new Uint8Array(3)), /^map\.get: key must have 4 bytes, not 3/],
    ['a long value', () => map.put(u32(1), new Uint8Array(9)), /^map\.put: value must have 8 bytes, not 9/],
    [
      'an unknown mode',
      () => map.put(u32(1), u64(1), wrong('upsert')),
      /mode must be 'any', 'create' or 'replace', not 'upsert'/,
    ],
    [
      'a key to delete that is missing',
      () => map.delete(wrong(null)),
      /^map\.delete: key must be a Uint8Array, not null/,
    ],
    ['a batch of nothing', () => map.getBatch(0), /^map\.getBatch: count must be a whole number from 1 to 16777216/],
    ['a batch of half', () => map.getBatch(0.5), /count must be a whole number .* not the number 0\.5/],
    ['a cursor of another map', () => map.getBatch(1, new Uint8Array(5)), /cursor must have 4 bytes, not 5/],
    [
      'fewer keys than counted',
      () => map.putBatch(u32(1), u64(1, 2), 2),
      /^map\.putBatch: keys must have 8 bytes, not 4/,
    ],
    ['fewer values than counted', () => map.putBatch(u32(1, 2), u64(1), 2), /values must have 16 bytes, not 8/],
    ['keys to delete that do not fit', () => map.deleteBatch(u32(1), 3), /^map\.deleteBatch: keys must have 12 bytes/],
    ['interface 0', () => program.attachXdp(0, 'auto'), /ifindex must be a whole number from 1 to 2147483647/],
    ['an unknown XDP mode', () => program.attachXdp(1, wrong('offload')), /mode must be 'native', 'generic' or 'auto'/],
    ['a test run of nothing', () => program.testRun(wrong(undefined)), /^program\.testRun: options must be an object/],
    ['data that is text', () => program.testRun({ data: wrong('abc') }), /data must be a Uint8Array, not a string/],
    ['no repeat at all', () => program.testRun({ repeat: 0 }), /repeat must be a whole number from 1/],
    ['a batch without live frames', () => program.testRun({ batchSize: 8 }), /batchSize is for liveFrames only/],
    ['output of live frames', () => program.testRun({ liveFrames: true, outputSize: 9 }), /outputSize must be 0/],
    ['a map in place of a program', () => addon.openIteration(wrong(map), map, 8), /program must be a BpfProgram/],
    ['a program in place of a map', () => addon.openIteration(program, wrong(program), 8), /map must be a BpfMap/],
    [
      'something shaped like a map',
      () => addon.openRingBuffer(wrong(Object.create(map)), () => {}),
      /map must be a BpfMap/,
    ],
    [
      'a callback that is none',
      () => addon.openRingBuffer(map, wrong({})),
      /onRecord must be a function, not an object/,
    ],
    [
      'a pump without a program',
      () => addon.startIteration(wrong({ map })),
      /^pump\.start: program must be a BpfProgram/,
    ],
    ['a pump that never rests', () => addon.startIteration(wrong({ program, map, periodMs: 0 })), /periodMs must be/],
    [
      'a probe of an address of 5 bytes',
      () => prober.begin({ kind: 'echo', address: new Uint8Array(5), timeoutMs: 1 }),
      /4 or 16 bytes, not 5/,
    ],
    [
      'a probe of port 65536',
      () => prober.begin({ kind: 'connect', address: new Uint8Array(4), port: 65536, timeoutMs: 1 }),
      /port must be/,
    ],
    [
      'a probe of a kind that there is not',
      () => prober.begin(wrong({ kind: 'knock', address: new Uint8Array(4), timeoutMs: 1 })),
      /kind must be connect, stream, datagram or echo/,
    ],
    ['a prober without a listener', () => addon.openProber(wrong(undefined)), /onNews must be/],
    [
      'a constructor called by hand',
      () => new (map.constructor as new () => unknown)(),
      /BpfMap: cannot be constructed/,
    ],
  ];
  it.each(cases)('%s', async (_, call, message) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe('ERR_INVALID_ARG_TYPE');
    expect(error.message).toMatch(message);
  });

  it('a method called on another object', async () => {
    expect(await errorOf(() => map.get.call(wrong(program), u32(1)))).toBeInstanceOf(TypeError);
  });
});

describe('an object in the wrong state says which', () => {
  const path = bpfObjectPath('fixture');

  it('what does not exist', async () => {
    expect(await errorOf(() => addon.openObject('/nonexistent.o'))).toMatchObject({
      code: 'ENOENT',
      operation: 'object.open',
    });
    expect(await errorOf(() => addon.openPinnedLink('/nonexistent'))).toMatchObject({
      code: 'ENOENT',
      operation: 'link.open',
    });
    expect(await errorOf(() => addon.interfaceIndex('none0'))).toMatchObject({ code: 'ENODEV', errno: 19 });
    expect(await errorOf(() => object.map('nothing'))).toMatchObject({
      message: expect.stringContaining("has no map 'nothing'"),
    });
    expect(await errorOf(() => object.program('nothing'))).toMatchObject({
      code: 'ENOENT',
      operation: 'object.program',
    });
  });

  it('a file that is no object', async () => {
    const error = await errorOf(() => addon.openObject('/etc/hostname'));
    expect(error).toMatchObject({ operation: 'object.open', message: expect.stringContaining('/etc/hostname') });
    expect(error.detail).toContain('/etc/hostname');
  });

  it('maps and programs before loading', async () => {
    const fresh = addon.openObject(path);
    expect(await errorOf(() => fresh.map('pairs'))).toMatchObject({
      message: expect.stringContaining('was not loaded'),
    });
    expect(await errorOf(() => fresh.program('let_pass'))).toMatchObject({ code: 'ENODATA' });
    fresh.close();
  });

  it('changes while and after loading', async () => {
    const fresh = addon.openObject(path);
    const loading = fresh.load();
    expect(await errorOf(() => fresh.setMaxEntries('pairs', 5))).toMatchObject({ code: 'EBUSY' });
    expect(await errorOf(() => fresh.close())).toMatchObject({ code: 'EBUSY', operation: 'object.close' });
    await loading;
    expect(await errorOf(() => fresh.setMaxEntries('pairs', 5))).toMatchObject({ code: 'EALREADY' });
    expect(await errorOf(() => fresh.load())).toMatchObject({ code: 'EALREADY', operation: 'object.load' });
    fresh.close();
  });

  it('everything after close, and close twice', async () => {
    const fresh = await loadFixture();
    const closedMap = fresh.map('pairs');
    const closedProgram = fresh.program('let_pass');
    for (const handle of [fresh, closedMap, closedProgram]) {
      handle.close();
      handle.close();
    }
    expect(await errorOf(() => fresh.maps())).toMatchObject({
      code: 'EBADF',
      message: expect.stringContaining('was closed'),
    });
    expect(await errorOf(() => closedMap.get(u32(1)))).toMatchObject({ code: 'EBADF', operation: 'map.get' });
    expect(await errorOf(() => closedMap.getBatch(1))).toMatchObject({ code: 'EBADF', operation: 'map.getBatch' });
    expect(await errorOf(() => closedProgram.testRun({}))).toMatchObject({
      code: 'EBADF',
      operation: 'program.testRun',
    });
    expect(closedMap.name).toBe('pairs');
  });

  it('a handle outlives the object it came from', async () => {
    const fresh = await loadFixture();
    const kept = fresh.map('pairs');
    fresh.close();
    kept.put(u32(1), u64(2));
    expect(kept.get(u32(1))).toEqual(u64(2));
    kept.close();
  });
});
