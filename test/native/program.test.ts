import { beforeAll, describe, expect, it } from 'vitest';
import type { BpfObject } from '../../src/datapath/addon.js';
import { asU32, errorOf, loadFixture, u32, until } from './support.js';

const XDP_PASS = 2;
const XDP_TX = 3;

let object: BpfObject;
beforeAll(async () => {
  object = await loadFixture();
});

const frame = Uint8Array.from({ length: 64 }, (_, i) => i);

/** Sum over all CPUs. */
function counted(): number {
  return asU32(object.map('per_cpu').get(u32(0))!).reduce((sum, word) => sum + word, 0);
}

describe('a test run', () => {
  it('returns verdict and packet', async () => {
    const result = await object.program('reflect').testRun({ data: frame });
    expect(result.retval).toBe(XDP_TX);
    expect([...result.data.subarray(0, 14)]).toEqual([6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13]);
    expect(result.data.length).toBe(64);
  });

  it('runs as often as asked, and says how long one took', async () => {
    const before = counted();
    const result = await object.program('reflect').testRun({ data: frame, repeat: 100_001 });
    expect(counted() - before).toBe(100_001);
    expect(result.duration).toBeGreaterThan(0);
    expect([...result.data.subarray(0, 2)]).toEqual([6, 7]);
  });

  it('returns a packet that became longer', async () => {
    const result = await object.program('grow').testRun({ data: frame });
    expect(result.retval).toBe(XDP_PASS);
    expect(result.data.length).toBe(68);
    expect(result.data.subarray(4)).toEqual(frame);
  });

  it('without room for the packet fails', async () => {
    const error = await errorOf(() => object.program('reflect').testRun({ data: frame, outputSize: 10 }));
    expect(error).toMatchObject({ code: 'ENOSPC', operation: 'program.testRun' });
  });

  it('takes the interface from the context', async () => {
    const context = u32(0, frame.length, 0, 1, 0, 0);
    expect((await object.program('tell_interface').testRun({ data: frame, context })).retval).toBe(1);
  });

  it('of a frame that is too short fails', async () => {
    expect(await errorOf(() => object.program('reflect').testRun({ data: new Uint8Array(3) }))).toMatchObject({
      code: 'EINVAL',
    });
  });

  it('with live frames hands them to the kernel', async () => {
    const slots = new Uint32Array(object.map('slots').mmap());
    const before = slots[2]!;
    const context = u32(0, frame.length, 0, 1, 0, 0);
    const result = await object
      .program('let_pass')
      .testRun({ data: frame, context, liveFrames: true, repeat: 100, batchSize: 10 });
    expect(result.data.length).toBe(0);
    expect(await until(() => slots[2]! >= before + 100)).toBe(true);
  });

  it('leaves the main thread free and several may run', async () => {
    const program = object.program('let_pass');
    const results = await Promise.all([1, 2, 3].map(() => program.testRun({ data: frame, repeat: 10_000 })));
    expect(results.map((result) => result.retval)).toEqual([XDP_PASS, XDP_PASS, XDP_PASS]);
  });
});

describe('a program', () => {
  it('has a name and an id', () => {
    const program = object.program('reflect');
    expect(program.name).toBe('reflect');
    expect(program.id).toBe(object.program('reflect').id);
    expect(program.id).toBeGreaterThan(0);
  });
});
