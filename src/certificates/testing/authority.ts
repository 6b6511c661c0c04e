/** A certificate authority for tests: makes keys, certificates and revocation lists of any kind at once. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { addressBytes } from '../../model/address.js';
import { toPem } from '../pem.js';
import { bits, der, integer, octets, oid, sequence, set, time, truth, utf8 } from './der.js';

export interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export interface Wanted {
  /** Common name; default `www.example.com`. */
  name?: string;
  /** DNS names and IP addresses. */
  domains?: readonly string[];
  ca?: boolean;
  notBefore?: string;
  notAfter?: string;
  key?: Pair;
  hash?: 'md5' | 'sha1' | 'sha256';
  /** Extended key usages, as OIDs. */
  usages?: readonly string[];
}

export interface Issued {
  /** PEM. */
  certificate: string;
  /** PKCS#8 PEM. */
  key: string;
  pair: Pair;
  name: string;
  serial: number;
}

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const DEFAULT_NAME = 'www.example.com';
const VALID = { notBefore: '2020-01-01T00:00:00', notAfter: '2049-12-31T23:59:59' };
const ALGORITHMS: Readonly<Record<string, string>> = {
  'rsa md5': '1.2.840.113549.1.1.4',
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa sha256': '1.2.840.113549.1.1.11',
  'ec sha1': '1.2.840.10045.4.1',
  'ec sha256': '1.2.840.10045.4.3.2',
  'ed25519 sha256': '1.3.101.112',
};

let serials = 4096;

export function ecPair(namedCurve = 'prime256v1'): Pair {
  return generateKeyPairSync('ec', { namedCurve });
}

export function rsaPair(modulusLength = 2048): Pair {
  return generateKeyPairSync('rsa', { modulusLength });
}

/** A certificate that is its own issuer. */
export function selfSigned(wanted: Wanted = {}): Issued {
  const pair = wanted.key ?? ecPair();
  return issue(wanted, pair, { name: wanted.name ?? DEFAULT_NAME, pair });
}

/** A certificate of an issuer. */
export function issuedBy(issuer: Issued, wanted: Wanted = {}): Issued {
  return issue(wanted, wanted.key ?? ecPair(), issuer);
}

/** An authority below another one, or, without one, a root. */
export function authority(name: string, issuer?: Issued, wanted: Wanted = {}): Issued {
  const complete = { ...wanted, name, ca: true };
  return issuer ? issuedBy(issuer, complete) : selfSigned(complete);
}

/** A certificate for `domain` with its issuer, and the root above it. */
export function site(domain = 'www.example.com', wanted: Wanted = {}) {
  const root = authority('Example Root');
  const intermediate = authority('Example Issuing', root);
  const leaf = issuedBy(intermediate, { name: domain, domains: [domain], ...wanted });
  return { root, intermediate, leaf, chain: `${leaf.certificate}${intermediate.certificate}` };
}

/** A revocation list, PEM. @param next null: it does not say when the next one comes */
export function revocationList(
  issuer: Pick<Issued, 'name' | 'pair'>,
  serialsTakenBack: readonly number[] = [],
  { made = VALID.notBefore, next = VALID.notAfter as string | null } = {},
): string {
  const algorithm = algorithmOf(issuer.pair, 'sha256');
  const revoked = serialsTakenBack.map((serial) => sequence(integer(serial), time(made)));
  const body = sequence(
    integer(1),
    algorithm,
    nameDer(issuer.name),
    time(made),
    ...(next === null ? [] : [time(next)]),
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
  );
  return toPem('X509 CRL', signed(body, issuer.pair, 'sha256'));
}

function issue(wanted: Wanted, pair: Pair, issuer: Pick<Issued, 'name' | 'pair'>): Issued {
  const { name = DEFAULT_NAME, hash = 'sha256', ca = false, domains = [], usages = [] } = wanted;
  const { notBefore, notAfter } = { ...VALID, ...wanted };
  serials += 1;
  const extensions = [
    ...(ca ? [extension('2.5.29.19', sequence(truth()))] : []),
    ...(domains.length === 0 ? [] : [extension('2.5.29.17', sequence(...domains.map(generalName)))]),
    ...(usages.length === 0 ? [] : [extension('2.5.29.37', sequence(...usages.map(oid)))]),
  ];
  const body = sequence(
    der(0xa0, integer(2)),
    integer(serials),
    algorithmOf(issuer.pair, hash),
    nameDer(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    nameDer(name),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  return {
    certificate: toPem('CERTIFICATE', signed(body, issuer.pair, hash)),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pair,
    name,
    serial: serials,
  };
}

function signed(body: Buffer, pair: Pair, hash: string): Buffer {
  const isEd25519 = pair.privateKey.asymmetricKeyType === 'ed25519';
  const signature = sign(isEd25519 ? null : hash, body, pair.privateKey);
  return sequence(body, algorithmOf(pair, hash), bits(signature));
}

function algorithmOf({ privateKey }: Pair, hash: string): Buffer {
  const type = privateKey.asymmetricKeyType;
  const null5 = type === 'rsa' ? [der(0x05)] : [];
  return sequence(oid(ALGORITHMS[`${type} ${hash}`]!), ...null5);
}

function nameDer(name: string): Buffer {
  const part = (type: string, text: string) => set(sequence(oid(type), utf8(text)));
  return sequence(part('2.5.4.10', 'Example'), part('2.5.4.3', name));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), octets(value));
}

function generalName(domain: string): Buffer {
  if (isIPv4(domain)) {
    return der(0x87, addressBytes(domain).subarray(12));
  }
  return domain.includes(':') ? der(0x87, addressBytes(domain)) : der(0x82, Buffer.from(domain, 'latin1'));
}
