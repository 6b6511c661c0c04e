/** What commands print, and how they end. */
import { Option } from 'commander';
import { stringify } from 'yaml';

export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** `-o table|json|yaml`. */
export function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(FORMATS).default('table');
}

/** Prints lines to stdout; waits while the reader is slow. */
export async function printLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) {
    await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }
}

/** Characters that are written at once: a write for each of a million lines would take longer than making them. */
const CHUNK = 65_536;

/** Prints lines as they come, many at once. */
export async function printLines(lines: AsyncIterable<string>): Promise<void> {
  let chunk: string[] = [];
  let length = 0;
  for await (const line of lines) {
    chunk.push(line);
    length += line.length;
    if (length >= CHUNK) {
      await printLine(chunk.join('\n'));
      chunk = [];
      length = 0;
    }
  }
  if (chunk.length > 0) {
    await printLine(chunk.join('\n'));
  }
}

/** Prints a value as JSON or YAML, or the lines of its table. */
export async function print(format: Format, value: unknown, lines: () => readonly string[]): Promise<void> {
  if (format === 'json') {
    await printLine(JSON.stringify(value, null, 2));
  } else if (format === 'yaml') {
    await printLine(stringify(value).trimEnd());
  } else {
    await printLine(lines().join('\n'));
  }
}

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Coloured when a person looks at it: on a terminal, unless NO_COLOR is set. */
export function colour(name: keyof typeof COLOURS, text: string): string {
  const wanted = process.stdout.isTTY && !process.env.NO_COLOR;
  return wanted ? `\u001b[${COLOURS[name]}m${text}\u001b[0m` : text;
}

/** Colour of an operating status. */
export function colourOfStatus(status: string): keyof typeof COLOURS {
  if (status === 'ONLINE') {
    return 'green';
  }
  if (status === 'ERROR') {
    return 'red';
  }
  return status === 'DEGRADED' || status === 'DRAINING' ? 'yellow' : 'dim';
}
