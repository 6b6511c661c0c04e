import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, type Json, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe('audit entries', () => {
  it('say who did what to which object, from where, and what it was answered', async () => {
    const { body, headers } = await api.post('/v2.0/lbaas/loadbalancers', {
      loadbalancer: { name: 'web', vip_address: '198.18.0.10' },
    });
    expect(api.control.entries).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        at: expect.any(Number),
        request_id: headers['x-openstack-request-id'],
        user_id: 'user-of-shop',
        user_name: 'admin',
        project_id: 'shop',
        source: '198.18.9.9',
        action: 'create',
        kind: 'loadbalancer',
        resource_id: body.loadbalancer.id,
        resource_name: 'web',
        method: 'POST',
        path: '/v2.0/lbaas/loadbalancers',
        status: 201,
        outcome: 'success',
        request: { loadbalancer: { name: 'web', vip_address: '198.18.0.10' } },
        response: body,
        milliseconds: expect.any(Number),
      },
    ]);
  });

  it('there is one for every change, none for looking', async () => {
    const { loadbalancer, pool, member } = await api.createWeb();
    await api.get('/v2/lbaas/loadbalancers');
    await api.put(`/v2/lbaas/pools/${pool.id}/members/${member.id}`, { member: { weight: 3 } });
    await api.put(`/v2/lbaas/pools/${pool.id}/members`, { members: [] });
    await api.put(`/v2/lbaas/loadbalancers/${loadbalancer.id}/failover`);
    await api.delete(`/v2/lbaas/loadbalancers/${loadbalancer.id}?cascade=true`);
    await api.put('/v2/lbaas/quotas/shop', { quota: { pool: 3 } });
    const told = api.control.entries.map(({ action, kind, resource_name, resource_id }) =>
      [action, kind, resource_name ?? resource_id].join(' '),
    );
    expect(told.slice(4)).toEqual([
      'update member ',
      'update pool servers',
      'failover loadbalancer web',
      'delete loadbalancer web',
      'update quota shop',
    ]);
  });

  it('refused changes are kept too, with the reason', async () => {
    const { loadbalancer, listener } = await api.createWeb();
    api.control.entries.length = 0;
    await api.delete(`/v2/lbaas/loadbalancers/${loadbalancer.id}`);
    await api.put(`/v2/lbaas/listeners/${listener.id}`, { listener: { colour: 'red' } });
    await api.post('/v2/lbaas/loadbalancers', '{ no JSON');
    api.caller = callerOf('shop', 'reader');
    await api.post('/v2/lbaas/pools', { pool: { name: 'new' } });
    expect(api.control.entries).toMatchObject([
      {
        action: 'delete',
        kind: 'loadbalancer',
        status: 400,
        outcome: 'failure',
        resource_id: loadbalancer.id,
        resource_name: 'web',
      },
      { action: 'update', kind: 'listener', status: 400, request: { listener: { colour: 'red' } } },
      { action: 'create', kind: 'loadbalancer', status: 400, resource_id: null, request: null },
      {
        action: 'create',
        kind: 'pool',
        status: 403,
        resource_name: null,
        user_name: 'reader',
        response: { code: 'permission_denied' },
      },
    ]);
  });

  it('somebody without credentials leaves none: whoever guesses would fill the disk', async () => {
    api.caller = undefined;
    expect((await api.delete('/v2/lbaas/loadbalancers/x')).status).toBe(401);
    expect(api.control.entries).toEqual([]);
  });

  it('a refusal is answered even when it cannot be kept', async () => {
    const broken = await startApi();
    broken.control.record = async () => {
      throw new Error('disk full');
    };
    expect((await broken.delete('/v2/lbaas/loadbalancers/x')).status).toBe(404);
  });

  it('secrets are not kept', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';
    await api.post('/v2/lbaas/loadbalancers', { loadbalancer: { description: `oops ${key}`, password: 'hunter2' } });
    const kept = JSON.stringify(api.control.entries);
    expect(kept).not.toContain('MIIB');
    expect(kept).not.toContain('hunter2');
  });

  it('stay small, however large the request', async () => {
    const { pool } = await api.createWeb();
    const members = Array.from({ length: 3000 }, (_, i) => ({
      address: `198.19.${i >> 8}.${i & 255}`,
      protocol_port: 80,
      name: 'n'.repeat(200),
    }));
    expect((await api.put(`/v2/lbaas/pools/${pool.id}/members`, { members })).status).toBe(202);
    await api.put(`/v2/lbaas/pools/${pool.id}/members`, { members: members.map(({ name: _name, ...rest }) => rest) });
    const [long, short] = api.control.entries.slice(-2);
    expect(JSON.stringify(long!.request).length).toBeLessThan(17_000);
    expect((short!.request as { members: unknown[] }).members.at(-1)).toBe('and 2900 more');
  });
});

describe('GET audit', () => {
  async function kinds(query: string): Promise<string[]> {
    const { status, body } = await api.get(`/v2/sluice/audit${query}`);
    expect([query, status]).toEqual([query, 200]);
    return body.audit.map(({ kind }: Json) => kind);
  }

  it('lists entries newest first, by every filter', async () => {
    const { loadbalancer } = await api.createWeb();
    await api.delete(`/v2/lbaas/loadbalancers/${loadbalancer.id}`);
    expect(await kinds('')).toEqual(['loadbalancer', 'member', 'pool', 'listener', 'loadbalancer']);
    expect(await kinds('?kind=pool')).toEqual(['pool']);
    expect(await kinds('?action=delete')).toEqual(['loadbalancer']);
    expect(await kinds('?outcome=failure')).toEqual(['loadbalancer']);
    expect(await kinds('?resource_name=servers')).toEqual(['pool']);
    expect(await kinds(`?resource_id=${loadbalancer.id}&outcome=success`)).toEqual(['loadbalancer']);
    expect(await kinds('?user=nobody')).toEqual([]);
    expect(await kinds('?user=admin&kind=listener')).toEqual(['listener']);
    expect(await kinds('?since=2100-01-01')).toEqual([]);
    expect(await kinds('?until=2100-01-01T00:00:00&kind=member')).toEqual(['member']);
    expect(await kinds('?until=1000')).toEqual([]);
  });

  it('comes in pages', async () => {
    await api.createWeb();
    const first = (await api.get('/v2/sluice/audit?limit=3', { host: 'gateway' })).body;
    const second = (await api.get(first.audit_links[0].href.replace('http://gateway', ''))).body;
    expect([...first.audit, ...second.audit].map(({ kind }: Json) => kind)).toEqual([
      'member',
      'pool',
      'listener',
      'loadbalancer',
    ]);
    expect(second.audit_links).toEqual([]);
  });

  it('shows a project its own entries', async () => {
    await api.createWeb();
    api.caller = callerOf('other', 'member');
    await api.create('loadbalancers', 'loadbalancer', { vip_address: '198.18.0.60' });
    expect(await kinds('')).toEqual(['loadbalancer']);
    api.caller = callerOf('other', 'admin');
    expect(await kinds('')).toHaveLength(5);
    expect(await kinds('?project_id=other')).toEqual(['loadbalancer']);
    api.caller = callerOf(null, 'admin');
    expect(await kinds('')).toHaveLength(5);
  });

  it('refuses what it does not understand', async () => {
    const { status, body } = await api.get('/v2/sluice/audit?kin=pool&since=yesterday&limit=no');
    expect([status, body.faults.map(({ path }: Json) => path)]).toEqual([400, ['kin', 'since', 'limit']]);
  });
});

describe('GET events', () => {
  it('lists what happened by itself, to the caller’s project', async () => {
    const event = { severity: 'warning' as const, kind: 'member', resource_id: 'm', resource_name: null };
    api.control.happened.push(
      { ...event, id: 'a', at: 1000, type: 'member.down', project_id: 'shop', message: 'refused' },
      { ...event, id: 'b', at: 2000, type: 'member.down', project_id: 'other', message: 'timed out' },
    );
    expect((await api.get('/v2/sluice/events')).body.events.map(({ id }: Json) => id)).toEqual(['b', 'a']);
    api.caller = callerOf('shop', 'reader');
    const { body } = await api.get('/v2/sluice/events?type=member.down&severity=warning');
    expect(body).toEqual({
      events: [expect.objectContaining({ id: 'a', at: '1970-01-01T00:00:01.000Z', message: 'refused' })],
      events_links: [],
    });
  });
});
