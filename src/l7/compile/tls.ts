/** TLS towards clients: what a listener's bind line says, and its certificates. */
import { isIP } from 'node:net';
import { type Reference, referencesOfListener } from '../../certificates/references.js';
import type { Fault } from '../../model/errors.js';
import type { Listener, TlsPolicy } from '../../model/resources.js';
import type { Certificate } from '../../model/state.js';
import { DEFAULT_TLS_POLICY, TLS_POLICY_CIPHERS } from '../../model/tls-policies.js';
import { cipherWords, versionWords } from './ciphers.js';
import { authorityPath, certificatePath, type Resolve, revocationPath } from './materials.js';
import { listenerName } from './names.js';
import { formatWord } from './text.js';

export interface ListenerTls {
  /** Of the bind line, after the addresses. */
  words: string[];
  /** Of the list of certificates, the default one first. */
  list: string[];
  /** All that it refers to. */
  certificates: Certificate[];
  warnings: Fault[];
}

const NO_TLS: ListenerTls = { words: [], list: [], certificates: [], warnings: [] };

/** @throws SluiceError `invalid_configuration` for references to certificates that do not exist */
export function listenerTls(listener: Listener, resolve: Resolve): ListenerTls {
  if (listener.protocol !== 'TERMINATED_HTTPS') {
    return NO_TLS;
  }
  const resolved = referencesOfListener(listener).map((reference): [Reference, Certificate] => [
    reference,
    resolve(reference),
  ]);
  const certificates = [...new Set(resolved.map(([, certificate]) => certificate))];
  const policy = listener.tls_policy ?? DEFAULT_TLS_POLICY;
  const ciphers = cipherWords(listener.tls_ciphers, ciphersOf(policy, listener.tls_versions), listener.tls_versions);
  return {
    words: [
      ...['ssl', 'crt-list', `{{RUN}}/lists/${listenerName(listener)}.list`],
      ...ticketWords(listener),
      ...versionWords(listener.tls_versions),
      ...ciphers.words,
      // Old clients ask for what they should not have; the others know better than we do which cipher is fast for them.
      ...(policy === 'OLD' ? [] : ['prefer-client-ciphers']),
      ...(listener.alpn_protocols.length === 0 ? [] : ['alpn', listener.alpn_protocols.join(',')]),
      ...clientWords(listener, resolved),
    ],
    list: listLines(certificates.filter(({ type }) => type === 'SERVER')),
    certificates,
    warnings: ciphers.unknown ? [unknownCiphers(listener)] : [],
  };
}

/**
 * HAProxy goes by the names in certificates, and prefers ECDSA to RSA among all that fit, wildcards too. A name that one certificate
 * has exactly is therefore taken from the wildcards of the others (TL-3).
 */
function listLines(certificates: readonly Certificate[]): string[] {
  const exact = new Set(certificates.flatMap(({ facts }) => facts.domains.filter((domain) => !isWildcard(domain))));
  return certificates.map((certificate) => {
    const { domains } = certificate.facts;
    const parents = new Set(domains.filter(isWildcard).map((domain) => domain.slice(2)));
    const others = [...exact].filter((name) => parents.has(parentOf(name)) && !domains.includes(name));
    // With names to leave out, those to go by have to be written as well.
    const own = domains.filter((domain) => isIP(domain) === 0);
    const names = others.length === 0 ? [] : [...own, ...others.sort().map((name) => `!${name}`)];
    return [certificatePath(certificate), ...names].join(' ');
  });
}

function isWildcard(domain: string): boolean {
  return domain.startsWith('*.');
}

function parentOf(domain: string): string {
  return domain.slice(domain.indexOf('.') + 1);
}

/** Ciphers up to TLS 1.2 where none are written. Who asks for older versions gets ciphers that these have. */
function ciphersOf(policy: TlsPolicy, versions: readonly string[]): string {
  const old = versions.includes('TLSv1') || versions.includes('TLSv1.1');
  return TLS_POLICY_CIPHERS[old ? 'OLD' : policy];
}

/**
 * Listeners have one set of keys for session tickets, which outlive reloads. Those that look at certificates of clients do not: a
 * session begun elsewhere, without a certificate or with one of another authority, would be taken for one that was verified here.
 * They have keys that OpenSSL makes for each, and again whenever an authority, a revocation list or the configuration changes.
 */
function ticketWords({ client_authentication }: Listener): string[] {
  return client_authentication === 'NONE' ? ['tls-ticket-keys', '{{RUN}}/tickets.keys'] : [];
}

/** A client whose certificate is wrong is refused in the handshake, also where certificates are optional. */
function clientWords(listener: Listener, resolved: ReadonlyArray<[Reference, Certificate]>): string[] {
  const { client_authentication: authentication } = listener;
  const authority = resolved.find(([{ field }]) => field === 'client_ca_tls_container_ref')?.[1];
  const revocation = resolved.find(([{ field }]) => field === 'client_crl_container_ref')?.[1];
  if (authentication === 'NONE' || !authority) {
    return [];
  }
  return [
    ...['verify', authentication === 'MANDATORY' ? 'required' : 'optional', 'ca-file', authorityPath(authority)],
    ...(revocation ? ['crl-file', revocationPath(revocation)] : []),
  ];
}

/** The header by which browsers remember to use TLS only; answers of the gateway itself have it too. */
export function hstsLines(listener: Listener): string[] {
  const { protocol, hsts_max_age: age, hsts_include_subdomains: subdomains, hsts_preload: preload } = listener;
  if (protocol !== 'TERMINATED_HTTPS' || age === null) {
    return [];
  }
  const value = [`max-age=${age}`, ...(subdomains ? ['includeSubDomains'] : []), ...(preload ? ['preload'] : [])];
  return [`http-after-response set-header Strict-Transport-Security ${formatWord(value.join('; '))}`];
}

function unknownCiphers({ id, name, tls_ciphers }: Listener): Fault {
  return {
    code: 'invalid',
    path: `listener "${name || id}"`,
    message: `none of the tls_ciphers ${tls_ciphers} is known; those of the TLS policy are used`,
    suggestion: 'write names that openssl ciphers lists',
  };
}
