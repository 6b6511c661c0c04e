import { expect, test } from 'vitest';
import { formatBailOut, formatPlan, formatResult, formatSummary, type Result, ResultReader } from './tap.js';

const RESULTS: Result[] = [
  { sentence: 'a SYN - with a dash - passes', passed: true, details: [] },
  { sentence: 'another fails', passed: false, details: ['ipv4 ttl is 64, expected 63', ''] },
];

function written(results: Result[]): string[] {
  const lines = [formatPlan(results.length), ...results.map((result, index) => formatResult(index + 1, result))];
  return [...lines, formatSummary(results)].flatMap((text) => text.split('\n'));
}

function reading(lines: string[]): ResultReader {
  const reader = new ResultReader();
  for (const line of lines) reader.read(line);
  return reader;
}

test('what is written is read back, whatever else is printed in between', () => {
  const reader = reading(written(RESULTS).flatMap((line) => ['[    0.1] kernel says something', line]));
  expect(reader.results).toEqual(RESULTS);
  expect(reader.incomplete()).toBeUndefined();
});

test.each([
  [0, 'the runner did not get as far as its plan'],
  [2, 'the runner stopped after 1 of 2 cases'],
])('a runner that ends after %i lines is not complete', (count, reason) => {
  expect(reading(written(RESULTS).slice(0, count)).incomplete()).toBe(reason);
});

test('a runner that gives up says why', () => {
  const lines = [formatPlan(2), ...formatBailOut('cannot load:\nR1 invalid').split('\n')];
  expect(reading(lines).incomplete()).toBe('the runner gave up\ncannot load:\nR1 invalid');
});

test('a lost result is noticed', () => {
  const lines = written(RESULTS).filter((line) => !line.startsWith('ok 1'));
  expect(reading(lines).incomplete()).toBe('1 of 2 results arrived');
});
