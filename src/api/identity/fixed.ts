/** What Keystone has many of and this gateway exactly one or none: domains, regions, services, endpoints, groups. */
import type { FastifyInstance } from 'fastify';
import { DOMAIN } from '../../identity/login.js';
import { notFound } from '../../identity/operations/refusals.js';
import { endpointsOf, SERVICES } from './catalog.js';
import type { Desk } from './desk.js';
import { listBody, parameter } from './lists.js';
import { document } from './openapi.js';
import { domainView, type Link } from './views.js';

interface FixedKind {
  one: string;
  many: string;
  items(base: string, region: string, link: Link): Record<string, unknown>[];
}

const KINDS: readonly FixedKind[] = [
  {
    one: 'domain',
    many: 'domains',
    items: (_base, _region, link) => [{ ...DOMAIN, ...domainView(link) }],
  },
  {
    one: 'region',
    many: 'regions',
    items: (_base, region, link) => [
      { id: region, description: '', parent_region_id: null, links: { self: link(`/regions/${region}`) } },
    ],
  },
  {
    one: 'service',
    many: 'services',
    items: (_base, _region, link) =>
      SERVICES.map(({ path: _path, ...service }) => ({
        ...service,
        enabled: true,
        links: { self: link(`/services/${service.id}`) },
      })),
  },
  {
    one: 'endpoint',
    many: 'endpoints',
    items: (base, region, link) =>
      endpointsOf(base, region).map((endpoint) => ({
        ...endpoint,
        links: { self: link(`/endpoints/${endpoint.id}`) },
      })),
  },
  { one: 'group', many: 'groups', items: () => [] },
];

export function fixedRoutes(server: FastifyInstance, desk: Desk): void {
  for (const { one, many, items } of KINDS) {
    server.get(`/${many}`, document(`List ${many}`), async (request) => {
      await desk.caller(request);
      const link = desk.link(request);
      const all = items(desk.base(request), desk.identity.settings.region, link);
      const matching = all.filter((item) =>
        Object.entries(item).every(([name, value]) => {
          const wanted = typeof value === 'string' ? parameter(request, name) : undefined;
          return wanted === undefined || wanted === value;
        }),
      );
      return listBody(many, matching, link(`/${many}`));
    });

    server.get<{ Params: { id: string } }>(`/${many}/:id`, document(`Show one of the ${many}`), async (request) => {
      await desk.caller(request);
      const { id } = request.params;
      const all = items(desk.base(request), desk.identity.settings.region, desk.link(request));
      const found = all.find((item) => item.id === id);
      if (!found) {
        throw notFound(one, id);
      }
      return { [one]: found };
    });
  }
}
