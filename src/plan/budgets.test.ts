import { describe, expect, it } from 'vitest';
import { Limits } from '../datapath/layouts.js';
import { byteTime } from './budgets.js';

describe('byteTime', () => {
  it.each([1, 2, 3, 7, 100, 999, 4999, 5000])('is the time of a byte at %i Mbit/s, to within 0.001 %%', (megabits) => {
    const seconds = byteTime(megabits) / 2 ** Limits.BYTE_TIME_SHIFT / 1e9;
    expect(Math.abs(8 / seconds / (megabits * 1e6) - 1)).toBeLessThan(0.00001);
  });

  it('fits 32 bits for the slowest peak', () => {
    expect(byteTime(1)).toBeLessThan(2 ** 32);
  });
});
