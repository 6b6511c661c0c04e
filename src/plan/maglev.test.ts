import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HashedMember, MAGLEV_LENGTHS, maglevLength, maglevTable } from './maglev.js';

function members(count: number, weight: (index: number) => number = () => 1): HashedMember[] {
  return Array.from({ length: count }, (_, i) => ({ key: `198.18.2.${i}:80`, weight: weight(i), usable: true }));
}

/** The table in keys, so that tables over different lists compare. */
function owners(list: readonly HashedMember[]): string[] {
  return Array.from(maglevTable(list), (index) => list[index]!.key);
}

/** Part of the slots that have another owner. */
function moved(before: readonly string[], after: readonly string[]): number {
  return before.filter((owner, slot) => owner !== after[slot]).length / before.length;
}

describe('maglevTable', () => {
  it('is empty when nobody is usable', () => {
    expect(maglevTable([])).toHaveLength(0);
    expect(maglevTable(members(3).map((one) => ({ ...one, usable: false })))).toHaveLength(0);
  });

  it('has a prime number of slots, at least 100 a member up to its longest', () => {
    for (const length of MAGLEV_LENGTHS) {
      const divisor = Array.from({ length: Math.floor(Math.sqrt(length)) - 1 }, (_, i) => i + 2).find(
        (i) => length % i === 0,
      );
      expect(divisor).toBeUndefined();
    }
    expect([1, 40, 41, 655, 656, 10_000, 60_000].map(maglevLength)).toEqual([
      4093, 4093, 65_537, 65_537, 1_048_573, 1_048_573, 1_048_573,
    ]);
  });

  it('gives everybody slots by weight, to within one', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(weights, (given) => {
        const table = maglevTable(members(given.length, (i) => given[i]!));
        const sum = given.reduce((a, b) => a + b, 0);
        for (const [index, weight] of given.entries()) {
          const slots = table.filter((owner) => owner === index).length;
          expect(Math.abs(slots - (table.length * weight) / sum)).toBeLessThanOrEqual(2);
        }
      }),
    );
  });

  it('does not depend on the order in which members are listed', () => {
    const list = members(20, (i) => 1 + (i % 3));
    expect(owners([...list].reverse())).toEqual(owners(list));
  });

  it.each([10, 30, 100])('moves the slots of a failed member of %i and no other, and gives them back', (count) => {
    const list = members(count);
    const before = owners(list);
    const after = owners(list.map((one, i) => ({ ...one, usable: i !== 3 })));
    const failed = list[3]!.key;
    expect(before.filter((owner, slot) => owner !== failed && owner !== after[slot])).toEqual([]);
    expect(after).not.toContain(failed);
    expect(owners(list)).toEqual(before);
  });

  it('shares the slots of a failed member out among all others', () => {
    const list = members(10).map((one, i) => ({ ...one, usable: i !== 3 }));
    const table = maglevTable(list);
    for (const index of [0, 1, 2, 4, 5, 6, 7, 8, 9]) {
      const slots = table.filter((owner) => owner === index).length;
      expect(Math.abs(slots - table.length / 9)).toBeLessThan(table.length / 200);
    }
  });

  it.each([10, 30, 100])('moves about 1/N of the slots when one of %i is added or removed', (count) => {
    const list = members(count);
    const before = owners(list);
    expect(moved(before, owners(list.filter((_, i) => i !== 3)))).toBeLessThan(1.6 / count);
    const added = { key: '198.18.3.1:80', weight: 1, usable: true };
    expect(moved(before, owners([...list, added]))).toBeLessThan(1.6 / count);
  });

  it('moves about what a member gains or loses when its weight changes', () => {
    const before = owners(members(20, () => 100));
    const after = owners(members(20, (i) => (i === 3 ? 50 : 100)));
    expect(moved(before, after)).toBeLessThan(0.5 / 20 + 0.02);
  });

  it('counts a drained member for the length but gives it nothing', () => {
    const list = members(41).map((one, i) => (i < 2 ? { ...one, weight: 0, usable: false } : one));
    const table = maglevTable(list);
    expect(table).toHaveLength(65_537);
    expect(table.some((index) => index < 2)).toBe(false);
  });
});
