/** Puts what files held in order: which certificate is the server's, which key is its, who issued whom. */
import type { KeyObject } from 'node:crypto';
import { chainOf } from '../../certificates/chain.js';
import { readCrl } from '../../certificates/crl.js';
import { toPem } from '../../certificates/pem.js';
import { type Parsed, readCertificate } from '../../certificates/x509.js';
import { SluiceError } from '../../model/errors.js';
import type { CertificateType } from '../../model/state.js';
import { type From, type Material, unusable } from './material.js';

export interface Sorted {
  type: CertificateType;
  /** PEM, as the API takes it. */
  certificate: string;
  private_key: string | null;
  /** What it may be called. */
  name: string;
  notes: string[];
}

/**
 * @param type what was asked for; undefined: what the files say
 * @param keyIsKept whether a certificate without its key will do, because it replaces another
 * @throws SluiceError `invalid_configuration` that says what is missing, or which of several to choose
 */
export function sortMaterial(material: Material, type: CertificateType | undefined, keyIsKept: boolean): Sorted {
  const certificates = distinct(material.certificates.map(parse));
  const wanted = type ?? typeOf(material, certificates, keyIsKept);
  switch (wanted) {
    case 'SERVER':
      return server(material, certificates, keyIsKept);
    case 'CLIENT_CA':
      return authorities(material, certificates);
    case 'CRL':
      return revocations(material, certificates);
  }
}

function parse({ file, value }: From<Buffer>): Parsed {
  const parsed = readCertificate(value);
  if ('message' in parsed) {
    throw unusable(file, `a certificate ${parsed.message}; ${parsed.suggestion}`);
  }
  return parsed;
}

function distinct(certificates: readonly Parsed[]): Parsed[] {
  return [...new Map(certificates.map((parsed) => [parsed.facts.fingerprint, parsed])).values()];
}

function typeOf({ keys, revocations }: Material, certificates: readonly Parsed[], keyIsKept: boolean): CertificateType {
  if (keys.length > 0 || keyIsKept) {
    return 'SERVER';
  }
  if (certificates.length === 0) {
    return revocations.length > 0 ? 'CRL' : 'SERVER';
  }
  return certificates.every(({ x509 }) => x509.ca) ? 'CLIENT_CA' : 'SERVER';
}

function server(material: Material, certificates: readonly Parsed[], keyIsKept: boolean): Sorted {
  if (certificates.length === 0) {
    throw missing('there is no certificate in these files', 'name the file that has it too');
  }
  const keys = material.keys.map(({ value }) => value);
  if (keys.length === 0 && !keyIsKept) {
    throw missing(
      `there is no private key in these files for ${leavesOf(certificates).map(subject).join(', ')}`,
      'name the file that has it too; for certificates of authorities write --type client-ca',
    );
  }
  const leaf = leafOf(certificates, keys);
  const chain = chainOf(leaf, certificates);
  const key = keys.find((one) => leaf.x509.checkPrivateKey(one));
  const left = certificates.filter((parsed) => !chain.includes(parsed));
  return {
    type: 'SERVER',
    certificate: pemOf(chain),
    private_key: key?.export({ type: 'pkcs8', format: 'pem' }).toString() ?? null,
    name: leaf.facts.domains[0] ?? commonName(leaf),
    notes: [
      ...material.notes,
      ...left.map((parsed) => `left out ${subject(parsed)}: it is not among the issuers of ${subject(leaf)}`),
      ...unused(material.revocations.length, 'revocation list', 'import it by itself'),
    ],
  };
}

/** The certificate that the keys are for; without keys, the only one that has issued none of the others. */
function leafOf(certificates: readonly Parsed[], keys: readonly KeyObject[]): Parsed {
  const candidates =
    keys.length === 0
      ? leavesOf(certificates)
      : certificates.filter(({ x509 }) => keys.some((key) => x509.checkPrivateKey(key)));
  const [first, ...others] = candidates;
  if (!first) {
    throw missing(
      `the private key is for none of the certificates: ${certificates.map(subject).join(', ')}`,
      'name the file with the key that the request was made with',
    );
  }
  const renewed = others.every(({ key }) => key.equals(first.key));
  if (others.length > 0 && !renewed) {
    throw missing(
      `there are several certificates for servers: ${candidates.map(subject).join(', ')}`,
      'import them one at a time',
    );
  }
  // Of several for one key the latest is the renewed one.
  return candidates.reduce((best, next) => (next.facts.not_after > best.facts.not_after ? next : best));
}

function leavesOf(certificates: readonly Parsed[]): Parsed[] {
  return certificates.filter((parsed) =>
    certificates.every((other) => other === parsed || !other.x509.checkIssued(parsed.x509)),
  );
}

function authorities({ keys, revocations: lists, notes }: Material, certificates: readonly Parsed[]): Sorted {
  const [first] = certificates;
  if (!first) {
    throw missing('there is no certificate in these files', 'name the file with those of the authorities');
  }
  return {
    type: 'CLIENT_CA',
    certificate: pemOf(certificates),
    private_key: null,
    name: commonName(first),
    notes: [
      ...notes,
      ...unused(keys.length, 'private key', 'clients have theirs themselves'),
      ...unused(lists.length, 'revocation list', 'import it by itself'),
    ],
  };
}

function revocations({ revocations: lists, keys, notes }: Material, certificates: readonly Parsed[]): Sorted {
  const [first] = lists;
  if (!first) {
    throw missing('there is no revocation list in these files', 'name the file that the authority publishes');
  }
  const list = readCrl(first.value);
  return {
    type: 'CRL',
    certificate: lists.map(({ value }) => toPem('X509 CRL', value)).join(''),
    private_key: null,
    name: 'issuer' in list ? firstPart(list.issuer) : '',
    notes: [
      ...notes,
      ...unused(certificates.length, 'certificate', 'import it by itself'),
      ...unused(keys.length, 'private key', 'a revocation list has none'),
    ],
  };
}

function unused(count: number, noun: string, advice: string): string[] {
  return count === 0 ? [] : [`left out ${count === 1 ? `a ${noun}` : `${count} ${noun}s`}: ${advice}`];
}

function subject({ facts }: Parsed): string {
  return facts.subject;
}

function commonName({ facts }: Parsed): string {
  return firstPart(facts.subject);
}

/** `Example CA` of `CN=Example CA, O=Example`. */
function firstPart(name: string): string {
  return (/CN=([^,]+)/.exec(name)?.[1] ?? name).slice(0, 255);
}

function pemOf(certificates: readonly Parsed[]): string {
  return certificates.map(({ x509 }) => toPem('CERTIFICATE', x509.raw)).join('');
}

function missing(what: string, advice: string): SluiceError {
  return new SluiceError('invalid_configuration', `${what}; ${advice}`);
}
