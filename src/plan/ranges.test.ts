import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Range, Ranges } from './ranges.js';

function allocatorWith(capacity: number, taken: readonly Range[]) {
  const ranges = new Ranges();
  for (const range of taken) {
    ranges.add(range);
  }
  return ranges.allocator(capacity);
}

describe('Ranges', () => {
  it.each([
    ['an empty array starts at its beginning', [], 20, 0],
    [
      'the first gap that is long enough is taken',
      [
        [0, 16],
        [32, 16],
        [80, 16],
      ],
      20,
      48,
    ],
    [
      'a gap of exactly the length will do',
      [
        [0, 16],
        [48, 16],
      ],
      32,
      16,
    ],
    ['a range takes all of its last cell', [[0, 17]], 1, 32],
    ['empty ranges take nothing', [[64, 0]], 160, 0],
    ['nothing needs no place', [[0, 160]], 0, 0],
    ['a full array has no place', [[0, 160]], 1, undefined],
    [
      'gaps that are too short do not add up',
      [
        [16, 16],
        [48, 112],
      ],
      32,
      undefined,
    ],
  ] as Array<[string, number[][], number, number | undefined]>)('%s', (_, taken, length, expected) => {
    const allocator = allocatorWith(
      160,
      taken.toReversed().map(([base, size]) => ({ base: base!, length: size! })),
    );
    expect(allocator.allocate(length)).toBe(expected);
  });

  it('never hands out what is taken, and starts every range at a cell', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 30 }), (lengths) => {
        const allocator = allocatorWith(1600, []);
        const owners = new Map<number, number>();
        for (const [owner, length] of lengths.entries()) {
          const base = allocator.allocate(length);
          expect((base ?? 0) % 16).toBe(0);
          for (let i = 0; base !== undefined && i < length; i++) {
            expect(base + i).toBeLessThan(1600);
            expect(owners.has(base + i)).toBe(false);
            owners.set(base + i, owner);
          }
        }
      }),
    );
  });

  it('what was taken back is free again, and only that', () => {
    const ranges = new Ranges();
    const all = [0, 16, 48, 96].map((base) => ({ base, length: 16 }));
    for (const range of all) {
      ranges.add(range);
    }
    const allocator = ranges.allocator(160);
    ranges.remove(all[1]!);
    ranges.remove({ base: 32, length: 0 });
    expect([32, 16, 16, 16].map((length) => ranges.allocator(160).allocate(length))).toEqual([16, 16, 16, 16]);
    // An allocator goes by what was taken when it was made.
    expect([16, 16].map((length) => allocator.allocate(length))).toEqual([32, 64]);
  });
});
