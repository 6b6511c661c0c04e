import { beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, TestGateway } from './testing/gateway.js';

let gateway: TestGateway;
let admin: string;
beforeEach(async () => {
  gateway = await TestGateway.make();
  admin = await gateway.adminToken();
});

describe('users', () => {
  it('are created, found, changed and deleted by administrators', async () => {
    const created = await gateway.ask('POST', '/users', {
      token: admin,
      body: { user: { name: 'alice', password: 'x' } },
    });
    expect(created.status).toBe(201);
    const { id } = created.body.user;
    expect(created.body.user).toEqual({
      id,
      name: 'alice',
      domain_id: 'default',
      description: '',
      enabled: true,
      password_expires_at: null,
      options: {},
      links: { self: `http://localhost/identity/v3/users/${id}` },
    });
    const found = await gateway.ask('GET', '/users?name=alice&domain_id=default&enabled=true', { token: admin });
    expect(found.body.users.map((user: { id: string }) => user.id)).toEqual([id]);
    expect(found.body.links).toEqual({ self: 'http://localhost/identity/v3/users', next: null, previous: null });
    const changed = await gateway.ask('PATCH', `/users/${id}`, { token: admin, body: { user: { name: 'alicia' } } });
    expect([changed.status, changed.body.user.name]).toEqual([200, 'alicia']);
    expect((await gateway.ask('DELETE', `/users/${id}`, { token: admin })).status).toBe(204);
    expect((await gateway.ask('GET', `/users/${id}`, { token: admin })).status).toBe(404);
  });

  it('see themselves and no others', async () => {
    const alice = await gateway.addUser('alice', ['member']);
    const bob = await gateway.addUser('bob', ['load-balancer_admin']);
    const get = async (path: string) => (await gateway.ask('GET', path, { token: alice.token })).status;
    expect(await get(`/users/${alice.userId}`)).toBe(200);
    expect(await get(`/users/${alice.userId}/projects`)).toBe(200);
    expect(await get(`/users/${alice.userId}/groups`)).toBe(200);
    expect(await get(`/users/${bob.userId}`)).toBe(403);
    expect(await get(`/users/${bob.userId}/projects`)).toBe(403);
    expect(await get('/users')).toBe(403);
  });

  it('are not for those who administer load balancers only', async () => {
    const { token, userId, projectId } = await gateway.addUser('lbadmin', ['load-balancer_admin', 'member']);
    const requests = [
      ['POST', '/users', { user: { name: 'x' } }],
      ['PATCH', `/users/${userId}`, { user: { name: 'x' } }],
      ['DELETE', `/users/${userId}`, undefined],
      ['POST', '/projects', { project: { name: 'x' } }],
      ['PATCH', `/projects/${projectId}`, { project: { name: 'x' } }],
      ['DELETE', `/projects/${projectId}`, undefined],
      ['PUT', `/projects/${projectId}/users/${userId}/roles/admin`, undefined],
      ['DELETE', `/projects/${projectId}/users/${userId}/roles/member`, undefined],
      ['GET', `/projects/${projectId}/users/${userId}/roles`, undefined],
      ['POST', '/auth/token_keys', undefined],
    ] as const;
    const before = gateway.control.state;
    for (const [method, path, body] of requests) {
      const answer = await gateway.ask(method, path, { token, ...(body ? { body } : {}) });
      expect([path, answer.status, answer.body.error.title]).toEqual([path, 403, 'Forbidden']);
    }
    expect(gateway.control.state).toBe(before);
  });

  it('change their password with the old one, which ends their tokens', async () => {
    const { userId, token, password } = await gateway.addUser('alice', ['member']);
    const change = (original_password: string) =>
      gateway.ask('POST', `/users/${userId}/password`, {
        token,
        body: { user: { password: 'new', original_password } },
      });
    const refused = await change('wrong');
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      401,
      expect.stringContaining('the original password is wrong'),
    ]);
    expect((await change(password)).status).toBe(204);
    expect((await gateway.ask('GET', '/auth/projects', { token })).status).toBe(401);
    expect((await gateway.login('alice', password)).status).toBe(401);
    expect((await gateway.login('alice', 'new')).status).toBe(201);
  });

  it("cannot change somebody else's password with theirs", async () => {
    const { token, password } = await gateway.addUser('alice', ['member']);
    const bob = await gateway.addUser('bob', ['member']);
    const body = { user: { password: 'new', original_password: password } };
    expect((await gateway.ask('POST', `/users/${bob.userId}/password`, { token, body })).status).toBe(404);
  });

  it('lose everything at once when they are disabled, and do not get their tokens back', async () => {
    const { userId, token } = await gateway.addUser('alice', ['member']);
    const set = (enabled: boolean) =>
      gateway.ask('PATCH', `/users/${userId}`, { token: admin, body: { user: { enabled } } });
    const status = async () => (await gateway.ask('GET', '/auth/projects', { token })).status;
    expect(await status()).toBe(200);
    await set(false);
    expect(await status()).toBe(401);
    await set(true);
    expect(await status()).toBe(401);
  });
});

describe('projects', () => {
  it('are created, found, changed and deleted by administrators', async () => {
    const created = await gateway.ask('POST', '/projects', { token: admin, body: { project: { name: 'shop' } } });
    const { id } = created.body.project;
    expect([created.status, created.body.project]).toEqual([
      201,
      {
        id,
        name: 'shop',
        description: '',
        enabled: true,
        domain_id: 'default',
        parent_id: 'default',
        is_domain: false,
        tags: [],
        options: {},
        links: { self: `http://localhost/identity/v3/projects/${id}` },
      },
    ]);
    expect((await gateway.ask('GET', '/projects?name=shop', { token: admin })).body.projects).toHaveLength(1);
    const changed = await gateway.ask('PATCH', `/projects/${id}`, {
      token: admin,
      body: { project: { enabled: false } },
    });
    expect(changed.body.project).toMatchObject({ name: 'shop', enabled: false });
    expect((await gateway.ask('DELETE', `/projects/${id}`, { token: admin })).status).toBe(204);
    expect((await gateway.ask('DELETE', `/projects/${id}`, { token: admin })).status).toBe(404);
  });

  it('are seen by those who have a role in them', async () => {
    const { token, projectId } = await gateway.addUser('alice', ['reader']);
    const { projects } = (await gateway.ask('GET', '/projects', { token })).body;
    expect(projects.map(({ id }: { id: string }) => id)).toEqual([projectId]);
    expect((await gateway.ask('GET', `/projects/${projectId}`, { token })).status).toBe(200);
    const adminProject = [...gateway.control.state.projects.keys()][0];
    expect((await gateway.ask('GET', `/projects/${adminProject}`, { token })).status).toBe(404);
  });

  it('stay while they own load balancers', async () => {
    const { projectId } = await gateway.addUser('alice', ['member']);
    const loadbalancers = [{ project_id: projectId }] as never;
    gateway.control.state = { ...gateway.control.state, loadbalancers };
    const { status, body } = await gateway.ask('DELETE', `/projects/${projectId}`, { token: admin });
    expect([status, body.error.message]).toEqual([
      409,
      'project "alice" owns a load balancer; delete what it owns first',
    ]);
  });
});

describe('roles', () => {
  it('are fixed', async () => {
    const { body } = await gateway.ask('GET', '/roles?name=member', { token: admin });
    expect(body.roles).toEqual([expect.objectContaining({ id: 'member', name: 'member', domain_id: null })]);
    expect((await gateway.ask('GET', '/roles/king', { token: admin })).status).toBe(404);
    const create = async (name: string) =>
      (await gateway.ask('POST', '/roles', { token: admin, body: { role: { name } } })).status;
    expect(await create('load-balancer_member')).toBe(409);
    expect(await create('king')).toBe(403);
  });

  it('are given, checked, listed and taken', async () => {
    const { userId, projectId, token } = await gateway.addUser('alice', ['member']);
    const path = `/projects/${projectId}/users/${userId}/roles`;
    const status = async (method: string, role: string) =>
      (await gateway.ask(method, `${path}/${role}`, { token: admin })).status;
    expect(await status('HEAD', 'reader')).toBe(404);
    expect(await status('PUT', 'reader')).toBe(204);
    expect(await status('PUT', 'reader')).toBe(204);
    expect(await status('HEAD', 'reader')).toBe(204);
    expect(await status('PUT', 'king')).toBe(404);
    const { roles } = (await gateway.ask('GET', path, { token: admin })).body;
    expect(roles.map(({ name }: { name: string }) => name)).toEqual(['reader', 'member']);
    expect(await status('DELETE', 'reader')).toBe(204);
    expect(await status('DELETE', 'reader')).toBe(404);
    expect(await status('DELETE', 'member')).toBe(204);
    expect((await gateway.ask('GET', '/auth/projects', { token })).status).toBe(401);
  });

  it('are listed with who has them where', async () => {
    const { userId, projectId, token } = await gateway.addUser('alice', ['member', 'reader']);
    const list = async (query: string, as = admin) =>
      (await gateway.ask('GET', `/role_assignments${query}`, { token: as })).body.role_assignments;
    expect(await list('')).toHaveLength(10);
    expect(await list(`?user.id=${userId}&scope.project.id=${projectId}&effective=true`)).toHaveLength(2);
    expect(await list('?group.id=x')).toEqual([]);
    expect(await list('?scope.domain.id=default')).toEqual([]);
    expect(await list(`?user.id=${userId}&role.id=reader&include_names`)).toEqual([
      {
        role: { id: 'reader', name: 'reader' },
        user: { id: userId, name: 'alice', domain: { id: 'default', name: 'Default' } },
        scope: { project: { id: projectId, name: 'alice', domain: { id: 'default', name: 'Default' } } },
        links: { assignment: `http://localhost/identity/v3/projects/${projectId}/users/${userId}/roles/reader` },
      },
    ]);
    expect(await list('', token)).toHaveLength(2);
  });
});

describe('the audit', () => {
  it('keeps who did what, refused or not, with request and answer', async () => {
    const { token } = await gateway.addUser('alice', ['member'], 'secret of alice');
    await gateway.ask('POST', '/projects', { token, body: { project: { name: 'mine' } } });
    const rows = gateway.control.entries.map(({ action, kind, user_name, resource_name, status }) => [
      action,
      kind,
      user_name,
      resource_name,
      status,
    ]);
    expect(rows).toContainEqual(['create', 'project', 'admin', 'alice', 201]);
    expect(rows).toContainEqual(['create', 'user', 'admin', 'alice', 201]);
    expect(rows).toContainEqual(['create', 'roleassignment', 'admin', null, 204]);
    expect(rows.at(-1)).toEqual(['create', 'project', 'alice', null, 403]);
    const user = gateway.control.entries.find(({ kind }) => kind === 'user')!;
    expect(user).toMatchObject({
      request: { user: { name: 'alice', password: '***' } },
      response: { user: { name: 'alice' } },
      source: '127.0.0.1',
      path: '/identity/v3/users',
    });
    const text = JSON.stringify(gateway.control.entries);
    expect(text).not.toContain('secret of alice');
    expect(text).not.toContain(ADMIN_PASSWORD);
    expect(text).not.toMatch(/s1\./);
  });
});
