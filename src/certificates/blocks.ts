/** What a field of an upload holds: the right blocks of PEM, and not too many of them. */
import { type CertificateType, MAX_PEM } from '../model/state.js';
import { convertAdvice, MAX_PROBLEMS, type PemBlock, type Problem, readPem, toPem } from './pem.js';
import { type Parsed, readCertificate } from './x509.js';

export const MAX_CHAIN = 10;
export const MAX_AUTHORITIES = 200;
const MAX_CRLS = 20;

export function readCertificates(text: string, type: CertificateType): { parsed: Parsed[]; problems: Problem[] } {
  const { blocks, problems } = blocksOf(text, type);
  const parsed: Parsed[] = [];
  for (const [index, { bytes }] of blocks.entries()) {
    if (problems.length >= MAX_PROBLEMS) {
      break;
    }
    const certificate = readCertificate(bytes);
    if ('message' in certificate) {
      const where = blocks.length === 1 ? '' : `certificate ${index + 1} `;
      problems.push({ ...certificate, message: `${where}${certificate.message}` });
    } else {
      parsed.push(certificate);
    }
  }
  return { parsed, problems };
}

/** The blocks of a field, and what is wrong with them as far as PEM goes. */
export function blocksOf(text: string, type: CertificateType): { blocks: PemBlock[]; problems: Problem[] } {
  const most = MAX_PEM[type];
  if (text.length > most) {
    const [has, may] = [text.length, most].map((size) => size.toLocaleString('en'));
    return { blocks: [], problems: [{ message: `has ${has} characters`, suggestion: `write at most ${may}` }] };
  }
  const wanted = type === 'CRL' ? 'X509 CRL' : 'CERTIFICATE';
  const { blocks, problems } = readPem(text, wanted);
  const foreign = new Map<string, Problem>();
  const own = blocks.filter((block) => {
    const problem = foreignProblem(block, type);
    if (problem) {
      foreign.set(problem.message, problem);
    }
    return !problem;
  });
  const [limit, what] = LIMITS[type];
  const many = own.length > limit ? [tooMany(own.length, limit, what)] : [];
  return { blocks: own.slice(0, limit), problems: [...problems, ...foreign.values(), ...many] };
}

const LIMITS: Readonly<Record<CertificateType, [most: number, what: string]>> = {
  SERVER: [MAX_CHAIN, 'of the server and of those that lead to its root'],
  CLIENT_CA: [MAX_AUTHORITIES, 'of the authorities that clients really have theirs from'],
  CRL: [MAX_CRLS, 'that the authorities need'],
};

export function tooMany(has: number, may: number, what: string): Problem {
  return { message: `has ${has} of them, at most ${may} are taken`, suggestion: `write only those ${what}` };
}

/** A block that does not belong into a field of this type, by its label. */
function foreignProblem({ label: name, encrypted }: PemBlock, type: CertificateType): Problem | undefined {
  const isCertificate = name === 'CERTIFICATE' || name === 'X509 CERTIFICATE';
  if (type === 'CRL' ? name === 'X509 CRL' : isCertificate && !encrypted) {
    return undefined;
  }
  if (name.endsWith('PRIVATE KEY')) {
    const suggestion = type === 'SERVER' ? 'write it in private_key' : 'leave it out, it is nobody else’s business';
    return { message: 'has a private key in it', suggestion };
  }
  switch (name) {
    case 'X509 CRL':
      return { message: 'has a revocation list in it', suggestion: 'make an object of the type CRL for it' };
    case 'CERTIFICATE':
    case 'X509 CERTIFICATE':
      return { message: 'has a certificate in it', suggestion: 'write the blocks -----BEGIN X509 CRL----- only' };
    case 'TRUSTED CERTIFICATE':
      return {
        message: 'has a certificate with openssl’s own trust settings in it',
        suggestion: 'write it plainly with `openssl x509 -in FILE -out plain.pem`',
      };
    case 'CERTIFICATE REQUEST':
    case 'NEW CERTIFICATE REQUEST':
      return {
        message: 'has a certificate signing request in it',
        suggestion: 'write the certificate that the authority made of the request',
      };
    case 'PKCS7':
    case 'CMS':
      return { message: 'is a PKCS#7 bundle', suggestion: convertAdvice('pkcs7') };
    default:
      return { message: `has a block of ${name} in it`, suggestion: 'leave that block out' };
  }
}

/** @param name what it is called in the message */
export function timeProblems(name: string, { facts }: Parsed, now: string): Problem[] {
  if (facts.not_after <= now) {
    return [{ message: `${name} expired on ${facts.not_after} UTC`, suggestion: 'write the renewed one' }];
  }
  return facts.not_before > now
    ? [
        {
          message: `${name} is not valid before ${facts.not_before} UTC, and it is ${now}`,
          suggestion: 'upload it from then on; if that is past already, set the gateway’s clock',
        },
      ]
    : [];
}

export function pemOf(certificates: readonly Parsed[]): string {
  return certificates.map(({ x509 }) => toPem('CERTIFICATE', x509.raw)).join('');
}
