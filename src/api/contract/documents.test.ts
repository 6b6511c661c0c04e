import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refused, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe('batch update of members', () => {
  it('replaces: what is listed becomes so, the rest goes; 202 without a body', async () => {
    const { pool, member } = await api.createWeb();
    const url = `/v2/lbaas/pools/${pool.id}/members`;
    const { status, text } = await api.put(url, {
      members: [
        { address: '198.18.1.11', protocol_port: 8080, weight: 9 },
        { address: '198.18.1.12', protocol_port: 8080 },
      ],
    });
    expect([status, text]).toEqual([202, '']);
    const { members } = (await api.get(url)).body;
    expect(members).toMatchObject([
      { id: member.id, weight: 9 },
      { address: '198.18.1.12', weight: 1 },
    ]);
    await api.put(url, { members: [] });
    expect((await api.get(url)).body.members).toEqual([]);
  });

  it('only adds with additive_only', async () => {
    const { pool } = await api.createWeb();
    const url = `/v2/lbaas/pools/${pool.id}/members`;
    const members = [{ address: '198.18.1.12', protocol_port: 8080 }];
    expect((await api.put(`${url}?additive_only=True`, { members })).status).toBe(202);
    expect((await api.get(url)).body.members).toHaveLength(2);
    expect((await api.put(`${url}?additive_only=x`, { members })).status).toBe(400);
  });

  it('names the members with faults, and changes nothing', async () => {
    const { pool } = await api.createWeb();
    const url = `/v2/lbaas/pools/${pool.id}/members`;
    const { status, body } = await api.put(url, {
      members: [{ address: '198.18.1.12', protocol_port: 80 }, { address: 'x' }, 5],
    });
    expect(status).toBe(400);
    expect(body.faults.map(({ path }: { path: string }) => path)).toEqual([
      'members[1]',
      'members[1].address',
      'members[2]',
    ]);
    expect((await api.get(url)).body.members).toHaveLength(1);
    expect(refused(await api.put(url, { members: {} }))[0]).toBe(400);
  });
});

describe('a fully populated create', () => {
  it('makes everything at once and answers it in full', async () => {
    const loadbalancer = await api.create('loadbalancers', 'loadbalancer', {
      name: 'full',
      vip_address: '198.18.0.30',
      listeners: [
        {
          name: 'http',
          protocol: 'HTTP',
          protocol_port: 80,
          default_pool: {
            name: 'servers',
            protocol: 'HTTP',
            lb_algorithm: 'ROUND_ROBIN',
            healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 },
            members: [{ address: '198.18.1.11', protocol_port: 80 }],
          },
          l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/x' }] }],
        },
      ],
    });
    const [listener] = loadbalancer.listeners;
    const [pool] = loadbalancer.pools;
    expect(listener).toMatchObject({ name: 'http', default_pool_id: pool.id, provisioning_status: 'ACTIVE' });
    expect(listener.l7policies[0]).toMatchObject({ action: 'REJECT', rules: [{ type: 'PATH', value: '/x' }] });
    expect(pool).toMatchObject({
      name: 'servers',
      members: [{ address: '198.18.1.11' }],
      healthmonitor: { type: 'HTTP' },
    });
    const { body } = await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}`);
    expect(body.loadbalancer).toMatchObject({ listeners: [{ id: listener.id }], pools: [{ id: pool.id }] });
  });
});

describe('statuses and figures', () => {
  it.each(['status', 'statuses'])('GET %s is the tree with both statuses of everything', async (name) => {
    const { loadbalancer, listener, pool, member } = await api.createWeb();
    const monitor = await api.create('healthmonitors', 'healthmonitor', {
      type: 'PING',
      delay: 5,
      timeout: 3,
      max_retries: 2,
      pool_id: pool.id,
    });
    api.control.statuses.set(member.id, 'ERROR');
    const poolStatus = {
      id: pool.id,
      name: 'servers',
      provisioning_status: 'ACTIVE',
      operating_status: 'OFFLINE',
      health_monitor: {
        id: monitor.id,
        name: '',
        type: 'PING',
        provisioning_status: 'ACTIVE',
        operating_status: 'OFFLINE',
      },
      members: [
        {
          id: member.id,
          name: '',
          address: '198.18.1.11',
          protocol_port: 8080,
          provisioning_status: 'ACTIVE',
          operating_status: 'ERROR',
        },
      ],
    };
    const { body } = await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}/${name}`);
    expect(body).toEqual({
      statuses: {
        loadbalancer: {
          id: loadbalancer.id,
          name: 'web',
          provisioning_status: 'ACTIVE',
          operating_status: 'OFFLINE',
          listeners: [
            {
              id: listener.id,
              name: 'tcp',
              provisioning_status: 'ACTIVE',
              operating_status: 'OFFLINE',
              pools: [poolStatus],
              l7policies: [],
            },
          ],
          pools: [poolStatus],
        },
      },
    });
  });

  it('stats of load balancer and listener have Octavia’s five figures', async () => {
    const { loadbalancer, listener } = await api.createWeb();
    const stats = { bytes_in: 1, bytes_out: 2, active_connections: 3, total_connections: 4, request_errors: 5 };
    api.control.figures.set(loadbalancer.id, stats);
    expect((await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}/stats`)).body).toEqual({ stats });
    expect((await api.get(`/v2/lbaas/listeners/${listener.id}/stats`)).body.stats.bytes_in).toBe(0);
  });
});

describe('quotas', () => {
  it('have defaults, are changed and reset with 202, and are kept', async () => {
    const defaults = (await api.get('/v2/lbaas/quotas/defaults')).body.quota;
    expect(defaults).toMatchObject({
      loadbalancer: 50,
      load_balancer: 50,
      listener: 100,
      pool: -1,
      health_monitor: -1,
    });
    expect((await api.get('/v2/lbaas/quotas/shop/default')).body.quota).toEqual(defaults);

    const changed = await api.put('/v2/lbaas/quotas/shop', { quota: { load_balancer: '1', healthmonitor: 3 } });
    expect([changed.status, changed.body.quota]).toMatchObject([
      202,
      { loadbalancer: 1, healthmonitor: 3, project_id: 'shop' },
    ]);
    expect((await api.get('/v2/lbaas/quotas')).body.quotas).toMatchObject([{ project_id: 'shop', load_balancer: 1 }]);

    await api.createWeb();
    const second = await api.post('/v2/lbaas/loadbalancers', { loadbalancer: { vip_address: '198.18.0.99' } });
    expect([second.status, second.body.code]).toEqual([403, 'quota_exceeded']);

    const reset = await api.delete('/v2/lbaas/quotas/shop');
    expect([reset.status, reset.text]).toEqual([202, '']);
    expect((await api.get('/v2/lbaas/quotas/shop')).body.quota.loadbalancer).toBe(50);
    expect((await api.get('/v2/lbaas/quotas')).body.quotas).toEqual([]);
  });
});

describe('providers', () => {
  it('are listed with what their flavors may hold', async () => {
    const { providers } = (await api.get('/v2/lbaas/providers')).body;
    expect(providers.map(({ name }: { name: string }) => name)).toContain('sluice');
    const { flavor_capabilities } = (await api.get('/v2/lbaas/providers/sluice/flavor_capabilities')).body;
    expect(flavor_capabilities.map(({ name }: { name: string }) => name).sort()).toEqual([
      'connections',
      'connections_per_second',
      'queries_per_second',
    ]);
    const zones = await api.get('/v2/lbaas/providers/sluice/availability_zone_capabilities');
    expect(zones.body).toEqual({ availability_zone_capabilities: [], availability_zone_capabilities_links: [] });
    expect((await api.get('/v2/lbaas/providers/other/flavor_capabilities')).status).toBe(400);
  });
});
