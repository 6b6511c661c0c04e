/** Uploads as people try them, and what is said about them. */
import { type Fault, SluiceError } from '../../model/errors.js';
import { refuseFaults } from '../../schema/faults.js';
import { checkUpload } from '../check.js';
import type { Checked, Upload } from '../upload.js';
import { type Pair, selfSigned, site } from './authority.js';

const NOW = '2026-01-31T12:00:00';
/** A certificate for www.example.com, its issuer and root. */
export const SITE = site();

/** The chain and key of {@link SITE}, unless fields say otherwise. @throws SluiceError */
export function upload(fields: Partial<Upload> = {}): Checked {
  const complete: Upload = {
    type: 'SERVER',
    certificate: SITE.chain,
    chain: null,
    private_key: SITE.leaf.key,
    keptKeyOf: null,
    ...fields,
  };
  return refuseFaults('certificate', (report) => checkUpload(complete, NOW, report))!;
}

/** What is said about an upload: `field: message; suggestion`. */
export function faultsOf(fields: Partial<Upload>): string[] {
  try {
    upload(fields);
    return [];
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'invalid_configuration') {
      throw error;
    }
    return error.faults.map(({ path, message, suggestion }: Fault) => {
      return `${path.replace(/^certificate\./, '')}: ${message}; ${suggestion}`;
    });
  }
}

/** A block around base64. */
export function block(label: string, base64: string): string {
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}

/** The base64 of a block, without its markers. */
export function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]+-----/g, '').trim();
}

export function derOf(pem: string): Buffer {
  return Buffer.from(bodyOf(pem), 'base64');
}

/** A certificate for a key, and the key. */
export function signedWith(pair: Pair): Pick<Upload, 'certificate' | 'private_key'> {
  const { certificate, key: private_key } = selfSigned({ domains: ['www.example.com'], key: pair });
  return { certificate, private_key };
}
