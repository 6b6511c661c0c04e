/** A table of entries in the order of time that are kept for some days: the audit, the events. */
import type { Database, Statement } from 'libsql';

/** Entries are kept this long, ms: seven days. */
export const KEEP_MS = 7 * 24 * 3600 * 1000;
/** Expired entries that one commit removes at most: so it stays short, and still removes more than it adds. */
const PRUNE_ROWS = 256;

export interface Entry {
  id: string;
  /** ms since the epoch. */
  at: number;
}

/** What filters of both tables have; `equal` and `either` are by column. */
export interface Query {
  since?: number | undefined;
  until?: number | undefined;
  marker?: string | undefined;
  limit: number;
}

/** A table with columns `seq`, `id`, `at`, `entry` (JSON) and those that entries are filtered by. */
export class Journal<E extends Entry> {
  readonly #database: Database;
  readonly #table: string;
  readonly #columns: readonly (keyof E & string)[];
  readonly #insert: Statement;
  readonly #remove: Statement;
  readonly #prune: Statement;
  readonly #queries = new Map<string, Statement>();

  constructor(database: Database, table: string, columns: readonly (keyof E & string)[]) {
    this.#database = database;
    this.#table = table;
    this.#columns = columns;
    const names = ['id', 'at', ...columns, 'entry'];
    this.#insert = database.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    );
    this.#remove = database.prepare(`DELETE FROM ${table} WHERE id = ?`);
    this.#prune = database.prepare(
      `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE at < ? ORDER BY at LIMIT ${PRUNE_ROWS})`,
    );
  }

  add(entry: E): void {
    this.#insert.run([entry.id, entry.at, ...this.#columns.map((column) => entry[column]), JSON.stringify(entry)]);
  }

  remove(id: string): void {
    this.#remove.run([id]);
  }

  /** Removes some of the entries that are older than {@link KEEP_MS}. @param now ms since the epoch */
  prune(now: number): void {
    this.#prune.run([now - KEEP_MS]);
  }

  /**
   * Newest first; entries of the same time in the reverse order of writing.
   * @param equal column to the value it must have, the column that leaves the fewest entries first; undefined does not filter
   * @param either two columns of which one must have the value
   */
  find(
    query: Query,
    now: number,
    equal: Readonly<Record<string, string | undefined>>,
    either?: { columns: readonly [string, string]; value: string },
  ): E[] {
    const conditions = ['at >= ?'];
    const values: (string | number)[] = [Math.max(query.since ?? 0, now - KEEP_MS)];
    const require = (condition: string, value: string | number | undefined): void => {
      if (value !== undefined) {
        conditions.push(condition);
        values.push(value);
      }
    };
    require('at <= ?', query.until);
    require(`(at, seq) < (SELECT at, seq FROM ${this.#table} WHERE id = ?)`, query.marker);
    const given = Object.entries(equal).filter(([, value]) => value !== undefined);
    for (const [index, [column, value]] of given.entries()) {
      // The plus keeps SQLite from reading by the index of a column that leaves many.
      require(`${index === 0 && !either ? '' : '+'}${column} = ?`, value);
    }
    if (!either) {
      return this.#all(this.#select('entry', conditions), [...values, query.limit]);
    }
    // One index for each column; an OR would read and sort everything a busy user has done.
    const parts = either.columns.map(
      (column) => `SELECT * FROM (${this.#select('seq', [`${column} = ?`, ...conditions])})`,
    );
    const part = [either.value, ...values, query.limit];
    return this.#all(this.#select('entry', [`seq IN (${parts.join(' UNION ')})`]), [...part, ...part, query.limit]);
  }

  #select(what: string, conditions: readonly string[]): string {
    return `SELECT ${what} FROM ${this.#table} WHERE ${conditions.join(' AND ')} ORDER BY at DESC, seq DESC LIMIT ?`;
  }

  #all(sql: string, values: readonly (string | number)[]): E[] {
    let statement = this.#queries.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql).raw() as unknown as Statement;
      this.#queries.set(sql, statement);
    }
    return (statement.all([...values]) as [string][]).map(([entry]) => JSON.parse(entry) as E);
  }
}
