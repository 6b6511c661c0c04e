/** Finds out from bytes what people keep in files around certificates. */
import { childrenOf, type Der, oidOf, readDer, TAG } from './der.js';

export type DerKind =
  | 'certificate'
  | 'crl'
  | 'request'
  | 'pkcs8'
  | 'encrypted-pkcs8'
  | 'pkcs1'
  | 'sec1'
  | 'public-key'
  | 'pkcs7'
  | 'pkcs12';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const DATA = '1.2.840.113549.1.7.1';

/** What DER is; undefined: nothing of these, or not DER. */
export function identify(bytes: Buffer): DerKind | undefined {
  const parts = childrenOf(readDer(bytes));
  const tags = parts.map(({ tag }) => tag);
  const [first, second] = parts;
  if (begins(tags, TAG.oid)) {
    return oidOf(first) === SIGNED_DATA ? 'pkcs7' : undefined;
  }
  if (begins(tags, TAG.sequence, TAG.sequence, TAG.bitString)) {
    return signedKind(childrenOf(first));
  }
  if (begins(tags, TAG.sequence, TAG.octetString)) {
    return 'encrypted-pkcs8';
  }
  if (begins(tags, TAG.sequence, TAG.bitString)) {
    return 'public-key';
  }
  if (begins(tags, TAG.integer, TAG.sequence, TAG.octetString)) {
    return 'pkcs8';
  }
  if (begins(tags, TAG.integer, TAG.sequence)) {
    return [DATA, SIGNED_DATA].includes(oidOf(childrenOf(second)[0]) ?? '') ? 'pkcs12' : undefined;
  }
  if (begins(tags, TAG.integer, TAG.octetString)) {
    return 'sec1';
  }
  return tags.length >= 9 && tags.slice(0, 9).every((tag) => tag === TAG.integer) ? 'pkcs1' : undefined;
}

/** Certificates, revocation lists and requests are all something with a signature. */
function signedKind(parts: readonly Der[]): DerKind | undefined {
  const tags = parts.map(({ tag }) => tag);
  if (tags[0] === 0xa0) {
    return 'certificate';
  }
  const afterVersion = tags[0] === TAG.integer ? tags.slice(1) : tags;
  if (begins(afterVersion, TAG.sequence, TAG.sequence)) {
    const third = afterVersion[2];
    if (third === TAG.utcTime || third === TAG.generalizedTime) {
      return 'crl';
    }
    return third === 0xa0 ? 'request' : 'certificate';
  }
  return undefined;
}

function begins(tags: readonly number[], ...expected: readonly number[]): boolean {
  return expected.every((tag, index) => tags[index] === tag);
}

/** What a kind is called in sentences. */
export const KIND_NAMES: Readonly<Record<DerKind, string>> = {
  certificate: 'a certificate',
  crl: 'a revocation list',
  request: 'a certificate signing request',
  pkcs8: 'a private key',
  'encrypted-pkcs8': 'an encrypted private key',
  pkcs1: 'a private key',
  sec1: 'a private key',
  'public-key': 'a public key',
  pkcs7: 'a PKCS#7 bundle',
  pkcs12: 'a PFX (PKCS#12) file',
};
