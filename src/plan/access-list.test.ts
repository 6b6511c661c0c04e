import { describe, expect, it } from 'vitest';
import { fingerprintOf } from './access-list.js';

describe('fingerprintOf', () => {
  it('is the same for the same blocks, and fits the name of a map', () => {
    expect(fingerprintOf(['198.18.0.0/24'])).toBe(fingerprintOf(['198.18.0.0/24']));
    expect(fingerprintOf([])).toMatch(/^[0-9a-f]{15}$/);
  });

  it.each([
    ['another block', ['198.18.0.0/24'], ['198.18.0.0/25']],
    ['one block more', ['198.18.0.0/24'], ['198.18.0.0/24', 'fd00::/8']],
    ['no block', ['198.18.0.0/24'], []],
  ])('differs for %s', (_sentence, one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });
});
