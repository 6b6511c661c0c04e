/** Runs tasks one after the other, in the order they were given. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a task when all earlier ones are done, whether they succeeded or not. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when every task given so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
