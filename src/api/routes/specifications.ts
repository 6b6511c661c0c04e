/** Flavors in readable form: what each guarantees and bounds (LB-6). */
import { specificationOf } from '../../control/flavors.js';
import type { Flavor } from '../../model/state.js';
import type { Route } from '../http/route.js';
import { list } from '../list/list.js';
import { readListQuery } from '../list/query.js';
import type { Live, View } from '../list/view.js';
import { type ListLimits, listSchema } from './collection.js';
import { listParameters } from './parameters.js';

const limit =
  (name: 'connections' | 'connections_per_second' | 'queries_per_second') =>
  (flavor: Flavor, { state }: Live) =>
    specificationOf(state, flavor.id)?.[name] ?? null;

const view: View<Flavor> = {
  one: 'specification',
  many: 'specifications',
  key: 'id',
  attributes: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    description: ({ description }) => description,
    enabled: ({ enabled }) => enabled,
    connections: limit('connections'),
    connections_per_second: limit('connections_per_second'),
    queries_per_second: limit('queries_per_second'),
  },
};

const LIMIT = { type: ['integer', 'null'], minimum: 1 };
const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'string', format: 'uuid', description: 'Of the flavor; load balancers name it as flavor_id.' },
    name: { type: 'string' },
    description: { type: 'string' },
    enabled: { type: 'boolean', description: 'Whether new load balancers can have it.' },
    connections: { ...LIMIT, description: 'Concurrent connections; null: no limit.' },
    connections_per_second: { ...LIMIT, description: 'New connections per second; null: no limit.' },
    queries_per_second: { ...LIMIT, description: 'HTTP requests per second; null: no limit.' },
  },
};

export function specificationRoutes(limits: ListLimits): Route[] {
  return [
    {
      method: 'GET',
      path: '/specifications',
      need: 'read',
      status: 200,
      tag: 'Flavors',
      summary: 'List specifications: flavors with their limits',
      query: listParameters(view),
      answer: listSchema('specifications', SCHEMA),
      handle: ({ control, query, url }) => ({
        body: list(view, [...control.state.flavors.values()], readListQuery(query, view, limits), control, url),
      }),
    },
  ];
}
