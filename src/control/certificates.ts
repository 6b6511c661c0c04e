/** Operations on certificates: what TLS listeners and pools refer to (TL-1, TL-2). */
import { type Checked, checkUpload, describeUsers, readLeafKey, type Upload, usersOf } from '../certificates/index.js';
import type { Certificate, State } from '../model/state.js';
import type { CertificateCreate, CertificatePatch } from '../schema/certificates.js';
import { type FaultReport, refuseFaults } from '../schema/faults.js';
import { projectFor, requireOwn } from './access.js';
import { patched, withEntry } from './edit.js';
import { locateKind } from './lookup.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { enforceQuota } from './quotas.js';
import { reportListenerCertificates, reportPoolCertificates } from './references.js';
import { about, conflict, notFound } from './refusals.js';

/** @throws SluiceError `invalid_configuration` with every fault of the PEM, `quota_exceeded` */
export function createCertificate(input: CertificateCreate): Operation<Certificate> {
  const { project_id, certificate, chain, private_key, type, ...labels } = input;
  return (context) => {
    const owned = made(context, { project_id: projectFor(context, project_id) });
    const { key, ...checked } = read(context, { type, certificate, chain, private_key, keptKeyOf: null });
    const sealed_key = key === null ? null : context.seal(key, owned.id);
    const result: Certificate = { ...labels, ...owned, type, ...checked, sealed_key };
    const state = withCertificate(context.state, result);
    enforceQuota(context, state, owned.project_id);
    return { state, result };
  };
}

/**
 * Changes labels, or replaces a certificate by one of its type. Without `private_key` the key is kept, for a certificate that was
 * renewed for the same one.
 * @throws SluiceError `invalid_configuration` with every fault, `conflict` when listeners could not use it any more
 */
export function updateCertificate(id: string, patch: CertificatePatch): Operation<Certificate> {
  const { certificate: _, chain: __, private_key: ___, ...labels } = patch;
  return (context) => {
    const old = ownCertificate(context, id);
    const replaced = materialOf(context, old, patch);
    const result = patched<Certificate>(old, { ...labels, ...replaced }, context.now);
    if (result === old) {
      return { state: context.state, result };
    }
    const state = withCertificate(context.state, result);
    refuseMisfit({ ...context, state }, result);
    return { state, result };
  };
}

/** @throws SluiceError `conflict` while listeners or pools refer to it: they could not serve TLS any more */
export function deleteCertificate(id: string): Operation<void> {
  return (context) => {
    const { state } = context;
    const users = usersOf(state, ownCertificate(context, id));
    if (users.length > 0) {
      throw conflict(
        `Certificate ${id} is in use by ${describeUsers(users)}. Give them another certificate first; to renew this one, change it instead`,
      );
    }
    return { state: { ...state, certificates: withEntry(state.certificates, id, undefined) }, result: undefined };
  };
}

type Material = Pick<Certificate, 'certificate' | 'facts' | 'sealed_key'>;

/** What an update replaces: nothing, or certificate and key. */
function materialOf(
  context: Context,
  old: Certificate,
  { certificate, chain = null, private_key = null }: CertificatePatch,
): Partial<Material> {
  if (certificate === undefined && chain === null && private_key === null) {
    return {};
  }
  const upload: Upload = {
    type: old.type,
    certificate: certificate ?? old.certificate,
    chain,
    private_key,
    keptKeyOf: old.sealed_key === null ? null : old.certificate,
  };
  const { key, ...checked } = read(context, upload, (report) => {
    if (certificate === undefined && chain !== null) {
      report(['chain'], {
        code: 'missing',
        message: 'comes without its certificate',
        suggestion: 'add certificate: the chain is that of a certificate that is written with it',
      });
    }
  });
  // Each sealing of the same key reads differently, and would look like a change.
  const isSame = key === null || readLeafKey(old.certificate).equals(readLeafKey(checked.certificate));
  return { ...checked, sealed_key: isSame ? old.sealed_key : context.seal(key, old.id) };
}

function read({ now }: Context, upload: Upload, alsoCheck?: (report: FaultReport) => void): Checked {
  return refuseFaults('certificate', (report) => {
    alsoCheck?.(report);
    return checkUpload(upload, now, report);
  })!;
}

/**
 * Revocation lists and authorities go together in every listener and pool that uses one of them.
 * @param context with the changed certificate. @throws SluiceError `conflict`
 */
function refuseMisfit(context: Context, certificate: Certificate): void {
  if (certificate.type === 'SERVER') {
    return;
  }
  for (const { kind, id } of usersOf(context.state, certificate)) {
    about(`${kind} ${id}`, () =>
      refuseFaults(kind, (report) => {
        const asConflict: FaultReport = (path, detail) =>
          report(path, {
            ...detail,
            code: 'conflict',
            suggestion:
              'put new authorities beside the old ones first, then replace revocation lists, then take the old authorities out',
          });
        const located = locateKind(context.state, kind, id);
        if (located?.kind === 'listener') {
          reportListenerCertificates(context, located.object, asConflict);
        } else if (located?.kind === 'pool') {
          reportPoolCertificates(context, located.object, asConflict);
        }
      }),
    );
  }
}

function ownCertificate({ state, caller }: Context, id: string): Certificate {
  const certificate = state.certificates.get(id);
  if (!certificate) {
    throw notFound('certificate', id);
  }
  requireOwn(caller, 'certificate', certificate);
  return certificate;
}

function withCertificate(state: State, certificate: Certificate): State {
  return { ...state, certificates: withEntry(state.certificates, certificate.id, certificate) };
}
