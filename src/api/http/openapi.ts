/** The OpenAPI document: each route's schema, made from its line in the table, and the plugin that puts them together. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { Parameter, Route, Schema } from './route.js';

/** Shared by all routes: `#/components/schemas/Error`. */
const ERROR_SCHEMA = {
  $id: 'Error',
  type: 'object',
  description: 'Why a request was refused.',
  required: ['faultcode', 'faultstring', 'debuginfo', 'code', 'faults'],
  properties: {
    faultcode: { type: 'string', enum: ['Client', 'Server'], description: 'Whose fault it is.' },
    faultstring: { type: 'string', description: 'One line: the first fault, and how many more there are.' },
    debuginfo: { type: 'null' },
    code: { type: 'string', description: 'Stable: what to match on.' },
    faults: { type: 'array', description: 'Every fault.', items: { $ref: 'Fault#' } },
    message: { type: 'string', description: 'Every fault, a line each; absent where there are none.' },
  },
};
const FAULT_SCHEMA = {
  $id: 'Fault',
  type: 'object',
  required: ['code', 'path', 'message'],
  properties: {
    code: { type: 'string', enum: ['syntax', 'missing', 'unknown_field', 'invalid', 'conflict', 'unsupported'] },
    path: { type: 'string', description: 'Where: `listener.protocol_port`.' },
    message: { type: 'string', description: 'What is wrong, with the value that was found.' },
    suggestion: { type: 'string', description: 'What to write instead.' },
  },
};
const UNAUTHORIZED_SCHEMA = {
  $id: 'Unauthorized',
  type: 'object',
  description: 'The body of Keystone for requests without valid credentials.',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'title', 'message'],
      properties: {
        code: { type: 'integer', enum: [401] },
        title: { type: 'string' },
        message: { type: 'string' },
      },
    },
  },
};

const TAGS = [
  ['Load balancers', 'VIPs with everything below them.'],
  ['Listeners', 'Protocol and port of a VIP.'],
  ['Pools', 'Members and how sessions are spread over them.'],
  ['Members', 'Address and port of one server.'],
  ['Health monitors', 'How the members of a pool are checked.'],
  ['L7 policies', 'Where HTTP requests go that match rules.'],
  ['L7 rules', 'What an HTTP request must look like.'],
  ['Quotas', 'How many objects a project may have.'],
  ['Flavors', 'What a load balancer guarantees and bounds.'],
  ['Availability zones', 'Where load balancers are.'],
  ['Providers', 'What serves load balancers.'],
  ['Amphorae', 'There are none: load balancers share the gateway.'],
  ['Networks', 'Subnets of the host file and ports of VIPs, as Neutron shows them; read only.'],
  ['Access lists', 'Addresses that listeners admit or refuse.'],
  ['Public addresses', 'Addresses that can be bound to load balancers.'],
  ['Certificates', 'What TLS listeners and pools refer to.'],
  ['Batches', 'Several load balancers at once; export.'],
  ['Observation', 'Audit, events, health of members.'],
  ['Service', 'Versions, this document, whether the service is up.'],
  ['Gateway', 'Files, sessions, status and metrics of this gateway.'],
] as const;

/** @param version of Sluice */
export async function documentRoutes(server: FastifyInstance, version: string): Promise<void> {
  for (const schema of [ERROR_SCHEMA, FAULT_SCHEMA, UNAUTHORIZED_SCHEMA]) {
    server.addSchema(schema);
  }
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', version, description: 'The Octavia v2 API with extensions; see docs/api.md.' },
      tags: TAGS.map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'A token of Identity v3.' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`) },
  });
}

/** What fastify keeps with the route, for the document alone: nothing is validated or serialised by it. */
export function schemaOf(route: Route, url: string): FastifySchema & { operationId: string } {
  const { path, query = [], body, tag, summary } = route;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  return {
    operationId: operationId(route.method, url),
    summary,
    tags: [tag],
    security: route.need === 'none' ? [] : [{ token: [] }, { basic: [] }],
    ...(names.length > 0 ? { params: object(names.map(pathParameter), names) } : {}),
    ...(query.length > 0 ? { querystring: object(query, []) } : {}),
    ...(body ? { body } : {}),
    response: responses(route),
  };
}

function responses({ status, answer, produces, need, method, body, path, query }: Route): Record<number, object> {
  const error = (description: string) => ({
    description,
    content: { 'application/json': { schema: { $ref: 'Error#' } } },
  });
  return {
    [status]: success(answer, produces),
    ...(body || query?.length ? { 400: error('Malformed values, unknown attributes or filters.') } : {}),
    ...(need === 'none'
      ? {}
      : {
          401: {
            description: 'No credentials, or wrong ones.',
            content: { 'application/json': { schema: { $ref: 'Unauthorized#' } } },
          },
          403: error('The role does not allow it, or a quota is used up.'),
        }),
    ...(path.includes(':') ? { 404: error('Unknown, or of another project.') } : {}),
    ...(method === 'GET' ? {} : { 409: error('It contradicts what exists, or the load balancer is in ERROR.') }),
    ...(body ? { 501: error('Correct, but not served by this release.') } : {}),
  };
}

function success(answer: Schema | undefined, produces: readonly string[] = []): object {
  if (produces.length > 0) {
    return {
      description: 'Done.',
      content: Object.fromEntries(produces.map((type) => [type, { schema: { type: 'string' } }])),
    };
  }
  return answer
    ? { description: 'Done.', content: { 'application/json': { schema: answer } } }
    : { description: 'Done; no body.', type: 'null' };
}

function pathParameter(name: string): Parameter {
  const schema =
    name.endsWith('_id') && name !== 'project_id' ? { type: 'string', format: 'uuid' } : { type: 'string' };
  return { name, description: `${name.replace(/_id$/, '').replaceAll('_', ' ')} of the path`, schema };
}

function object(parameters: readonly Parameter[], required: readonly string[]): Schema {
  const properties = parameters.map(({ name, description, schema = { type: 'string' } }) => [
    name,
    { ...schema, description },
  ]);
  return { type: 'object', properties: Object.fromEntries(properties), ...(required.length > 0 ? { required } : {}) };
}

/** `get_pools_one_members`: unique, and stable as long as method and path are. */
function operationId(method: string, url: string): string {
  const path = url.replace(/^\/v2(?:\.0)?\/(?:lbaas\/)?/, '/').replaceAll(/:\w+/g, 'one');
  const words = path.replaceAll(/[^a-zA-Z0-9]+/g, '_').replaceAll(/^_|_$/g, '');
  return `${method.toLowerCase()}_${words || 'root'}`;
}
