import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Json, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;
let web: Awaited<ReturnType<TestApi['createWeb']>>;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  api.reset();
  web = await api.createWeb();
});

async function names(url: string, many: string): Promise<string[]> {
  const { status, body } = await api.get(url);
  expect([url, status]).toEqual([url, 200]);
  return body[many].map(({ name, id }: Json) => name || id);
}

describe('lists', () => {
  it('find by name and by id, as clients do before anything else', async () => {
    expect(await names('/v2.0/lbaas/loadbalancers?name=web', 'loadbalancers')).toEqual(['web']);
    expect(await names(`/v2.0/lbaas/loadbalancers?id=${web.loadbalancer.id}`, 'loadbalancers')).toEqual(['web']);
    expect(await names('/v2.0/lbaas/loadbalancers?name=other', 'loadbalancers')).toEqual([]);
  });

  it('find children by their parents', async () => {
    const other = await api.create('loadbalancers', 'loadbalancer', { name: 'other', vip_address: '198.18.0.11' });
    const id = web.loadbalancer.id;
    expect(await names(`/v2/lbaas/listeners?loadbalancer_id=${id}`, 'listeners')).toEqual(['tcp']);
    expect(await names(`/v2/lbaas/listeners?loadbalancer_id=${other.id}`, 'listeners')).toEqual([]);
    expect(await names(`/v2/lbaas/pools?loadbalancer_id=${id}`, 'pools')).toEqual(['servers']);
    expect(await names(`/v2/lbaas/pools?listener_id=${web.listener.id}`, 'pools')).toEqual(['servers']);
    await api.create('healthmonitors', 'healthmonitor', {
      name: 'check',
      type: 'TCP',
      delay: 5,
      timeout: 3,
      max_retries: 2,
      pool_id: web.pool.id,
    });
    expect(await names(`/v2/lbaas/healthmonitors?pool_id=${web.pool.id}`, 'healthmonitors')).toEqual(['check']);
    expect(await names(`/v2/lbaas/healthmonitors?pool_id=${other.id}`, 'healthmonitors')).toEqual([]);
  });

  it('find by statuses, which are not kept anywhere', async () => {
    api.control.statuses.set(web.member.id, 'ERROR');
    const url = `/v2/lbaas/pools/${web.pool.id}/members`;
    expect((await api.get(`${url}?operating_status=ERROR`)).body.members).toHaveLength(1);
    expect((await api.get(`${url}?operating_status=ONLINE`)).body.members).toHaveLength(0);
    expect((await api.get(`${url}?provisioning_status=ACTIVE`)).body.members).toHaveLength(1);
  });

  it('find by tags that were set', async () => {
    await api.create('loadbalancers', 'loadbalancer', {
      name: 'blue',
      vip_address: '198.18.0.11',
      tags: ['colour=blue', 'x'],
    });
    expect(await names('/v2/lbaas/loadbalancers?tags=colour%3Dblue,x', 'loadbalancers')).toEqual(['blue']);
    expect(await names('/v2/lbaas/loadbalancers?not-tags-any=x', 'loadbalancers')).toEqual(['web']);
  });

  it('come in pages whose links work, on the path they were asked on', async () => {
    for (const index of [1, 2, 3, 4]) {
      await api.create('loadbalancers', 'loadbalancer', { name: `lb${index}`, vip_address: `198.18.0.2${index}` });
    }
    const seen: string[] = [];
    let url = '/load-balancer/v2.0/lbaas/loadbalancers?limit=2';
    for (let pages = 0; url && pages < 9; pages++) {
      const { body } = await api.get(url, { host: 'gateway:9876' });
      seen.push(...body.loadbalancers.map(({ name }: Json) => name));
      const next = body.loadbalancers_links.find(({ rel }: Json) => rel === 'next');
      expect(next?.href ?? 'http://gateway:9876/load-balancer/v2.0/lbaas/loadbalancers?').toMatch(
        /^http:\/\/gateway:9876\/load-balancer\/v2\.0\/lbaas\/loadbalancers\?/,
      );
      url = next ? next.href.replace('http://gateway:9876', '') : '';
    }
    expect(seen).toEqual(['web', 'lb1', 'lb2', 'lb3', 'lb4']);
  });

  it('are never longer than the gateway allows', async () => {
    const bounded = await startApi(undefined, { paginationMaxLimit: 2 });
    for (const index of [1, 2, 3]) {
      await bounded.create('loadbalancers', 'loadbalancer', { vip_address: `198.18.0.2${index}` });
    }
    const { body } = await bounded.get('/v2/lbaas/loadbalancers');
    expect([body.loadbalancers.length, body.loadbalancers_links[0].rel]).toEqual([2, 'next']);
  });

  it('links lead to the public address where there is one', async () => {
    const published = await startApi(undefined, { publicUrl: 'https://lb.example.org/', paginationMaxLimit: 1 });
    await published.create('loadbalancers', 'loadbalancer', { vip_address: '198.18.0.21' });
    await published.create('loadbalancers', 'loadbalancer', { vip_address: '198.18.0.22' });
    const { body } = await published.get('/v2/lbaas/loadbalancers');
    expect(body.loadbalancers_links[0].href).toMatch(/^https:\/\/lb\.example\.org\/v2\/lbaas\/loadbalancers\?/);
  });
});
