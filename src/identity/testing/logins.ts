/** What logins need, for tests. */
import { randomBytes } from 'node:crypto';
import type { State } from '../../model/state.js';
import { Brake } from '../brake.js';
import type { LoginContext } from '../login.js';
import { Passwords } from '../passwords.js';
import { Tokens } from '../tokens.js';

/** Passwords with hashes that cost next to nothing. */
export function cheapPasswords(): Passwords {
  return new Passwords({ cost: { N: 16, r: 1, p: 1 } });
}

/**
 * Keys and brake of its own; tokens are good for a minute.
 * @param now ms since the epoch
 */
export function loginContext(passwords: Passwords, state: () => State, now: () => number): LoginContext {
  return {
    state,
    tokens: new Tokens({ current: randomBytes(32), previous: null }),
    passwords,
    brake: new Brake({ now }),
    now,
    tokenLifetime: 60,
  };
}
