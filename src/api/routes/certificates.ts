/** Certificates: ours, Octavia keeps them in a secret store elsewhere. */
import { createCertificate, deleteCertificate, updateCertificate } from '../../control/index.js';
import type { Certificate } from '../../model/state.js';
import { answers, bodies, type CertificateCreate, type CertificatePatch } from '../../schema/index.js';
import type { Parameter, Route } from '../http/route.js';
import type { Query } from '../list/query.js';
import { certificateView } from '../views/certificate.js';
import { type Collection, collectionRoutes, type ListLimits } from './collection.js';
import { wrongParameter } from './flags.js';
import { findOwn, visible } from './scope.js';

const NARROWING: readonly Parameter[] = [
  { name: 'domain', description: 'Certificates for this host name or address, by wildcard too.' },
  { name: 'expires_before', description: 'Those whose end is before a UTC date or time: 2026-03-01.' },
];

const certificates: Collection<Certificate, CertificateCreate, CertificatePatch> = {
  kind: 'certificate',
  noun: 'a certificate',
  tag: 'Certificates',
  path: '/certificates',
  param: 'certificate_id',
  view: certificateView,
  answer: answers.certificate,
  needs: { read: 'read', write: 'write' },
  narrowing: NARROWING,
  items: (request) => narrowed(visible(request, request.control.state.certificates.values()), request.query),
  find: (request, id) => findOwn(request, request.control.state.certificates, 'certificate', id),
  label: ({ id, name }) => ({ id, name }),
  create: { body: bodies.certificate.create, run: (_request, input) => createCertificate(input) },
  update: { body: bodies.certificate.update, run: (_request, id, patch) => updateCertificate(id, patch) },
  delete: { run: (_request, id) => deleteCertificate(id) },
};

export function certificateRoutes(limits: ListLimits): Route[] {
  return collectionRoutes(certificates, limits);
}

/** @throws SluiceError `invalid_configuration` */
function narrowed(found: readonly Certificate[], { domain, expires_before }: Query): readonly Certificate[] {
  const before = timeParameter(expires_before);
  const names = domain === undefined ? undefined : [domain].flat().flatMap(namesFor);
  return found.filter(
    ({ facts }) =>
      (before === undefined || (facts.not_after !== null && facts.not_after < before)) &&
      (names === undefined || names.some((name) => facts.domains.includes(name))),
  );
}

/** A name, and the wildcard that it falls under. */
function namesFor(domain: string): string[] {
  const name = domain.toLowerCase();
  return [name, name.replace(/^[^.]*/, '*')];
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?Z?$/;

function timeParameter(value: Query[string]): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const text = String(value);
  if (!TIME.test(text) || Number.isNaN(Date.parse(text))) {
    throw wrongParameter({
      path: 'expires_before',
      message: `${text} is neither a date nor a time`,
      suggestion: 'write UTC as 2026-03-01 or 2026-03-01T12:00:00',
    });
  }
  return text.replace('Z', '');
}
