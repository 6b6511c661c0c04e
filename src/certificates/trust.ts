/** Uploads of authorities that clients' certificates come from, and of their revocation lists. */
import { blocksOf, pemOf, readCertificates, timeProblems } from './blocks.js';
import { label } from './chain.js';
import { readCrl } from './crl.js';
import { type Problem, toPem } from './pem.js';
import type { Checked, Faulty, Upload } from './upload.js';
import { MIN_RSA_BITS, type Parsed } from './x509.js';

export function checkAuthorities({ certificate }: Upload, now: string, faulty: Faulty): Checked | undefined {
  const { parsed, problems } = readCertificates(certificate, 'CLIENT_CA');
  if (faulty('certificate', problems)) {
    return undefined;
  }
  // Bundles that were put together have some authorities twice; once is enough.
  const authorities = parsed.filter(
    ({ facts }, index) => parsed.findIndex((other) => other.facts.fingerprint === facts.fingerprint) === index,
  );
  faulty(
    'certificate',
    authorities.flatMap((authority) => authorityProblems(parsed, authority, now)),
  );
  const [first] = authorities;
  return (
    first && {
      certificate: pemOf(authorities),
      key: null,
      facts: {
        ...first.facts,
        domains: [],
        not_before: authorities.map(({ facts }) => facts.not_before).reduce((a, b) => (a > b ? a : b)),
        not_after: authorities.map(({ facts }) => facts.not_after).reduce((a, b) => (a < b ? a : b)),
        count: authorities.length,
      },
    }
  );
}

function authorityProblems(all: readonly Parsed[], authority: Parsed, now: string): Problem[] {
  const name = label(all, authority);
  const problems = timeProblems(name, authority, now);
  const { modulusLength } = authority.key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) {
    problems.push({
      message: `${name} has an RSA key of ${modulusLength} bits, and TLS refuses every client by it`,
      suggestion: 'get certificates from an authority with a longer key',
    });
  }
  if (!authority.x509.ca) {
    problems.push({
      message: `${name} is not an authority's: it may not issue certificates`,
      suggestion: 'write the certificate of the authority that issues those of the clients, one with CA:TRUE',
    });
  }
  return problems;
}

export function checkCrls({ certificate }: Upload, now: string, faulty: Faulty): Checked | undefined {
  const { blocks, problems } = blocksOf(certificate, 'CRL');
  const lists = blocks.map(({ bytes }) => readCrl(bytes));
  const read = lists.filter((list) => 'issuer' in list);
  faulty('certificate', [...problems, ...lists.filter((list) => 'message' in list)]);
  for (const { issuer, not_after } of read) {
    if (not_after !== null && not_after <= now) {
      faulty('certificate', [
        {
          message: `the revocation list of ${issuer} was to be replaced on ${not_after} UTC, and TLS refuses every client by it`,
          suggestion: 'get the present one from the authority',
        },
      ]);
    }
  }
  const [first] = read;
  const ends = read.map(({ not_after }) => not_after).filter((end) => end !== null);
  return (
    first && {
      certificate: blocks.map(({ bytes }) => toPem('X509 CRL', bytes)).join(''),
      key: null,
      facts: {
        subject: null,
        issuer: first.issuer,
        domains: [],
        not_before: read.map(({ not_before }) => not_before).reduce((a, b) => (a > b ? a : b)),
        not_after: ends.length === 0 ? null : ends.reduce((a, b) => (a < b ? a : b)),
        serial: null,
        fingerprint: first.fingerprint,
        key_type: null,
        count: read.length,
      },
    }
  );
}
