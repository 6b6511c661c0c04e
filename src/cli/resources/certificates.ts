/** Certificates: Sluice's own resource, which TLS listeners and pools refer to. */
import { CERTIFICATE_TYPES } from '../../model/state.js';
import { DESCRIPTION, type Json, NAME, PROJECT, type ResourceType, TAGS, VERBS } from './resource.js';

export const CERTIFICATE: ResourceType = {
  name: 'certificate',
  aliases: ['cert', 'certs', 'certificates'],
  noun: 'certificate',
  nouns: 'certificates',
  about: 'A certificate with its key, authorities of clients, or a revocation list.',
  path: '/v2/sluice/certificates',
  one: 'certificate',
  many: 'certificates',
  naming: 'name',
  verbs: VERBS,
  owned: true,
  columns: ['name', 'type', 'domains', 'not_after', 'key_type', 'listeners', 'id'],
  special: [
    { name: 'domains', title: 'FOR', value: ({ domains, subject, issuer }) => namesOf(domains) ?? subject ?? issuer },
    { name: 'not_after', title: 'EXPIRES', value: ({ not_after }) => String(not_after ?? '').slice(0, 10) },
    { name: 'listeners', value: ({ listeners }) => (listeners as unknown[] | undefined)?.length, right: true },
  ],
  fields: [
    NAME,
    DESCRIPTION,
    {
      name: 'type',
      kind: 'text',
      choices: CERTIFICATE_TYPES,
      set: false,
      filter: true,
      help: 'of a server, authorities of clients, or a revocation list; default SERVER',
    },
    {
      name: 'certificate',
      kind: 'file',
      create: 'required',
      help: 'PEM; what has another form is for `sluice certificate import`',
    },
    {
      name: 'chain',
      kind: 'file',
      unset: false,
      help: 'PEM of the issuers, where they are in a file of their own',
    },
    {
      name: 'private_key',
      flag: 'key',
      kind: 'file',
      unset: false,
      help: 'PEM of the private key, not encrypted; needed for SERVER',
    },
    {
      name: 'domain',
      kind: 'text',
      create: false,
      set: false,
      filter: true,
      help: 'for this host name, by wildcard too',
    },
    {
      name: 'expires_before',
      kind: 'text',
      placeholder: 'date',
      create: false,
      set: false,
      filter: true,
      help: 'whose end is before that, such as 2026-03-01',
    },
    PROJECT,
    TAGS,
  ],
  examples: {
    get: [
      { command: 'sluice get certs' },
      { command: 'sluice get certs --domain www.example.com' },
      { command: 'sluice get certs --expires-before 2026-03-01' },
    ],
    show: [{ command: 'sluice show cert shop' }],
    create: [
      { command: 'sluice create cert shop --certificate fullchain.pem --key privkey.pem' },
      { command: 'sluice create cert clients --type client-ca --certificate ca.pem' },
    ],
    set: [{ command: 'sluice set cert shop --certificate fullchain.pem --key privkey.pem', note: 'renews it' }],
    unset: [{ command: 'sluice unset cert shop --description' }],
    delete: [{ command: 'sluice delete cert shop' }],
  },
};

function namesOf(domains: Json[string]): unknown[] | undefined {
  return Array.isArray(domains) && domains.length > 0 ? domains : undefined;
}
