/**
 * Hands out ranges of the wheel array.
 */
import { Limits } from '../datapath/layouts.js';

/** A range of the wheel array, in targets. */
export interface Range {
  base: number;
  length: number;
}

/** Cells of the array, `end` not included. */
interface Cells {
  first: number;
  end: number;
}

/** Ranges that packets may read, none overlapping. */
export class Ranges {
  /** Sorted. */
  readonly #taken: Cells[] = [];

  add(range: Range): void {
    if (range.length > 0) {
      const cells = cellsOf(range);
      this.#taken.splice(placeOf(this.#taken, cells.first), 0, cells);
    }
  }

  /** Takes back one that was added. */
  remove(range: Range): void {
    if (range.length > 0) {
      this.#taken.splice(placeOf(this.#taken, cellsOf(range).first), 1);
    }
  }

  /** @param capacity of the array, in targets */
  allocator(capacity: number): RangeAllocator {
    return new RangeAllocator(capacity, [...this.#taken]);
  }
}

/**
 * First fit over an array of `capacity` targets. Ranges start at a cell, so that no two listeners share a cache line; a range
 * ends where its last cell does.
 */
export class RangeAllocator {
  readonly #capacity: number;
  readonly #taken: Cells[];

  /** @param taken sorted: nothing is handed out of them */
  constructor(capacity: number, taken: Cells[]) {
    this.#capacity = Math.floor(capacity / Limits.WHEEL_CELL_TARGETS);
    this.#taken = taken;
  }

  /** First target of a free range of `length` targets, which is taken from now on; undefined when no gap is long enough. */
  allocate(length: number): number | undefined {
    if (length === 0) {
      return 0;
    }
    const size = cellsFor(length);
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

function cellsOf({ base, length }: Range): Cells {
  return { first: Math.floor(base / Limits.WHEEL_CELL_TARGETS), end: cellsFor(base + length) };
}

function cellsFor(targets: number): number {
  return Math.ceil(targets / Limits.WHEEL_CELL_TARGETS);
}

/** Position of the first range that does not begin before a cell. */
function placeOf(taken: readonly Cells[], cell: number): number {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle]!.first < cell) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
