/** A reader whose pipe the test writes into itself. */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { LOG_FIGURES, type LogReader } from '../../src/datapath/addon.js';
import { addon, until } from './support.js';

export const LISTENER = '0e9c1e76-5f0c-4a53-9b8e-6f0d7f6c1a11';
export const POOL = '7a3b1f52-90d1-4e8e-8a35-2f4c1e0a9b44';

/** Of the test that runs. */
export class HandWritten {
  directory = '';
  path = '';
  pipe = -1;
  reader!: LogReader;
  blocks: { text: string; lines: number }[] = [];

  open(format?: 'json' | 'line'): void {
    this.blocks = [];
    const { blocks } = this;
    this.reader = addon.openLogReader({
      path: this.path,
      ...(format && { format }),
      onLines: (bytes, lines) => blocks.push({ text: Buffer.from(bytes).toString(), lines }),
    });
    this.reader.start();
  }

  write(text: string): void {
    writeSync(this.pipe, text);
  }

  /** How much found room. */
  tryWrite(text: string | Buffer): number {
    try {
      return typeof text === 'string' ? writeSync(this.pipe, text) : writeSync(this.pipe, text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      return 0;
    }
  }

  lines(): string[] {
    return this.blocks.flatMap(({ text }) => text.split('\n').slice(0, -1));
  }

  /** What becomes of it: `count` lines at least. */
  async written(text: string, count = 1): Promise<Record<string, unknown>[]> {
    const before = this.lines().length;
    this.write(text);
    await until(() => this.lines().length >= before + count);
    return this.lines()
      .slice(before)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  figures(): Record<string, number> {
    const row = this.reader.counters().figures;
    return Object.fromEntries(LOG_FIGURES.map((name, column) => [name, row[column] ?? 0]));
  }
}

/** A pipe and a reader of JSON for each test of the file. */
export function useHandWritten(): HandWritten {
  const scene = new HandWritten();
  beforeEach(() => {
    scene.directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
    scene.path = join(scene.directory, 'pipe');
    addon.makeLogPipe(scene.path);
    scene.pipe = openSync(scene.path, constants.O_RDWR | constants.O_NONBLOCK);
    scene.open('json');
  });
  afterEach(() => {
    scene.reader.close();
    closeSync(scene.pipe);
    rmSync(scene.directory, { recursive: true });
  });
  return scene;
}

/** A request as HAProxy writes it, with other fields at some places. */
export function record(changes: Record<number, string | number> = {}): string {
  const outcome = [200, '--', 0, 3, 5];
  const transfer = [1_795_286_386_147, 1, 2, 0, 100, 200, '192.0.2.1', 1234, '198.51.100.1', 80, `p_${POOL}`];
  const rest = ['10.0.0.1:8080', 15, '-', '-', '-', 0, '{7}', 'GET /a HTTP/1.1', '{host|agent|from|for}'];
  const fields: (string | number)[] = ['H', LISTENER, 1, ...outcome, ...transfer, ...rest];
  for (const [place, value] of Object.entries(changes)) fields[Number(place)] = value;
  return `${fields.join('\t')}\n`;
}
