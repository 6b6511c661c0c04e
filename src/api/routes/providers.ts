/** Providers by every name they have, what its flavors may hold, and the amphorae it does without. */
import { PROVIDERS } from '../../control/index.js';
import { SluiceError } from '../../model/errors.js';
import type { Specification } from '../../model/state.js';
import type { Answer, ApiRequest, Route } from '../http/route.js';
import { list } from '../list/list.js';
import { readListQuery } from '../list/query.js';
import type { View } from '../list/view.js';
import { listSchema } from './collection.js';
import { listParameters } from './parameters.js';
import { NAME_AND_DESCRIPTION_SCHEMA } from './schemas.js';

interface Described {
  name: string;
  description: string;
}

const KNOWN: readonly Described[] = Object.entries(PROVIDERS).map(([name, description]) => ({ name, description }));
const BOUNDED: Readonly<Record<keyof Specification, string>> = {
  connections: 'Concurrent connections',
  connections_per_second: 'New connections per second',
  queries_per_second: 'HTTP requests per second',
};
const FLAVOR_CAPABILITIES: readonly Described[] = Object.entries(BOUNDED).map(([name, what]) => ({
  name,
  description: `${what} a load balancer may have; null or left out: no limit.`,
}));

function view(many: string): View<Described> {
  return {
    one: many.replace(/s$/, ''),
    many,
    key: 'name',
    attributes: { name: ({ name }) => name, description: ({ description }) => description },
  };
}

function listRoute(path: string, many: string, need: 'read' | 'admin', items: readonly Described[]): Route {
  const shown = view(many);
  return {
    method: 'GET',
    path,
    need,
    status: 200,
    tag: 'Providers',
    summary: `List ${many.replaceAll('_', ' ')}`,
    query: listParameters(shown),
    answer: listSchema(many, NAME_AND_DESCRIPTION_SCHEMA),
    handle: (request): Answer => {
      requireKnown(request);
      return { body: list(shown, items, readListQuery(request.query, shown), request.control, request.url) };
    },
  };
}

/** @throws SluiceError `invalid_configuration`, as Octavia answers for providers that are not enabled */
function requireKnown({ params: { provider } }: ApiRequest): void {
  if (provider !== undefined && !Object.hasOwn(PROVIDERS, provider)) {
    const known = Object.keys(PROVIDERS).join(', ');
    throw new SluiceError('invalid_configuration', `Provider '${provider}' is not enabled. Providers are ${known}`);
  }
}

export const PROVIDER_ROUTES: readonly Route[] = [
  listRoute('/providers', 'providers', 'read', KNOWN),
  listRoute('/providers/:provider/flavor_capabilities', 'flavor_capabilities', 'admin', FLAVOR_CAPABILITIES),
  listRoute('/providers/:provider/availability_zone_capabilities', 'availability_zone_capabilities', 'admin', []),
];

interface Amphora {
  id: string;
}

const AMPHORA_ATTRIBUTES = [
  'id',
  'loadbalancer_id',
  'compute_id',
  'role',
  'status',
  'lb_network_ip',
  'ha_ip',
  'image_id',
];
const amphoraView: View<Amphora> = {
  one: 'amphora',
  many: 'amphorae',
  key: 'id',
  attributes: Object.fromEntries(AMPHORA_ATTRIBUTES.map((name) => [name, () => null])),
};

function noAmphora(method: Route['method'], path: string, summary: string): Route {
  return {
    method,
    path: `/amphorae/:amphora_id${path}`,
    need: 'admin',
    status: method === 'GET' ? 200 : 202,
    tag: 'Amphorae',
    summary: `${summary}: always 404`,
    handle: ({ params }) => {
      throw new SluiceError(
        'not_found',
        `Amphora ${params.amphora_id} not found. There are none here: load balancers share the gateway`,
      );
    },
  };
}

export const AMPHORA_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/amphorae',
    need: 'admin',
    status: 200,
    tag: 'Amphorae',
    summary: 'List amphorae: there are none',
    query: listParameters(amphoraView),
    answer: listSchema('amphorae', { type: 'object' }),
    handle: (request) => ({
      body: list(
        amphoraView,
        [],
        readListQuery(request.query, amphoraView, { own: ['project_id'] }),
        request.control,
        request.url,
      ),
    }),
  },
  noAmphora('GET', '', 'Show an amphora'),
  noAmphora('DELETE', '', 'Delete an amphora'),
  noAmphora('GET', '/stats', "Show an amphora's figures"),
  noAmphora('PUT', '/config', "Change an amphora's agent"),
  noAmphora('PUT', '/failover', 'Replace an amphora'),
];
