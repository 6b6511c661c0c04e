/** Says on standard error what is being done; standard output is for the tables. */
export class Progress {
  readonly #started = Date.now();
  readonly #live = process.stderr.isTTY;

  /** Replaces the line on a terminal, else adds one. */
  say(text: string): void {
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(0).padStart(3);
    const line = `[${seconds} s] ${text}`;
    process.stderr.write(this.#live ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Clears the line, so that a table starts at its beginning. */
  clear(): void {
    if (this.#live) process.stderr.write('\r\x1b[K');
  }
}
