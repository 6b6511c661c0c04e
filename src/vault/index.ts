/** Private keys at rest: sealed with a key that is not in the store. */
export { CREDENTIAL, KEY_FILE, type VaultPlaces } from './key.js';
export { openVault, type Vault, vaultWith } from './vault.js';
