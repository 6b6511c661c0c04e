import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../model/identity.js';
import { callerOf, type Json, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;
let web: Awaited<ReturnType<TestApi['createWeb']>>;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  api.reset();
  web = await api.createWeb();
});

async function statuses(requests: [method: string, url: string, body?: unknown][]): Promise<number[]> {
  const answers: number[] = [];
  for (const [method, url, body] of requests) {
    answers.push((await api.request(method, url, body)).status);
  }
  return answers;
}

/** One request of each kind: read, write, quota, administer, fail over. */
const REQUESTS = (): [string, string, unknown?][] => [
  ['GET', '/v2/lbaas/loadbalancers'],
  ['PUT', `/v2/lbaas/loadbalancers/${web.loadbalancer.id}`, { loadbalancer: { name: 'x' } }],
  ['PUT', '/v2/lbaas/quotas/shop', { quota: { pool: 5 } }],
  ['GET', '/v2/lbaas/flavorprofiles'],
  ['PUT', `/v2/lbaas/loadbalancers/${web.loadbalancer.id}/failover`],
];

describe('roles in the own project', () => {
  it.each<[roles: Role[], answers: number[]]>([
    [['admin'], [200, 200, 202, 200, 202]],
    [['load-balancer_admin'], [200, 200, 202, 200, 202]],
    [['member'], [200, 200, 403, 403, 403]],
    [['load-balancer_member'], [200, 200, 403, 403, 403]],
    [['reader'], [200, 403, 403, 403, 403]],
    [['load-balancer_observer'], [200, 403, 403, 403, 403]],
    [['load-balancer_global_observer'], [200, 403, 403, 403, 403]],
    [['load-balancer_quota_admin'], [403, 403, 202, 403, 403]],
    [[], [403, 403, 403, 403, 403]],
  ])('%s', async (roles, answers) => {
    api.caller = callerOf('shop', ...roles);
    expect(await statuses(REQUESTS())).toEqual(answers);
  });

  it('nobody without credentials gets further than the versions, and hears it in Keystone’s words', async () => {
    api.caller = undefined;
    expect(await statuses(REQUESTS())).toEqual([401, 401, 401, 401, 401]);
    const { body, headers } = await api.get('/v2/lbaas/loadbalancers', { host: 'gateway:9876' });
    expect(body).toEqual({ error: { code: 401, title: 'Unauthorized', message: expect.any(String) } });
    expect(headers['www-authenticate']).toBe('Keystone uri="http://gateway:9876/identity"');
  });

  it('who may not write is refused before the body is read', async () => {
    api.caller = callerOf('shop', 'reader');
    const { status, body } = await api.post('/v2/lbaas/loadbalancers', '{ no JSON');
    expect([status, body.code]).toEqual([403, 'permission_denied']);
  });
});

describe('another project', () => {
  beforeEach(() => {
    api.caller = callerOf('other', 'member');
  });

  it('sees nothing and changes nothing', async () => {
    const { loadbalancer, listener, pool, member } = web;
    for (const path of ['loadbalancers', 'listeners', 'pools']) {
      expect((await api.get(`/v2/lbaas/${path}`)).body[path]).toEqual([]);
    }
    expect(
      await statuses([
        ['GET', `/v2/lbaas/loadbalancers/${loadbalancer.id}`],
        ['GET', `/v2/lbaas/loadbalancers/${loadbalancer.id}/status`],
        ['GET', `/v2/lbaas/loadbalancers/${loadbalancer.id}/stats`],
        ['GET', `/v2/lbaas/listeners/${listener.id}/stats`],
        ['GET', `/v2/lbaas/pools/${pool.id}/members`],
        ['GET', `/v2/lbaas/pools/${pool.id}/members/${member.id}`],
        ['GET', `/v2/sluice/pools/${pool.id}/health`],
        ['GET', `/v2/sluice/members/${member.id}/health`],
        ['GET', `/v2.0/ports/${loadbalancer.vip_port_id}`],
        ['PUT', `/v2/lbaas/loadbalancers/${loadbalancer.id}`, { loadbalancer: { name: 'mine' } }],
        ['PUT', `/v2/lbaas/pools/${pool.id}/members`, { members: [] }],
        ['DELETE', `/v2/lbaas/loadbalancers/${loadbalancer.id}?cascade=true`],
        ['POST', '/v2/sluice/loadbalancers/delete', { loadbalancers: { ids: [loadbalancer.id], cascade: true } }],
        ['POST', `/v2/lbaas/pools/${pool.id}/members`, { member: { address: '198.18.1.66', protocol_port: 1 } }],
      ]),
    ).toEqual(Array.from({ length: 14 }, () => 404));
    api.caller = callerOf('shop', 'reader');
    expect((await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}`)).body.loadbalancer.name).toBe('web');
  });

  it('is not told about by asking for it', async () => {
    expect(
      await statuses([
        ['GET', '/v2/lbaas/loadbalancers?project_id=shop'],
        ['GET', '/v2/lbaas/loadbalancers?tenant_id=shop'],
        ['GET', '/v2/lbaas/quotas/shop'],
        ['GET', '/v2/sluice/audit?project_id=shop'],
        ['POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_address: '198.18.0.50', project_id: 'shop' } }],
      ]),
    ).toEqual([403, 403, 403, 403, 403]);
  });

  it('has its own', async () => {
    const own = await api.create('loadbalancers', 'loadbalancer', { vip_address: '198.18.0.50' });
    expect(own.project_id).toBe('other');
    expect((await api.get('/v2/lbaas/loadbalancers?project_id=other')).body.loadbalancers).toHaveLength(1);
    expect((await api.get('/v2/lbaas/quotas/other')).status).toBe(200);
  });
});

describe('all projects', () => {
  it.each<[sentence: string, project: string | null, role: Role]>([
    ['an administrator', 'other', 'admin'],
    ['a global observer', 'other', 'load-balancer_global_observer'],
    ['the Unix socket', null, 'admin'],
  ])('%s sees them, and one where asked', async (_sentence, project, role) => {
    await createIn('third');
    api.caller = callerOf(project, role);
    const list = async (query: string) =>
      (await api.get(`/v2/lbaas/loadbalancers${query}`)).body.loadbalancers.map(({ project_id }: Json) => project_id);
    expect(await list('')).toEqual(['shop', 'third']);
    expect(await list('?project_id=third')).toEqual(['third']);
    expect(await list('?tenant_id=shop')).toEqual(['shop']);
    expect((await api.get(`/v2/lbaas/loadbalancers/${web.loadbalancer.id}`)).status).toBe(200);
  });

  it('an administrator creates for any of them', async () => {
    api.caller = callerOf('other', 'admin');
    const created = await api.create('loadbalancers', 'loadbalancer', {
      vip_address: '198.18.0.50',
      project_id: 'third',
    });
    expect(created.project_id).toBe('third');
  });

  it('a global observer changes none but by another role in its own', async () => {
    api.caller = callerOf('other', 'load-balancer_global_observer', 'member');
    const { status } = await api.put(`/v2/lbaas/loadbalancers/${web.loadbalancer.id}`, { loadbalancer: { name: 'x' } });
    expect(status).toBe(403);
  });

  it('a quota administrator looks at and sets quotas of all', async () => {
    api.caller = callerOf('other', 'load-balancer_quota_admin');
    expect((await api.put('/v2/lbaas/quotas/shop', { quota: { pool: 5 } })).status).toBe(202);
    expect((await api.get('/v2/lbaas/quotas/shop')).body.quota.pool).toBe(5);
    expect((await api.get('/v2/lbaas/quotas')).body.quotas).toHaveLength(1);
  });

  async function createIn(project: string): Promise<void> {
    api.caller = callerOf(project, 'member');
    await api.create('loadbalancers', 'loadbalancer', { vip_address: '198.18.0.40' });
  }
});
