/** The daemon's HTTP routes. Errors are JSON: faultcode, faultstring, code, faults. */
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type ErrorCode, SluiceError } from '../model/errors.js';
import { statusPage } from './page.js';
import { QueryReader, readSessionRequest } from './query.js';
import type { Service } from './service.js';

/** Tens of thousands of members fit many times over. */
const BODY_LIMIT = 64 << 20;

/** Errors that whoever runs the daemon should hear of too. */
const DEFECTS: ReadonlySet<ErrorCode> = new Set(['internal', 'dataplane_failed', 'state_unreadable']);

/** Everything, for the Unix socket: whoever may open that may change the gateway. */
export function createLocalServer(service: Service, log: Logger): FastifyInstance {
  const server = createServer(log);
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.removeContentTypeParser('application/json');
  server.post('/apply', async (request) => {
    const reader = new QueryReader(request.query as Record<string, unknown>);
    const options = {
      source: reader.text('source') ?? 'configuration',
      dryRun: reader.flag('dry_run'),
      prune: reader.flag('prune'),
    };
    reader.finish();
    return await service.apply(String(request.body ?? ''), options);
  });
  server.get('/sessions', async (request, reply) => {
    const { query, count, limit } = readSessionRequest(request.query as Record<string, unknown>);
    if (count) {
      return { count: await service.countSessions(query) };
    }
    reply.type('application/x-ndjson');
    return reply.send(Readable.from(sessionLines(service, query, limit)));
  });
  addReadOnlyRoutes(server, service);
  return server;
}

/** What anybody who reaches `api.listen` may see. */
export function createPublicServer(service: Service, log: Logger): FastifyInstance {
  const server = createServer(log);
  addReadOnlyRoutes(server, service);
  server.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(statusPage(service.status())));
  return server;
}

function addReadOnlyRoutes(server: FastifyInstance, service: Service): void {
  server.get('/healthcheck', async () => ({ status: 'OK' }));
  server.get('/status', async () => service.status());
  server.get('/stats', async () => {
    const { at, gateway, loadbalancers, outcomes, events } = service.status();
    const counted = loadbalancers.map(({ name, vip_address, listeners }) => ({
      name,
      vip_address,
      listeners: listeners.map((listener) => ({ ...listener, members: listener.members.map(withoutHealth) })),
    }));
    return { at, sessions: gateway.sessions, loadbalancers: counted, outcomes, events };
  });
  server.get('/health/members', async () => {
    const members = service
      .status()
      .loadbalancers.flatMap(({ name: loadbalancer, listeners }) =>
        listeners.flatMap(({ name: listener, pool, members }) =>
          members.map((member) => ({ loadbalancer, listener, pool, ...member })),
        ),
      );
    return { members };
  });
}

function withoutHealth<T extends { history?: unknown; cause?: unknown; since?: unknown }>(member: T) {
  const { history: _history, cause: _cause, since: _since, ...rest } = member;
  return rest;
}

function createServer(log: Logger): FastifyInstance {
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const known = asSluiceError(error);
    if (DEFECTS.has(known.code)) {
      log.error({ err: error, method: request.method, url: request.url }, 'request failed');
    }
    reply.code(known.status).send({
      faultcode: known.status < 500 ? 'Client' : 'Server',
      faultstring: known.message,
      ...known.toJSON(),
    });
  };
  const server = Fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true, frameworkErrors: refuse });
  server.setErrorHandler(refuse);
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      faultcode: 'Client',
      faultstring: `there is no ${request.method} ${request.url.split('?')[0]} here`,
      code: 'not_found',
      faults: [],
    }),
  );
  return server;
}

/** Errors of the HTTP server itself (too large a body, a malformed URL) are the client's, never a 500. */
function asSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) {
    return error;
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  return statusCode < 500
    ? new SluiceError('invalid_configuration', message, { cause: error })
    : new SluiceError('internal', `a defect in Sluice: ${message}; see the daemon's log`, { cause: error });
}

/** One JSON object a line. */
async function* sessionLines(service: Service, query: Parameters<Service['listSessions']>[0], limit = Infinity) {
  let left = limit;
  for await (const batch of service.listSessions(query)) {
    const wanted = batch.slice(0, left);
    left -= wanted.length;
    if (wanted.length > 0) {
      yield wanted.map((session) => `${JSON.stringify(session)}\n`).join('');
    }
    if (left <= 0) {
      return;
    }
  }
}
