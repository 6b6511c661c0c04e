/** Slows guessing of passwords down: back-off per user and source address, and per source address alone. */
import { addressFamily, parseAddress, parseCidr } from '../model/address.js';
import { RetryLater } from './errors.js';

interface Rule {
  /** Failures that cost nothing. */
  free: number;
  /** Longest delay in milliseconds; the first one is a second, each further failure doubles it. */
  longest: number;
}

const FIRST_DELAY = 1000;
/** One user from one address: a person who mistypes waits seconds, a program that guesses minutes. */
const PER_USER: Rule = { free: 5, longest: 300_000 };
/** All users from one address, which may be a whole company behind one address: a guess every ten seconds at worst. */
const PER_SOURCE: Rule = { free: 50, longest: 10_000 };
/** Failures are forgotten after so many milliseconds without another one. */
const FORGET_AFTER = 900_000;
const CAPACITY = 20_000;

interface Entry {
  failures: number;
  last: number;
  /** No attempt before then; ms since the epoch. */
  until: number;
}

export class Brake {
  /** Least recently failed first. */
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #capacity: number;

  /** @param options.capacity keys remembered; the one that failed least recently is forgotten for a new one */
  constructor(options: { now?: () => number; capacity?: number } = {}) {
    this.#now = options.now ?? Date.now;
    this.#capacity = options.capacity ?? CAPACITY;
  }

  /** @param who user id or, for users that do not exist, the name given @throws RetryLater 429 */
  check(who: string, source: string): void {
    const now = this.#now();
    const until = Math.max(this.#entry(userKey(who, source))?.until ?? 0, this.#entry(sourceKey(source))?.until ?? 0);
    if (until > now) {
      const seconds = Math.ceil((until - now) / 1000);
      throw new RetryLater(429, `too many failed logins; try again in ${seconds} s`, seconds);
    }
  }

  failed(who: string, source: string): void {
    this.#count(userKey(who, source), PER_USER);
    this.#count(sourceKey(source), PER_SOURCE);
  }

  /** Clears the user's failures only: a login of one's own must not buy guesses at others' passwords. */
  succeeded(who: string, source: string): void {
    this.#entries.delete(userKey(who, source));
  }

  #count(key: string, rule: Rule): void {
    const now = this.#now();
    const failures = (this.#entry(key)?.failures ?? 0) + 1;
    const over = failures - rule.free;
    const delay = over < 0 ? 0 : Math.min(FIRST_DELAY * 2 ** over, rule.longest);
    this.#entries.delete(key);
    this.#entries.set(key, { failures, last: now, until: now + delay });
    if (this.#entries.size > this.#capacity) {
      this.#entries.delete(this.#entries.keys().next().value!);
    }
  }

  #entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#now() - entry.last < FORGET_AFTER ? entry : undefined;
  }
}

function userKey(who: string, source: string): string {
  return `${network(source)} ${who.slice(0, 255)}`;
}

function sourceKey(source: string): string {
  return network(source);
}

/** An IPv6 host can send from any address of its /64: they count as one. */
function network(source: string): string {
  const address = parseAddress(source);
  if (address === undefined) {
    return source;
  }
  return addressFamily(address) === 6 ? parseCidr(`${address}/64`)!.address : address;
}
