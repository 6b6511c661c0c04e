/** Numbers of several rounds. */

/** The middle value; of an even number of them the mean of the two in the middle. @throws RangeError without values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * How many times `values` are `references`: the median of the ratios of each round, so that what slowed a whole round down is not
 * taken for a difference between the two.
 */
export function ratio(values: readonly number[], references: readonly number[]): number {
  if (values.length !== references.length) throw new RangeError('contestants have different numbers of rounds');
  return median(values.map((value, round) => value / references[round]!));
}

/** Runs all contestants once, then all of them again, and so on; returns what each one measured, in the order of the rounds. */
export async function interleave<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, (round: number) => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contestants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results[name].push(await contestants[name](round));
  }
  return results;
}
