import { beforeAll, describe, expect, it } from 'vitest';
import { routeGroups } from './index.js';
import type { View } from './list/view.js';
import { type Json, startApi } from './testing/api.js';
import { certificateView } from './views/certificate.js';
import {
  accesslistView,
  availabilityzoneprofileView,
  availabilityzoneView,
  flavorprofileView,
  flavorView,
  publicaddressView,
  quotaView,
} from './views/flat.js';
import { l7policyView, l7ruleView, listenerView } from './views/listener.js';
import { loadbalancerView } from './views/loadbalancer.js';
import { healthmonitorView, memberView, poolView } from './views/pool.js';

const VIEWS = [
  loadbalancerView,
  listenerView,
  poolView,
  memberView,
  healthmonitorView,
  l7policyView,
  l7ruleView,
  flavorView,
  flavorprofileView,
  availabilityzoneView,
  availabilityzoneprofileView,
  quotaView,
  accesslistView,
  publicaddressView,
  certificateView,
] as View<unknown>[];

let document: Json;
const groups = routeGroups({}, { document: () => ({}), page: undefined });
const routes = groups.flatMap(({ prefix, routes }) =>
  routes.map((route) => ({ ...route, url: `${prefix}${route.path}` || '/' })),
);

beforeAll(async () => {
  const api = await startApi();
  const { status, body } = await api.get('/openapi.json');
  expect(status).toBe(200);
  document = body;
});

function operationOf({ method, url }: { method: string; url: string }): Json {
  return document.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and describes Sluice', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Sluice', version: '0.0.0' });
  });

  it('has every route, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([url, operations]) =>
      Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${url}`),
    );
    const table = routes.map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(described.filter((route) => !route.startsWith('HEAD ')).sort()).toEqual(table.sort());
  });

  it.each(routes.map((route) => [`${route.method} ${route.url}`, route] as const))('%s', (_name, route) => {
    const operation = operationOf(route);
    expect(operation.summary).toMatch(/^[A-Z].{3,}[^.]$/);
    expect(document.tags.map(({ name }: Json) => name)).toContain(operation.tags[0]);
    // Parameters of the path and of the query.
    const names = (where: string) =>
      (operation.parameters ?? []).filter((one: Json) => one.in === where).map(({ name }: Json) => name);
    expect(names('path').sort()).toEqual([...route.url.matchAll(/:(\w+)/g)].map(([, name]) => name).sort());
    expect(names('query').sort()).toEqual((route.query ?? []).map(({ name }) => name).sort());
    expect((operation.parameters ?? []).every(({ description }: Json) => description)).toBe(true);
    // Bodies and answers.
    expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
    const answers = operation.responses;
    expect(Object.keys(answers)).toContain(String(route.status));
    const content = answers[route.status].content;
    expect(content !== undefined).toBe(route.answer !== undefined || route.produces !== undefined);
    // Errors.
    const errors = Object.keys(answers).filter((status) => status >= '400');
    expect(errors).toEqual(expect.arrayContaining(route.need === 'none' ? [] : ['401', '403']));
    expect(errors).toEqual(expect.arrayContaining(route.url.includes(':') ? ['404'] : []));
    expect(operation.security).toHaveLength(route.need === 'none' ? 0 : 2);
  });

  it('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((operations) =>
      Object.values(operations as Json).map(({ operationId }: Json) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('get_loadbalancers');
    expect(ids).toContain('put_pools_one_members_one');
  });

  it('refers to nothing that it does not have', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of new Set(references)) {
      const [root, ...steps] = reference.split('/');
      expect(root).toBe('#');
      expect(steps.reduce((value: Json, step) => value?.[step], document)).toBeDefined();
    }
  });

  it('has the schemas that bodies are validated by', () => {
    const schema = operationOf({ method: 'POST', url: '/v2/lbaas/listeners' }).requestBody.content['application/json']
      .schema;
    expect(schema.required).toEqual(['listener']);
    const { properties, required } = schema.properties.listener;
    expect(required).toEqual(expect.arrayContaining(['protocol', 'protocol_port', 'loadbalancer_id']));
    expect(properties.protocol_port).toMatchObject({ type: 'integer', minimum: 1, maximum: 65_535 });
    expect(properties.protocol.enum).toContain('TCP');
    expect(Object.values(properties).every((property) => (property as Json).description)).toBe(true);
  });

  it.each(VIEWS)('describes every attribute of $one', (view) => {
    const { answer } = routes.find(
      ({ path, method, answer }) => method === 'GET' && /_id$|_name$/.test(path) && hasRoot(answer, view.one),
    )!;
    const { properties } = (answer as Json).properties[view.one];
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(view.attributes)));
  });
});

function hasRoot(answer: unknown, root: string): boolean {
  return (answer as Json)?.properties?.[root] !== undefined;
}
