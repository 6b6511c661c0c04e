import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refused, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe('values', () => {
  it('arrive as text from the command line', async () => {
    const { loadbalancer } = await api.createWeb();
    const listener = await api.create('listeners', 'listener', {
      protocol: 'UDP',
      protocol_port: '53',
      connection_limit: '100',
      admin_state_up: 'True',
      loadbalancer_id: loadbalancer.id,
    });
    expect(listener).toMatchObject({ protocol_port: 53, connection_limit: 100, admin_state_up: true });
  });

  it('null in an update is the default again', async () => {
    const { listener } = await api.createWeb();
    const url = `/v2/lbaas/listeners/${listener.id}`;
    await api.put(url, {
      listener: { name: 'a', connection_limit: 9, timeout_client_data: 5000, allowed_cidrs: ['198.18.9.0/24'] },
    });
    const { status, body } = await api.put(url, {
      listener: { name: null, connection_limit: null, timeout_client_data: null, allowed_cidrs: null },
    });
    expect([status, body.listener]).toMatchObject([
      200,
      { name: '', connection_limit: -1, timeout_client_data: 900_000, allowed_cidrs: null },
    ]);
  });

  it('all faults of a body are told at once, the first in one line', async () => {
    const { status, body } = await api.post('/v2/lbaas/listeners', {
      listener: { protocol: 'TCQ', protocol_port: 70_000, loadbalancer_id: 'x' },
    });
    expect(status).toBe(400);
    expect(body.faults.map(({ path }: { path: string }) => path)).toEqual([
      'listener.protocol',
      'listener.protocol_port',
      'listener.loadbalancer_id',
    ]);
    expect(body.faultstring).toContain('listener.protocol: "TCQ" is not a known value');
    expect(body.faultstring).toContain('(and 2 more faults)');
  });

  it.each([
    ['loadbalancers', 'loadbalancer', {}],
    ['listeners', 'listener', {}],
    ['pools', 'pool', {}],
    ['healthmonitors', 'healthmonitor', {}],
    ['l7policies', 'l7policy', {}],
  ])('%s: what is required has to be there', async (path, root, fields) => {
    expect((await api.post(`/v2/lbaas/${path}`, { [root]: fields })).status).toBe(400);
  });

  it('protocol and port of a listener, address and port of a member never change', async () => {
    const { listener, pool, member } = await api.createWeb();
    const changes = [
      await api.put(`/v2/lbaas/listeners/${listener.id}`, { listener: { protocol_port: 81 } }),
      await api.put(`/v2/lbaas/pools/${pool.id}`, { pool: { protocol: 'HTTP' } }),
      await api.put(`/v2/lbaas/pools/${pool.id}/members/${member.id}`, { member: { address: '198.18.1.99' } }),
    ];
    expect(changes.map(({ status }) => status)).toEqual([400, 400, 400]);
  });
});

describe('conflicts', () => {
  it('one port, one listener', async () => {
    const { loadbalancer } = await api.createWeb();
    const listener = { protocol: 'TCP', protocol_port: 80, loadbalancer_id: loadbalancer.id };
    const [status, sentence] = refused(await api.post('/v2/lbaas/listeners', { listener }));
    expect(status).toBe(409);
    expect(sentence).toContain('already using');
    expect((await api.post('/v2/lbaas/listeners', { listener: { ...listener, protocol: 'UDP' } })).status).toBe(201);
  });

  it('one address and port, one member', async () => {
    const { pool } = await api.createWeb();
    const body = { member: { address: '198.18.1.11', protocol_port: 8080 } };
    expect(refused(await api.post(`/v2/lbaas/pools/${pool.id}/members`, body))[0]).toBe(409);
  });

  it('one pool, one health monitor', async () => {
    const { pool } = await api.createWeb();
    const fields = { type: 'TCP', delay: 5, timeout: 3, max_retries: 2, pool_id: pool.id };
    await api.create('healthmonitors', 'healthmonitor', fields);
    expect(refused(await api.post('/v2/lbaas/healthmonitors', { healthmonitor: fields }))).toEqual([
      409,
      expect.stringContaining('This pool already has a health monitor'),
    ]);
  });

  it('a pool that a policy sends to stays', async () => {
    const { loadbalancer } = await api.createWeb();
    const listener = await api.create('listeners', 'listener', {
      protocol: 'HTTP',
      protocol_port: 8000,
      loadbalancer_id: loadbalancer.id,
    });
    const pool = await api.create('pools', 'pool', {
      protocol: 'HTTP',
      lb_algorithm: 'ROUND_ROBIN',
      loadbalancer_id: loadbalancer.id,
    });
    await api.create('l7policies', 'l7policy', {
      action: 'REDIRECT_TO_POOL',
      redirect_pool_id: pool.id,
      listener_id: listener.id,
    });
    expect(refused(await api.delete(`/v2/lbaas/pools/${pool.id}`))).toEqual([409, expect.stringContaining('in use')]);
  });

  it('two policies about the same are refused with the name of the other', async () => {
    const { loadbalancer } = await api.createWeb();
    const listener = await api.create('listeners', 'listener', {
      protocol: 'HTTP',
      protocol_port: 8000,
      loadbalancer_id: loadbalancer.id,
    });
    const policy = { action: 'REJECT', listener_id: listener.id };
    const rule = { type: 'PATH', compare_type: 'STARTS_WITH', value: '/shop' };
    const first = await api.create('l7policies', 'l7policy', { ...policy, name: 'first' });
    const second = await api.create('l7policies', 'l7policy', policy);
    await api.create(`l7policies/${first.id}/rules`, 'rule', rule);
    expect(refused(await api.post(`/v2/lbaas/l7policies/${second.id}/rules`, { rule }))).toEqual([
      409,
      expect.stringContaining(`policy ${first.id} "first" is about paths that start with /shop already`),
    ]);
    const url = `/v2/lbaas/listeners/${listener.id}`;
    expect((await api.put(url, { listener: { policy_order: 'POSITION' } })).status).toBe(200);
    expect((await api.post(`/v2/lbaas/l7policies/${second.id}/rules`, { rule })).status).toBe(201);
    expect(refused(await api.put(url, { listener: { policy_order: null } }))[0]).toBe(409);
  });

  it('a redirect leads to a listener that ends TLS', async () => {
    const { body } = await api.post('/v2/lbaas/loadbalancers', {
      loadbalancer: {
        vip_address: '198.18.0.11',
        listeners: [
          {
            protocol: 'HTTP',
            protocol_port: 80,
            l7policies: [{ action: 'REDIRECT_TO_LISTENER', redirect_listener: { name: 'https' } }],
          },
          { name: 'https', protocol: 'HTTP', protocol_port: 443 },
        ],
      },
    });
    expect(body.faultstring).toContain('an HTTP listener is not one to be redirected to');
  });

  it('a load balancer that a file manages is changed through that file', async () => {
    const { loadbalancer } = await api.createWeb();
    const { state } = api.control;
    api.control.state = {
      ...state,
      loadbalancers: state.loadbalancers.map((one) => ({ ...one, managed_by: 'apply' as const })),
    };
    const url = `/v2/lbaas/loadbalancers/${loadbalancer.id}`;
    expect(refused(await api.put(url, { loadbalancer: { name: 'x' } }))).toEqual([
      409,
      expect.stringContaining('managed by'),
    ]);
    expect((await api.put(url, { loadbalancer: { managed_by: 'api' } })).status).toBe(200);
    expect((await api.put(url, { loadbalancer: { name: 'x' } })).status).toBe(200);
  });
});

describe('a load balancer with children', () => {
  it('is deleted with cascade only, as the command line writes it', async () => {
    const { loadbalancer, listener } = await api.createWeb();
    const url = `/v2/lbaas/loadbalancers/${loadbalancer.id}`;
    expect(refused(await api.delete(url))).toEqual([400, expect.stringContaining('it has children')]);
    expect(refused(await api.delete(`${url}?cascade=perhaps`))[0]).toBe(400);
    expect((await api.delete(`${url}?cascade=True`)).status).toBe(204);
    expect((await api.get(`/v2/lbaas/listeners/${listener.id}`)).status).toBe(404);
  });
});

describe('a load balancer in ERROR', () => {
  it('says why, refuses changes with 409, and can be deleted', async () => {
    const { loadbalancer, listener, pool, member } = await api.createWeb();
    api.control.errors.set(loadbalancer.id, 'the table of services is full');
    const url = `/v2/lbaas/loadbalancers/${loadbalancer.id}`;
    expect((await api.get(url)).body.loadbalancer).toMatchObject({
      provisioning_status: 'ERROR',
      status_reason: 'the table of services is full',
    });
    expect((await api.get(`/v2/lbaas/listeners/${listener.id}`)).body.listener.provisioning_status).toBe('ERROR');
    expect(refused(await api.put(url, { loadbalancer: { name: 'x' } }))).toEqual([
      409,
      expect.stringMatching(new RegExp(`^Invalid state ERROR of loadbalancer resource ${loadbalancer.id}`)),
    ]);
    const immutable = new RegExp(`^Load Balancer ${loadbalancer.id} is immutable and cannot be updated\\.`);
    const memberUrl = `/v2/lbaas/pools/${pool.id}/members/${member.id}`;
    expect(refused(await api.put(memberUrl, { member: { weight: 2 } }))).toEqual([
      409,
      expect.stringMatching(immutable),
    ]);
    expect(refused(await api.put(`/v2/lbaas/listeners/${listener.id}`, { listener: { name: 'x' } }))[0]).toBe(409);
    expect((await api.delete(`${url}?cascade=true`)).status).toBe(204);
  });

  it('can be failed over, which is answered with 202', async () => {
    const { loadbalancer } = await api.createWeb();
    api.control.errors.set(loadbalancer.id, 'for a reason');
    const { status, text } = await api.put(`/v2/lbaas/loadbalancers/${loadbalancer.id}/failover`);
    expect([status, text, api.control.failedOver]).toEqual([202, '', [loadbalancer.id]]);
    expect((await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}`)).body.loadbalancer.provisioning_status).toBe(
      'ACTIVE',
    );
  });
});
