import { beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, START, TestGateway } from './testing/gateway.js';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.make();
});

const ADMIN_SCOPE = { project: { name: 'admin', domain: { name: 'Default' } } };

describe('POST /auth/tokens', () => {
  it('answers as Keystone does', async () => {
    const { status, headers, body, token } = await gateway.login('admin', ADMIN_PASSWORD, ADMIN_SCOPE);
    expect(status).toBe(201);
    expect(token).toMatch(/^s1\./);
    expect(headers).toMatchObject({ vary: 'X-Auth-Token', 'cache-control': 'no-store' });
    expect(body.token).toMatchObject({
      methods: ['password'],
      user: { name: 'admin', domain: { id: 'default', name: 'Default' }, password_expires_at: null },
      project: { name: 'admin', domain: { id: 'default', name: 'Default' } },
      is_domain: false,
      issued_at: '2026-01-31T12:00:00.000000Z',
      expires_at: '2026-01-31T13:00:00.000000Z',
      audit_ids: [expect.any(String)],
    });
    expect(body.token.roles).toContainEqual({ id: 'admin', name: 'admin' });
  });

  it('has a catalogue made from the name the client used', async () => {
    const answer = await gateway.server.inject({
      method: 'POST',
      url: '/v3/auth/tokens',
      headers: { host: 'gw.example.com:9876' },
      payload: {
        auth: {
          identity: { methods: ['password'], password: { user: { name: 'admin', password: ADMIN_PASSWORD } } },
        },
      },
    });
    const { catalog } = answer.json().token;
    expect(catalog.map(({ type }: { type: string }) => type)).toEqual(['load-balancer', 'network', 'identity']);
    expect(catalog[0].endpoints).toContainEqual({
      id: 'load-balancer-public',
      interface: 'public',
      region: 'RegionOne',
      region_id: 'RegionOne',
      url: 'http://gw.example.com:9876/load-balancer',
    });
    expect(catalog[0].endpoints.map((endpoint: { interface: string }) => endpoint.interface)).toEqual([
      'public',
      'internal',
      'admin',
    ]);
  });

  it('has the configured URL and region in the catalogue', async () => {
    gateway = await TestGateway.make({ public_url: 'https://lb.example.com/', region: 'north' });
    const { body } = await gateway.login('admin', ADMIN_PASSWORD, ADMIN_SCOPE);
    expect(body.token.catalog[2].endpoints[0]).toMatchObject({
      region: 'north',
      url: 'https://lb.example.com/identity',
    });
  });

  it('leaves the catalogue out where the client asks for that', async () => {
    const token = await gateway.adminToken();
    const { body } = await gateway.ask('POST', '/auth/tokens?nocatalog', {
      body: { auth: { identity: { methods: ['token'], token: { id: token } }, scope: ADMIN_SCOPE } },
    });
    expect(body.token.catalog).toBeUndefined();
    expect(body.token.methods).toEqual(['password', 'token']);
  });

  it.each([
    ['for the system', { system: { all: true } }, { system: { all: true } }],
    ['for the domain', { domain: { name: 'Default' } }, { domain: { id: 'default', name: 'Default' } }],
  ])('gives tokens %s to those whose roles reach so far', async (_sentence, scope, expected) => {
    const { body } = await gateway.login('admin', ADMIN_PASSWORD, scope);
    expect(body.token).toMatchObject(expected);
    expect(body.token.project).toBeUndefined();
    const { password } = await gateway.addUser('alice', ['member', 'load-balancer_quota_admin']);
    expect((await gateway.login('alice', password, scope)).status).toBe(401);
  });

  it('gives tokens without scope, roles and catalogue', async () => {
    const { body } = await gateway.login('admin', ADMIN_PASSWORD, 'unscoped');
    expect(Object.keys(body.token).sort()).toEqual(['audit_ids', 'expires_at', 'issued_at', 'methods', 'user']);
  });

  it("refuses in Keystone's form", async () => {
    const { status, headers, body } = await gateway.login('admin', 'wrong');
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Keystone uri="http://localhost/identity"');
    expect(body.error).toMatchObject({ code: 401, title: 'Unauthorized' });
  });

  it('tells whoever guesses when to come back, and keeps that out of the audit', async () => {
    for (let i = 0; i < 5; i++) {
      await gateway.login('admin', `guess ${i}`);
    }
    const { status, headers, body } = await gateway.login('admin', ADMIN_PASSWORD);
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('1');
    expect(body.error).toMatchObject({ code: 429, title: 'Too Many Requests' });
    expect(gateway.control.entries).toHaveLength(5);
  });

  it('is kept in the audit, without any secret', async () => {
    const { token } = await gateway.login('admin', ADMIN_PASSWORD);
    await gateway.ask('POST', '/auth/tokens', {
      body: { auth: { identity: { methods: ['token'], token: { id: token } } } },
    });
    await gateway.login('admin', 'wrong horse');
    expect(
      gateway.control.entries.map(({ action, kind, user_name, status, outcome }) => [
        action,
        kind,
        user_name,
        status,
        outcome,
      ]),
    ).toEqual([
      ['login', 'token', 'admin', 201, 'success'],
      ['login', 'token', 'admin', 201, 'success'],
      ['login', 'token', '', 401, 'failure'],
    ]);
    const text = JSON.stringify(gateway.control.entries);
    for (const secret of [ADMIN_PASSWORD, 'wrong horse', token]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('GET, HEAD and DELETE /auth/tokens', () => {
  it("look into one's own token", async () => {
    const { token, userId, projectId } = await gateway.addUser('alice', ['member']);
    const headers = { 'x-subject-token': token };
    const answer = await gateway.ask('GET', '/auth/tokens', { token, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-subject-token']).toBe(token);
    expect(answer.body.token).toMatchObject({
      user: { id: userId },
      project: { id: projectId },
      roles: [{ name: 'member' }],
    });
    const head = await gateway.ask('HEAD', '/auth/tokens', { token, headers });
    expect([head.status, head.body, head.headers['x-subject-token']]).toEqual([200, undefined, token]);
  });

  it("look into others' tokens only for administrators", async () => {
    const alice = await gateway.addUser('alice', ['member']);
    const admin = await gateway.adminToken();
    const look = (token: string, subject: string) =>
      gateway.ask('GET', '/auth/tokens', { token, headers: { 'x-subject-token': subject } });
    expect((await look(admin, alice.token)).body.token.user.id).toBe(alice.userId);
    expect((await look(alice.token, admin)).status).toBe(403);
    expect((await look(admin, 'rubbish')).status).toBe(404);
    expect((await look('rubbish', alice.token)).status).toBe(401);
    expect((await gateway.ask('GET', '/auth/tokens', { token: admin })).status).toBe(400);
  });

  it('revoke a token and all that were made from it, and nothing else', async () => {
    const { password, projectId } = await gateway.addUser('alice', ['member']);
    const scope = { project: { id: projectId } };
    const first = (await gateway.login('alice', password, 'unscoped')).token;
    const other = (await gateway.login('alice', password, 'unscoped')).token;
    const made = await gateway.ask('POST', '/auth/tokens', {
      body: { auth: { identity: { methods: ['token'], token: { id: first } }, scope } },
    });
    const derived = String(made.headers['x-subject-token']);
    const status = async (token: string) => (await gateway.ask('GET', '/auth/projects', { token })).status;
    expect(await Promise.all([first, derived, other].map(status))).toEqual([200, 200, 200]);
    const revoked = await gateway.ask('DELETE', '/auth/tokens', {
      token: other,
      headers: { 'x-subject-token': first },
    });
    expect(revoked.status).toBe(204);
    expect(await Promise.all([first, derived, other].map(status))).toEqual([401, 401, 200]);
  });

  it('end by themselves after their time', async () => {
    const token = await gateway.adminToken();
    gateway.now = START + 3_600_000 - 1;
    expect((await gateway.ask('GET', '/users', { token })).status).toBe(200);
    gateway.now = START + 3_600_000;
    expect((await gateway.ask('GET', '/users', { token })).status).toBe(401);
  });
});

describe('what a token opens', () => {
  it('is listed as catalogue, projects and domains', async () => {
    const { token, projectId } = await gateway.addUser('alice', ['member']);
    const get = async (path: string, as: string) => (await gateway.ask('GET', path, { token: as })).body;
    expect((await get('/auth/catalog', token)).catalog).toHaveLength(3);
    expect((await get('/auth/projects', token)).projects).toEqual([
      expect.objectContaining({ id: projectId, name: 'alice' }),
    ]);
    expect((await get('/auth/domains', token)).domains).toEqual([]);
    expect((await get('/auth/domains', await gateway.adminToken())).domains).toEqual([
      expect.objectContaining({ id: 'default' }),
    ]);
  });
});
