/** Uploads of what servers show: a chain of certificates and the key of its first. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { MAX_CHAIN, pemOf, readCertificates, timeProblems, tooMany } from './blocks.js';
import { chainProblems, label } from './chain.js';
import type { Problem } from './pem.js';
import { damage, mismatch, readPrivateKey } from './private-keys.js';
import type { Checked, Faulty, Upload } from './upload.js';
import { keyProblem, type Parsed } from './x509.js';

export function checkServer(upload: Upload, now: string, faulty: Faulty): Checked | undefined {
  const written = readPrivateKeyOf(upload, faulty);
  const own = readCertificates(upload.certificate, 'SERVER');
  const rest = upload.chain === null ? { parsed: [], problems: [] } : readCertificates(upload.chain, 'SERVER');
  const unreadable = [faulty('certificate', own.problems), faulty('chain', rest.problems)];
  const chain = [...own.parsed, ...rest.parsed];
  const [leaf] = chain;
  if (unreadable.includes(true) || !leaf) {
    return undefined;
  }
  if (chain.length > MAX_CHAIN) {
    faulty('certificate', [tooMany(chain.length, MAX_CHAIN, 'of the server and of those that lead to its root')]);
    return undefined;
  }
  const broken = chainProblems(chain);
  const unfit = faulty('certificate', [
    ...broken,
    ...chain.flatMap((parsed) => certificateProblems(chain, parsed, now)),
  ]);
  const [key, missing] = keyOf(leaf, written, upload.keptKeyOf);
  if (missing) {
    faulty('private_key', [missing]);
  } else if (key) {
    // In a wrong order the key is that of another certificate, and need not be told of as well.
    const holder = (broken.length > 0 && chain.find(({ x509 }) => x509.checkPrivateKey(key))) || leaf;
    // A key of a size that nobody uses could sign for seconds.
    const fault = mismatch(key, holder.x509) ?? (unfit ? undefined : damage(key, leaf.x509));
    faulty('private_key', fault ? [fault] : []);
    faulty('certificate', fault || unfit ? [] : loadProblems(chain, key));
  }
  return {
    certificate: pemOf(chain),
    key: key?.export({ type: 'pkcs8', format: 'pem' }).toString() ?? null,
    facts: { ...leaf.facts, count: chain.length },
  };
}

function readPrivateKeyOf({ private_key }: Upload, faulty: Faulty): KeyObject | 'faulty' | undefined {
  const key = private_key === null ? undefined : readPrivateKey(private_key);
  if (Array.isArray(key)) {
    faulty('private_key', key);
    return 'faulty';
  }
  return key;
}

/** The key to keep with a leaf, or why one is missing. */
function keyOf(
  leaf: Parsed,
  written: KeyObject | 'faulty' | undefined,
  keptKeyOf: string | null,
): [KeyObject | undefined, Problem?] {
  if (written !== undefined) {
    return [written === 'faulty' ? undefined : written];
  }
  if (keptKeyOf === null) {
    return [undefined, { message: 'is missing', suggestion: 'add private_key: the key of the certificate, PEM' }];
  }
  return readLeafKey(keptKeyOf).equals(leaf.key)
    ? [undefined]
    : [
        undefined,
        {
          message: 'is missing: the certificate is for another key than the one before',
          suggestion: 'add private_key: the key that its request was made with',
        },
      ];
}

/** What the TLS library says that HAProxy uses too, in case all of the above missed something. */
function loadProblems(chain: readonly Parsed[], key: KeyObject): Problem[] {
  try {
    createSecureContext({ cert: pemOf(chain), key: key.export({ type: 'pkcs8', format: 'pem' }) });
    return [];
  } catch (error) {
    const reason = /([^:]+)$/.exec((error as Error).message)?.[1]?.trim() ?? 'no reason given';
    return [{ message: `is not taken by OpenSSL (${reason})`, suggestion: 'get it again from whoever issued it' }];
  }
}

/** What is wrong with one certificate of a server's chain. */
function certificateProblems(chain: readonly Parsed[], parsed: Parsed, now: string): Problem[] {
  const name = label(chain, parsed);
  const problems = timeProblems(name, parsed, now);
  const unfit = keyProblem(parsed.key);
  if (unfit) {
    problems.push({ ...unfit, message: `${name} ${unfit.message}` });
  }
  // Nobody checks the signature of a root: it is trusted for itself.
  if (parsed.weakHash !== undefined && (parsed === chain[0] || !parsed.selfSigned)) {
    problems.push({
      message: `${name} is signed with ${parsed.weakHash}, which can be forged`,
      suggestion: 'get one that is signed with SHA-256',
    });
  }
  return problems;
}

/** The public key of the first certificate of a kept chain. */
export function readLeafKey(pem: string): KeyObject {
  return new X509Certificate(pem).publicKey;
}
