/** Where the vault's key comes from: a file that only the daemon's user reads, or a systemd credential. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fstatSync, fsyncSync, linkSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SluiceError } from '../model/errors.js';

export interface VaultPlaces {
  /** `vault.key_file` of the host file; null: not given. */
  keyFile: string | null;
  /** `gateway.state_dir`; the key is made there when no other place has one. */
  stateDir: string;
  /** `$CREDENTIALS_DIRECTORY`, where systemd puts credentials of the service; undefined: it does not run under systemd. */
  credentialsDirectory: string | undefined;
}

export const CREDENTIAL = 'sluice-vault-key';
export const KEY_FILE = 'vault.key';
const KEY_BYTES = 32;

/**
 * The key, and the file it is in: that of the host file, else the credential, else the state directory's, which is made when missing.
 * @throws SluiceError `state_unreadable` when the file does not hold a key or others may read it, `file_unreadable` when there is none
 */
export function loadVaultKey({ keyFile, stateDir, credentialsDirectory }: VaultPlaces): { key: Buffer; path: string } {
  if (keyFile !== null) {
    return { key: readKey(keyFile, 0o077), path: keyFile };
  }
  const credential = credentialsDirectory === undefined ? undefined : join(credentialsDirectory, CREDENTIAL);
  if (credential !== undefined && existsSync(credential)) {
    // systemd shows its access list as rights of the group.
    return { key: readKey(credential, 0o007), path: credential };
  }
  const path = join(stateDir, KEY_FILE);
  if (!existsSync(path)) {
    makeKey(path);
  }
  return { key: readKey(path, 0o077), path };
}

/** @param forbidden rights that the file must not have */
function readKey(path: string, forbidden: number): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const advice =
      code === 'ENOENT'
        ? `there is no such file. Make one with \`(umask 077; head -c ${KEY_BYTES} /dev/urandom > ${path})\`, or put the one back that was in use`
        : message;
    throw new SluiceError('file_unreadable', `vault key ${path}: ${advice}`, { cause: error });
  }
  try {
    const status = fstatSync(file);
    const rights = status.mode & 0o777;
    if (!status.isFile()) {
      throw unusable(path, 'it is not a file');
    }
    if ((rights & forbidden) !== 0) {
      throw unusable(
        path,
        `other users of this host may read it (mode ${rights.toString(8)}), and with it every private key of a backup. Take that right away with \`chmod 600 ${path}\``,
      );
    }
    if (status.size !== KEY_BYTES) {
      throw unusable(
        path,
        `it has ${status.size} bytes, a key has ${KEY_BYTES}. Put the right file there; a new key made in its place cannot open the private keys that are kept`,
      );
    }
    const key = Buffer.alloc(KEY_BYTES);
    readSync(file, key, 0, KEY_BYTES, 0);
    return key;
  } finally {
    closeSync(file);
  }
}

/** Whole or not at all: half a key would look like a wrong one at the next start. */
function makeKey(path: string): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(KEY_BYTES));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  // Unlike a rename it never replaces a key that came to be meanwhile.
  linkSync(temporary, path);
  rmSync(temporary);
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function unusable(path: string, why: string): SluiceError {
  return new SluiceError('state_unreadable', `vault key ${path}: ${why}`);
}
