/**
 * Reads configuration files.
 */
import { readFile } from 'node:fs/promises';
import { SluiceError } from '../model/errors.js';

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'it may not be read; check its owner and mode',
  EISDIR: 'it is a directory; name a file',
};

/**
 * The text of a configuration file in UTF-8.
 * @throws SluiceError `file_unreadable` that says why
 */
export async function readConfigFile(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8');
}

/** A file as it is. @throws SluiceError as {@link readConfigFile} */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SluiceError('file_unreadable', `${path}: ${REASONS[code ?? ''] ?? message}`, { cause: error });
  }
}
