/**
 * Smooth weighted round robin as a table: going round it once gives every member exactly its weight, spread evenly.
 *
 * Choosing the next member with a heap or by comparing all of them costs too much for a million entries on every change of
 * weight. Here members of equal weight take turns in one sequence, and sequences are merged two at a time, shortest first, each
 * merge spreading the shorter one evenly over the longer one: a few nanoseconds an entry and merge, and as in a Huffman tree an
 * entry takes part in about as many merges as the logarithm of how rare its weight is.
 */

/** Longest wheel in entries: 4 MiB of the wheel array, a quarter of it. */
export const MAX_WHEEL = 2 ** 20;

/**
 * The wheel for members with these weights.
 *
 * Its length is the sum of the weights divided by their greatest common divisor, and each member has its weight divided by the
 * same in it. A longer wheel than {@link MAX_WHEEL} is scaled to that length by largest remainders: each member then has its
 * exact share to within one entry, and at least one; so a weight of 1 among very many heavy ones can get more than its share.
 * No member follows itself, also from the end of the wheel to its start, unless it has more than half of the entries.
 *
 * @param weights whole numbers; a member with weight 0 is not on the wheel
 * @returns indexes into `weights`
 */
export function smoothWheel(weights: ArrayLike<number>): Uint32Array {
  const counts = entryCounts(weights);
  const sequences = [...membersByCount(counts)].map(([count, members]) => repeat(members, count));
  return separate(mergeAll(sequences), counts);
}

/** Entries of each member. */
function entryCounts(weights: ArrayLike<number>): Uint32Array {
  let divisor = 0;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    divisor = greatestCommonDivisor(divisor, weights[i]!);
    sum += weights[i]!;
  }
  const length = divisor === 0 ? 0 : sum / divisor;
  return length <= MAX_WHEEL
    ? Uint32Array.from(weights, (weight) => (divisor === 0 ? 0 : weight / divisor))
    : scaledCounts(weights, MAX_WHEEL / sum);
}

function scaledCounts(weights: ArrayLike<number>, scale: number): Uint32Array {
  const counts = Uint32Array.from(weights, (weight) => (weight === 0 ? 0 : Math.max(1, Math.floor(weight * scale))));
  const missing = MAX_WHEEL - counts.reduce((sum, count) => sum + count, 0);
  // Most below its share first when entries are left over, most above it first when raising counts to 1 took too many.
  const step = Math.sign(missing);
  const order = Array.from(counts.keys())
    .filter((i) => counts[i]! > 0)
    .sort((a, b) => step * (weights[b]! * scale - counts[b]! - (weights[a]! * scale - counts[a]!)) || a - b);
  for (let left = Math.abs(missing), turn = 0; left > 0; turn++) {
    const i = order[turn % order.length]!;
    if (counts[i]! + step > 0) {
      counts[i]! += step;
      left--;
    }
  }
  return counts;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) {
    [a, b] = [b, a % b];
  }
  return a;
}

function membersByCount(counts: Uint32Array): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  for (const [member, count] of counts.entries()) {
    if (count === 0) {
      continue;
    }
    const members = classes.get(count);
    if (members) {
      members.push(member);
    } else {
      classes.set(count, [member]);
    }
  }
  return classes;
}

function repeat(members: number[], times: number): Uint32Array {
  const sequence = new Uint32Array(members.length * times);
  sequence.set(members);
  for (let filled = members.length; filled < sequence.length; filled *= 2) {
    sequence.copyWithin(filled, 0, Math.min(filled, sequence.length - filled));
  }
  return sequence;
}

/** Merges the two shortest until one is left, so that few entries are moved often. */
function mergeAll(sequences: Uint32Array[]): Uint32Array {
  const leaves = sequences.sort((a, b) => a.length - b.length);
  const merged: Uint32Array[] = [];
  let leaf = 0;
  let node = 0;
  const shortest = (): Uint32Array => {
    const takeLeaf = node >= merged.length || (leaf < leaves.length && leaves[leaf]!.length <= merged[node]!.length);
    return takeLeaf ? leaves[leaf++]! : merged[node++]!;
  };
  while (leaves.length - leaf + merged.length - node > 1) {
    const shorter = shortest();
    merged.push(interleave(shorter, shortest()));
  }
  return leaves.length - leaf + merged.length - node > 0 ? shortest() : new Uint32Array(0);
}

/** Spreads the shorter sequence over the longer one, as Bresenham draws a line: gaps differ by at most one. */
function interleave(shorter: Uint32Array, longer: Uint32Array): Uint32Array {
  const length = shorter.length + longer.length;
  const result = new Uint32Array(length);
  let error = length >> 1;
  let fromShorter = 0;
  let fromLonger = 0;
  for (let i = 0; i < length; i++) {
    error += shorter.length;
    if (error >= length) {
      error -= length;
      result[i] = shorter[fromShorter++]!;
    } else {
      result[i] = longer[fromLonger++]!;
    }
  }
  return result;
}

/**
 * Moves entries that follow their own kind to the nearest place where they do not. Merging leaves a few of these where a
 * member with nearly half of the entries met its like.
 */
function separate(entries: Uint32Array, counts: Uint32Array): Uint32Array {
  const half = entries.length / 2;
  let current = entries;
  // Members may get in each other's way; each round has fewer to move.
  for (let round = 0; round < 8 && hasRepeats(current, counts, half); round++) {
    current = separateOnce(current, counts, half);
  }
  return current;
}

function hasRepeats(entries: Uint32Array, counts: Uint32Array, half: number): boolean {
  let previous = entries[entries.length - 1];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry === previous && counts[entry]! <= half) {
      return true;
    }
    previous = entry;
  }
  return false;
}

function separateOnce(entries: Uint32Array, counts: Uint32Array, half: number): Uint32Array {
  const kept: number[] = [];
  const moved: Array<{ entry: number; at: number }> = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    const follows = entry === kept[kept.length - 1] || (i === entries.length - 1 && entry === kept[0]);
    if (follows && counts[entry]! <= half) {
      moved.push({ entry, at: kept.length });
    } else {
      kept.push(entry);
    }
  }
  const inserted = new Map<number, number[]>();
  for (const { entry, at } of moved) {
    const gap = nearestGap(kept, inserted, entry, at) ?? at;
    inserted.set(gap, [...(inserted.get(gap) ?? []), entry]);
  }
  const result = new Uint32Array(entries.length);
  let filled = 0;
  for (let gap = 0; gap <= kept.length; gap++) {
    for (const entry of inserted.get(gap) ?? []) {
      result[filled++] = entry;
    }
    if (gap < kept.length) {
      result[filled++] = kept[gap]!;
    }
  }
  return result;
}

/** The place nearest to `at` where nothing was inserted and neither neighbour is `entry`. Gap g lies before kept[g]. */
function nearestGap(
  kept: readonly number[],
  inserted: ReadonlyMap<number, number[]>,
  entry: number,
  at: number,
): number | undefined {
  const free = (gap: number): boolean => {
    const left = kept[(gap + kept.length - 1) % kept.length];
    return !inserted.has(gap) && left !== entry && kept[gap] !== entry;
  };
  for (let distance = 0; distance < kept.length; distance++) {
    const after = (at + distance) % kept.length;
    const before = (at + kept.length - (distance % kept.length)) % kept.length;
    if (free(after)) {
      return after;
    }
    if (free(before)) {
      return before;
    }
  }
  return undefined;
}
