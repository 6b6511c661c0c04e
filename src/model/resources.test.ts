import { describe, expect, it } from 'vitest';
import { idleTimeoutSeconds, parseExpectedCodes, statusIsExpected } from './resources.js';

describe('parseExpectedCodes', () => {
  it.each([
    ['200', [[200, 200]]],
    [
      '200,202, 401',
      [
        [200, 200],
        [202, 202],
        [401, 401],
      ],
    ],
    ['200-399', [[200, 399]]],
    [
      '2xx,3XX',
      [
        [200, 299],
        [300, 399],
      ],
    ],
    ['399-200', undefined],
    ['600', undefined],
    ['200,', undefined],
    ['ok', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseExpectedCodes(text)).toEqual(expected);
  });

  it('tells whether a status is among them', () => {
    expect([200, 204, 404].map((status) => statusIsExpected('200,2xx', status))).toEqual([true, true, false]);
  });
});

describe('idleTimeoutSeconds', () => {
  it('rounds up, so that no session ends early', () => {
    expect([1000, 1001, 86_400_000].map((ms) => idleTimeoutSeconds({ timeout_client_data: ms }))).toEqual([
      1, 2, 86_400,
    ]);
  });
});
