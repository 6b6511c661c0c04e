import { expect, test } from 'vitest';
import { payload, payloadHash } from './payload.js';

test.each([0, 1, 65_536, 65_537, 200_000])('%i bytes are %i bytes long', (length) => {
  expect(Buffer.concat([...payload(length, 'a')])).toHaveLength(length);
});

test('the same seed gives the same bytes, whatever the length', () => {
  const long = Buffer.concat([...payload(100_000, 'a')]);
  expect(Buffer.concat([...payload(70_000, 'a')]).equals(long.subarray(0, 70_000))).toBe(true);
});

test('another seed gives others', () => {
  expect(payloadHash(1000, 'a')).not.toBe(payloadHash(1000, 'b'));
});
