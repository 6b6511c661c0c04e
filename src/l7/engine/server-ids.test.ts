import { expect, it } from 'vitest';
import type { ProxyServer } from '../proxy-config.js';
import { serverIds } from './server-ids.js';
import { server } from './testing/configs.js';

function named(count: number): Map<string, ProxyServer> {
  return new Map(Array.from({ length: count }, (_, index) => [`10.0.${index >> 8}.${index & 255}:80`, server(80)]));
}

it('ids of 10,000 servers differ, and lie in the 20 bits that the consistent hash looks at', () => {
  const ids = [...serverIds(named(10_000)).values()];
  expect(new Set(ids).size).toBe(10_000);
  expect(Math.min(...ids)).toBeGreaterThan(0);
  expect(Math.max(...ids)).toBeLessThan(2 ** 20);
});

it('an id stays when other servers go', () => {
  const all = named(100);
  const fewer = new Map([...all].filter((_, index) => index % 2 === 0));
  const ids = serverIds(all);
  for (const [name, id] of serverIds(fewer)) {
    expect([name, id]).toEqual([name, ids.get(name)]);
  }
});
