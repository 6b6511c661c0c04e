/** What two lists do not share: objects are never changed in place, so the same reference means the same object. */
export interface Difference<T> {
  gone: T[];
  come: T[];
}

/** In the order of each list. Where lists have the same beginning and end, or differ in single places, that is all it costs. */
export function differenceOf<T>(before: readonly T[], after: readonly T[]): Difference<T> {
  const [old, now] = differingPlaces(before, after);
  if (old.length === 0 || now.length === 0) {
    return { gone: old, come: now };
  }
  const [had, has] = [new Set(old), new Set(now)];
  return { gone: old.filter((one) => !has.has(one)), come: now.filter((one) => !had.has(one)) };
}

function differingPlaces<T>(before: readonly T[], after: readonly T[]): [T[], T[]] {
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  while (first < shorter && before[first] === after[first]) {
    first++;
  }
  let rest = 0;
  while (rest < shorter - first && before.at(-1 - rest) === after.at(-1 - rest)) {
    rest++;
  }
  const [old, now] = [before.slice(first, before.length - rest), after.slice(first, after.length - rest)];
  return old.length === now.length
    ? [old.filter((one, index) => one !== now[index]), now.filter((one, index) => one !== old[index])]
    : [old, now];
}
