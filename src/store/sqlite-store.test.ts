import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry } from '../../test/store/conformance.js';
import type { ErrorCode } from '../model/errors.js';
import { MIGRATIONS, type Migration } from './migrations.js';
import { SqliteStore, STORE_FILE } from './sqlite-store.js';
import type { StoredObject } from './store.js';

let root: string;
let directory: string;
let path: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  directory = join(root, 'state');
  path = join(directory, STORE_FILE);
});
afterEach(() => rmSync(root, { recursive: true }));

function object(id: string, document: unknown = { id }): StoredObject {
  return { kind: 'member', id, parent: null, document };
}

function put(store: SqliteStore, ...ids: string[]): void {
  store.commit({ put: ids.map((id) => object(id)), remove: [] });
}

function ids(store: SqliteStore): string[] {
  return store.load().map(({ id }) => id);
}

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

/** Runs something with an open store, which is closed whatever happens. */
function using<T>(store: SqliteStore, action: (store: SqliteStore) => T): T {
  try {
    store.open();
    return action(store);
  } finally {
    store.close();
  }
}

/** Changes the file behind the store's back. */
function alter(file: string, action: (database: Database) => void): void {
  const database = new Sqlite(file);
  action(database);
  database.pragma('journal_mode = DELETE');
  database.close();
}

function refusal(words: string, code: ErrorCode = 'state_unreadable') {
  return expect.objectContaining({ code, message: expect.stringContaining(words) });
}

describe('the files', () => {
  it('are for their owner only', () => {
    using(new SqliteStore(directory), (store) => {
      put(store, 'a');
      expect(modeOf(directory)).toBe('700');
      expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual(['600', '600', '600']);
    });
  });

  it('become so when somebody made them readable', () => {
    using(new SqliteStore(directory), (store) => put(store, 'a'));
    chmodSync(path, 0o644);
    using(new SqliteStore(directory), (store) => {
      put(store, 'b');
      expect([path, `${path}-wal`].map(modeOf)).toEqual(['600', '600']);
    });
  });

  it('are one after an orderly end', () => {
    using(new SqliteStore(directory), (store) => put(store, 'a'));
    expect(readdirSync(directory)).toEqual([STORE_FILE]);
    using(new SqliteStore(directory), (store) => expect(ids(store)).toEqual(['a']));
  });
});

describe('a commit', () => {
  it('that fails half way leaves nothing, and the store goes on', () => {
    using(new SqliteStore(directory, { now: () => 0 }), (store) => {
      store.commit({ put: [object('a')], remove: [], audit: [entry('1')] });
      // The second entry with this id fails after the objects were written.
      const half = { put: [object('b')], remove: [{ kind: 'member' as const, id: 'a' }], audit: [entry('1')] };
      expect(() => store.commit(half)).toThrow(/cannot save to the store .*UNIQUE/);
      expect(ids(store)).toEqual(['a']);
      put(store, 'c');
      expect(ids(store)).toEqual(['a', 'c']);
    });
  });

  it('is refused while another program holds the lock, and works afterwards', () => {
    using(new SqliteStore(directory), (store) => {
      const other = new Sqlite(path);
      other.exec('BEGIN IMMEDIATE');
      expect(() => put(store, 'a')).toThrow(
        refusal('another program has it locked: nothing was changed', 'store_failed'),
      );
      other.exec('ROLLBACK');
      other.close();
      put(store, 'b');
      expect(ids(store)).toEqual(['b']);
    });
  });

  it('is refused when the store is not open', () => {
    expect(() => put(new SqliteStore(directory), 'a')).toThrow(/is not open/);
  });
});

describe('opening', () => {
  it.each<[sentence: string, spoil: () => void, words: string]>([
    [
      "another program's database",
      () => alter(path, (database) => database.exec('CREATE TABLE theirs (a)')),
      'is a database of another program',
    ],
    [
      'a file that is no database',
      () => writeFileSync(path, 'state: all of it\n'.repeat(100)),
      'the file is damaged; restore a backup',
    ],
    [
      'a store of a later release',
      () => {
        using(new SqliteStore(directory), (store) => put(store, 'a'));
        alter(path, (database) => database.pragma('user_version = 99'));
      },
      'was written by a later release (store version 99, this release knows 1); install that release',
    ],
    [
      'an object that is not JSON',
      () => {
        using(new SqliteStore(directory), (store) => put(store, 'a'));
        alter(path, (database) => database.exec("UPDATE objects SET document = '{'"));
      },
      'member "a" is not JSON',
    ],
    ['a directory in its place', () => mkdirSync(path), 'check the state directory'],
  ])('refuses %s and says what to do', (_, spoil, words) => {
    using(new SqliteStore(directory), () => {});
    rmSync(path);
    spoil();
    expect(() => using(new SqliteStore(directory), (store) => store.load())).toThrow(refusal(words));
  });

  it('looks for damage when the last end was not an orderly one', () => {
    const store = new SqliteStore(directory);
    using(store, () => {
      store.commit({
        put: Array.from({ length: 500 }, (_, index) => object(`${index}`, 'x'.repeat(1000))),
        remove: [],
      });
    });
    store.open();
    put(store, 'last');
    const crashed = join(root, 'crashed');
    copyStore(directory, crashed);
    store.close();
    overwrite(join(crashed, STORE_FILE), 20 * 4096, 64);
    expect(() => using(new SqliteStore(crashed), () => {})).toThrow(refusal('damaged'));
  });
});

describe('migrations', () => {
  const second: Migration = {
    version: 2,
    run: (database) => database.exec("ALTER TABLE objects ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"),
  };
  const next = { migrations: [...MIGRATIONS, second] };

  it('bring an earlier store up to date and keep a copy of it', () => {
    using(new SqliteStore(directory), (store) => put(store, 'a', 'b'));
    using(new SqliteStore(directory, next), (store) => {
      expect(ids(store)).toEqual(['a', 'b']);
      put(store, 'c');
    });
    const kept = join(root, 'kept');
    copyStore(directory, kept, `${STORE_FILE}.version-1`);
    expect(modeOf(join(directory, `${STORE_FILE}.version-1`))).toBe('600');
    using(new SqliteStore(kept), (store) => expect(ids(store)).toEqual(['a', 'b']));
  });

  it('run once', () => {
    using(new SqliteStore(directory, next), (store) => put(store, 'a'));
    using(new SqliteStore(directory, next), (store) => expect(ids(store)).toEqual(['a']));
    expect(readdirSync(directory)).toEqual([STORE_FILE]);
  });

  it('that fail leave the store as it was', () => {
    using(new SqliteStore(directory), (store) => put(store, 'a'));
    const broken: Migration = {
      version: 2,
      run: (database) => {
        database.exec('DELETE FROM objects');
        database.exec('ALTER TABLE absent ADD COLUMN more TEXT');
      },
    };
    const store = new SqliteStore(directory, { migrations: [...MIGRATIONS, broken] });
    expect(() => using(store, () => {})).toThrow(/no such table: absent/);
    using(new SqliteStore(directory), (old) => expect(ids(old)).toEqual(['a']));
  });

  it('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });
});

/** What a crash would leave: the files as they are, whoever has them open. */
function copyStore(from: string, to: string, file = STORE_FILE): void {
  mkdirSync(to);
  copyFileSync(join(from, file), join(to, STORE_FILE));
  if (existsSync(join(from, `${file}-wal`))) {
    copyFileSync(join(from, `${file}-wal`), join(to, `${STORE_FILE}-wal`));
  }
}

function overwrite(file: string, position: number, length: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, position);
  closeSync(descriptor);
}
