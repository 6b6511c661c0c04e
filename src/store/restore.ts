/** Puts a backup in the place of the store, while the daemon is stopped. */
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Sqlite from 'libsql';
import { SluiceError } from '../model/errors.js';
import { closeDatabase, isStore, openDatabase, syncPath } from './database.js';
import { isBusy, storeError } from './failures.js';
import { stateFromObjects } from './rows.js';
import { SqliteStore, STORE_FILE } from './sqlite-store.js';

export interface Restored {
  /** Load balancers that the backup holds. */
  loadbalancers: number;
  /** Where the store that was there is now; null: there was none. */
  previous: string | null;
}

/**
 * Replaces the store of a state directory with a backup. Everything is checked on a copy first: the file, its version (an earlier
 * one is brought up to date), every object in it. The store that was there is kept beside the new one. A crash leaves one or the
 * other.
 * @throws SluiceError `file_unreadable`, `state_unreadable`, `already_running`: nothing has changed
 */
export function restoreBackup(backup: string, directory: string): Restored {
  const path = join(directory, STORE_FILE);
  let scratch: string | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    scratch = mkdtempSync(join(directory, 'restore-'));
    const loadbalancers = checkedCopy(resolve(backup), scratch);
    settle(path);
    const previous = keepAside(path);
    renameSync(join(scratch, STORE_FILE), path);
    syncPath(directory);
    return { loadbalancers, previous };
  } catch (error) {
    throw storeError(error, path, 'replace');
  } finally {
    if (scratch !== undefined) {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
}

/** Copies a backup to a directory and opens it there as the daemon would. @returns how many load balancers it holds */
function checkedCopy(backup: string, scratch: string): number {
  const copy = join(scratch, STORE_FILE);
  try {
    copyFileSync(backup, copy);
  } catch (cause) {
    throw new SluiceError('file_unreadable', `cannot read the backup ${backup} (${(cause as Error).message})`, {
      cause,
    });
  }
  if (!isStore(copy)) {
    throw new SluiceError(
      'file_unreadable',
      `${backup} is not a backup of Sluice; name a file that \`sluice backup\` has written`,
    );
  }
  const store = new SqliteStore(scratch);
  try {
    closeDatabase(openDatabase(copy, { check: true }));
    store.open();
    const { loadbalancers } = stateFromObjects(store.load());
    return loadbalancers.length;
  } catch (cause) {
    const words = (cause as Error).message.replaceAll(copy, backup);
    throw new SluiceError('state_unreadable', `nothing was restored: ${words}`, { cause });
  } finally {
    store.close();
  }
}

/** Brings a store into one file, which only goes when nobody has it open. A damaged one is left as it is. */
function settle(path: string): void {
  if (!existsSync(path)) {
    return;
  }
  const database = new Sqlite(path, { timeout: 100 });
  try {
    database.pragma('journal_mode = DELETE');
  } catch (cause) {
    if (isBusy(cause)) {
      throw new SluiceError('already_running', `the store ${path} is in use; stop the daemon first, then restore`, {
        cause,
      });
    }
  } finally {
    database.close();
  }
}

/** A second name for the store, which then may be replaced. @returns the name, null when there is no store */
function keepAside(path: string): string | null {
  const aside = `${path}.before-restore-${new Date().toISOString().replaceAll(':', '-')}`;
  for (const suffix of ['-wal', '-shm']) {
    // SQLite would take the log of a store that is gone or damaged for that of the new one.
    if (existsSync(path + suffix)) {
      renameSync(path + suffix, aside + suffix);
    }
  }
  if (!existsSync(path)) {
    return null;
  }
  linkSync(path, aside);
  return aside;
}
