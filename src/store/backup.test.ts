import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entry } from '../../test/store/conformance.js';
import { loadBalancer, member, pool } from '../../test/store/objects.js';
import type { LoadBalancer } from '../model/resources.js';
import { restoreBackup } from './restore.js';
import { emptyState, stateFromObjects, stateToWrite } from './rows.js';
import { SqliteStore, STORE_FILE } from './sqlite-store.js';

let root: string;
let directory: string;
let file: string;
let store: SqliteStore;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
  directory = join(root, 'state');
  file = join(root, "monday's.db");
  store = new SqliteStore(directory);
  store.open();
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true });
});

function balancers(...ids: string[]): LoadBalancer[] {
  return ids.map((id) =>
    loadBalancer({ id, pools: [pool({ id: `${id}-pool`, members: [member({ id: `${id}-1` })] })] }),
  );
}

function save(...ids: string[]): void {
  store.commit(stateToWrite(emptyState(), { ...emptyState(), loadbalancers: balancers(...ids) }));
}

function held(where = directory): string[] {
  const opened = new SqliteStore(where);
  opened.open();
  try {
    return stateFromObjects(opened.load()).loadbalancers.map(({ id }) => id);
  } finally {
    opened.close();
  }
}

describe('a backup', () => {
  it('holds everything, is one file for its owner, and can be used in place of the store', async () => {
    save('web', 'dns');
    store.commit({ put: [], remove: [], audit: [entry('1', { at: Date.now() })] });
    await store.backup(file);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(root).sort()).toEqual([`monday's.db`, 'state']);
    const copy = join(root, 'copy');
    mkdirSync(copy);
    writeFileSync(join(copy, STORE_FILE), readFileSync(file));
    expect(held(copy)).toEqual(['web', 'dns']);
    const opened = new SqliteStore(copy);
    opened.open();
    expect(opened.audit({ limit: 10 })).toHaveLength(1);
    opened.close();
  });

  it('is what one commit left, while others go on', async () => {
    const pending = store.backup(file);
    let done = false;
    const settled = pending.then(() => {
      done = true;
    });
    // Two objects in each commit: a copy between them would hold an odd number.
    for (let index = 0; !done; index += 1) {
      const put = ['a', 'b'].map((name) => ({
        kind: 'project' as const,
        id: `${name}-${index}`,
        parent: null,
        document: {},
      }));
      store.commit({ put, remove: [] });
      await new Promise(setImmediate);
    }
    await settled;
    const copy = new Sqlite(file);
    const { pairs, objects } = copy
      .prepare('SELECT count(*) AS objects, count(DISTINCT substr(id, 3)) AS pairs FROM objects')
      .get() as { pairs: number; objects: number };
    copy.close();
    expect(objects).toBe(2 * pairs);
  });

  it('never replaces a file', async () => {
    writeFileSync(file, 'precious');
    await expect(store.backup(file)).rejects.toMatchObject({
      code: 'conflict',
      message: `${file} exists; name a file that does not, backups are never overwritten`,
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('does not replace a file that somebody makes meanwhile either', async () => {
    const pending = store.backup(file);
    writeFileSync(file, 'precious');
    await expect(pending).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(root).sort()).toEqual([`monday's.db`, 'state']);
  });

  it('into a directory that is not there is refused', async () => {
    await expect(store.backup(join(root, 'missing/monday.db'))).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringMatching(/^cannot write the backup .*ENOENT.*; name a file in a directory/),
    });
  });

  it('that cannot be finished leaves nothing', async () => {
    save('web');
    rmSync(store.path);
    mkdirSync(store.path);
    await expect(store.backup(file)).rejects.toMatchObject({ code: 'file_unreadable' });
    expect(readdirSync(root)).toEqual(['state']);
    rmSync(store.path, { recursive: true });
  });
});

describe('restoreBackup', () => {
  it('puts a backup in the place of the store, which is kept', async () => {
    save('web');
    await store.backup(file);
    save('dns', 'mail');
    store.close();
    const { loadbalancers, previous } = restoreBackup(file, directory);
    expect(loadbalancers).toBe(1);
    expect(held()).toEqual(['web']);
    expect(readdirSync(directory)).toHaveLength(2);
    const old = join(root, 'old');
    mkdirSync(old);
    writeFileSync(join(old, STORE_FILE), readFileSync(previous!));
    expect(held(old)).toEqual(['web', 'dns', 'mail']);
  });

  it('makes the state directory of a new host', async () => {
    save('web');
    await store.backup(file);
    const fresh = join(root, 'new/state');
    expect(restoreBackup(file, fresh)).toEqual({ loadbalancers: 1, previous: null });
    expect(held(fresh)).toEqual(['web']);
    expect((statSync(join(fresh, STORE_FILE)).mode & 0o777).toString(8)).toBe('600');
  });

  it('replaces a store that is damaged', async () => {
    save('web');
    await store.backup(file);
    store.close();
    writeFileSync(store.path, 'not a database at all, '.repeat(100));
    const { previous } = restoreBackup(file, directory);
    expect(held()).toEqual(['web']);
    expect(readFileSync(previous!, 'utf8')).toContain('not a database at all');
  });

  it('keeps a log that has lost its store away from the new one', async () => {
    save('web');
    await store.backup(file);
    save('dns');
    const crashed = join(root, 'crashed');
    mkdirSync(crashed);
    const log = readFileSync(`${store.path}-wal`);
    writeFileSync(join(crashed, `${STORE_FILE}-wal`), log);
    expect(restoreBackup(file, crashed).previous).toBeNull();
    const [aside] = readdirSync(crashed).filter((name) => name.endsWith('-wal'));
    expect(readFileSync(join(crashed, aside!))).toEqual(log);
    expect(held(crashed)).toEqual(['web']);
  });

  it('refuses while the daemon has the store open', async () => {
    save('web');
    await store.backup(file);
    save('dns');
    expect(() => restoreBackup(file, directory)).toThrow(
      expect.objectContaining({ code: 'already_running', message: expect.stringContaining('stop the daemon first') }),
    );
    expect(store.load().filter(({ kind }) => kind === 'loadbalancer')).toHaveLength(2);
  });

  it.each<[sentence: string, spoil: () => void, code: string, words: string]>([
    ['a file that is not there', () => rmSync(file), 'file_unreadable', 'cannot read the backup'],
    ['an empty file', () => writeFileSync(file, ''), 'file_unreadable', 'is not a backup of Sluice'],
    ['another file', () => writeFileSync(file, 'text'.repeat(1000)), 'file_unreadable', 'is not a backup of Sluice'],
    [
      "another program's database",
      () => alter('PRAGMA application_id = 7'),
      'file_unreadable',
      'is not a backup of Sluice',
    ],
    ['one of a later release', () => alter('PRAGMA user_version = 99'), 'state_unreadable', 'later release'],
    [
      'one with an object that has lost its parent',
      () => alter("DELETE FROM objects WHERE kind = 'pool'"),
      'state_unreadable',
      'member "web-1": its pool "web-pool" is missing',
    ],
    ['one with a damaged page of the audit', damageAudit, 'state_unreadable', 'damaged'],
    [
      'one that is cut short',
      () => writeFileSync(file, readFileSync(file).subarray(0, 6 * 4096)),
      'state_unreadable',
      'nothing was restored',
    ],
  ])('refuses %s and leaves the store alone', async (_, spoil, code, words) => {
    save('web');
    store.commit({ put: [], remove: [], audit: [entry('1', { at: Date.now(), request: 'x'.repeat(3000) })] });
    await store.backup(file);
    store.close();
    spoil();
    expect(() => restoreBackup(file, directory)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
    expect(readdirSync(directory)).toEqual([STORE_FILE]);
    expect(held()).toEqual(['web']);
  });
});

function alter(sql: string): void {
  const database = new Sqlite(file);
  database.exec(sql);
  database.close();
}

/** Spoils the page that has the entry's text, which nobody reads to find the load balancers. */
function damageAudit(): void {
  const bytes = readFileSync(file);
  const page = 4096 * Math.floor(bytes.indexOf('xxxxxxxx') / 4096);
  writeFileSync(file, bytes.fill(0xa5, page, page + 8));
}
