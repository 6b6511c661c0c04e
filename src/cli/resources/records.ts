/** What happened: requests that changed something, and events. */
import type { Field, Json, ResourceType } from './resource.js';
import { readTime } from './values.js';

/** Without the fraction of a second, which says nothing to people. */
function when({ at }: Json): unknown {
  return typeof at === 'string' ? at.replace(/\.\d+Z$/, 'Z') : at;
}

function filter(name: string, help: string, more: Partial<Field> = {}): Field {
  return { name, kind: 'text', create: false, set: false, filter: true, help, ...more };
}

const TIMES = [
  filter('since', 'not before: a time, or 15m, 2h, 3d ago', { placeholder: 'time', read: readTime }),
  filter('until', 'not after', { placeholder: 'time', read: readTime }),
];

export const AUDIT: ResourceType = {
  name: 'audit',
  aliases: ['audits'],
  noun: 'audit entry',
  nouns: 'audit entries',
  about: 'A request that changed something, or tried to; kept for seven days.',
  path: '/v2/sluice/audit',
  one: 'audit_entry',
  many: 'audit',
  naming: 'id',
  verbs: ['get'],
  owned: true,
  unsorted: true,
  defaultLimit: 100,
  columns: ['at', 'user_name', 'source', 'action', 'kind', 'resource_name', 'status'],
  special: [
    { name: 'at', title: 'TIME', value: when },
    { name: 'user_name', title: 'USER' },
    {
      name: 'resource_name',
      title: 'NAME',
      value: ({ resource_name, resource_id }) => resource_name ?? resource_id ?? '',
    },
    { name: 'status', right: true },
  ],
  fields: [
    filter('kind', 'kind of what was changed', { placeholder: 'kind' }),
    filter('resource_id', 'what was changed', { flag: 'id', placeholder: 'id' }),
    filter('resource_name', 'what was changed', { flag: 'name', placeholder: 'name' }),
    filter('user', 'who: a name or id', { placeholder: 'user' }),
    filter('action', 'create, update, delete, failover, apply, login, revoke, restore', { placeholder: 'action' }),
    filter('outcome', 'how it ended', { choices: ['success', 'failure'] }),
    ...TIMES,
  ],
  examples: {
    get: [
      { command: 'sluice get audit --since 2h' },
      { command: 'sluice get audit --name web --outcome failure -o json' },
    ],
  },
};

export const EVENT: ResourceType = {
  name: 'event',
  aliases: ['events'],
  noun: 'event',
  nouns: 'events',
  about: 'Something that happened by itself; kept for seven days.',
  path: '/v2/sluice/events',
  one: 'event',
  many: 'events',
  naming: 'id',
  verbs: ['get'],
  owned: true,
  unsorted: true,
  defaultLimit: 100,
  columns: ['at', 'severity', 'type', 'resource_name', 'message'],
  special: [
    { name: 'at', title: 'TIME', value: when },
    {
      name: 'resource_name',
      title: 'NAME',
      value: ({ resource_name, resource_id }) => resource_name ?? resource_id ?? '',
    },
  ],
  fields: [
    filter('type', 'such as member.down', { placeholder: 'type' }),
    filter('severity', 'how bad', { choices: ['info', 'warning', 'error'] }),
    filter('resource_id', 'what it is about', { flag: 'id', placeholder: 'id' }),
    ...TIMES,
  ],
  examples: {
    get: [
      { command: 'sluice get events --severity error' },
      { command: 'sluice get events --type member.down --since 1d' },
    ],
  },
};
