/** Order of objects that come from several lists. */
import type { Placed } from './labels.js';

/** @param keys `weight:desc`, `name` */
export function compareBy(keys: readonly string[]): (a: Placed, b: Placed) => number {
  const read = keys.map((key) => key.split(':') as [name: string, direction?: string]);
  return ({ object: a }, { object: b }) => {
    for (const [name, direction] of read) {
      const order = compare(a[name], b[name]);
      if (order !== 0) {
        return direction?.toLowerCase() === 'desc' ? -order : order;
      }
    }
    return 0;
  };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') {
    return a - b;
  }
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}
