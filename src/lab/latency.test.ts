import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addLatency, type Latencies, mergeLatencies, percentile } from './latency.js';

test('small values are exact', () => {
  const latencies: Latencies = {};
  for (let i = 1; i <= 10; i++) addLatency(latencies, i);
  expect(percentile(latencies, 0.5)).toBe(5);
  expect(percentile(latencies, 1)).toBe(10);
});

test('any value is reported at most 3.2 % too high and never too low', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value) => {
      const latencies: Latencies = {};
      addLatency(latencies, value);
      const reported = percentile(latencies, 1);
      expect(reported).toBeGreaterThanOrEqual(value);
      expect(reported).toBeLessThanOrEqual(value * 1.032);
    }),
  );
});

test('adding up is the same as measuring together', () => {
  const [one, other, both]: Latencies[] = [{}, {}, {}];
  for (const value of [3, 900, 20_000]) {
    addLatency(one!, value);
    addLatency(both!, value);
  }
  for (const value of [3, 5_000_000]) {
    addLatency(other!, value);
    addLatency(both!, value);
  }
  mergeLatencies(one!, other!);
  expect(one).toEqual(both);
});

test('nothing measured is zero', () => {
  expect(percentile({}, 0.99)).toBe(0);
});
