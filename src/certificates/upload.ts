/** What comes in as a certificate, and what is kept of it. */
import type { CertificateFacts, CertificateType } from '../model/state.js';
import type { Problem } from './pem.js';

export interface Upload {
  type: CertificateType;
  /** PEM. */
  certificate: string;
  /** PEM of the issuers, the chain's rest; null: it is in `certificate`, or there is none. */
  chain: string | null;
  /** PEM; null: none is given. */
  private_key: string | null;
  /** The certificate whose key is kept, in PEM; null: there is none. */
  keptKeyOf: string | null;
}

export interface Checked {
  certificate: string;
  /** PKCS#8 PEM; null: none was given, or none belongs there. */
  key: string | null;
  facts: CertificateFacts;
}

/** Takes problems of a field; whether there are any. */
export type Faulty = (field: keyof Upload, problems: readonly Problem[]) => boolean;

/** @param now UTC, `2026-01-31T12:00:00` */
export type Check = (upload: Upload, now: string, faulty: Faulty) => Checked | undefined;
