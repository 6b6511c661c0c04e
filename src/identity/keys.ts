/** The key that tokens are signed with: a file only the daemon's user can read. */
import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../model/errors.js';

/** 32 random bytes each. */
export interface TokenKeys {
  /** Signs. */
  current: Buffer;
  /** Still verifies, so that tokens issued before a rotation stay good until they expire. */
  previous: Buffer | null;
}

const KEY_BYTES = 32;
const FILE_NAME = 'token.key';
const REMOVE = 'remove it: a new one is made at the next start, and everybody has to log in again';

/**
 * The keys of a state directory; made at the first start.
 * @throws SluiceError `state_unreadable` when others may read the file or it does not hold keys
 */
export async function loadTokenKeys(stateDir: string): Promise<TokenKeys> {
  const path = join(stateDir, FILE_NAME);
  let text: string;
  try {
    if (((await stat(path)).mode & 0o077) !== 0) {
      throw unreadable(path, `other users of this host may read it, and whoever did can make tokens; ${REMOVE}`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error instanceof SluiceError ? error : unreadable(path, (error as Error).message, error);
    }
    return await save(path, { current: randomBytes(KEY_BYTES), previous: null });
  }
  return parse(path, text);
}

/** A new key; the one so far becomes the previous one, and tokens signed with the one before that are void. */
export async function rotateTokenKeys(stateDir: string): Promise<TokenKeys> {
  const { current } = await loadTokenKeys(stateDir);
  return await save(join(stateDir, FILE_NAME), { current: randomBytes(KEY_BYTES), previous: current });
}

/** One key a line, base64, the current one first. */
function parse(path: string, text: string): TokenKeys {
  const [current, previous = null, ...more] = text
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64'));
  const whole = [current, previous].every((key) => key === null || key?.length === KEY_BYTES);
  if (!current || !whole || more.length > 0) {
    throw unreadable(path, `it does not hold one or two keys; ${REMOVE}`);
  }
  return { current, previous };
}

/** Whole or not at all. */
async function save(path: string, keys: TokenKeys): Promise<TokenKeys> {
  const lines = [keys.current, keys.previous].filter((key) => key !== null).map((key) => key.toString('base64'));
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    // The umask may have taken rights away, never given any; the owner's must be there.
    await chmod(temporary, 0o600);
    await file.writeFile(`${lines.join('\n')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return keys;
}

function unreadable(path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('state_unreadable', `${path}: ${why}`, { cause });
}
