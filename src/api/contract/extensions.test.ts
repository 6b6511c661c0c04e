import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtInFlavors } from '../../control/index.js';
import { emptyState } from '../../store/rows.js';
import { type Json, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe('access lists', () => {
  async function create(fields: object): Promise<Json> {
    const { status, body } = await api.post('/v2/sluice/accesslists', { accesslist: fields });
    expect(status).toBe(201);
    return body.accesslist;
  }

  it('are created, shown, changed, deleted', async () => {
    const list = await create({ name: 'office', cidrs: ['198.18.9.0/24', 'fd00::/64'], tags: ['a'] });
    const url = `/v2/sluice/accesslists/${list.id}`;
    expect((await api.get(url)).body.accesslist).toMatchObject({
      name: 'office',
      cidrs: ['198.18.9.0/24', 'fd00::/64'],
      cidrs_count: 2,
      project_id: 'shop',
    });
    expect((await api.put(url, { accesslist: { name: 'home' } })).body.accesslist.name).toBe('home');
    expect((await api.get('/v2/sluice/accesslists?tags=a')).body.accesslists).toHaveLength(1);
    expect((await api.delete(url)).status).toBe(204);
    expect((await api.get(url)).status).toBe(404);
  });

  it('lists leave the blocks out unless they are asked for', async () => {
    await create({ name: 'office', cidrs: ['198.18.9.0/24'] });
    const [short] = (await api.get('/v2/sluice/accesslists')).body.accesslists;
    expect([short.cidrs, short.cidrs_count]).toEqual([undefined, 1]);
    const [long] = (await api.get('/v2/sluice/accesslists?fields=cidrs')).body.accesslists;
    expect(long).toEqual({ cidrs: ['198.18.9.0/24'] });
  });

  it('blocks come and go without sending the rest', async () => {
    const { id } = await create({ cidrs: ['198.18.9.0/24'] });
    const url = `/v2/sluice/accesslists/${id}`;
    const body = { accesslist: { cidrs: ['198.18.10.0/24', '198.18.9.0/24'] } };
    const added = await api.put(`${url}/add_cidrs`, body);
    expect([added.status, added.body.accesslist.cidrs_count, added.body.accesslist.cidrs]).toEqual([200, 2, undefined]);
    await api.put(`${url}/remove_cidrs`, { accesslist: { cidrs: ['198.18.9.0/24'] } });
    expect((await api.get(url)).body.accesslist.cidrs).toEqual(['198.18.10.0/24']);
    expect((await api.put(`${url}/add_cidrs`, { accesslist: { cidrs: ['nonsense'] } })).status).toBe(400);
  });

  it('in use cannot be deleted', async () => {
    const { id } = await create({ cidrs: ['198.18.9.0/24'] });
    const { listener } = await api.createWeb();
    const use = { listener: { access_list_id: id, access_list_action: 'allow' } };
    expect((await api.put(`/v2/lbaas/listeners/${listener.id}`, use)).status).toBe(200);
    expect((await api.delete(`/v2/sluice/accesslists/${id}`)).status).toBe(409);
  });
});

describe('public addresses', () => {
  it('are bound to a load balancer and unbound', async () => {
    const { loadbalancer } = await api.createWeb();
    const created = await api.post('/v2/sluice/publicaddresses', { publicaddress: { address: '198.18.100.7' } });
    expect([created.status, created.body.publicaddress.loadbalancer_id]).toEqual([201, null]);
    const url = `/v2/sluice/publicaddresses/${created.body.publicaddress.id}`;

    const bound = await api.put(url, { publicaddress: { loadbalancer_id: loadbalancer.id } });
    expect(bound.status).toBe(200);
    const shown = async () => (await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}`)).body.loadbalancer;
    expect((await shown()).public_addresses).toEqual(['198.18.100.7']);
    expect((await api.delete(url)).status).toBe(409);

    await api.put(url, { publicaddress: { loadbalancer_id: null } });
    expect((await shown()).public_addresses).toEqual([]);
    expect((await api.delete(url)).status).toBe(204);
  });
});

describe('batches', () => {
  const two = [
    { name: 'a', vip_address: '198.18.0.71' },
    { name: 'b', vip_address: '198.18.0.72' },
  ];

  it('create all or none', async () => {
    const created = await api.post('/v2/sluice/loadbalancers', { loadbalancers: two });
    expect([created.status, created.body.loadbalancers.map(({ name }: Json) => name)]).toEqual([201, ['a', 'b']]);

    const twice = [{ name: 'c', vip_address: '198.18.0.73' }, two[0]];
    const refused = await api.post('/v2/sluice/loadbalancers', { loadbalancers: twice });
    expect([refused.status, refused.body.faultstring]).toEqual([409, expect.stringContaining('loadbalancers[1]')]);
    expect((await api.get('/v2/lbaas/loadbalancers')).body.loadbalancers).toHaveLength(2);
  });

  it('name what is at fault in each', async () => {
    const { status, body } = await api.post('/v2/sluice/loadbalancers', { loadbalancers: [two[0], { colour: 'red' }] });
    expect(status).toBe(400);
    expect(body.faults.map(({ path }: Json) => path)).toContain('loadbalancers[1].colour');
  });

  it('delete all or none', async () => {
    const { loadbalancer } = await api.createWeb();
    const { body } = await api.post('/v2/sluice/loadbalancers', { loadbalancers: two });
    const ids = body.loadbalancers.map(({ id }: Json) => id);
    const remove = (selection: object) => api.post('/v2/sluice/loadbalancers/delete', { loadbalancers: selection });
    expect((await remove({ ids: [...ids, loadbalancer.id] })).status).toBe(400);
    expect((await remove({ ids: [ids[0], 'unknown'] })).status).toBe(404);
    expect((await api.get('/v2/lbaas/loadbalancers')).body.loadbalancers).toHaveLength(3);
    expect((await remove({ ids: [...ids, loadbalancer.id], cascade: true })).status).toBe(204);
    expect((await api.get('/v2/lbaas/loadbalancers')).body.loadbalancers).toEqual([]);
  });

  it.each([[{}], [{ ids: 'x' }], [{ ids: [5] }], [{ ids: [], cascade: 'yes' }], [{ ids: [], force: true }], [null]])(
    'refuse to delete %j',
    async (selection) => {
      expect((await api.post('/v2/sluice/loadbalancers/delete', { loadbalancers: selection })).status).toBe(400);
    },
  );
});

describe('export', () => {
  it('is CSV with a line of titles, filtered and ordered like the list', async () => {
    await api.createWeb();
    await api.create('loadbalancers', 'loadbalancer', {
      name: '=HYPERLINK("x")',
      vip_address: '198.18.0.71',
      tags: ['a', 'b'],
    });
    const { status, headers, text } = await api.get('/v2/sluice/loadbalancers/export?sort=name');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toBe('attachment; filename="loadbalancers.csv"');
    const [titles, formula, web] = text.split('\n');
    expect(titles).toMatch(/^id,name,description,project_id,vip_address,/);
    expect(formula).toContain(`"'=HYPERLINK(""x"")"`);
    expect(formula).toContain(',a b,');
    expect(web).toContain(',web,');
    expect(web).toContain('TCP:80,1,1,');
    const filtered = await api.get('/v2/sluice/loadbalancers/export?format=csv&name=web');
    expect(filtered.text.trim().split('\n')).toHaveLength(2);
  });

  it('is a spreadsheet file on demand', async () => {
    await api.createWeb();
    const response = await api.server.inject({ method: 'GET', url: '/v2/sluice/loadbalancers/export?format=xlsx' });
    expect(response.headers['content-type']).toContain('spreadsheetml.sheet');
    // Every xlsx file is a ZIP archive.
    expect(response.rawPayload.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  });

  it('refuses other formats and unknown filters', async () => {
    expect((await api.get('/v2/sluice/loadbalancers/export?format=pdf')).status).toBe(400);
    expect((await api.get('/v2/sluice/loadbalancers/export?colour=red')).status).toBe(400);
  });
});

describe('specifications', () => {
  it('are flavors with their limits', async () => {
    const { flavors, flavorprofiles } = builtInFlavors();
    api.control.reset({
      ...emptyState(),
      flavors: new Map(flavors.map((flavor) => [flavor.id, flavor])),
      flavorprofiles: new Map(flavorprofiles.map((profile) => [profile.id, profile])),
    });
    const { body } = await api.get('/v2/sluice/specifications?sort=connections:desc');
    expect(body.specifications[0]).toMatchObject({
      name: 'super-1',
      enabled: true,
      connections: 1_000_000,
      connections_per_second: 100_000,
      queries_per_second: 50_000,
    });
    expect(body.specifications.at(-1)).toMatchObject({ name: 'unlimited', connections: null });
  });
});

describe('health of members', () => {
  it('has the cause, since when, and what went before', async () => {
    const { pool, member } = await api.createWeb();
    const facts = {
      cause: 'connection refused',
      since: '2026-01-31T12:00:00.000Z',
      checked_at: '2026-01-31T12:00:05.000Z',
      flapping: true,
      history: [{ at: '2026-01-31T12:00:00.000Z', up: false, cause: 'connection refused' }],
    };
    const unknown = { cause: null, since: null, checked_at: null, flapping: false, history: [] };
    const own = { id: member.id, name: '', address: '198.18.1.11', protocol_port: 8080, operating_status: 'OFFLINE' };
    const url = `/v2/sluice/members/${member.id}/health`;
    expect((await api.get(url)).body).toEqual({ health: { ...own, ...unknown } });
    api.control.health.set(member.id, facts);
    expect((await api.get(url)).body).toEqual({ health: { ...own, ...facts } });
    expect((await api.get(`/v2/sluice/pools/${pool.id}/health`)).body).toEqual({ members: [{ ...own, ...facts }] });
    expect((await api.get(`/v2/sluice/members/${pool.id}/health`)).status).toBe(404);
  });
});

describe('routes that the daemon adds', () => {
  it('have the same authentication and errors', async () => {
    const extended = await startApi(undefined, {
      extend: (server) => {
        server.get('/secret', async () => ({ for: 'administrators' }));
        server.get('/open', { config: { need: 'none' } }, async () => ({ for: 'all' }));
      },
    });
    expect((await extended.get('/secret')).status).toBe(200);
    extended.caller = undefined;
    expect([(await extended.get('/secret')).status, (await extended.get('/open')).status]).toEqual([401, 200]);
  });
});
