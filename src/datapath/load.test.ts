import { describe, expect, it } from 'vitest';
import { leaseWords } from './load.js';

describe('leaseWords', () => {
  it.each([
    [1000, 16_384],
    [65_536, 16_384],
    [65_537, 32_768],
    [1_000_000, 262_144],
    [16_000_000, 4_194_304],
  ])('gives %d sessions a power of two of words, at least 16 bits a session', (sessions, words) => {
    expect(leaseWords(sessions)).toBe(words);
  });
});
