/** Private keys as people have them: PKCS#8, PKCS#1 and SEC 1, in PEM; kept as PKCS#8. */
import { createPrivateKey, type KeyObject, sign, verify, type X509Certificate } from 'node:crypto';
import { identify } from './identify.js';
import { convertAdvice, type PemBlock, type Problem, readPem } from './pem.js';

type DerType = 'pkcs8' | 'pkcs1' | 'sec1';
const TYPES: Readonly<Record<string, DerType>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
};
/** What openssl writes beside an EC key says nothing that the key does not. */
const BESIDE = 'EC PARAMETERS';
const DECRYPT = 'decrypt it with `openssl pkey -in FILE -out plain.pem`, which asks for the passphrase';
const MAX_KEY_BYTES = 16_384;

/** @returns the key, or everything that is wrong with the text */
export function readPrivateKey(text: string): KeyObject | Problem[] {
  if (text.length > MAX_KEY_BYTES) {
    const size = text.length.toLocaleString('en');
    return [{ message: `has ${size} characters`, suggestion: 'write the private key alone, which has a few thousand' }];
  }
  const { blocks, problems } = readPem(text, 'PRIVATE KEY');
  const keys = blocks.filter(({ label }) => label !== BESIDE);
  const [first, ...more] = keys;
  if (problems.length > 0) {
    return problems;
  }
  if (!first) {
    return [{ message: 'has no private key', suggestion: 'write the block from -----BEGIN PRIVATE KEY----- on' }];
  }
  const foreign = keys.map(foreignProblem).filter((problem) => problem !== undefined);
  if (foreign.length > 0) {
    return foreign;
  }
  if (more.length > 0) {
    return [
      { message: `has ${keys.length} private keys`, suggestion: 'write the one that belongs to the certificate' },
    ];
  }
  return decode(first);
}

function decode({ label, bytes }: PemBlock): KeyObject | Problem[] {
  try {
    return createPrivateKey({ key: bytes, format: 'der', type: TYPES[label]! });
  } catch (error) {
    return [wrongKind(label, bytes) ?? damaged(error)];
  }
}

/** A block whose marker says another kind of key than it is. */
function wrongKind(label: string, bytes: Buffer): Problem | undefined {
  const kind = identify(bytes);
  const right = Object.entries(TYPES).find(([, type]) => type === kind)?.[0];
  return right === undefined || right === label
    ? undefined
    : {
        message: `is marked as ${label} and is none`,
        suggestion: `write BEGIN ${right} and END ${right} around it`,
      };
}

function damaged(error: unknown): Problem {
  const reason = /([^:]+)$/.exec((error as Error).message)?.[1]?.trim();
  return {
    message: `cannot be read${reason ? ` (${reason})` : ''}: it is damaged, or of a kind that nobody uses`,
    suggestion: 'copy it again; `openssl pkey -in FILE -noout -check` tells whether the file is good',
  };
}

/** What is no private key that can be used, by its label. */
function foreignProblem({ label, encrypted }: PemBlock): Problem | undefined {
  if (encrypted || label === 'ENCRYPTED PRIVATE KEY') {
    return { message: 'is encrypted', suggestion: `${DECRYPT}, or let \`sluice certificate import\` do it` };
  }
  if (Object.hasOwn(TYPES, label)) {
    return undefined;
  }
  switch (label) {
    case 'OPENSSH PRIVATE KEY':
      return {
        message: 'is a key of SSH',
        suggestion:
          'write the key that the certificate was made for; keys of SSH and of TLS are no good for each other',
      };
    case 'PUBLIC KEY':
    case 'RSA PUBLIC KEY':
      return { message: 'is the public key', suggestion: 'write the private one, which the request was made with' };
    case 'PKCS7':
      return { message: 'is a PKCS#7 bundle, which has no keys', suggestion: convertAdvice('pkcs7') };
    case 'DSA PRIVATE KEY':
      return {
        message: 'is a DSA key, which TLS has given up',
        suggestion: 'get a certificate for an ECDSA or RSA key',
      };
    case 'CERTIFICATE':
    case 'X509 CERTIFICATE':
    case 'TRUSTED CERTIFICATE':
      return {
        message: 'has a certificate in it',
        suggestion: 'write certificates in certificate, and the key alone here',
      };
    case 'CERTIFICATE REQUEST':
    case 'NEW CERTIFICATE REQUEST':
      return {
        message: 'has a certificate signing request in it',
        suggestion: 'leave it out: it is only for the issuer',
      };
    default:
      return { message: `has a block of ${label} in it`, suggestion: 'write the private key alone' };
  }
}

/** Why a key does not go with a certificate; undefined: it does. */
export function mismatch(key: KeyObject, certificate: X509Certificate): Problem | undefined {
  return certificate.checkPrivateKey(key)
    ? undefined
    : {
        message: 'is not the key of the certificate',
        suggestion:
          'write the key that its request was made with; `openssl pkey -in KEY -pubout` and `openssl x509 -in CERTIFICATE -noout -pubkey` print the same for a pair',
      };
}

/** Whether a key works: one whose private part is damaged goes with its certificate, and fails in each handshake. */
export function damage(key: KeyObject, certificate: X509Certificate): Problem | undefined {
  const sample = Buffer.from('sluice');
  try {
    if (verify('sha256', sample, certificate.publicKey, sign('sha256', sample, key))) {
      return undefined;
    }
  } catch {
    // Signing notices some damage itself.
  }
  return { message: 'is damaged: what it signs does not verify', suggestion: 'copy it again from where it was made' };
}
