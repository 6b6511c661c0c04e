/** What files around certificates hold, whatever form they have. */
import type { KeyObject } from 'node:crypto';
import { SluiceError } from '../../model/errors.js';

/** Something from a file. */
export interface From<T> {
  value: T;
  /** The file's name. */
  file: string;
}

export interface Material {
  /** DER. */
  certificates: From<Buffer>[];
  /** DER. */
  revocations: From<Buffer>[];
  keys: From<KeyObject>[];
  /** What was found and left out, in sentences without their end. */
  notes: string[];
}

export function emptyMaterial(): Material {
  return { certificates: [], revocations: [], keys: [], notes: [] };
}

/** Asks for the passphrase of a file; the same answer each time. */
export type Passphrase = () => Promise<string>;

export function unusable(file: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('invalid_configuration', `${file}: ${why}`, { cause });
}

export function wrongPassphrase(file: string, cause?: unknown): SluiceError {
  return unusable(file, 'the passphrase is not the right one, or the file is damaged', cause);
}
