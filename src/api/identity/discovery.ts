/** Which versions there are: what clients ask before they log in. */
import type { FastifyInstance } from 'fastify';
import { IDENTITY_PATH } from './base-url.js';
import type { Desk } from './desk.js';
import { document } from './openapi.js';

/** The version of Keystone's API whose behaviour clients can count on. */
const VERSION = 'v3.14';
const UPDATED = '2020-04-07T00:00:00Z';

function versionView(base: string): object {
  return {
    id: VERSION,
    status: 'stable',
    updated: UPDATED,
    links: [{ rel: 'self', href: `${base}${IDENTITY_PATH}/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}

/** `GET /identity`: clients that were told no version choose one. */
export function versionListRoute(server: FastifyInstance, desk: Desk): void {
  server.get('/', document('Versions of the identity API'), async (request, reply) => {
    void reply.code(300).header('location', `${desk.base(request)}${IDENTITY_PATH}/`);
    return { versions: { values: [versionView(desk.base(request))] } };
  });
}

/** `GET /identity/v3`. */
export function versionRoute(server: FastifyInstance, desk: Desk): void {
  server.get('/', document('This version of the identity API'), async (request) => ({
    version: versionView(desk.base(request)),
  }));
}
