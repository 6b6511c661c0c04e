/** What the host file says about identity, as the identity service takes it. */
import { readFile } from 'node:fs/promises';
import type { ApiConfig } from '../config/host-file.js';
import type { IdentitySettings, KeystoneSettings } from '../identity/index.js';
import { SluiceError } from '../model/errors.js';

/** @throws SluiceError `file_unreadable` for the file with the password towards an external Keystone */
export async function identitySettings({
  auth,
  region,
  token_hours,
  public_url,
  keystone,
}: ApiConfig): Promise<IdentitySettings> {
  return {
    auth,
    region,
    token_lifetime: token_hours * 3600,
    public_url,
    keystone: keystone && (await keystoneSettings(keystone)),
  };
}

async function keystoneSettings({
  url,
  password_file,
  ...settings
}: NonNullable<ApiConfig['keystone']>): Promise<KeystoneSettings> {
  try {
    const password = (await readFile(password_file, 'utf8')).replace(/[\r\n]+$/, '');
    return { ...settings, auth_url: url, password };
  } catch (cause) {
    throw new SluiceError('file_unreadable', `api.keystone.password_file: ${(cause as Error).message}`, { cause });
  }
}
