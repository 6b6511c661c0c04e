import { describe, expect, it } from 'vitest';
import { Brake } from './brake.js';
import { RetryLater } from './errors.js';

/** Seconds a login has to wait; 0: none. */
function wait(brake: Brake, who: string, source: string): number {
  try {
    brake.check(who, source);
    return 0;
  } catch (error) {
    return error instanceof RetryLater && error.status === 429 ? error.retryAfter : Number.NaN;
  }
}

function fail(brake: Brake, who: string, source: string, times: number): void {
  for (let i = 0; i < times; i++) {
    brake.failed(who, source);
  }
}

describe('brake', () => {
  it.each([
    [4, 0],
    [5, 1],
    [6, 2],
    [7, 4],
    [12, 128],
    [14, 300],
    [40, 300],
  ])('after %i failures a user waits %i s', (failures, seconds) => {
    const brake = new Brake({ now: () => 0 });
    fail(brake, 'alice', '192.0.2.1', failures);
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(seconds);
  });

  it('does not touch the user at another address', () => {
    const brake = new Brake({ now: () => 0 });
    fail(brake, 'alice', '192.0.2.1', 10);
    expect(wait(brake, 'alice', '192.0.2.2')).toBe(0);
  });

  it.each([
    ['addresses of one IPv6 network count as one', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2', 1],
    ['another IPv6 network is another source', '2001:db8:0:1::1', '2001:db8:0:2::1', 0],
    ['IPv4 written as IPv6 is IPv4', '::ffff:192.0.2.1', '192.0.2.1', 1],
    ['neighbours with IPv4 are others', '192.0.2.1', '192.0.2.2', 0],
  ])('%s', (_sentence, first, second, seconds) => {
    const brake = new Brake({ now: () => 0 });
    fail(brake, 'alice', first, 5);
    expect(wait(brake, 'alice', second)).toBe(seconds);
  });

  it('slows an address down that tries many users, to one attempt every ten seconds at worst', () => {
    const brake = new Brake({ now: () => 0 });
    for (let i = 0; i < 50; i++) {
      brake.failed(`user${i}`, '192.0.2.1');
    }
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(1);
    for (let i = 50; i < 100; i++) {
      brake.failed(`user${i}`, '192.0.2.1');
    }
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(10);
  });

  it('lets go when the time is over, and forgets after a quarter of an hour', () => {
    let now = 0;
    const brake = new Brake({ now: () => now });
    fail(brake, 'alice', '192.0.2.1', 5);
    now = 1000;
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(0);
    brake.failed('alice', '192.0.2.1');
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(2);
    now = 1000 + 900_000;
    brake.failed('alice', '192.0.2.1');
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(0);
  });

  it('forgets a user that got in, but not what the address did to others', () => {
    const brake = new Brake({ now: () => 0 });
    fail(brake, 'alice', '192.0.2.1', 10);
    brake.succeeded('alice', '192.0.2.1');
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(0);
    for (let i = 0; i < 60; i++) {
      brake.failed(`user${i}`, '192.0.2.1');
      brake.succeeded('mallory', '192.0.2.1');
    }
    expect(wait(brake, 'mallory', '192.0.2.1')).toBe(10);
  });

  it('remembers a bounded number, the least recent failure is forgotten first', () => {
    const brake = new Brake({ now: () => 0, capacity: 4 });
    fail(brake, 'alice', '192.0.2.1', 10);
    fail(brake, 'bob', '192.0.2.2', 10);
    expect(wait(brake, 'alice', '192.0.2.1')).toBeGreaterThan(0);
    fail(brake, 'carol', '192.0.2.3', 10);
    expect(wait(brake, 'alice', '192.0.2.1')).toBe(0);
    expect(wait(brake, 'bob', '192.0.2.2')).toBeGreaterThan(0);
  });
});
