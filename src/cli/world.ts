/** What the command line sees of the process it runs in; tests put something else in its place. */
import type { Readable } from 'node:stream';

/** Where text goes: a terminal, a file, a pipe. */
export interface Sink {
  /** False: wait for `drain` before writing more. */
  write(text: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
}

export interface World {
  /** Results. */
  readonly out: Sink;
  /** Errors, logs, progress. */
  readonly err: Sink;
  /** What `-f -` reads, and where a password is typed. */
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function processWorld(): World {
  return { out: process.stdout, err: process.stderr, input: process.stdin, env: process.env };
}
