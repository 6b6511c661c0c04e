/** What the host file says about identity, with everything filled in. */
import type { KeystoneSettings } from './keystone.js';

export interface IdentitySettings {
  /** Who is asked: the users of this gateway, an external Keystone, or nobody (loopback only). */
  auth: 'identity' | 'keystone' | 'none';
  /** Shown in the catalogue; clients that are set to a region ask for this one. */
  region: string;
  /** Seconds a token is good for. */
  token_lifetime: number;
  /**
   * Where clients reach the API, `https://gw.example.org:9876`, without a path: what the catalogue says. Null: what the client itself
   * wrote (the Host header).
   */
  public_url: string | null;
  /** With `auth: keystone` only. */
  keystone: KeystoneSettings | null;
}

export const IDENTITY_DEFAULTS: IdentitySettings = {
  auth: 'identity',
  region: 'RegionOne',
  token_lifetime: 3600,
  public_url: null,
  keystone: null,
};
