/** The store of one gateway: SQLite in the state directory. */
import { join } from 'node:path';
import type { Database, Statement } from 'libsql';
import { SluiceError } from '../model/errors.js';
import { writeBackup } from './backup.js';
import { closeDatabase, openDatabase } from './database.js';
import { SAVING, storeError } from './failures.js';
import { Journal } from './journal.js';
import { MIGRATIONS, type Migration } from './migrations.js';
import type {
  AuditEntry,
  AuditFilter,
  EventEntry,
  EventFilter,
  Store,
  StoredKind,
  StoredObject,
  StoreWrite,
} from './store.js';

/** The store's file in the state directory. */
export const STORE_FILE = 'sluice.db';

export interface SqliteStoreOptions {
  /** ms since the epoch; decides what has expired. */
  now?: () => number;
  /** Steps to the newest version of the tables. */
  migrations?: readonly Migration[];
}

/** What is there while the store is open. */
interface Tables {
  database: Database;
  begin: Statement;
  commit: Statement;
  put: Statement;
  remove: Statement;
  load: Statement;
  audit: Journal<AuditEntry>;
  events: Journal<EventEntry>;
}

export class SqliteStore implements Store {
  readonly path: string;
  readonly #now: () => number;
  readonly #migrations: readonly Migration[];
  #tables: Tables | undefined;

  /** @param directory made when it is missing, for its owner only */
  constructor(directory: string, { now = Date.now, migrations = MIGRATIONS }: SqliteStoreOptions = {}) {
    this.path = join(directory, STORE_FILE);
    this.#now = now;
    this.#migrations = migrations;
  }

  open(): void {
    const database = openDatabase(this.path, { migrations: this.#migrations });
    this.#tables = {
      database,
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      put: database.prepare(
        'INSERT INTO objects (kind, id, parent, document) VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET parent = excluded.parent, document = excluded.document',
      ),
      remove: database.prepare('DELETE FROM objects WHERE kind = ? AND id = ?'),
      load: database
        .prepare('SELECT kind, id, parent, document FROM objects ORDER BY seq')
        .raw() as unknown as Statement,
      audit: new Journal(database, 'audit', [
        'kind',
        'resource_id',
        'resource_name',
        'user_id',
        'user_name',
        'project_id',
        'action',
        'outcome',
      ]),
      events: new Journal(database, 'events', ['type', 'severity', 'resource_id', 'project_id']),
    };
  }

  close(): void {
    const tables = this.#tables;
    this.#tables = undefined;
    if (tables) {
      closeDatabase(tables.database);
    }
  }

  load(): StoredObject[] {
    return this.#use('read', ({ load }) => {
      const rows = load.all() as [kind: StoredKind, id: string, parent: string | null, document: string][];
      return rows.map(([kind, id, parent, document]) => ({
        kind,
        id,
        parent,
        document: this.#parse(kind, id, document),
      }));
    });
  }

  /** Removals come first: what is removed and put in one write gets a new place. A write of nothing costs nothing. */
  commit({ put, remove, audit = [], retract = [], events = [] }: StoreWrite): void {
    if (put.length + remove.length + audit.length + retract.length + events.length === 0) {
      return;
    }
    this.#use(SAVING, (tables) => {
      tables.begin.run();
      try {
        for (const { kind, id } of remove) {
          tables.remove.run([kind, id]);
        }
        for (const { kind, id, parent, document } of put) {
          tables.put.run([kind, id, parent, JSON.stringify(document)]);
        }
        for (const id of retract) {
          tables.audit.remove(id);
        }
        this.#note(tables, audit, events);
        tables.commit.run();
      } catch (error) {
        // After some errors, a full disk among them, SQLite has rolled back by itself.
        if (tables.database.inTransaction) {
          tables.database.exec('ROLLBACK');
        }
        throw error;
      }
    });
  }

  audit(filter: AuditFilter): AuditEntry[] {
    const { kind, resource_id, resource_name, project_id, action, outcome, user } = filter;
    const equal = { resource_id, resource_name, action, kind, project_id, outcome };
    const either = user === undefined ? undefined : { columns: ['user_id', 'user_name'] as const, value: user };
    return this.#use('read', (tables) => tables.audit.find(filter, this.#now(), equal, either));
  }

  events(filter: EventFilter): EventEntry[] {
    const { type, severity, resource_id, project_id } = filter;
    return this.#use('read', (tables) =>
      tables.events.find(filter, this.#now(), { resource_id, severity, type, project_id }),
    );
  }

  /** Commits go on meanwhile; what they change is not in the copy. */
  async backup(path: string): Promise<void> {
    await this.#use('back up', () => writeBackup(this.path, path));
  }

  #note({ audit, events }: Tables, auditEntries: readonly AuditEntry[], eventEntries: readonly EventEntry[]): void {
    const now = this.#now();
    for (const entry of auditEntries) {
      audit.add(entry);
    }
    for (const entry of eventEntries) {
      events.add(entry);
    }
    audit.prune(now);
    events.prune(now);
  }

  #use<T>(doing: string, action: (tables: Tables) => T): T {
    if (!this.#tables) {
      throw new SluiceError('internal', `the store ${this.path} is not open`);
    }
    try {
      return action(this.#tables);
    } catch (error) {
      throw storeError(error, this.path, doing);
    }
  }

  #parse(kind: string, id: string, document: string): unknown {
    try {
      return JSON.parse(document);
    } catch (cause) {
      throw new SluiceError(
        'state_unreadable',
        `${this.path}: ${kind} "${id}" is not JSON (${(cause as Error).message}); restore a backup with \`sluice restore FILE\``,
        { cause },
      );
    }
  }
}
