/** Identity v3 under /identity/v3, and under /v3 for clients that are told no path. */
import type { FastifyInstance } from 'fastify';
import { readJsonBodies } from '../http/body.js';
import { applicationCredentialRoutes } from './application-credentials.js';
import { Desk, type DeskParts } from './desk.js';
import { versionListRoute, versionRoute } from './discovery.js';
import { answerErrors } from './errors.js';
import { fixedRoutes } from './fixed.js';
import { projectRoutes } from './projects.js';
import { roleRoutes } from './roles.js';
import { tokenRoutes } from './tokens.js';
import { userRoutes } from './users.js';

export type IdentityRoutesParts = DeskParts;

/**
 * Registers the routes in a scope of their own: they have Keystone's errors, and ask for callers themselves. Where an external Keystone
 * is asked there are none, and their paths say so.
 */
export function identityRoutes(server: FastifyInstance, parts: IdentityRoutesParts): void {
  const desk = new Desk(parts);
  if (parts.identity.settings.auth === 'keystone') {
    for (const prefix of ['/identity', '/v3']) {
      void server.register(async (scope) => prepare(scope, desk), { prefix });
    }
    return;
  }
  void server.register(
    async (scope) => {
      prepare(scope, desk);
      versionListRoute(scope, desk);
      void scope.register(async (v3) => addV3(v3, desk), { prefix: '/v3' });
    },
    { prefix: '/identity' },
  );
  void server.register(
    async (scope) => {
      // The document has each route once.
      scope.addHook('onRoute', (route) => {
        route.schema = { ...route.schema, hide: true };
      });
      prepare(scope, desk);
      addV3(scope, desk);
    },
    { prefix: '/v3' },
  );
}

function prepare(scope: FastifyInstance, desk: Desk): void {
  // Schemas are for the OpenAPI document: bodies are read by their own readers, and answers are plain JSON.
  scope.setValidatorCompiler(() => () => true);
  scope.setSerializerCompiler(() => JSON.stringify);
  readJsonBodies(scope);
  scope.addHook('onRequest', async (request, reply) => desk.begin(request, reply));
  answerErrors(scope, desk);
}

function addV3(scope: FastifyInstance, desk: Desk): void {
  versionRoute(scope, desk);
  tokenRoutes(scope, desk);
  projectRoutes(scope, desk);
  userRoutes(scope, desk);
  roleRoutes(scope, desk);
  applicationCredentialRoutes(scope, desk);
  fixedRoutes(scope, desk);
}
