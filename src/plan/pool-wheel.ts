/**
 * The balancing table of a pool, by its algorithm.
 */
import type { Pool } from '../model/resources.js';
import { maglevTable } from './maglev.js';
import { smoothWheel } from './wheel.js';

/** A table over members: `entries` are indexes into `members`, which are indexes of the pool's members. */
export interface PoolWheel {
  members: number[];
  entries: Uint32Array;
}

/** Refuses every session. */
export const NO_WHEEL: PoolWheel = { members: [], entries: new Uint32Array(0) };

/**
 * Wheels by what they were computed from. A wheel of ten thousand members takes milliseconds, a consistent hash of them a tenth
 * of a second; most changes touch one pool of many.
 */
export class WheelCache {
  #previous = new Map<string, Uint32Array>();
  #current = new Map<string, Uint32Array>();

  /** The wheel for `input`, from `make` if it is not known. */
  get(input: string, make: () => Uint32Array): Uint32Array {
    const wheel = this.#current.get(input) ?? this.#previous.get(input) ?? make();
    this.#current.set(input, wheel);
    return wheel;
  }

  /** Drops wheels that were not asked for since the last call. */
  forgetUnused(): void {
    this.#previous = this.#current;
    this.#current = new Map();
  }
}

/**
 * The wheel of a pool; empty when no member is usable.
 * @param usable for each of the pool's members, whether it takes new sessions
 */
export function poolWheel(pool: Pool, usable: readonly boolean[], cache: WheelCache = new WheelCache()): PoolWheel {
  const all = [...pool.members.keys()];
  const primaries = all.filter((index) => !pool.members[index]!.backup);
  const members = primaries.some((index) => usable[index])
    ? primaries
    : all.filter((index) => pool.members[index]!.backup);
  const candidates = members.filter((index) => usable[index]);
  switch (pool.lb_algorithm) {
    case 'SOURCE_IP':
    case 'SOURCE_IP_PORT':
      return { members, entries: hashWheel(pool, members, usable, cache) };
    case 'LEAST_CONNECTIONS':
      return { members: candidates, entries: Uint32Array.from(candidates.keys()) };
    default: {
      const weights = candidates.map((index) => pool.members[index]!.weight);
      return { members: candidates, entries: cache.get(`wheel ${weights.join(' ')}`, () => smoothWheel(weights)) };
    }
  }
}

function hashWheel(pool: Pool, members: readonly number[], usable: readonly boolean[], cache: WheelCache): Uint32Array {
  const hashed = members.map((index) => {
    const { address, protocol_port, weight } = pool.members[index]!;
    return { key: `${address}:${protocol_port}`, weight, usable: usable[index]! };
  });
  const input = hashed.map(({ key, weight, usable }) => `${key} ${weight} ${usable}`).join('\n');
  return cache.get(`hash ${input}`, () => maglevTable(hashed));
}
