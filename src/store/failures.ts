/** What SQLite and the file system complain about, in words that say what to do. */
import { SluiceError } from '../model/errors.js';

const RESTORE = 'restore a backup with `sluice restore FILE`, or move the file away to start with nothing';
const OWNERSHIP =
  'check that the daemon may write the file and its directory, and that the file system is not read-only';
const FULL = 'the disk is full: nothing was changed; free some space and try again';
const BUSY = 'another program has it locked: nothing was changed; close that program and try again';
const DAMAGED = `the file is damaged; ${RESTORE}`;
const BROKEN_DISK = 'the disk reports errors; look at `dmesg`, then go on with a backup on a disk that works';

/** What a commit does. */
export const SAVING = 'save to';

const SQLITE_BUSY = 5;
/** By SQLite's result codes (https://www.sqlite.org/rescode.html); extended ones have them in their low byte. */
const BY_RESULT: ReadonlyMap<number, string> = new Map([
  [3, OWNERSHIP],
  [SQLITE_BUSY, BUSY],
  [8, OWNERSHIP],
  [10, BROKEN_DISK],
  [11, DAMAGED],
  [13, FULL],
  [14, OWNERSHIP],
  [26, DAMAGED],
]);

/** By the file system's codes. */
const BY_CODE: ReadonlyMap<string, string> = new Map([
  ['EACCES', OWNERSHIP],
  ['EPERM', OWNERSHIP],
  ['EROFS', OWNERSHIP],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['EIO', BROKEN_DISK],
]);

/**
 * @param path of the store's file
 * @param doing what failed: `open`, {@link SAVING}
 * @returns `store_failed` for what could not be saved, else `state_unreadable`, with what to do; `internal` for what only a defect can cause; an error of ours as it is
 */
export function storeError(error: unknown, path: string, doing: string): SluiceError {
  if (error instanceof SluiceError) {
    return error;
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  const advice = BY_RESULT.get(resultOf(error)) ?? BY_CODE.get(code);
  const refused = doing === SAVING ? 'store_failed' : 'state_unreadable';
  const what = `cannot ${doing} the store ${path} (${message})`;
  if (advice !== undefined) {
    return new SluiceError(refused, `${what}; ${advice}`, { cause: error });
  }
  return /^E[A-Z]+$/.test(code)
    ? new SluiceError(refused, `${what}; check the state directory, then try again`, { cause: error })
    : new SluiceError('internal', what, { cause: error });
}

/** A file that is intact but not what it should be. @param what the second half of `PATH is …` */
export function notOurs(path: string, what: string): SluiceError {
  return new SluiceError('state_unreadable', `${path} is ${what}; ${RESTORE}`);
}

/** Whether another connection holds a lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return resultOf(error) === SQLITE_BUSY;
}

/** Low byte of SQLite's result code, 0 when it is none of its errors. */
function resultOf(error: unknown): number {
  const { rawCode, message } = error as { rawCode?: number; message: string };
  // A failed open has no code of its own, only the number at the end of its message.
  return (rawCode ?? Number(/: (\d+)"\)$/.exec(message)?.[1] ?? 0)) & 0xff;
}
