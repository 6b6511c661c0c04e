/**
 * Named policies of TLS after Mozilla's recommendations, version 5.7 (https://ssl-config.mozilla.org/guidelines/5.7.json). The ciphers
 * are those up to TLS 1.2, in OpenSSL's names; the ones of TLS 1.3 are OpenSSL's own.
 */
import type { TlsPolicy } from './resources.js';

const INTERMEDIATE_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
];

const OLD_CIPHERS = [
  ...INTERMEDIATE_CIPHERS,
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'DHE-RSA-AES128-SHA256',
  'DHE-RSA-AES256-SHA256',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
];

/** The policy of a listener that names none. */
export const DEFAULT_TLS_POLICY: TlsPolicy = 'INTERMEDIATE';

/** Versions that a listener has where it writes none itself, lowest first. */
export const TLS_POLICY_VERSIONS: Readonly<Record<TlsPolicy, readonly string[]>> = {
  MODERN: ['TLSv1.3'],
  INTERMEDIATE: ['TLSv1.2', 'TLSv1.3'],
  OLD: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
};

/** Ciphers up to TLS 1.2 that a listener has where it writes none itself, joined by colons; empty: there are no such versions. */
export const TLS_POLICY_CIPHERS: Readonly<Record<TlsPolicy, string>> = {
  MODERN: '',
  INTERMEDIATE: INTERMEDIATE_CIPHERS.join(':'),
  OLD: OLD_CIPHERS.join(':'),
};
