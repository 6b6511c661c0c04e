/** What happened and how members are: audit (OB-4), events, health with causes (HC-4). */

import type { ControlPlane } from '../../control/control-plane.js';
import type { Member, Pool } from '../../model/resources.js';
import type { AuditEntry, EventEntry } from '../../store/store.js';
import type { ApiRequest, Route, Schema } from '../http/route.js';
import { rooted } from './collection.js';
import { type Journal, journalRoute } from './journal.js';
import { find } from './scope.js';

const TAG = 'Observation';
const TEXT = { type: 'string' };
const TEXT_OR_NULL = { type: ['string', 'null'] };

const audit: Journal<AuditEntry> = {
  many: 'audit',
  summary: 'List requests that changed, or tried to change, something',
  filters: ['kind', 'resource_id', 'resource_name', 'user', 'action', 'outcome'],
  read: (control, filter) => control.audit(filter),
  answer: {
    type: 'object',
    properties: {
      ...Object.fromEntries(
        ['id', 'at', 'request_id', 'user_id', 'user_name', 'source', 'action', 'kind', 'method', 'path'].map((name) => [
          name,
          TEXT,
        ]),
      ),
      ...Object.fromEntries(['project_id', 'resource_id', 'resource_name'].map((name) => [name, TEXT_OR_NULL])),
      status: { type: 'integer' },
      outcome: { type: 'string', enum: ['success', 'failure'] },
      request: { description: 'The body, without secrets.' },
      response: { description: 'The body of the answer, without secrets.' },
      milliseconds: { type: 'number' },
    },
  },
};

const events: Journal<EventEntry> = {
  many: 'events',
  summary: 'List what happened by itself: members that went down, limits that were reached',
  filters: ['type', 'severity', 'resource_id'],
  read: (control, filter) => control.events(filter),
  answer: {
    type: 'object',
    properties: {
      id: TEXT,
      at: TEXT,
      type: TEXT,
      severity: { type: 'string', enum: ['info', 'warning', 'error'] },
      ...Object.fromEntries(['project_id', 'kind', 'resource_id', 'resource_name'].map((name) => [name, TEXT_OR_NULL])),
      message: TEXT,
    },
  },
};

const HEALTH_SCHEMA: Schema = {
  type: 'object',
  properties: {
    id: { type: 'string', format: 'uuid' },
    name: TEXT,
    address: TEXT,
    protocol_port: { type: 'integer' },
    operating_status: TEXT,
    cause: { ...TEXT_OR_NULL, description: 'Why it is unhealthy, in words.' },
    since: { ...TEXT_OR_NULL, description: 'When it became what it is; ISO 8601.' },
    checked_at: { ...TEXT_OR_NULL, description: 'The last check; ISO 8601.' },
    flapping: { type: 'boolean', description: 'Whether it keeps changing.' },
    history: {
      type: 'array',
      description: 'Its last changes.',
      items: { type: 'object', properties: { at: TEXT, up: { type: 'boolean' }, cause: TEXT } },
    },
  },
};

const NO_HEALTH = { cause: null, since: null, checked_at: null, flapping: false, history: [] };

/** Members that are not checked have no causes and no history. */
function healthOf(control: ControlPlane, { id, name, address, protocol_port }: Member): Record<string, unknown> {
  const health = control.memberHealth(id) ?? NO_HEALTH;
  return { id, name, address, protocol_port, operating_status: control.operatingStatus(id), ...health };
}

function healthRoute(path: string, summary: string, answer: Schema, body: (request: ApiRequest) => unknown): Route {
  return {
    method: 'GET',
    path,
    need: 'read',
    status: 200,
    tag: TAG,
    summary,
    answer,
    handle: (request) => ({ body: body(request) }),
  };
}

export const OBSERVATION_ROUTES: readonly Route[] = [
  journalRoute('/audit', audit, TAG),
  journalRoute('/events', events, TAG),
  healthRoute(
    '/pools/:pool_id/health',
    'Show the health of all members of a pool',
    rooted('members', { type: 'array', items: HEALTH_SCHEMA }),
    (request) => {
      const pool: Pool = find(request, 'pool', request.params.pool_id!).object;
      return { members: pool.members.map((member) => healthOf(request.control, member)) };
    },
  ),
  healthRoute(
    '/members/:member_id/health',
    'Show the health of a member',
    rooted('health', HEALTH_SCHEMA),
    (request) => ({ health: healthOf(request.control, find(request, 'member', request.params.member_id!).object) }),
  ),
];
