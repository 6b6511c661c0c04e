/** Bodies of certificates. What their PEM has to be is checked when they are taken in, by the time it is then. */
import { CERTIFICATE_TYPES, type Certificate, type CertificateType, MAX_PEM } from '../model/state.js';
import { choice, DESCRIPTION, type Field, type FieldsOf, NAME, optional, patch, record, TAGS, text } from './fields.js';
import { OWNER, type Owned } from './owner.js';

/** What is written of a certificate: PEM, checked by {@link checkUpload}. */
export interface CertificateMaterial {
  certificate: string;
  /** Null: it is in `certificate`, or there is none. */
  chain: string | null;
  /** Null: none is given. */
  private_key: string | null;
}

type Labels = Pick<Certificate, 'name' | 'description' | 'tags'>;

export type CertificateCreate = Labels & CertificateMaterial & { type: CertificateType; project_id?: string };
export type CertificatePatch = Partial<Labels & CertificateMaterial>;

const LONGEST = Math.max(...Object.values(MAX_PEM));

function pem(description: string): Field<string> {
  // The checks of the contents say more of an empty text than the schema does.
  return text(description, { minLength: 0, maxLength: LONGEST });
}

const CERTIFICATE = pem(
  'PEM text. SERVER: the certificate, then those of its issuers. CLIENT_CA: authorities. CRL: X.509 revocation lists.',
);
const FIELDS: FieldsOf<Labels & CertificateMaterial> = {
  name: NAME,
  description: DESCRIPTION,
  tags: TAGS,
  certificate: CERTIFICATE,
  chain: optional(pem('PEM text of the issuers, for a certificate that comes without them. SERVER only.'), null),
  private_key: optional(
    pem('PEM text of the private key, not encrypted: PKCS#8, PKCS#1 or SEC 1. SERVER only. It is never answered.'),
    null,
  ),
};

export const certificateCreate = record<Labels & CertificateMaterial & { type: CertificateType } & Owned>(
  'A certificate',
  {
    ...FIELDS,
    type: optional(
      choice(
        'SERVER: what listeners show their clients, with its key. CLIENT_CA: authorities of certificates that clients show. CRL: certificates they have taken back.',
        CERTIFICATE_TYPES,
      ),
      'SERVER',
    ),
    ...OWNER,
  },
);

export const certificatePatch = patch<Labels & CertificateMaterial>('A certificate', FIELDS, ['type']);
