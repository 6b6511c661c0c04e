import { describe, expect, it } from 'vitest';
import { regularExpressionFault } from './regular-expressions.js';

describe('regular expressions', () => {
  it.each([
    '^/(a|b)/.*\\.(?:jpe?g|png)$',
    '(?i)^/Shop/',
    '(?i:a)b',
    '/[a-z0-9_.-]+/',
    '[^/]*',
    '[]-]'.replace('[]', '[\\]'),
    '[[:alpha:]_][[:^digit:]]',
    '\\d{2,4}\\.\\x2f\\h\\bword\\B\\z',
    'a++b*?c{3}+',
    '(?<year>\\d{4})-(?P<month>\\d\\d)',
    '(?=a)(?!b)(?>c+)',
    'a|',
    '',
    'a}b]',
  ])('%s can be served', (text) => {
    expect(regularExpressionFault(text)).toBeUndefined();
  });

  it.each<[text: string, reason: string]>([
    ['(a', 'at "(a": nothing closes it'],
    ['a)', 'at ")": nothing opens it'],
    ['[a', 'at "[a": nothing closes it'],
    ['[]', 'the class is empty'],
    ['[z-a]', 'before it is no range of characters'],
    ['[\\d-z]', 'before it is no range of characters'],
    ['[[:letter:]]', 'no class has this name'],
    ['a[:alpha:]', 'named classes stand in a class'],
    ['*a', 'there is nothing before it to repeat'],
    ['a|+', 'there is nothing before it to repeat'],
    ['^*', 'cannot be repeated'],
    ['(?=a)+', 'cannot be repeated'],
    ['a**', 'it follows another repetition'],
    ['a{2}{3}', 'it follows another repetition'],
    ['a{', 'it is no repetition; write \\{'],
    ['a{3,2}', 'it is repeated less often than at least'],
    ['(a{1000}){1000}', 'its repetitions make it too large'],
    ['a\\', 'it ends the expression'],
    ['(a)\\1', 'groups are not remembered'],
    ['\\A/a', 'write ^ for the beginning'],
    ['\\u0041', 'this escape has no meaning here'],
    ['\\p{Lu}', 'this escape has no meaning here'],
    ['(?<=a)b', 'groups are'],
    ['(?R)', 'groups are'],
    ['(*ACCEPT)', 'groups are'],
    ['(?<a>b)(?<a>c)', 'a is the name of another group'],
    ['/é', 'é is not ASCII; paths have such characters as %C3%A9'],
  ])('%s cannot: %s', (text, reason) => {
    expect(regularExpressionFault(text)).toContain(reason);
  });
});
