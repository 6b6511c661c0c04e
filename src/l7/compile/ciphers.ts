/** Versions and ciphers of TLS in OpenSSL's words. */
import { createSecureContext } from 'node:tls';

/** Those of TLS 1.3, in the order Mozilla recommends. They have a setting of their own, which refuses names it does not know. */
const SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
];
export const DEFAULT_SUITES: readonly string[] = SUITES.slice(0, 3);
/** In ascending order, and as HAProxy calls them. */
const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['TLSv1', 'TLSv1.0'],
  ['TLSv1.1', 'TLSv1.1'],
  ['TLSv1.2', 'TLSv1.2'],
  ['TLSv1.3', 'TLSv1.3'],
]);

/** OpenSSL 3 has no TLS 1.0 and 1.1 above this level: their signatures need SHA-1. */
const WEAK = '@SECLEVEL=0';

/** Words for the range from the lowest to the highest of some versions; none: what HAProxy does by itself, 1.2 and newer. */
export function versionWords(versions: readonly string[]): string[] {
  const known = [...VERSIONS].filter(([version]) => versions.includes(version)).map(([, name]) => name);
  return known.length === 0 ? [] : ['ssl-min-ver', known[0]!, 'ssl-max-ver', known.at(-1)!];
}

export interface CipherChoice {
  words: string[];
  /** Whether the ciphers somebody wrote had none that OpenSSL knows: the others stand in for them. */
  unknown: boolean;
}

/**
 * Words for the ciphers of some versions.
 * @param written by people, joined by colons, those of TLS 1.3 among them; null: the others
 * @param otherwise ciphers up to TLS 1.2 where none are written; empty: OpenSSL's own
 */
export function cipherWords(written: string | null, otherwise: string, versions: readonly string[]): CipherChoice {
  const names = (written ?? '').split(':').filter((name) => name !== '');
  const suites = SUITES.filter((suite) => names.includes(suite)).sort((a, b) => names.indexOf(a) - names.indexOf(b));
  const older = names.filter((name) => !name.startsWith('TLS_')).join(':');
  const unknown = (older !== '' && !isCipherList(older)) || (names.length > 0 && older === '' && suites.length === 0);
  const ciphers = older === '' || unknown ? otherwise : older;
  const weak = versions.includes('TLSv1') || versions.includes('TLSv1.1');
  const level = weak && !ciphers.includes('@SECLEVEL') ? WEAK : '';
  const list = [ciphers || (weak ? 'DEFAULT' : ''), level].filter((part) => part !== '').join(':');
  return {
    words: [
      ...(list === '' ? [] : ['ciphers', list]),
      ...(suites.length === 0 ? [] : ['ciphersuites', suites.join(':')]),
    ],
    unknown,
  };
}

const checked = new Map<string, boolean>();

/** Whether OpenSSL finds any cipher in a list. */
function isCipherList(list: string): boolean {
  let valid = checked.get(list);
  if (valid === undefined) {
    valid = canUse(list);
    checked.set(list, valid);
  }
  return valid;
}

function canUse(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers });
    return true;
  } catch {
    return false;
  }
}
