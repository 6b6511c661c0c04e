/** The JSON of certificates. Private keys are not part of it. */
import { usersOf, warningsOf } from '../../certificates/index.js';
import type { Certificate } from '../../model/state.js';
import { PREFIXES } from '../http/paths.js';
import type { Live, View } from '../list/view.js';

export const certificateView: View<Certificate> = {
  one: 'certificate',
  many: 'certificates',
  key: 'id',
  attributes: {
    id: ({ id }) => id,
    project_id: ({ project_id }) => project_id,
    tenant_id: ({ project_id }) => project_id,
    name: ({ name }) => name,
    description: ({ description }) => description,
    tags: ({ tags }) => tags,
    type: ({ type }) => type,
    ref: ({ id }) => `${PREFIXES.sluice}/certificates/${id}`,
    subject: ({ facts }) => facts.subject,
    issuer: ({ facts }) => facts.issuer,
    domains: ({ facts }) => facts.domains,
    not_before: ({ facts }) => facts.not_before,
    not_after: ({ facts }) => facts.not_after,
    serial: ({ facts }) => facts.serial,
    fingerprint: ({ facts }) => facts.fingerprint,
    key_type: ({ facts }) => facts.key_type,
    count: ({ facts }) => facts.count,
    certificate: ({ certificate }) => certificate,
    listeners: (certificate, live) => users('listener', certificate, live),
    pools: (certificate, live) => users('pool', certificate, live),
    warnings: (certificate) => warningsOf(certificate, Date.now()),
    created_at: ({ created_at }) => created_at,
    updated_at: ({ updated_at }) => updated_at,
  },
  heavy: new Set(['certificate', 'warnings']),
};

function users(wanted: 'listener' | 'pool', certificate: Certificate, { state }: Live): { id: string }[] {
  return usersOf(state, certificate)
    .filter(({ kind }) => kind === wanted)
    .map(({ id }) => ({ id }));
}
