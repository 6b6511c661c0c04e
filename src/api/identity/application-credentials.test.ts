import { beforeEach, describe, expect, it } from 'vitest';
import { TestGateway } from './testing/gateway.js';

let gateway: TestGateway;
let admin: string;
beforeEach(async () => {
  gateway = await TestGateway.make();
  admin = await gateway.adminToken();
});

describe('application credentials', () => {
  it('are made by their users, with a secret that is shown once', async () => {
    const { userId, projectId, token } = await gateway.addUser('alice', ['member', 'reader']);
    const path = `/users/${userId}/application_credentials`;
    const body = {
      application_credential: { name: 'ci', roles: [{ name: 'reader' }], expires_at: '2027-01-31T12:00:00.000000Z' },
    };
    const created = await gateway.ask('POST', path, { token, body });
    expect(created.status).toBe(201);
    const { id, secret, ...shown } = created.body.application_credential;
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(shown).toMatchObject({
      project_id: projectId,
      roles: [{ id: 'reader', name: 'reader' }],
      expires_at: '2027-01-31T12:00:00.000000',
      unrestricted: false,
    });
    const listed = await gateway.ask('GET', `${path}?name=ci`, { token });
    expect(listed.body.application_credentials).toEqual([{ ...shown, id }]);
    expect((await gateway.ask('GET', `${path}/${id}`, { token })).body.application_credential).toEqual({
      ...shown,
      id,
    });
    expect(JSON.stringify(gateway.control.entries)).not.toContain(secret);
    expect(JSON.stringify([...gateway.control.state.applicationcredentials.values()])).not.toContain(secret);

    const login = (secret_: string) =>
      gateway.ask('POST', '/auth/tokens', {
        body: {
          auth: { identity: { methods: ['application_credential'], application_credential: { id, secret: secret_ } } },
        },
      });
    const entered = await login(secret);
    expect(entered.body.token).toMatchObject({
      methods: ['application_credential'],
      roles: [{ name: 'reader' }],
      project: { id: projectId },
      application_credential: { id, name: 'ci', restricted: true },
    });
    expect((await login('wrong')).status).toBe(401);

    const robot = String(entered.headers['x-subject-token']);
    const another = { application_credential: { name: 'worm' } };
    expect((await gateway.ask('POST', path, { token: robot, body: another })).status).toBe(403);
    expect((await gateway.ask('DELETE', `${path}/${id}`, { token: robot })).status).toBe(403);
    expect((await gateway.ask('GET', path, { token: robot })).status).toBe(200);
    expect((await gateway.ask('DELETE', `${path}/${id}`, { token })).status).toBe(204);
    expect((await gateway.ask('GET', path, { token: robot })).status).toBe(401);
  });

  it('cannot be made for others, without a project, or with more than one has', async () => {
    const alice = await gateway.addUser('alice', ['member']);
    const create = async (token: string, roles?: object[]) =>
      (
        await gateway.ask('POST', `/users/${alice.userId}/application_credentials`, {
          token,
          body: { application_credential: { name: 'x', ...(roles ? { roles } : {}) } },
        })
      ).status;
    expect(await create(admin)).toBe(403);
    expect(await create((await gateway.login('alice', alice.password, 'unscoped')).token)).toBe(403);
    expect(await create(alice.token, [{ name: 'admin' }])).toBe(403);
    expect(await create(alice.token)).toBe(201);
    expect(await create(alice.token)).toBe(409);
  });

  it('are deleted by administrators, not by others', async () => {
    const alice = await gateway.addUser('alice', ['member']);
    const bob = await gateway.addUser('bob', ['member']);
    const path = `/users/${alice.userId}/application_credentials`;
    const made = await gateway.ask('POST', path, {
      token: alice.token,
      body: { application_credential: { name: 'x' } },
    });
    const one = `${path}/${made.body.application_credential.id}`;
    expect((await gateway.ask('DELETE', one, { token: bob.token })).status).toBe(403);
    expect((await gateway.ask('DELETE', one, { token: admin })).status).toBe(204);
    expect((await gateway.ask('DELETE', one, { token: admin })).status).toBe(404);
  });
});
