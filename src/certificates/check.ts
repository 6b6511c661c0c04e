/** What is uploaded as a certificate: read, checked, and brought into the form that is kept (TL-1). */
import type { CertificateType } from '../model/state.js';
import type { FaultReport } from '../schema/faults.js';
import type { Problem } from './pem.js';
import { checkServer } from './server.js';
import { checkAuthorities, checkCrls } from './trust.js';
import type { Check, Checked, Upload } from './upload.js';

const CHECKS: Readonly<Record<CertificateType, Check>> = {
  SERVER: checkServer,
  CLIENT_CA: withoutKey(checkAuthorities),
  CRL: withoutKey(checkCrls),
};

/**
 * @param now UTC, `2026-01-31T12:00:00`
 * @param report takes every fault, at `certificate`, `chain` or `private_key`
 * @returns undefined when there are faults
 */
export function checkUpload(upload: Upload, now: string, report: FaultReport): Checked | undefined {
  let faults = 0;
  const faulty = (field: keyof Upload, problems: readonly Problem[]): boolean => {
    for (const problem of problems) {
      report([field], problem);
    }
    faults += problems.length;
    return problems.length > 0;
  };
  const checked = CHECKS[upload.type](upload, now, faulty);
  return faults === 0 ? checked : undefined;
}

/** A check of a type that has neither key nor chain. */
function withoutKey(check: Check): Check {
  return (upload, now, faulty) => {
    for (const field of ['private_key', 'chain'] as const) {
      if (upload[field] !== null) {
        faulty(field, [
          { message: `does not belong to the type ${upload.type}`, suggestion: 'leave it out, or write type: SERVER' },
        ]);
      }
    }
    return check(upload, now, faulty);
  };
}
