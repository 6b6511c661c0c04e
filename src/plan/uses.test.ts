import { expect, it } from 'vitest';
import { Uses } from './uses.js';

it('counts, also far beyond what it was made for, and hands out what is not used', () => {
  const uses = new Uses();
  for (const index of [0, 2, 2, 70_000]) {
    uses.add(index);
  }
  uses.drop(2);
  expect([uses.of(0), uses.of(1), uses.of(2), uses.of(70_000), uses.of(9_999_999)]).toEqual([1, 0, 1, 1, 0]);
  expect([...uses.free(6, (index) => index === 4)]).toEqual([1, 3, 5]);
  uses.drop(2);
  expect(uses.free(6).next().value).toBe(1);
});
