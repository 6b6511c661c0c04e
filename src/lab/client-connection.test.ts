import { expect, test } from 'vitest';
import { originOf } from './client-connection.js';
import { completeOrder } from './traffic.js';

test('sources take turns, and ports count up once all sources had one', () => {
  const order = completeOrder({ address: 'x', port: 1, firstPort: 2000 }, ['a', 'b']);
  const origins = [0, 1, 2, 3, 4].map((serial) => originOf(order, serial));
  expect(origins.map(({ source, port }) => `${source}:${port}`)).toEqual([
    'a:2000',
    'b:2000',
    'a:2001',
    'b:2001',
    'a:2002',
  ]);
});

test('without a first port the kernel chooses', () => {
  expect(originOf(completeOrder({ address: 'x', port: 1 }, ['a']), 7).port).toBe(0);
});
