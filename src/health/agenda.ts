/** What is due when: a heap, so that taking in or out one of ten thousand entries costs a handful of comparisons. */

export interface Due {
  /** On any clock, as long as it is always the same one. */
  due: number;
}

export class Agenda<Entry extends Due> {
  readonly #heap: Entry[] = [];

  /** When the first entry is due; undefined: there is none. */
  get next(): number | undefined {
    return this.#heap[0]?.due;
  }

  /** The `due` of an entry must not change while it is in here. */
  add(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.due <= entry.due) {
        break;
      }
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Takes out the first entry if it is due by then. */
  take(now: number): Entry | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.due > now) {
      return undefined;
    }
    const last = this.#heap.pop()!;
    if (last !== first) {
      this.#sink(last);
    }
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Puts an entry in the place of the first one and further down as far as it belongs. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) {
        break;
      }
      if (child + 1 < heap.length && heap[child + 1]!.due < heap[child]!.due) {
        child++;
      }
      if (heap[child]!.due >= entry.due) {
        break;
      }
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = entry;
  }
}
