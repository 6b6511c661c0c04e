import { describe, expect, it } from 'vitest';
import { Passwords } from './passwords.js';

const cheap = new Passwords({ cost: { N: 16, r: 1, p: 1 } });

describe('passwords', () => {
  it.each([
    ['the same password', 'correct horse', 'correct horse', true],
    ['another password', 'correct horse', 'correct hors', false],
    ['an empty guess', 'correct horse', '', false],
    ['the same letters typed as other code points', 'caf\u00e9', 'cafe\u0301', true],
  ])('%s', async (_sentence, password, guess, expected) => {
    expect(await cheap.verify(guess, await cheap.hash(password))).toBe(expected);
  });

  it("are kept with the cost of their hash, OWASP's recommendation for 32 MiB by default", async () => {
    const hash = await new Passwords().hash('x');
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
    expect(await cheap.verify('x', hash)).toBe(true);
  });

  it('have a salt of their own each', async () => {
    expect(await cheap.hash('x')).not.toBe(await cheap.hash('x'));
  });

  it.each([
    ['nobody', undefined],
    ['a user without a password', ''],
    ['an empty hash, which every password would meet', 'scrypt$16$1$1$c2FsdA==$'],
    ['a short hash', 'scrypt$16$1$1$c2FsdA==$aGFzaA=='],
    ['something else', 'plain'],
  ])('of %s are never right', async (_sentence, stored) => {
    expect(await cheap.verify('', stored)).toBe(false);
    expect(await cheap.verify('plain', stored)).toBe(false);
  });

  it('of nobody are hashed all the same, so that they take as long', async () => {
    let turns = 0;
    await cheap.verify('x', undefined, { after: () => turns++ });
    expect(turns).toBe(1);
  });
});
