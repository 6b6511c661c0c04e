/** Maps that are never changed in place: a change makes a new one. */

export function withEntry<T extends { id: string }>(map: ReadonlyMap<string, T>, object: T): ReadonlyMap<string, T> {
  return new Map(map).set(object.id, object);
}

/** The same map where nothing goes: what did not change must stay the same reference. */
export function withoutEntries<T>(map: ReadonlyMap<string, T>, gone: (object: T) => boolean): ReadonlyMap<string, T> {
  const kept = [...map].filter(([, object]) => !gone(object));
  return kept.length === map.size ? map : new Map(kept);
}
