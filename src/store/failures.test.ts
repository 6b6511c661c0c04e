import Sqlite from 'libsql';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../model/errors.js';
import { storeError } from './failures.js';

const sqlite = (rawCode: number) => new Sqlite.SqliteError('words of SQLite', 'SQLITE', rawCode);
const system = (code: string) => Object.assign(new Error('words of the system'), { code });

describe('storeError', () => {
  it.each<[sentence: string, error: unknown, advice: string]>([
    ['a full disk', sqlite(13), 'the disk is full: nothing was changed; free some space'],
    ['a read-only file', sqlite(8), 'check that the daemon may write the file'],
    ['a damaged page', sqlite(11), 'restore a backup with `sluice restore FILE`'],
    ['a damaged index, by its extended code', sqlite(11 | (3 << 8)), 'restore a backup'],
    ['a lock', sqlite(5), 'close that program and try again'],
    ['a disk that cannot sync, by its extended code', sqlite(10 | (4 << 8)), 'look at `dmesg`'],
    ['a quota of the file system', system('EDQUOT'), 'free some space'],
    ['a directory of somebody else', system('EACCES'), 'check that the daemon may write'],
    ['something else of the file system', system('ELOOP'), 'check the state directory'],
  ])('says what to do about %s', (_, error, advice) => {
    const told = storeError(error, '/state/sluice.db', 'save to');
    expect(told).toMatchObject({ code: 'store_failed', cause: error });
    expect(told.message).toMatch(/^cannot save to the store \/state\/sluice.db \(words of /);
    expect(told.message).toContain(advice);
  });

  it('knows a store that could not be opened by the words of the library', () => {
    let thrown: unknown;
    try {
      new Sqlite('/nowhere/at/all.db');
    } catch (error) {
      thrown = error;
    }
    expect(storeError(thrown, '/nowhere/at/all.db', 'open').message).toContain('check that the daemon may write');
  });

  it.each([sqlite(1), sqlite(19), new TypeError('words of the engine')])('calls a defect a defect: %s', (error) => {
    expect(storeError(error, '/state/sluice.db', 'read')).toMatchObject({ code: 'internal', cause: error });
  });

  it('leaves our own errors alone', () => {
    const error = new SluiceError('conflict', 'taken');
    expect(storeError(error, '/state/sluice.db', 'read')).toBe(error);
  });
});
