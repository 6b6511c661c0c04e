/** The password that the user `admin` gets at the first start. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SluiceError } from '../model/errors.js';

export interface AdminPassword {
  password: string;
  /** Made up: print it, it is kept nowhere. */
  generated: boolean;
}

/** 120 bits. */
const GENERATED_BYTES = 15;

/**
 * From the file, else from the environment variable SLUICE_ADMIN_PASSWORD, else made up.
 * @param file `api.admin_password_file`; null: none. Line breaks at its end do not count
 * @throws SluiceError `file_unreadable`; `invalid_configuration` when the password is empty
 */
export async function chooseAdminPassword(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<AdminPassword> {
  if (file !== null) {
    return { password: required(await readPassword(file), file), generated: false };
  }
  const given = environment.SLUICE_ADMIN_PASSWORD;
  if (given !== undefined) {
    return { password: required(given, 'SLUICE_ADMIN_PASSWORD'), generated: false };
  }
  return { password: randomBytes(GENERATED_BYTES).toString('base64url'), generated: true };
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/[\r\n]+$/, '');
  } catch (cause) {
    throw new SluiceError('file_unreadable', `api.admin_password_file: ${(cause as Error).message}`, { cause });
  }
}

function required(password: string, where: string): string {
  if (password === '') {
    throw new SluiceError('invalid_configuration', `${where}: the password is empty; write one, or remove it`);
  }
  return password;
}
