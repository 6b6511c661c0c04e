import fc from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { KEYSTONE_DEFAULTS } from '../../identity/keystone.js';
import { API_SERVER_OPTIONS, createApi } from '../index.js';
import { identityRoutes } from './routes.js';
import { ADMIN_PASSWORD, TestGateway } from './testing/gateway.js';

describe('discovery', () => {
  it.each(['/identity', '/identity/'])('GET %s offers v3, to anybody', async (url) => {
    const { server } = await TestGateway.make();
    const answer = await server.inject({ url, headers: { host: 'gw:9876' } });
    expect(answer.statusCode).toBe(300);
    expect(answer.json().versions.values).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^v3/),
        status: 'stable',
        links: [{ rel: 'self', href: 'http://gw:9876/identity/v3/' }],
      }),
    ]);
  });

  it.each(['/identity/v3', '/identity/v3/', '/v3', '/v3/'])('GET %s tells its version, to anybody', async (url) => {
    const { server } = await TestGateway.make();
    const answer = await server.inject({ url });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().version).toMatchObject({ id: expect.stringMatching(/^v3/), status: 'stable' });
  });

  it('writes no more into links than a host name', async () => {
    const { server } = await TestGateway.make();
    for (const host of ['evil"/path', 'a b', 'x@y', 'x/y']) {
      const answer = await server.inject({ url: '/identity', headers: { host } });
      expect(answer.json().versions.values[0].links[0].href).toBe('http://localhost/identity/v3/');
    }
  });
});

describe('inside the API', () => {
  it('are answered as beside it, and described once in the OpenAPI document', async () => {
    const { control, identity } = await TestGateway.make();
    const log = pino({ enabled: false });
    const server = Fastify(API_SERVER_OPTIONS);
    const extend = (api: FastifyInstance) =>
      identityRoutes(api, { control, identity, identify: identity.identify, log });
    await server.register(createApi({ control, access: identity, version: '1', log, extend }));
    const get = async (url: string, headers = {}) => await server.inject({ url, headers });
    for (const url of ['/identity', '/identity/', '/identity/v3', '/identity/v3/', '/v3', '/v3/']) {
      expect([url, (await get(url)).statusCode]).toEqual([url, /v3/.test(url) ? 200 : 300]);
    }
    const refused = await get('/identity/v3/users');
    expect([refused.statusCode, refused.json().error.title]).toEqual([401, 'Unauthorized']);
    expect((await get('/identity/v3/nothing')).json().error.code).toBe(404);
    const authorization = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`;
    expect((await get('/identity/v3/users', { authorization })).json().users).toHaveLength(1);
    expect((await get('/v2/lbaas/loadbalancers', { authorization })).statusCode).toBe(200);
    const { paths } = (await get('/openapi.json')).json();
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/identity/v3/users', '/identity/v3/auth/tokens']));
    expect(Object.keys(paths).filter((path) => path.startsWith('/v3'))).toEqual([]);
    expect(
      paths['/identity/v3/users'].post.requestBody.content['application/json'].schema.properties.user.required,
    ).toEqual(['name']);
  });
});

describe('what there is one of, or none', () => {
  it.each([
    ['domains', 'default', { name: 'Default', enabled: true }],
    ['regions', 'RegionOne', { parent_region_id: null }],
    ['services', 'load-balancer', { type: 'load-balancer', enabled: true }],
    ['endpoints', 'network-public', { url: 'http://localhost/network', service_id: 'network' }],
  ])('%s', async (kind, id, expected) => {
    const gateway = await TestGateway.make();
    const token = await gateway.adminToken();
    const list = (await gateway.ask('GET', `/${kind}`, { token })).body[kind];
    expect(list).toContainEqual(expect.objectContaining({ id, ...expected }));
    const one = await gateway.ask('GET', `/${kind}/${id}`, { token });
    expect(one.body[kind.slice(0, -1)]).toMatchObject({ id, ...expected });
    expect((await gateway.ask('GET', `/${kind}/x`, { token })).status).toBe(404);
  });

  it('groups, and domains and services by name or type', async () => {
    const gateway = await TestGateway.make();
    const token = await gateway.adminToken();
    const get = async (path: string) => (await gateway.ask('GET', path, { token })).body;
    expect((await get('/groups')).groups).toEqual([]);
    expect((await get('/domains?name=Default')).domains).toHaveLength(1);
    expect((await get('/domains?name=other')).domains).toEqual([]);
    expect((await get('/services?type=network')).services.map(({ id }: { id: string }) => id)).toEqual(['network']);
  });
});

describe('refusals', () => {
  it.each<[string, string, string, object, number]>([
    ['nothing there', 'GET', '/nothing', {}, 404],
    ['a method that is not there', 'PUT', '/users', {}, 404],
    [
      'a body that is no JSON',
      'POST',
      '/users',
      { payload: '{', headers: { 'content-type': 'application/json' } },
      400,
    ],
    [
      'a body of another type',
      'POST',
      '/users',
      { payload: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
    ],
    ['a body that is too large', 'POST', '/users', { payload: { user: { name: 'x'.repeat(70_000) } } }, 413],
    [
      'a body that is nested too deep',
      'POST',
      '/users',
      { payload: JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`) },
      400,
    ],
    ['no body', 'POST', '/users', {}, 400],
  ])('%s', async (_sentence, method, path, request, status) => {
    const { server, ...gateway } = await TestGateway.make().then((made) => ({
      server: made.server,
      token: made.adminToken(),
    }));
    const { headers = {}, ...rest } = request as { headers?: object };
    const answer = await server.inject({
      method: method as 'GET',
      url: `/identity/v3${path}`,
      headers: { 'x-auth-token': await gateway.token, ...headers },
      ...rest,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error).toMatchObject({ code: status, title: expect.any(String), message: expect.any(String) });
    expect(answer.headers['x-openstack-request-id']).toMatch(/^req-/);
  });

  it('of everything without a token', async () => {
    const gateway = await TestGateway.make();
    for (const path of [
      '/users',
      '/projects',
      '/roles',
      '/role_assignments',
      '/domains',
      '/auth/tokens',
      '/auth/catalog',
    ]) {
      const { status, headers } = await gateway.ask('GET', path);
      expect([path, status, headers['www-authenticate']]).toEqual([
        path,
        401,
        'Keystone uri="http://localhost/identity"',
      ]);
    }
  });

  it('where an external Keystone keeps the users', async () => {
    const keystone = {
      ...KEYSTONE_DEFAULTS,
      auth_url: 'https://keystone.example.com/v3',
      username: 'x',
      password: 'x',
    };
    const { server } = await TestGateway.make({ auth: 'keystone', keystone });
    for (const url of ['/identity', '/identity/v3/auth/tokens', '/v3/users']) {
      const answer = await server.inject({ url });
      expect(answer.statusCode).toBe(404);
      expect(answer.json().error.message).toContain('https://keystone.example.com/v3');
    }
  });
});

describe('callers of every kind', () => {
  it('log in with basic authentication, as scripts do', async () => {
    const gateway = await TestGateway.make();
    const authorization = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`;
    expect((await gateway.ask('GET', '/users', { headers: { authorization } })).status).toBe(200);
  });

  it('need none where api.auth is none, and may log in all the same', async () => {
    const gateway = await TestGateway.make({ auth: 'none' });
    expect((await gateway.ask('GET', '/users')).status).toBe(200);
    expect((await gateway.login('admin', ADMIN_PASSWORD)).status).toBe(201);
    expect((await gateway.ask('GET', '/users', { headers: { host: 'evil.example.com' } })).status).toBe(403);
  });
});

describe('any body at all', () => {
  const names = fc.constantFrom(
    'user',
    'project',
    'application_credential',
    'auth',
    'role',
    'name',
    'password',
    'id',
    'enabled',
  );
  const fields = fc.constantFrom(
    'methods',
    'identity',
    'scope',
    'roles',
    'expires_at',
    'secret',
    'domain_id',
    'options',
    '__proto__',
  );
  const bodies = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.jsonValue({ maxDepth: 1 }),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
    object: fc.dictionary(fc.oneof(names, fields), tie('value'), { maxKeys: 4 }),
  })).object;

  it('is answered, and never as a defect', async () => {
    const gateway = await TestGateway.make();
    // Whatever happens to Alice, the caller stays.
    const { userId, projectId } = await gateway.addUser('alice', ['admin']);
    const { token, body: login } = await gateway.login('admin', ADMIN_PASSWORD);
    const requests = [
      ['POST', '/auth/tokens'],
      ['POST', '/users'],
      ['PATCH', `/users/${userId}`],
      ['POST', '/projects'],
      ['PATCH', `/projects/${projectId}`],
      ['POST', '/roles'],
      ['POST', `/users/${login.token.user.id}/application_credentials`],
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...requests), bodies, async ([method, path], body) => {
        const answer = await gateway.ask(method, path, { token, body });
        expect(path === '/auth/tokens' || answer.status !== 401, 'the caller is known').toBe(true);
        expect(answer.status === 501 || answer.status < 500, `${method} ${path} ${JSON.stringify(answer.body)}`).toBe(
          true,
        );
      }),
      { numRuns: 200 },
    );
  });
});
