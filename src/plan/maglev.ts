/**
 * Weighted consistent hashing as a table (Eisenbud et al., "Maglev", NSDI 2016, section 3.4): a client's hash modulo the table's
 * length picks the slot, the slot names the member. Every member walks through the slots in an order of its own, and members
 * take turns in claiming the next free slot of their walks.
 *
 * Two things differ from the paper. Turns are not a round over a list but points in time, k / weight for a member's k-th
 * turn: no member's times depend on any other, so a change of one leaves the others' order alone. And members that take nothing now
 * have claimed their slots all the same before the usable ones share these out: a member that fails or comes back
 * moves its own slots and no other.
 */

/** A member of the table. */
export interface HashedMember {
  /** What its walk is derived from: address and port, so that every gateway and every restart makes the same table. */
  key: string;
  /** 0..256; with 0 it has no slots, but counts for the table's length. */
  weight: number;
  /** Whether it gets clients now; false with weight 0. */
  usable: boolean;
}

/**
 * Table lengths, primes: a walk then visits every slot, whatever its step. At least 100 slots a member keep shares within 1 %
 * of the weights and the slots that move for no reason of their own few. There are only three because a change of length moves
 * almost every client: it happens when a pool grows past 40 and past 655 members. The last one, 4 MiB, is the longest a
 * listener may take of the wheel array; beyond 10,485 members it has fewer than 100 slots a member.
 */
export const MAGLEV_LENGTHS = [4093, 65_537, 1_048_573] as const;

/** Three hashes of a key that have nothing to do with each other. */
const START_SEED = 0x9e3779b9;
const STEP_SEED = 0x85ebca77;
const PHASE_SEED = 0xc2b2ae3d;

/**
 * The table for these members, in slots of indexes into `members`; empty when none is usable. Its length follows from how many
 * members there are, usable or not, so that health never changes it.
 */
export function maglevTable(members: readonly HashedMember[]): Uint32Array {
  if (!members.some(({ usable }) => usable)) {
    return new Uint32Array(0);
  }
  const length = maglevLength(members.length);
  const table = new Uint32Array(length);
  const taken = new Uint8Array(length);
  const all = [...members.keys()].filter((index) => members[index]!.weight > 0);
  claim(table, taken, members, all, length);
  let freed = 0;
  for (let slot = 0; slot < length; slot++) {
    if (!members[table[slot]!]!.usable) {
      taken[slot] = 0;
      freed++;
    }
  }
  const usable = all.filter((index) => members[index]!.usable);
  claim(table, taken, members, usable, freed);
  return table;
}

/** Slots for a pool of this many members. */
export function maglevLength(members: number): number {
  return MAGLEV_LENGTHS.find((length) => length >= members * 100) ?? MAGLEV_LENGTHS[MAGLEV_LENGTHS.length - 1]!;
}

/** Lets `claimants` take turns until `free` slots are claimed. */
function claim(
  table: Uint32Array,
  taken: Uint8Array,
  members: readonly HashedMember[],
  claimants: readonly number[],
  free: number,
): void {
  const length = table.length;
  const slots = new Uint32Array(members.length);
  const steps = new Uint32Array(members.length);
  for (const index of claimants) {
    slots[index] = hash(members[index]!.key, START_SEED) % length;
    steps[index] = 1 + (hash(members[index]!.key, STEP_SEED) % (length - 1));
  }
  for (const index of turns(members, claimants, free)) {
    const step = steps[index]!;
    let slot = slots[index]!;
    while (taken[slot] === 1) {
      slot += step;
      if (slot >= length) {
        slot -= length;
      }
    }
    slots[index] = slot;
    taken[slot] = 1;
    table[slot] = index;
  }
}

/**
 * The first `count` turns of all claimants in the order of time. A member's turn k is at (k + phase) / weight; the phase, from its
 * key, keeps members of equal weight from taking turns in the order somebody happened to list them.
 *
 * Turns go into buckets as wide as the average time between two, which leaves each bucket about one to sort: linear, where
 * sorting a million turns by comparison would take most of a second.
 */
function turns(members: readonly HashedMember[], claimants: readonly number[], count: number): Uint32Array {
  const sum = claimants.reduce((total, index) => total + members[index]!.weight, 0);
  // By then at least `count` turns were taken: each member has had its share, rounded down.
  const end = (count + claimants.length) / sum;
  const most = count + 2 * claimants.length;
  const times = new Float64Array(most);
  const owners = new Uint32Array(most);
  const starts = new Uint32Array(most + 2);
  let total = 0;
  for (const index of claimants) {
    const { key, weight } = members[index]!;
    const interval = 1 / weight;
    for (let time = (interval * hash(key, PHASE_SEED)) / 2 ** 32; time < end; time += interval) {
      times[total] = time;
      owners[total++] = index;
      starts[bucketOf(time, sum) + 2]!++;
    }
  }
  return sortByTime(times, owners, starts, total, sum).subarray(0, count);
}

function bucketOf(time: number, scale: number): number {
  return (time * scale) | 0;
}

/**
 * @param starts entries of bucket b counted at b + 2, so that after summing up and filling, starts[b] is where b starts
 * @param scale buckets in a unit of time
 */
function sortByTime(
  times: Float64Array,
  owners: Uint32Array,
  starts: Uint32Array,
  total: number,
  scale: number,
): Uint32Array {
  for (let bucket = 1; bucket < starts.length; bucket++) {
    starts[bucket]! += starts[bucket - 1]!;
  }
  const sortedTimes = new Float64Array(total);
  const sortedOwners = new Uint32Array(total);
  for (let i = 0; i < total; i++) {
    const time = times[i]!;
    const bucket = bucketOf(time, scale);
    const first = starts[bucket]!;
    let place = starts[bucket + 1]!++;
    for (; place > first && sortedTimes[place - 1]! > time; place--) {
      sortedTimes[place] = sortedTimes[place - 1]!;
      sortedOwners[place] = sortedOwners[place - 1]!;
    }
    sortedTimes[place] = time;
    sortedOwners[place] = owners[i]!;
  }
  return sortedOwners;
}

/** FNV-1a over the characters, finished as murmur3 does: neighbouring addresses end far apart. */
function hash(text: string, seed: number): number {
  let value = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
