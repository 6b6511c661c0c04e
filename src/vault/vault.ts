/**
 * Secrets at rest: AES-256-GCM under one key of the gateway. A sealed text is `v1.KEY.DATA`: which key it needs, and nonce,
 * ciphertext and tag as base64url. The id of the object it belongs to is authenticated with it, so that a sealed text opens for
 * no other object.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { SluiceError } from '../model/errors.js';
import { loadVaultKey, type VaultPlaces } from './key.js';

export interface Vault {
  /** @param id of the object that the secret belongs to */
  seal(secret: string, id: string): string;
  /** @throws SluiceError `state_unreadable` when another key, or for another object, sealed it, or it is damaged */
  open(sealed: string, id: string): string;
}

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([0-9a-f]{16})\.([\w-]+)$/;

/**
 * The vault of a gateway; its key is made at the first start where no other is given.
 * @throws SluiceError `state_unreadable` or `file_unreadable` when there is no usable key, with what to do
 */
export function openVault(places: VaultPlaces): Vault {
  const { key, path } = loadVaultKey(places);
  return vaultWith(key, path);
}

/** @param key 32 bytes. @param path where it came from, for errors */
export function vaultWith(key: Buffer, path: string): Vault {
  const own = nameOf(key);
  return {
    seal: (secret, id) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(id));
      const data = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${own}.${data.toString('base64url')}`;
    },
    open: (sealed, id) => {
      const [, name, text] = SEALED.exec(sealed) ?? [];
      const data = Buffer.from(text ?? '', 'base64url');
      if (data.length < NONCE_BYTES + TAG_BYTES) {
        throw unreadable(id, 'it is damaged. Restore a backup of the state directory, or replace the certificate');
      }
      if (name !== own) {
        throw unreadable(
          id,
          `it was sealed with the vault key ${name}, and ${path} holds ${own}. Put the key file back that was in use then (backups do not hold it), or replace the certificate`,
        );
      }
      const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(id))
        .setAuthTag(data.subarray(-TAG_BYTES));
      try {
        const secret = decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([secret, decipher.final()]).toString('utf8');
      } catch (cause) {
        const why = 'it is damaged or belongs to another object. Restore a backup, or replace the certificate';
        throw unreadable(id, why, cause);
      }
    },
  };
}

/** Names a key without telling anything about it. */
function nameOf(key: Buffer): string {
  return createHmac('sha256', key).update('sluice vault key').digest('hex').slice(0, 16);
}

function unreadable(id: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('state_unreadable', `the private key of certificate ${id} cannot be opened: ${why}`, {
    cause,
  });
}
