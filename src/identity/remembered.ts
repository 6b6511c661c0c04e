/** A small cache: entries expire, and the oldest goes when it is full. */
export class Remembered<T> {
  readonly #entries = new Map<string, { value: T; until: number }>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(capacity: number, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.until > this.#now() ? entry.value : undefined;
  }

  /** @param milliseconds how long the value is good for */
  set(key: string, value: T, milliseconds: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#now() + milliseconds });
    if (this.#entries.size > this.#capacity) {
      this.#entries.delete(this.#entries.keys().next().value!);
    }
  }
}
