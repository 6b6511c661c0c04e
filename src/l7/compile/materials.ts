/** Certificates, authorities and revocation lists that a part of the configuration refers to. */
import { certificateOf, type Reference } from '../../certificates/references.js';
import { SluiceError } from '../../model/errors.js';
import type { Certificate, State } from '../../model/state.js';

/** The certificates in use, by id. Files are named by it. */
export interface Materials {
  servers: ReadonlyMap<string, Certificate>;
  authorities: ReadonlyMap<string, Certificate>;
  revocations: ReadonlyMap<string, Certificate>;
}

/** Finds what references mean. */
export type Resolve = (reference: Reference) => Certificate;

/** What a resolver looks into. */
export interface Sources {
  certificates: State['certificates'];
  /** @throws SluiceError where a private key cannot be had */
  open: (certificate: Certificate) => string;
}

/**
 * @param owner whose references these are, for people
 * @throws SluiceError `invalid_configuration` when there is no such certificate, or it is of another type; where its key cannot be had
 */
export function resolverOf({ certificates, open }: Sources, projectId: string, owner: string): Resolve {
  return ({ field, ref, type }) => {
    const certificate = certificateOf({ certificates }, projectId, ref);
    if (certificate?.type !== type) {
      const problem = certificate ? `is of type ${certificate.type}` : 'does not exist';
      throw new SluiceError(
        'invalid_configuration',
        `${owner}: ${field} refers to certificate ${ref}, which ${problem}; write the id of a certificate of type ${type}`,
      );
    }
    if (type === 'SERVER') {
      open(certificate);
    }
    return certificate;
  };
}

export function certificatePath({ id }: Pick<Certificate, 'id'>): string {
  return `{{RUN}}/certs/${id}.pem`;
}

export function authorityPath({ id }: Pick<Certificate, 'id'>): string {
  return `{{RUN}}/ca/${id}.pem`;
}

export function revocationPath({ id }: Pick<Certificate, 'id'>): string {
  return `{{RUN}}/crl/${id}.pem`;
}

/** Gathers certificates by type. */
export function materialsOf(certificates: Iterable<Certificate>): Materials {
  const servers = new Map<string, Certificate>();
  const authorities = new Map<string, Certificate>();
  const revocations = new Map<string, Certificate>();
  const maps = { SERVER: servers, CLIENT_CA: authorities, CRL: revocations };
  for (const certificate of certificates) {
    maps[certificate.type].set(certificate.id, certificate);
  }
  return { servers, authorities, revocations };
}
