/**
 * Counters that continue. Every worker counts from zero; what each has counted since it was last asked is added to the total of
 * the object, wherever a reload or a restart of the daemon comes in between.
 */
import { COUNTERS, type Counters } from './columns.js';
import type { StatRow } from './stat-rows.js';

/** Counters that are not 0, by their names. */
type SavedCounters = Record<string, number>;

/** What is kept in a file. */
export interface SavedTotals {
  totals: Record<string, SavedCounters>;
  /** Worker, as `PID:START`, to what it was last seen to have counted. */
  workers: Record<string, Record<string, SavedCounters>>;
}

type Table = Map<string, Counters>;

/** `kind proxy server`; names have no spaces. */
export function rowKey(row: Pick<StatRow, 'kind' | 'proxy' | 'server'>): string {
  return `${row.kind} ${row.proxy} ${row.server}`;
}

export class Totals {
  readonly #totals: Table = new Map();
  readonly #workers = new Map<string, Table>();

  /** The totals of an object; all 0 before it was first seen. */
  of(key: string): Counters {
    return this.#totals.get(key) ?? new Float64Array(COUNTERS.length);
  }

  /** Adds what a worker has counted since it was last asked. */
  take(worker: string, rows: readonly StatRow[]): void {
    const before = this.#workers.get(worker) ?? new Map<string, Counters>();
    const now: Table = new Map();
    for (const row of rows) {
      const key = rowKey(row);
      const total = this.#totals.get(key) ?? new Float64Array(COUNTERS.length);
      addSince(total, before.get(key), row.counters);
      this.#totals.set(key, total);
      now.set(key, row.counters);
    }
    this.#workers.set(worker, now);
  }

  /** Forgets workers that are gone; what they counted stays in the totals. @param alive as `PID:START` */
  keepWorkers(alive: ReadonlySet<string>): void {
    for (const worker of this.#workers.keys()) {
      if (!alive.has(worker)) {
        this.#workers.delete(worker);
      }
    }
  }

  /** Forgets objects that no worker has any more. */
  forgetGone(): void {
    const tables = [...this.#workers.values()];
    for (const key of this.#totals.keys()) {
      if (!tables.some((table) => table.has(key))) {
        this.#totals.delete(key);
      }
    }
  }

  save(): SavedTotals {
    const workers = [...this.#workers].map(([worker, table]) => [worker, saved(table)] as const);
    return { totals: saved(this.#totals), workers: Object.fromEntries(workers) };
  }

  /** Continues from what was saved, whatever columns that release had. */
  static load(from: SavedTotals): Totals {
    const totals = new Totals();
    fill(totals.#totals, from.totals);
    for (const [worker, rows] of Object.entries(from.workers)) {
      const table: Table = new Map();
      fill(table, rows);
      totals.#workers.set(worker, table);
    }
    return totals;
  }
}

/** A counter that went down belongs to another object of the same name, which counts from zero. */
function addSince(total: Counters, before: Counters | undefined, now: Counters): void {
  let from = before;
  for (let index = 0; from !== undefined && index < now.length; index++) {
    from = now[index]! < from[index]! ? undefined : from;
  }
  for (let index = 0; index < now.length; index++) {
    total[index]! += now[index]! - (from?.[index] ?? 0);
  }
}

/** Objects that counted nothing are left out: where they are missing they read as 0. */
function saved(table: Table): Record<string, SavedCounters> {
  const rows: Record<string, SavedCounters> = {};
  for (const [key, values] of table) {
    let row: SavedCounters | undefined;
    for (let index = 0; index < values.length; index++) {
      if (values[index] !== 0) {
        row ??= {};
        row[COUNTERS[index]!] = values[index]!;
      }
    }
    if (row !== undefined) {
      rows[key] = row;
    }
  }
  return rows;
}

function fill(table: Table, rows: Record<string, SavedCounters>): void {
  for (const [key, values] of Object.entries(rows)) {
    table.set(
      key,
      Float64Array.from(COUNTERS, (name) => values[name] ?? 0),
    );
  }
}
