/** What a place that takes lines has to be able to do. */

export interface Target {
  /** Words for messages: `file /var/log/sluice/access.log`. */
  readonly label: string;
  /**
   * Takes a block of whole lines; one call at a time. Resolves once the place has them, to how many of them it can never take.
   * @throws IncompleteWrite when it took a part of them, Error when none: the rest is offered again
   */
  write(block: Uint8Array): Promise<number>;
  /** Ends a write that waits. */
  close(): Promise<void>;
}

/** Some lines were written, and then this happened. */
export class IncompleteWrite extends Error {
  /** @param bytes of the block that are done with, whole lines */
  constructor(
    readonly bytes: number,
    cause: Error,
  ) {
    super(cause.message, { cause });
    this.name = 'IncompleteWrite';
  }
}

const NEWLINE = 10;

/** Bytes until the end of the last whole line of the first `length`. */
export function wholeLines(block: Uint8Array, length: number): number {
  return block.lastIndexOf(NEWLINE, length - 1) + 1;
}

export function countLines(block: Uint8Array): number {
  let lines = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) {
    lines++;
  }
  return lines;
}
