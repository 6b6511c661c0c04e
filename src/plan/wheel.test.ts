import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_WHEEL, smoothWheel } from './wheel.js';

function tally(wheel: Uint32Array, members: number): number[] {
  const counts = new Array<number>(members).fill(0);
  for (const member of wheel) {
    counts[member]!++;
  }
  return counts;
}

/** Members that follow themselves, the end of the wheel followed by its start. */
function repeats(wheel: Uint32Array): number[] {
  return [...wheel].filter((member, i) => member === wheel[(i + wheel.length - 1) % wheel.length]);
}

/** How far, in entries of its own, any member is ever ahead of or behind its share. */
function largestLag(wheel: Uint32Array, counts: number[]): number {
  const seen = new Array<number>(counts.length).fill(0);
  let largest = 0;
  for (const [i, member] of wheel.entries()) {
    seen[member]!++;
    const due = ((i + 1) * counts[member]!) / wheel.length;
    largest = Math.max(
      largest,
      Math.abs(seen[member]! - due),
      Math.abs(seen[member]! - 1 - (i * counts[member]!) / wheel.length),
    );
  }
  return largest;
}

const weights = fc.array(fc.integer({ min: 0, max: 256 }), { maxLength: 40 });

describe('smoothWheel', () => {
  it('is empty without members', () => {
    expect(smoothWheel([])).toHaveLength(0);
    expect(smoothWheel([0, 0])).toHaveLength(0);
  });

  it.each([
    ['one member has one entry', [7], [1]],
    ['equal weights give one entry each', [50, 50, 50], [1, 1, 1]],
    ['weights are divided by what they have in common', [100, 50, 0], [2, 1, 0]],
    ['nginx’s own example', [5, 1, 1], [5, 1, 1]],
  ])('%s', (_, given, expected) => {
    expect(tally(smoothWheel(given), given.length)).toEqual(expected);
  });

  it('spreads a heavy member among light ones', () => {
    const wheel = smoothWheel([10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(repeats(wheel)).toEqual([]);
  });

  it('gives every member exactly its weight in one turn', () => {
    fc.assert(
      fc.property(weights, (given) => {
        const wheel = smoothWheel(given);
        const sum = given.reduce((a, b) => a + b, 0);
        const divisor = sum === 0 ? 1 : sum / wheel.length;
        expect(tally(wheel, given.length).map((count) => count * divisor)).toEqual(given);
        expect(given.every((weight) => weight % divisor === 0)).toBe(true);
      }),
    );
  });

  it('lets no member follow itself unless it has more than half', () => {
    const few = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(weights, few), (given) => {
        const wheel = smoothWheel(given);
        const counts = tally(wheel, given.length);
        for (const member of new Set(repeats(wheel))) {
          expect(counts[member]!).toBeGreaterThan(wheel.length / 2);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps every member near its share at every point of the turn', () => {
    fc.assert(
      fc.property(weights, (given) => {
        const wheel = smoothWheel(given);
        expect(largestLag(wheel, tally(wheel, given.length))).toBeLessThan(3);
      }),
      { numRuns: 1000 },
    );
  });

  it('scales to its longest length with everybody within one entry of the exact share', () => {
    const given = Array.from({ length: 10_000 }, (_, i) => 1 + ((i * 7919) % 256));
    const wheel = smoothWheel(given);
    const sum = given.reduce((a, b) => a + b, 0);
    expect(wheel).toHaveLength(MAX_WHEEL);
    for (const [member, count] of tally(wheel, given.length).entries()) {
      expect(Math.abs(count - (given[member]! * MAX_WHEEL) / sum)).toBeLessThanOrEqual(1);
    }
  });

  it('leaves nobody out when weights differ as much as they can', () => {
    const given = Array.from({ length: 60_000 }, (_, i) => (i % 2 === 0 ? 1 : 256));
    const counts = tally(smoothWheel(given), given.length);
    expect(Math.min(...counts)).toBe(1);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(MAX_WHEEL);
  });
});
