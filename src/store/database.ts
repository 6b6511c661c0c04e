/** Opens the store's SQLite file: private to its owner, durable, checked, at the newest version. */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'libsql';
import { SluiceError } from '../model/errors.js';
import { notOurs, storeError } from './failures.js';
import { MIGRATIONS, type Migration } from './migrations.js';

/** `SLUI`, in the file's header: tells the store from other programs' databases. */
const APPLICATION_ID = 0x534c_5549;
/** https://www.sqlite.org/fileformat.html: length, first bytes, offset of the application id. */
const HEADER = { length: 100, magic: 'SQLite format 3\0', applicationId: 68 } as const;
/** How long a statement waits for a lock, ms. The daemon stands still meanwhile, so it is short. */
const BUSY_MS = 500;

export interface OpenOptions {
  migrations?: readonly Migration[];
  /** Reads all of it for damage; otherwise that is done only after a crash. */
  check?: boolean;
}

/**
 * The database of a state directory, made or migrated where needed.
 * @throws SluiceError `state_unreadable` with what to do
 */
export function openDatabase(path: string, { migrations = MIGRATIONS, check = false }: OpenOptions = {}): Database {
  let database: Database | undefined;
  try {
    const stoppedCleanly = sizeOf(`${path}-wal`) === 0;
    makePrivate(path);
    database = new Sqlite(path, { timeout: BUSY_MS });
    const version = requireOurs(database, path, migrations);
    database.pragma('journal_mode = WAL');
    // A commit returns when the log is on the disk.
    database.pragma('synchronous = FULL');
    database.pragma('trusted_schema = OFF');
    if (check || !stoppedCleanly) {
      requireIntact(database, path);
    }
    migrate(database, { path, version, migrations });
    return database;
  } catch (error) {
    database?.close();
    throw storeError(error, path, 'open');
  }
}

/**
 * Ends a database so that one file holds everything and no lock stays, also while statements of it are still to be collected as
 * garbage: those keep the connection alive.
 */
export function closeDatabase(database: Database): void {
  try {
    database.pragma('journal_mode = DELETE');
  } catch {
    // Somebody else looks at it: the log stays beside the file, and the next open reads it.
  }
  database.close();
}

/** Whether a file's header says that it is a store. @throws Error when it cannot be read */
export function isStore(path: string): boolean {
  const header = Buffer.alloc(HEADER.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, header);
  } finally {
    closeSync(file);
  }
  return (
    header.toString('latin1', 0, HEADER.magic.length) === HEADER.magic &&
    header.readUInt32BE(HEADER.applicationId) === APPLICATION_ID
  );
}

/** First column of the first row. */
function scalar(database: Database, sql: string): unknown {
  return (database.prepare(sql).raw().get() as unknown[] | undefined)?.[0];
}

/** Makes or replaces a file that is a consistent copy: whoever looks sees the old one or all of the new one. */
export function copyDatabase(database: Database, path: string): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  // SQLite takes an empty file as a place to write to, and would make one that everybody can read.
  closeSync(openSync(temporary, 'wx', 0o600));
  database.exec(`VACUUM INTO ${quoted(temporary)}`);
  syncPath(temporary);
  renameSync(temporary, path);
  syncPath(dirname(path));
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Without this a file or a name in a directory may be lost with the power. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** SQLite gives its log the permissions of the file. */
function makePrivate(path: string): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const isNew = !existsSync(path);
  closeSync(openSync(path, 'a', 0o600));
  if (isNew) {
    syncPath(directory);
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (existsSync(file) && (statSync(file).mode & 0o077) !== 0) {
      chmodSync(file, 0o600);
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The version of the tables, 0 for a new file. @throws SluiceError when the file is not ours, or of a later release */
function requireOurs(database: Database, path: string, migrations: readonly Migration[]): number {
  const application = scalar(database, 'PRAGMA application_id');
  const version = Number(scalar(database, 'PRAGMA user_version'));
  const tables = Number(scalar(database, 'SELECT count(*) FROM sqlite_schema'));
  if (application !== APPLICATION_ID && (application !== 0 || tables > 0)) {
    throw notOurs(path, 'a database of another program');
  }
  const newest = migrations.at(-1)!.version;
  if (version > newest) {
    throw new SluiceError(
      'state_unreadable',
      `${path} was written by a later release (store version ${version}, this release knows ${newest}); install that release, or restore a backup made by this one with \`sluice restore FILE\``,
    );
  }
  return version;
}

function requireIntact(database: Database, path: string): void {
  const finding = scalar(database, 'PRAGMA quick_check(1)');
  if (finding !== 'ok') {
    throw notOurs(path, `damaged (${String(finding)})`);
  }
}

interface MigrationTask {
  path: string;
  version: number;
  migrations: readonly Migration[];
}

/** Runs what is missing, a transaction for each step; a store that holds something is copied first. */
function migrate(database: Database, { path, version, migrations }: MigrationTask): void {
  const missing = migrations.filter((migration) => migration.version > version);
  if (version > 0 && missing.length > 0) {
    copyDatabase(database, `${path}.version-${version}`);
  }
  for (const migration of missing) {
    database.exec('BEGIN EXCLUSIVE');
    try {
      migration.run(database);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(`PRAGMA user_version = ${migration.version}`);
      database.exec('COMMIT');
    } catch (error) {
      if (database.inTransaction) {
        database.exec('ROLLBACK');
      }
      throw error;
    }
  }
}
