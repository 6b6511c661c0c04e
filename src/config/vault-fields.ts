/** The vault section of the host file: the key that private keys of certificates are sealed with. */
import { type Field, optional, record, text } from '../schema/fields.js';

export interface VaultSettings {
  /**
   * Absolute path of the file with the key; null: the systemd credential `sluice-vault-key` where there is one, else `vault.key` in the
   * state directory, made at the first start.
   */
  keyFile: string | null;
}

export interface VaultSection {
  key_file: string | null;
}

export const vaultSection: Field<VaultSection> = record<VaultSection>('The vault section', {
  key_file: optional(
    text(
      'File with the key that private keys are sealed with. Default: the systemd credential sluice-vault-key where there is one, else vault.key in the state directory, made at the first start.',
      { format: 'absolute-path', maxLength: 4096 },
    ),
    null,
  ),
});

export function readVault({ key_file }: VaultSection): VaultSettings {
  return { keyFile: key_file };
}
