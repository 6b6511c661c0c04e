/** An X.509 certificate: what it says, and whether browsers and HAProxy take it. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '../model/state.js';
import { childrenOf, type Der, oidOf, readDer, TAG, timeOf } from './der.js';
import { domainsOf, nameOf } from './names.js';
import type { Problem } from './pem.js';

export interface Parsed {
  x509: X509Certificate;
  key: KeyObject;
  /** DER of the subject and issuer names. */
  subject: Buffer;
  issuer: Buffer;
  facts: Omit<CertificateFacts, 'count'> & { subject: string; not_after: string };
  /** Hash of its signature that is broken; undefined: none. */
  weakHash: string | undefined;
  /** What it may be used for, as OIDs (RFC 5280, 4.2.1.12); undefined: anything. */
  usages: readonly string[] | undefined;
  selfSigned: boolean;
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P256', secp384r1: 'P384', secp521r1: 'P521' };
export const MIN_RSA_BITS = 2048;
/** A handshake with a longer key takes more than ten times as long. */
const MAX_RSA_BITS = 8192;

const WEAK_HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.3': 'MD4',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
};
const SUBJECT_ALT_NAME = '2.5.29.17';

/** @returns what is wrong with it, when it cannot be read */
export function readCertificate(der: Buffer): Parsed | Problem {
  try {
    const x509 = new X509Certificate(der);
    return parsed(x509, x509.publicKey);
  } catch {
    return {
      message: 'cannot be read: it is damaged, or has a kind of key that nobody uses',
      suggestion: 'copy it again, or ask whoever issued it',
    };
  }
}

function parsed(x509: X509Certificate, key: KeyObject): Parsed {
  const [body, algorithm] = childrenOf(readDer(x509.raw));
  const parts = childrenOf(body);
  // The version is left out of the oldest certificates.
  const [, , issuer, validity, subject] = parts[0]?.tag === 0xa0 ? parts.slice(1) : parts;
  const [notBefore, notAfter] = childrenOf(validity);
  return {
    x509,
    key,
    subject: subject?.raw ?? Buffer.alloc(0),
    issuer: issuer?.raw ?? Buffer.alloc(0),
    facts: {
      subject: nameOf(subject),
      issuer: nameOf(issuer),
      domains: domainsOf(extensionOf(parts, SUBJECT_ALT_NAME)),
      not_before: timeOf(notBefore) ?? isoOf(x509.validFrom),
      not_after: timeOf(notAfter) ?? isoOf(x509.validTo),
      serial: x509.serialNumber,
      fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      key_type: keyTypeOf(key),
    },
    weakHash: WEAK_HASHES[oidOf(childrenOf(algorithm)[0]) ?? ''],
    usages: (x509.keyUsage as string[] | undefined) ?? undefined,
    selfSigned: x509.checkIssued(x509) && x509.verify(key),
  };
}

/** What is in the OCTET STRING of an extension. */
function extensionOf(parts: readonly Der[], oid: string): Der | undefined {
  const [list] = childrenOf(parts.find(({ tag }) => tag === 0xa3));
  const extension = childrenOf(list)
    .map(childrenOf)
    .find(([name]) => oidOf(name) === oid);
  const value = extension?.find(({ tag }) => tag === TAG.octetString);
  return value && readDer(value.content);
}

function isoOf(text: string): string {
  return new Date(text).toISOString().slice(0, 19);
}

/** `RSA-2048`, `ECDSA-P256`, else the name of the algorithm and curve. */
export function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') {
    return `RSA-${asymmetricKeyDetails?.modulusLength}`;
  }
  if (asymmetricKeyType === 'ec') {
    const curve = asymmetricKeyDetails?.namedCurve ?? 'unnamed curve';
    return `ECDSA-${CURVES[curve] ?? curve}`;
  }
  return (asymmetricKeyType ?? 'unknown').toUpperCase();
}

const MAKE_ANOTHER = 'make a key with `openssl ecparam -name prime256v1 -genkey -noout` and get a certificate for it';

/** Why a key cannot serve TLS; undefined: it can. */
export function keyProblem(key: KeyObject): Problem | undefined {
  const type = keyTypeOf(key);
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength < MIN_RSA_BITS) {
      return {
        message: `has an RSA key of ${modulusLength} bits, which can be broken`,
        suggestion: `get one with ${MIN_RSA_BITS} bits or more, or with an ECDSA key`,
      };
    }
    return modulusLength <= MAX_RSA_BITS
      ? undefined
      : {
          message: `has an RSA key of ${modulusLength} bits, which makes each handshake slow enough to stop the gateway`,
          suggestion: `get one with ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits, or with an ECDSA key`,
        };
  }
  if (key.asymmetricKeyType === 'ec' && Object.hasOwn(CURVES, namedCurve)) {
    return undefined;
  }
  const known =
    key.asymmetricKeyType === 'ec'
      ? `a key of the curve ${namedCurve || 'without a name'}`
      : `a key of the kind ${type}`;
  return {
    message: `has ${known}, which browsers do not take: RSA or ECDSA P-256, P-384, P-521`,
    suggestion: MAKE_ANOTHER,
  };
}
