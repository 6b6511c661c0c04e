/** Answers that are one JSON value a line. */
import type { Readable } from 'node:stream';

export async function* jsonLines<T>(input: Readable): AsyncGenerator<T> {
  let rest = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield JSON.parse(line) as T;
    }
  }
}
