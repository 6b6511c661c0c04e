/** What was counted for each listener, over restarts of the daemon. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { LOG_FIGURES, type LogReader } from '../datapath/access-log.js';

type Sums = Record<Exclude<(typeof LOG_FIGURES)[number], 'sampled'>, number>;

/**
 * Counted from the lines of a listener. Without an access log one request in 16 is seen and counts 16 times: `sampled`. `status_499`:
 * the client went away before it could be answered. `status_other`: 1xx, and answers that never were. `timed`: answered by a member, no
 * tunnel; `milliseconds` is the sum of their times from the first byte of the request to the last of the answer, `member_milliseconds`
 * of those until the member's answer began.
 */
export interface RequestCounters extends Sums {
  sampled: boolean;
}

/** Listener id → a row in the order of LOG_FIGURES. */
type Rows = Map<string, number[]>;

const SAMPLED = LOG_FIGURES.indexOf('sampled');

/** What a reader has counted, added to what was counted before it was opened. */
export class Totals {
  readonly #path: string;
  #before: Rows = new Map();
  #saved = '';

  /** @param path of the file that keeps them; it is read by {@link load} and replaced by {@link save} */
  constructor(path: string) {
    this.#path = path;
  }

  /** Where there is no file, or one that makes no sense, counting begins at 0. */
  load(): void {
    try {
      const rows = Object.entries(JSON.parse(readFileSync(this.#path, 'utf8')) as Record<string, unknown>);
      this.#before = new Map(rows.filter((row): row is [string, number[]] => isRow(row[1])));
    } catch {
      this.#before = new Map();
    }
  }

  /** By listener id. */
  now(reader: LogReader): ReadonlyMap<string, RequestCounters> {
    return new Map([...this.#rows(reader)].map(([id, row]) => [id, toCounters(row)]));
  }

  forget(id: string): void {
    this.#before.delete(id);
  }

  /** Forgets all but these listeners. */
  keep(ids: ReadonlySet<string>): void {
    this.#before = new Map([...this.#before].filter(([id]) => ids.has(id)));
  }

  /** Replaces the file, if there is anything new. @throws Error */
  async save(reader: LogReader): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(this.#rows(reader)));
    if (text === this.#saved) {
      return;
    }
    await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
    this.#saved = text;
  }

  #rows(reader: LogReader): Rows {
    const rows: Rows = new Map(this.#before);
    const { listeners, figures } = reader.counters();
    for (const [index, id] of listeners.entries()) {
      const row = [...figures.subarray(index * LOG_FIGURES.length, (index + 1) * LOG_FIGURES.length)];
      const before = this.#before.get(id);
      rows.set(
        id,
        row.map((figure, column) => (column === SAMPLED ? figure : figure + (before?.[column] ?? 0))),
      );
    }
    return rows;
  }
}

function isRow(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length === LOG_FIGURES.length && value.every((figure) => Number.isFinite(figure))
  );
}

function toCounters(row: number[]): RequestCounters {
  const sums = Object.fromEntries(LOG_FIGURES.map((name, column) => [name, row[column]!])) as unknown as Sums;
  return { ...sums, sampled: row[SAMPLED] === 1 };
}
