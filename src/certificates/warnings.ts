/** What is no fault of a certificate, and worth knowing. */
import type { Certificate } from '../model/state.js';
import { EXPIRY_DAYS, millisecondsOf } from './expiry.js';
import { readPem } from './pem.js';
import { readCertificate } from './x509.js';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';
const DAY_MS = 86_400_000;

/** Sentences without their end. @param now ms since the epoch */
export function warningsOf({ type, certificate, facts }: Certificate, now: number): string[] {
  const warnings = type === 'SERVER' ? serverWarnings(certificate, facts.domains) : [];
  const days = facts.not_after === null ? Number.POSITIVE_INFINITY : (millisecondsOf(facts.not_after) - now) / DAY_MS;
  if (days <= 0) {
    warnings.push(`it expired on ${facts.not_after} UTC`);
  } else if (days <= Math.max(...EXPIRY_DAYS)) {
    const whole = Math.floor(days);
    warnings.push(`it expires in ${whole === 0 ? 'less than a day' : whole === 1 ? '1 day' : `${whole} days`}`);
  }
  return warnings;
}

function serverWarnings(pem: string, domains: readonly string[]): string[] {
  const warnings: string[] = [];
  const leaf = readPem(pem, 'CERTIFICATE').blocks[0];
  const parsed = leaf && readCertificate(leaf.bytes);
  if (domains.length === 0) {
    warnings.push('it names no domain (subjectAltName): browsers refuse it, whatever its common name is');
  }
  if (parsed && 'usages' in parsed) {
    const { usages, selfSigned } = parsed;
    if (usages && !usages.includes(SERVER_AUTH) && !usages.includes(ANY_USAGE)) {
      warnings.push(
        'it is not for servers (extendedKeyUsage): browsers refuse it; as what a pool shows to members it may do',
      );
    }
    if (selfSigned) {
      warnings.push('it is its own issuer: clients accept it only where it was made known to them');
    }
  }
  return warnings;
}
