/** X.509 revocation lists (RFC 5280, 5): what they say, and whether an authority has signed them. */
import { createHash, verify, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Certificate } from '../model/state.js';
import { childrenOf, oidOf, readDer, TAG, timeOf } from './der.js';
import { nameOf } from './names.js';
import { type Problem, readPem, toPem } from './pem.js';

export interface Crl {
  issuer: string;
  /** When it was made. */
  not_before: string;
  /** When the next one was to come; null: it does not say. */
  not_after: string | null;
  fingerprint: string;
  /** How many certificates it takes back. */
  revoked: number;
}

interface Signed {
  body: Buffer;
  /** OID. */
  algorithm: string;
  signature: Buffer;
}

/** @returns what is wrong with it, when it cannot be read */
export function readCrl(der: Buffer): Crl | Problem {
  const parts = childrenOf(childrenOf(readDer(der))[0]);
  const [, issuer, ...rest] = parts[0]?.tag === TAG.integer ? parts.slice(1) : parts;
  const [made, next, revoked] = rest[1]?.tag === TAG.sequence ? [rest[0], undefined, rest[1]] : rest;
  const not_before = timeOf(made);
  if (not_before === undefined || !isRead(der)) {
    return { message: 'is no revocation list that can be read', suggestion: 'get it again from the authority' };
  }
  return {
    issuer: nameOf(issuer),
    not_before,
    not_after: timeOf(next) ?? null,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    revoked: revoked?.tag === TAG.sequence ? childrenOf(revoked).length : 0,
  };
}

/** Whether OpenSSL reads it too. */
function isRead(der: Buffer): boolean {
  try {
    createSecureContext({ crl: toPem('X509 CRL', der) });
    return true;
  } catch {
    return false;
  }
}

/** Hashes of signatures; null: part of the algorithm. */
const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};

/** Pairs that were looked at already: a configuration of ten thousand listeners refers to a few of them. */
const known = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/**
 * Whether each list of a CRL object is signed by one of the authorities of a CLIENT_CA object. TLS refuses every client
 * otherwise, because the authority's own list is missing.
 */
export function isSignedBy(crl: Certificate, authorities: Certificate): boolean {
  let answers = known.get(crl);
  if (!answers) {
    answers = new WeakMap();
    known.set(crl, answers);
  }
  let answer = answers.get(authorities);
  if (answer === undefined) {
    const keys = blocksOf(authorities.certificate).map((der) => new X509Certificate(der).publicKey);
    answer = blocksOf(crl.certificate).every((der) => {
      const signed = signedPart(der);
      return signed !== undefined && keys.some((key) => hasSigned(key, signed));
    });
    answers.set(authorities, answer);
  }
  return answer;
}

function blocksOf(pem: string): Buffer[] {
  return readPem(pem, '').blocks.map(({ bytes }) => bytes);
}

function signedPart(der: Buffer): Signed | undefined {
  const [body, algorithm, signature] = childrenOf(readDer(der));
  const oid = oidOf(childrenOf(algorithm)[0]);
  // The first octet of a BIT STRING says how many bits of the last one are unused; signatures have whole octets.
  return body && oid !== undefined && signature
    ? { body: body.raw, algorithm: oid, signature: signature.content.subarray(1) }
    : undefined;
}

function hasSigned(key: X509Certificate['publicKey'], { body, algorithm, signature }: Signed): boolean {
  const hash = HASHES[algorithm];
  if (hash === undefined) {
    return false;
  }
  try {
    return verify(hash, body, key, signature);
  } catch {
    // A key of another kind than the signature.
    return false;
  }
}
