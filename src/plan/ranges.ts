/**
 * Hands out ranges of the wheel array.
 */
import { Limits } from '../datapath/layouts.js';

/** A range of the wheel array, in targets. */
export interface Range {
  base: number;
  length: number;
}

/**
 * First fit over an array of `capacity` targets. Ranges start at a cell, so that no two listeners share a cache line; a range
 * ends where its last cell does.
 */
export class RangeAllocator {
  readonly #capacity: number;
  /** Taken ranges in cells, sorted, none overlapping. */
  readonly #taken: Array<{ first: number; end: number }>;

  /** @param taken ranges that packets may read: nothing is handed out of them */
  constructor(capacity: number, taken: Iterable<Range>) {
    this.#capacity = Math.floor(capacity / Limits.WHEEL_CELL_TARGETS);
    this.#taken = [...taken]
      .filter(({ length }) => length > 0)
      .map(({ base, length }) => ({ first: Math.floor(base / Limits.WHEEL_CELL_TARGETS), end: cells(base + length) }))
      .sort((a, b) => a.first - b.first);
  }

  /** First target of a free range of `length` targets, which is taken from now on; undefined when no gap is long enough. */
  allocate(length: number): number | undefined {
    if (length === 0) {
      return 0;
    }
    const size = cells(length);
    let first = 0;
    let index = 0;
    for (; index < this.#taken.length && this.#taken[index]!.first - first < size; index++) {
      first = Math.max(first, this.#taken[index]!.end);
    }
    if (first + size > this.#capacity) {
      return undefined;
    }
    this.#taken.splice(index, 0, { first, end: first + size });
    return first * Limits.WHEEL_CELL_TARGETS;
  }
}

function cells(targets: number): number {
  return Math.ceil(targets / Limits.WHEEL_CELL_TARGETS);
}
