/** Copies of the store, made while the daemon runs. */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SluiceError } from '../model/errors.js';
import { quoted, syncPath } from './database.js';

/** Runs in a thread of its own: a copy takes some 4 ms a megabyte, in which the daemon would answer nobody. */
const COPY = `
const { workerData } = require('node:worker_threads');
const Sqlite = require(workerData.libsql);
const database = new Sqlite(workerData.from, { timeout: 5000 });
database.exec(workerData.sql);
database.close();
`;

/**
 * Copies a store as it is now to a file for its owner only. The file appears when it is complete.
 * @param from the store's file; it may be in use
 * @param path must not exist; its directory must
 * @throws SluiceError `conflict` when it exists, `file_unreadable` when it cannot be written
 */
export async function writeBackup(from: string, path: string): Promise<void> {
  const target = resolve(path);
  refuseExisting(target);
  const temporary = `${target}.${randomUUID().slice(0, 8)}.partial`;
  try {
    // SQLite takes an empty file as a place to write to, and would make one that everybody can read.
    closeSync(openSync(temporary, 'wx', 0o600));
    await copyInThread(from, temporary);
    syncPath(temporary);
    refuseExisting(target);
    renameSync(temporary, target);
    syncPath(dirname(target));
  } catch (cause) {
    rmSync(temporary, { force: true });
    if (cause instanceof SluiceError) {
      throw cause;
    }
    const { message } = cause as Error;
    throw new SluiceError(
      'file_unreadable',
      `cannot write the backup ${target} (${message}); name a file in a directory that the daemon may write to and that has room`,
      { cause },
    );
  }
}

function refuseExisting(path: string): void {
  if (existsSync(path)) {
    throw new SluiceError('conflict', `${path} exists; name a file that does not, backups are never overwritten`);
  }
}

function copyInThread(from: string, to: string): Promise<void> {
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const workerData = { libsql, from, sql: `VACUUM INTO ${quoted(to)}` };
  return new Promise((resolve, reject) => {
    const worker = new Worker(COPY, { eval: true, workerData });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
