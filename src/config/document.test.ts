import { describe, expect, it } from 'vitest';
import { parseDocuments } from './document.js';

describe('parseDocuments', () => {
  it.each([
    ['a list that contains itself', '- &a [*a]'],
    ['a mapping that contains itself', 'a: &a { b: *a }'],
    ['YAML without a bottom', `a: ${'['.repeat(40)}${']'.repeat(40)}`],
    ['JSON without a bottom', `${'['.repeat(40)}${']'.repeat(40)}`],
  ])('refuses %s', (_sentence, text) => {
    const { documents, faults } = parseDocuments(text);
    expect(documents).toEqual([]);
    expect(faults).toEqual([
      expect.objectContaining({ code: 'syntax', message: expect.stringContaining('deeper than 32 levels') }),
    ]);
  });

  it('reads what an alias repeats', () => {
    expect(parseDocuments('a: &a [1]\nb: *a').documents[0]?.value).toEqual({ a: [1], b: [1] });
  });
});
