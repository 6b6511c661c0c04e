/** The api section of the host file. */
import { addressKind, parseAddress } from '../model/address.js';
import type { FaultReport } from '../schema/faults.js';
import type { ApiSection, KeystoneSection } from './host-schema.js';

export const API_AUTHS = ['identity', 'keystone', 'none'] as const;
/** Who is asked for users: this gateway, an external Keystone, or nobody, so that whoever reaches the API may do everything. */
export type ApiAuth = (typeof API_AUTHS)[number];

export interface ApiConfig {
  /** Address and port of the HTTP server. */
  listen: { address: string; port: number };
  /** Path of the Unix socket for the command line. */
  socket: string;
  /** `none` on loopback addresses only. */
  auth: ApiAuth;
  /** File with the password that the user admin gets at the first start; null: from the environment, or made up. */
  admin_password_file: string | null;
  /** Hours that a token is good for, 1..168. */
  token_hours: number;
  /** Region in the catalogue. */
  region: string;
  /** Where clients reach the API, without a path; null: what they wrote themselves. */
  public_url: string | null;
  /** With `auth: keystone`, else null. */
  keystone: KeystoneConfig | null;
}

/**
 * An external Keystone: its URL, and a user who may validate tokens, whose password is in a file. `cache_seconds`, 0..3,600: how long an
 * answer is good for; `timeout`, 1..60 seconds.
 */
export type KeystoneConfig = KeystoneSection;

export const DEFAULT_SOCKET = '/run/sluice/sluice.sock';
export const DEFAULT_LISTEN = '127.0.0.1:9876';
export const DEFAULT_TOKEN_HOURS = 24;

/** The API of a host file; reports what does not go together. */
export function readApi(section: ApiSection, report: FaultReport): ApiConfig {
  const { auth, keystone, public_url } = section;
  const listen = parseListen(section.listen);
  if (auth === 'none' && listen.address !== '' && addressKind(listen.address) !== 'loopback') {
    report(['auth'], {
      message: `everybody who reaches ${section.listen} could change everything`,
      suggestion: `write listen: "${DEFAULT_LISTEN}", or auth: identity`,
    });
  }
  if (auth === 'keystone' && keystone === null) {
    report([], {
      code: 'missing',
      message: 'keystone is missing',
      suggestion: 'add keystone: with url:, username: and password_file:',
    });
  }
  if (auth !== 'keystone' && keystone !== null) {
    report(['keystone'], {
      message: `auth: ${auth} does not ask a Keystone`,
      suggestion: 'write auth: keystone, or leave the section out',
      part: 'key',
    });
  }
  return { ...section, listen, public_url: public_url?.replace(/\/+$/, '') ?? null };
}

/** An empty address stands for one that had a fault of its own. */
function parseListen(text: string): { address: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  return { address: parseAddress(match?.[1] ?? match?.[2] ?? '') ?? '', port: Number(match?.[3] ?? 0) };
}
