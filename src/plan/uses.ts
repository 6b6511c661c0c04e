/** How often each index of a table is referred to. */
export class Uses {
  #counts = new Uint32Array(1024);

  add(index: number): void {
    while (index >= this.#counts.length) {
      const longer = new Uint32Array(this.#counts.length * 2);
      longer.set(this.#counts);
      this.#counts = longer;
    }
    this.#counts[index]! += 1;
  }

  /** Takes one back that was added. */
  drop(index: number): void {
    this.#counts[index]! -= 1;
  }

  /** 0: nothing refers to it. */
  of(index: number): number {
    return this.#counts[index] ?? 0;
  }

  /**
   * Indexes from the lowest on that nothing refers to.
   * @param below the table's size
   * @param busy whether one cannot be had nonetheless
   */
  *free(below: number, busy: (index: number) => boolean = () => false): Generator<number, undefined> {
    for (let index = 0; index < below; index++) {
      if (this.of(index) === 0 && !busy(index)) {
        yield index;
      }
    }
    return undefined;
  }
}
