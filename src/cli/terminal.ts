/** What commands print: results to stdout, notes and progress to stderr. */
import { Option } from 'commander';
import { stringify } from 'yaml';
import type { Sink, World } from './world.js';

export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof COLOURS;

/** Puts a text in a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** `-o table|json|yaml`. */
export function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(FORMATS).default('table');
}

/** Characters that are written at once: a write for each of a million lines would take longer than making them. */
const CHUNK = 65_536;

export class Terminal {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Whether a person sees the results as they are printed. */
  get isInteractive(): boolean {
    return this.#world.out.isTTY === true;
  }

  /** Colours a text where a person looks at it: on a terminal, unless NO_COLOR is set. */
  readonly paint: Paint = (colour, text) =>
    this.isInteractive && !this.#world.env.NO_COLOR ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;

  /** Prints to stdout; waits while the reader is slow. */
  async line(line: string): Promise<void> {
    await write(this.#world.out, `${line}\n`);
  }

  /** Prints lines as they come, many at once. */
  async stream(lines: AsyncIterable<string>): Promise<void> {
    let chunk: string[] = [];
    let length = 0;
    for await (const line of lines) {
      chunk.push(line);
      length += line.length;
      if (length >= CHUNK) {
        await this.line(chunk.join('\n'));
        chunk = [];
        length = 0;
      }
    }
    if (chunk.length > 0) {
      await this.line(chunk.join('\n'));
    }
  }

  /** Copies what is printed already, byte by byte. */
  async copy(chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>): Promise<void> {
    for await (const chunk of chunks) {
      await write(this.#world.out, chunk);
    }
  }

  /** Prints a value as JSON or YAML, or the lines of its table; no lines, nothing. */
  async print(format: Format, value: unknown, lines: () => readonly string[]): Promise<void> {
    if (format === 'json') {
      await this.line(JSON.stringify(value, null, 2));
    } else if (format === 'yaml') {
      await this.line(yamlText(value));
    } else {
      const text = lines();
      if (text.length > 0) {
        await this.line(text.join('\n'));
      }
    }
  }

  /** Tells something to whoever watches, on stderr. */
  note(text: string): void {
    this.#world.err.write(`${text}\n`);
  }

  /** Shows how far a long job is, in one line of stderr that overwrites itself; nothing unless that is a terminal. */
  progress(text: string): void {
    if (this.#world.err.isTTY) {
      this.#world.err.write(`\r\u001b[K${text}`);
    }
  }

  /** Takes the line of {@link progress} away. */
  clearProgress(): void {
    this.progress('');
  }
}

/** YAML without references: what people and other programs read needs none. */
export function yamlText(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
}

async function write(sink: Sink, text: string | Uint8Array): Promise<void> {
  if (!sink.write(text)) {
    await new Promise<void>((resolve) => sink.once('drain', resolve));
  }
}

/** Colour of an operating or provisioning status. */
export function colourOfStatus(status: string): Colour {
  if (status === 'ONLINE' || status === 'ACTIVE') {
    return 'green';
  }
  if (status === 'ERROR') {
    return 'red';
  }
  return status === 'DEGRADED' || status === 'DRAINING' || status.startsWith('PENDING_') ? 'yellow' : 'dim';
}
