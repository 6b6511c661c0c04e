/** Runs a command line inside the test's own process. */
import { Readable } from 'node:stream';
import { run } from '../program.js';
import type { Sink } from '../world.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface Surroundings {
  env?: Record<string, string>;
  /** What is typed or piped in. */
  input?: string;
  /** Whether results and messages go to a terminal. */
  terminal?: boolean;
}

/** A sink that keeps what is written. */
class Kept implements Sink {
  text = '';

  constructor(readonly isTTY: boolean) {}

  write(text: string | Uint8Array): boolean {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  }

  once(): void {}
}

export async function sluice(
  argv: readonly string[],
  { env = {}, input = '', terminal = false }: Surroundings = {},
): Promise<Ran> {
  const out = new Kept(terminal);
  const err = new Kept(terminal);
  const code = await run(argv, { out, err, input: Readable.from([input]), env });
  return { code, out: out.text, err: err.text };
}
