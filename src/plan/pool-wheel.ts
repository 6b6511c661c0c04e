/**
 * The balancing table of a pool, by its algorithm.
 */
import type { Member, Pool } from '../model/resources.js';
import { maglevTable } from './maglev.js';
import { smoothWheel } from './wheel.js';

/** A table over members: `entries` are indexes into `members`. */
export interface PoolWheel {
  members: Member[];
  entries: Uint32Array;
}

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

/** The wheel of a pool whose usable members are those for which `usable` is true; empty when there are none. */
export function poolWheel(pool: Pool, usable: (member: Member) => boolean, cache?: WheelCache): PoolWheel {
  const primaries = pool.members.filter(({ backup }) => !backup);
  const members = primaries.some(usable) ? primaries : pool.members.filter(({ backup }) => backup);
  switch (pool.lb_algorithm) {
    case 'SOURCE_IP':
    case 'SOURCE_IP_PORT':
      return hashWheel(members, usable, cache);
    case 'LEAST_CONNECTIONS': {
      const candidates = members.filter(usable);
      return { members: candidates, entries: Uint32Array.from(candidates.keys()) };
    }
    default: {
      const candidates = members.filter(usable);
      const weights = candidates.map(({ weight }) => weight);
      const make = (): Uint32Array => smoothWheel(weights);
      return { members: candidates, entries: cache ? cache.get(`wheel ${weights.join(' ')}`, make) : make() };
    }
  }
}

function hashWheel(members: Member[], usable: (member: Member) => boolean, cache?: WheelCache): PoolWheel {
  const hashed = members.map((member) => ({
    key: `${member.address}:${member.protocol_port}`,
    weight: member.weight,
    usable: usable(member),
  }));
  const make = (): Uint32Array => maglevTable(hashed);
  const input = hashed.map(({ key, weight, usable }) => `${key} ${weight} ${usable}`).join('\n');
  return { members, entries: cache ? cache.get(`hash ${input}`, make) : make() };
}
