import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEYSTONE_DEFAULTS } from '../../identity/keystone.js';
import { tokenFor } from '../../identity/testing/people.js';
import { ADMIN_PASSWORD, TestGateway } from './testing/gateway.js';

/** Keeps the users. */
let keystone: TestGateway;
/** Asks the other one. */
let gateway: TestGateway;

beforeEach(async () => {
  keystone = await TestGateway.make();
  await keystone.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = keystone.server.server.address() as AddressInfo;
  gateway = await TestGateway.make({
    auth: 'keystone',
    keystone: {
      ...KEYSTONE_DEFAULTS,
      auth_url: `http://127.0.0.1:${port}/identity/v3`,
      username: 'admin',
      password: ADMIN_PASSWORD,
      project_name: 'admin',
    },
  });
});
afterEach(async () => {
  await keystone.server.close();
});

const ask = (token: string) =>
  gateway.identity.authenticate({ headers: { 'x-auth-token': token }, address: '192.0.2.1' });

describe('a gateway with the users of another one', () => {
  it('takes user, project and roles from there', async () => {
    const { userId, projectId, token } = await keystone.addUser('alice', ['member']);
    expect(await ask(token)).toEqual({
      user: { id: userId, name: 'alice' },
      project: { id: projectId, name: 'alice' },
      roles: ['member'],
      from: '192.0.2.1',
    });
  });

  it('knows no tokens that the other one does not know, nor its own', async () => {
    await expect(ask('s1.x.y')).rejects.toMatchObject({ status: 401 });
    await expect(ask(gateway.identity.login.tokens.sign(tokenFor()))).rejects.toMatchObject({ status: 401 });
  });

  it('lets tokens without a project no further than the other one does', async () => {
    const { password } = await keystone.addUser('alice', ['member']);
    const { token } = await keystone.login('alice', password, 'unscoped');
    await expect(ask(token)).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('hears of a revoked token when its seconds are over', async () => {
    const { token } = await keystone.addUser('alice', ['member']);
    await ask(token);
    await keystone.ask('DELETE', '/auth/tokens', { token, headers: { 'x-subject-token': token } });
    expect(await ask(token)).toMatchObject({ roles: ['member'] });
    gateway.now += 10_000;
    await expect(ask(token)).rejects.toMatchObject({ status: 401 });
  });
});
