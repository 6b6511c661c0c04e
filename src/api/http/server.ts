/** Puts the table of routes onto an HTTP server: authentication, bodies, answers, errors and audit of all of them. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ControlPlane } from '../../control/control-plane.js';
import type { SluiceError } from '../../model/errors.js';
import type { Caller } from '../../model/identity.js';
import type { Query } from '../list/query.js';
import { type Access, type Need, requireNeed } from './access.js';
import { aboutWhat, auditEntry } from './audit.js';
import { BODY_LIMIT, readJsonBodies } from './body.js';
import { asSluiceError, errorAnswer, isDefect } from './errors.js';
import { refuseUnknown } from './not-found.js';
import { schemaOf } from './openapi.js';
import type { RouteGroup } from './paths.js';
import type { ApiRequest, Audited, Route } from './route.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on routes that are open to everybody, and before it is known. */
    caller: Caller | null;
    /** `req-` and a UUID, also in the answer's X-Openstack-Request-Id. */
    apiId: string;
    /** ms since the epoch. */
    startedAt: number;
  }
  interface FastifyContextConfig {
    /** What the caller must be allowed; default `admin`. */
    need?: Need;
    audited?: Audited;
  }
}

export interface ServerParts {
  control: ControlPlane;
  access: Access;
  log: Logger;
  /** Where clients reach this gateway: `https://lb.example.org`; absent: where they say they do. */
  publicUrl?: string;
}

/** Hooks and handlers for every route that is registered on `server` or below it. */
export function prepareServer(server: FastifyInstance, parts: ServerParts, groups: readonly RouteGroup[]): void {
  server.decorateRequest('caller', null);
  server.decorateRequest('apiId', '');
  server.decorateRequest('startedAt', 0);
  // Schemas are for the document: bodies are read by their own validators, and answers are plain JSON.
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => JSON.stringify);
  readJsonBodies(server);
  server.addHook('onRequest', async (request, reply) => {
    identifyRequest(request, reply);
    const need = request.routeOptions.config.need ?? 'admin';
    if (need !== 'none' && !request.is404) {
      const facts = { headers: request.headers, address: request.ip ?? 'socket' };
      request.caller = await parts.access.authenticate(facts);
      requireNeed(request.caller, need);
    }
  });
  server.setNotFoundHandler((request) => {
    const paths = { routed: pathOf(request.url), written: pathOf(request.originalUrl) };
    throw refuseUnknown(groups, request.method, paths);
  });
  server.setErrorHandler(async (thrown, request, reply) => {
    const error = asSluiceError(thrown, request.apiId);
    if (isDefect(error)) {
      parts.log.error(
        { err: thrown, request_id: request.apiId, method: request.method, url: request.originalUrl },
        'request failed',
      );
    }
    await recordRefusal(request, error, parts);
    sendError(reply, error, parts.access.authUrl ?? `${urlOf(request, parts.publicUrl).origin}/identity`);
  });
}

/** Errors from before a route was found: a URL that cannot be decoded. */
export function frameworkErrors(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  identifyRequest(request, reply);
  sendError(reply, asSluiceError(error, request.apiId), '');
}

export function addRoutes(server: FastifyInstance, groups: readonly RouteGroup[], parts: ServerParts): void {
  for (const { prefix, routes } of groups) {
    for (const route of routes) {
      addRoute(server, `${prefix}${route.path}` || '/', route, parts);
    }
  }
}

function addRoute(server: FastifyInstance, url: string, route: Route, parts: ServerParts): void {
  const { need, audited } = route;
  server.route({
    method: route.method,
    url,
    exposeHeadRoute: route.method === 'GET' && need === 'none',
    bodyLimit: BODY_LIMIT,
    schema: schemaOf(route, url),
    config: { need, ...(audited ? { audited } : {}) },
    handler: async (request, reply) => {
      const { status, body, type, headers } = await route.handle(apiRequest(request, parts));
      reply.code(status ?? route.status).headers(headers ?? {});
      if (type !== undefined) {
        reply.type(type);
      }
      return reply.send(body);
    },
  });
}

/** On routes that are open to everybody: of a project that there is not, because no project at all would stand for the operator. */
const NOBODY: Caller = { user: { id: '', name: '' }, project: { id: '', name: '' }, roles: [], from: '' };

function apiRequest(request: FastifyRequest, { control, publicUrl }: ServerParts): ApiRequest {
  return {
    control,
    caller: request.caller ?? NOBODY,
    id: request.apiId,
    method: request.method,
    url: urlOf(request, publicUrl),
    params: request.params as Record<string, string>,
    query: request.query as Query,
    body: request.body,
    headers: request.headers,
    startedAt: request.startedAt,
    audited: request.routeOptions.config.audited,
  };
}

function identifyRequest(request: FastifyRequest, reply: FastifyReply): void {
  request.apiId = `req-${randomUUID()}`;
  request.startedAt = Date.now();
  reply.header('x-openstack-request-id', request.apiId);
}

/** As the client wrote it. A Host header that is none does no harm: links are then for this host. */
function urlOf({ protocol, host, originalUrl }: FastifyRequest, publicUrl = `${protocol}://${host}`): URL {
  const base = URL.canParse(publicUrl) ? new URL(publicUrl).origin : 'http://localhost';
  return new URL(`${base}${originalUrl.startsWith('/') ? originalUrl : '/'}`);
}

function pathOf(url: string): string {
  return url.split('?')[0]!;
}

function sendError(reply: FastifyReply, error: SluiceError, authUrl: string): void {
  const { status, headers, body } = errorAnswer(error, authUrl);
  reply.code(status).headers(headers).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body);
}

/** Refused changes are kept as well, once it is known who asked. */
async function recordRefusal(request: FastifyRequest, error: SluiceError, parts: ServerParts): Promise<void> {
  const { audited } = request.routeOptions.config;
  if (!audited || !request.caller) {
    return;
  }
  const facts = apiRequest(request, parts);
  const { body: response } = errorAnswer(error, '');
  try {
    const outcome = { status: error.status, ...aboutWhat(facts), response };
    await parts.control.record(auditEntry(facts, audited, outcome));
  } catch (err) {
    parts.log.error({ err, request_id: request.apiId }, 'a refused request could not be kept in the audit');
  }
}
