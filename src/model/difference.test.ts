import { expect, it } from 'vitest';
import { differenceOf } from './difference.js';

it.each([
  ['nothing', 'abc', 'abc', '', ''],
  ['what is new', 'ac', 'abcd', '', 'bd'],
  ['what has gone', 'abcd', 'bd', 'ac', ''],
  ['what was replaced', 'abc', 'axc', 'b', 'x'],
  ['another order is no difference', 'abc', 'cab', '', ''],
  ['what was replaced by what moved', 'abcde', 'adcxe', 'b', 'x'],
  ['of lists of other lengths', 'abcdef', 'axcf', 'bde', 'x'],
  ['everything', '', 'ab', '', 'ab'],
])('tells %s', (_sentence, before, after, gone, come) => {
  expect(differenceOf([...before], [...after])).toEqual({ gone: [...gone], come: [...come] });
});
