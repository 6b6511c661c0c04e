import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../testing/api.js';

const UNKNOWN = '99999999-9999-4999-8999-999999999999';
let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe('discovery', () => {
  it('GET / lists versions, newest last, with absolute links', async () => {
    const { status, body } = await api.get('/', { host: 'gateway:9876' });
    expect(status).toBe(200);
    const ids = body.versions.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(Array.from({ length: 28 }, (_, minor) => `v2.${minor}`));
    expect(body.versions.at(-1)).toMatchObject({
      status: 'CURRENT',
      links: [{ rel: 'self', href: 'http://gateway:9876/v2' }],
    });
    expect(body.versions.slice(0, -1).every(({ status }: { status: string }) => status === 'SUPPORTED')).toBe(true);
  });

  it('below a catalogue path links stay below it', async () => {
    const { body } = await api.get('/load-balancer', { host: 'gateway' });
    expect(body.versions[0].links[0].href).toBe('http://gateway/load-balancer/v2');
  });

  it.each(['/v2', '/v2.0', '/load-balancer/v2.0', '/v2/'])('GET %s shows the version', async (path) => {
    const { status, body } = await api.get(path);
    expect([status, body.version.status]).toEqual([200, 'CURRENT']);
  });

  it('asks nobody who they are', async () => {
    api.caller = undefined;
    for (const path of ['/', '/v2', '/healthcheck', '/openapi.json']) {
      expect([path, (await api.get(path)).status]).toEqual([path, 200]);
    }
  });

  it('GET /healthcheck answers in text to those who ask for text', async () => {
    expect((await api.get('/healthcheck')).body).toMatchObject({ status: 'OK' });
    expect((await api.get('/healthcheck', { accept: 'text/plain' })).text).toBe('OK');
    expect((await api.request('HEAD', '/healthcheck')).status).toBe(200);
  });

  it('GET / is the page for browsers where there is one', async () => {
    const page = () => ({ body: '<p>console</p>', type: 'text/html; charset=utf-8' });
    const withPage = await startApi(undefined, { page });
    expect((await withPage.get('/', { accept: 'text/html,*/*;q=0.8' })).text).toBe('<p>console</p>');
    expect((await withPage.get('/', { accept: '*/*' })).body.versions).toBeDefined();
    expect((await api.get('/', { accept: 'text/html' })).body.versions).toBeDefined();
  });
});

describe('prefixes', () => {
  const LBAAS = ['/v2/lbaas', '/v2.0/lbaas', '/v2', '/v2.0'];
  it.each([...LBAAS, ...LBAAS.map((prefix) => `/load-balancer${prefix}`)])(
    'every resource is below %s',
    async (prefix) => {
      const { loadbalancer, pool } = await api.createWeb();
      const lists = {
        loadbalancers: 'loadbalancers',
        listeners: 'listeners',
        pools: 'pools',
        [`pools/${pool.id}/members`]: 'members',
        healthmonitors: 'healthmonitors',
        l7policies: 'l7policies',
        quotas: 'quotas',
        flavors: 'flavors',
        flavorprofiles: 'flavorprofiles',
        availabilityzones: 'availability_zones',
        availabilityzoneprofiles: 'availability_zone_profiles',
        providers: 'providers',
      };
      for (const [path, root] of Object.entries(lists)) {
        const { status, body } = await api.get(`${prefix}/${path}`);
        expect([path, status, Object.keys(body)]).toEqual([path, 200, [root, `${root}_links`]]);
      }
      expect((await api.get(`${prefix}/loadbalancers/${loadbalancer.id}`)).body.loadbalancer.name).toBe('web');
    },
  );

  it.each(['/v2/octavia', '/v2.0/octavia', '/load-balancer/v2.0/octavia'])('amphorae are below %s', async (prefix) => {
    expect((await api.get(`${prefix}/amphorae`)).body).toEqual({ amphorae: [], amphorae_links: [] });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/stats'],
      ['PUT', '/config'],
      ['PUT', '/failover'],
    ] as const) {
      const { status, body } = await api.request(method, `${prefix}/amphorae/${UNKNOWN}${path}`);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
  });

  it('a slash at the end changes nothing', async () => {
    expect((await api.get('/v2/lbaas/loadbalancers/')).status).toBe(200);
  });
});

describe('requests that are malformed', () => {
  it.each<[sentence: string, status: number, method: string, url: string, body?: string, type?: string]>([
    ['a path that there is not', 404, 'GET', '/v2/lbaas/balancers'],
    ['a version that there is not', 404, 'GET', '/v3.7/lbaas/loadbalancers'],
    ['an id that is none', 404, 'GET', '/v2/lbaas/loadbalancers/not-a-uuid'],
    ['an id longer than any', 404, 'GET', `/v2/lbaas/loadbalancers/${'x'.repeat(3000)}`],
    ['a method that the path does not take', 405, 'PATCH', '/v2/lbaas/loadbalancers', '{}', 'application/json'],
    ['a URL that cannot be decoded', 400, 'GET', '/v2/lbaas/loadbalancers/%E0%A4%A'],
    ['JSON that is none', 400, 'POST', '/v2/lbaas/loadbalancers', '{"loadbalancer": ', 'application/json'],
    ['no body', 400, 'POST', '/v2/lbaas/loadbalancers', '', 'application/json'],
    ['a body that is no object', 400, 'POST', '/v2/lbaas/loadbalancers', '[]', 'application/json'],
    ['a body without the root key', 400, 'POST', '/v2/lbaas/loadbalancers', '{"name": "x"}', 'application/json'],
    [
      'a body with more than the root key',
      400,
      'POST',
      '/v2/lbaas/loadbalancers',
      '{"loadbalancer": {}, "x": 1}',
      'application/json',
    ],
    ['an object that is null', 400, 'POST', '/v2/lbaas/loadbalancers', '{"loadbalancer": null}', 'application/json'],
    ['a prototype in disguise', 400, 'POST', '/v2/lbaas/loadbalancers', '{"__proto__": {"x": 1}}', 'application/json'],
    [
      'a body nested beyond sense',
      400,
      'POST',
      '/v2/lbaas/loadbalancers',
      '['.repeat(50_000) + ']'.repeat(50_000),
      'application/json',
    ],
    ['a form', 415, 'POST', '/v2/lbaas/loadbalancers', 'name=x', 'application/x-www-form-urlencoded'],
    ['JSON marked as text', 415, 'POST', '/v2/lbaas/loadbalancers', '{}', 'text/plain'],
    ['a body larger than any', 413, 'POST', '/v2/lbaas/loadbalancers', ' '.repeat((16 << 20) + 1), 'application/json'],
  ])('%s is %i with a readable reason', async (_sentence, status, method, url, body, type) => {
    const response = await api.server.inject({
      method: method as 'GET',
      url,
      ...(body === undefined ? {} : { payload: body }),
      headers: type === undefined ? {} : { 'content-type': type },
    });
    expect(response.statusCode).toBe(status);
    const answer = response.json();
    expect(answer).toMatchObject({ faultcode: 'Client', debuginfo: null, faultstring: expect.any(String) });
    expect(answer.faultstring).not.toContain('\n');
    expect(answer.faultstring.length).toBeLessThan(400);
    expect(response.payload).not.toMatch(/\\n\s+at /);
    expect(response.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
  });

  it('a method that the path does not take is told those it does', async () => {
    const { headers, body } = await api.delete('/load-balancer/v2.0/lbaas/loadbalancers');
    expect(headers.allow).toBe('GET, POST');
    expect(body.faultstring).toBe('/load-balancer/v2.0/lbaas/loadbalancers does not take DELETE; it takes GET, POST');
  });

  it('an odd Host header breaks nothing', async () => {
    const { status, body } = await api.get('/', { host: 'a b<script>' });
    expect([status, body.versions[0].links[0].href]).toEqual([200, 'http://localhost/v2']);
  });

  it('each request has an id of its own', async () => {
    const first = await api.get('/v2/lbaas/loadbalancers');
    const second = await api.get('/v2/lbaas/loadbalancers');
    expect(first.headers['x-openstack-request-id']).not.toBe(second.headers['x-openstack-request-id']);
  });

  it('a defect is a 500 that says where to look, and is logged', async () => {
    const logged: unknown[] = [];
    const log = { error: (facts: unknown) => logged.push(facts) } as never;
    const broken = await startApi(undefined, { log });
    broken.control.stats = () => {
      throw new TypeError('secret');
    };
    const { loadbalancer } = await broken.createWeb();
    const { status, body, headers, text } = await broken.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}/stats`);
    expect([status, body.faultcode, body.code]).toEqual([500, 'Server', 'internal']);
    expect(body.faultstring).toContain(String(headers['x-openstack-request-id']));
    expect(text).not.toContain('secret');
    expect(logged).toHaveLength(1);
  });
});
