/**
 * The daemon's own routes beside the API: files, sessions, status and metrics. They have the API's authentication and errors.
 * Paths are the same on the Unix socket and on the network.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { auditEntry } from '../api/http/audit.js';
import type { Caller } from '../model/identity.js';
import type { Metrics } from '../observe/metrics.js';
import { QueryReader, readSessionRequest } from './query.js';
import type { Service } from './service.js';

/** Tens of thousands of members fit many times over. */
const APPLY_LIMIT = 64 << 20;

/** Files are YAML or JSON. A page in somebody's browser cannot send these types without asking first. */
const FILE_TYPES = /^application\/([\w.-]+\+)?(json|yaml|x-yaml)/i;

export interface DaemonRoutes {
  service: Service;
  /** Prometheus text. */
  metrics: Metrics;
  /** Whether status and metrics are shown to whoever can connect. */
  open: boolean;
}

export async function addDaemonRoutes(server: FastifyInstance, parts: DaemonRoutes): Promise<void> {
  await server.register(async (scope) => addApply(scope, parts.service));
  server.get(
    '/export',
    { config: { need: 'read' }, schema: described('Show load balancers as a file has them') },
    async (request) => {
      const { id = [], ...others } = request.query as { id?: string | string[] };
      new QueryReader(others).finish();
      return parts.service.export(callerOf(request), [id].flat());
    },
  );
  addSessions(server, parts.service);
  addStatus(server, parts);
}

function addApply(server: FastifyInstance, service: Service): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(FILE_TYPES, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const config = { need: 'write', audited: { action: 'apply', kind: 'loadbalancer' } } as const;
  const schema = described('Make load balancers what a file says');
  server.post('/apply', { bodyLimit: APPLY_LIMIT, config, schema }, async (request) => {
    const reader = new QueryReader(request.query as Record<string, unknown>);
    const caller = callerOf(request);
    const { apiId: id, method, body, startedAt } = request;
    const facts = { caller, id, method, url: new URL(request.url, 'http://localhost'), body, startedAt };
    const options = {
      caller,
      audit: (response: object) => auditEntry(facts, config.audited, { status: 200, id: null, name: null, response }),
      source: reader.text('source') ?? 'configuration',
      dryRun: reader.flag('dry_run'),
      prune: reader.flag('prune'),
      adopt: reader.flag('adopt'),
    };
    reader.finish();
    return await service.apply(String(body ?? ''), options);
  });
}

function addSessions(server: FastifyInstance, service: Service): void {
  const schema = described('List or count sessions, one JSON object a line');
  server.get('/sessions', { config: { need: 'global_read' }, schema }, async (request, reply) => {
    const { query, count, limit } = readSessionRequest(request.query as Record<string, unknown>);
    if (count) {
      return { count: await service.countSessions(query) };
    }
    reply.type('application/x-ndjson');
    return reply.send(Readable.from(sessionLines(service, query, limit)));
  });
}

function addStatus(server: FastifyInstance, { service, metrics, open }: DaemonRoutes): void {
  const config = { need: open ? 'none' : 'global_read' } as const;
  server.get('/status', { config, schema: described('Show everything at a glance') }, async () => service.status());
  server.get('/stats', { config, schema: described('Show counters') }, async () => {
    const { at, gateway, loadbalancers, outcomes, events } = service.status();
    const counted = loadbalancers.map(({ name, vip_address, listeners }) => ({
      name,
      vip_address,
      listeners: listeners.map((listener) => ({ ...listener, members: listener.members.map(withoutHealth) })),
    }));
    return { at, sessions: gateway.sessions, loadbalancers: counted, outcomes, events };
  });
  server.get('/health/members', { config, schema: described('Show what is known of each member') }, async () => {
    const members = service
      .status()
      .loadbalancers.flatMap(({ name: loadbalancer, listeners }) =>
        listeners.flatMap(({ name: listener, members }) =>
          members.map((member) => ({ loadbalancer, listener, ...member })),
        ),
      );
    return { members };
  });
  server.get(
    '/metrics',
    { config, schema: described('Show metrics as Prometheus reads them') },
    async (request, reply) => {
      const reader = new QueryReader(request.query as Record<string, unknown>);
      const members = reader.flag('members');
      reader.finish();
      const { type, text } = await metrics({ members });
      return reply.type(type).serializer(String).send(text);
    },
  );
}

/** For the OpenAPI document. */
function described(summary: string) {
  return { tags: ['Gateway'], summary };
}

function withoutHealth<T extends { history?: unknown; cause?: unknown; since?: unknown }>(member: T) {
  const { history: _history, cause: _cause, since: _since, ...rest } = member;
  return rest;
}

function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) {
    throw new Error('a route that asks for a right has no caller');
  }
  return request.caller;
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
