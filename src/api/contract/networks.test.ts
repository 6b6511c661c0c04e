import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryControl } from '../../control/testing/memory-control.js';
import { parseCidr } from '../../model/address.js';
import type { Subnet } from '../../model/subnet.js';
import { callerOf, type Json, startApi, type TestApi } from '../testing/api.js';

const INSIDE: Subnet = {
  id: '11111111-1111-4111-8111-111111111111',
  network_id: '22222222-2222-4222-8222-222222222222',
  name: 'inside',
  cidr: parseCidr('198.18.0.0/24')!,
  gateway_ip: '198.18.0.1',
  allocation_pools: [{ start: '198.18.0.10', end: '198.18.0.20' }],
  public: false,
};
const OUTSIDE: Subnet = {
  id: '33333333-3333-4333-8333-333333333333',
  network_id: '44444444-4444-4444-8444-444444444444',
  name: 'outside',
  cidr: parseCidr('198.18.100.0/24')!,
  gateway_ip: null,
  allocation_pools: [{ start: '198.18.100.10', end: '198.18.100.20' }],
  public: true,
};

let api: TestApi;

beforeAll(async () => {
  api = await startApi(new MemoryControl({ subnets: [INSIDE, OUTSIDE] }));
});
beforeEach(() => api.reset());

async function names(url: string, many: string): Promise<string[]> {
  const { status, body } = await api.get(url);
  expect([url, status]).toEqual([url, 200]);
  return body[many].map(({ name, alias }: Json) => name ?? alias);
}

describe('subnets and networks', () => {
  it.each(['/v2.0', '/v2', '/network/v2.0', '/network/v2'])('are below %s', async (prefix) => {
    expect(await names(`${prefix}/subnets`, 'subnets')).toEqual(['inside', 'outside']);
    expect(await names(`${prefix}/networks`, 'networks')).toEqual(['inside', 'outside']);
  });

  it('are found as the command line looks for them', async () => {
    expect(await names(`/v2.0/subnets?id=${INSIDE.id}`, 'subnets')).toEqual(['inside']);
    expect(await names('/v2.0/subnets?name=outside', 'subnets')).toEqual(['outside']);
    expect(await names(`/v2.0/subnets?network_id=${OUTSIDE.network_id}`, 'subnets')).toEqual(['outside']);
    expect(await names('/v2.0/subnets?cidr=198.18.0.0/24', 'subnets')).toEqual(['inside']);
    expect(await names('/v2.0/networks?router:external=True', 'networks')).toEqual(['outside']);
  });

  it('look like Neutron’s', async () => {
    const { body } = await api.get(`/v2.0/subnets/${INSIDE.id}`);
    expect(body.subnet).toMatchObject({
      id: INSIDE.id,
      network_id: INSIDE.network_id,
      ip_version: 4,
      cidr: '198.18.0.0/24',
      gateway_ip: '198.18.0.1',
      allocation_pools: [{ start: '198.18.0.10', end: '198.18.0.20' }],
    });
    const { network } = (await api.get(`/v2.0/networks/${INSIDE.network_id}`)).body;
    expect(network).toMatchObject({ name: 'inside', subnets: [INSIDE.id], status: 'ACTIVE', 'router:external': false });
  });

  it('cannot be changed here', async () => {
    expect((await api.post('/v2.0/subnets', { subnet: {} })).status).toBe(405);
    expect((await api.delete(`/v2.0/networks/${INSIDE.network_id}`)).status).toBe(405);
  });

  it('that do not exist are not there', async () => {
    expect((await api.get(`/v2.0/subnets/${OUTSIDE.network_id}`)).status).toBe(404);
    expect((await api.get('/v2.0/routers')).status).toBe(404);
    expect((await api.get('/v2.0/subnets?colour=red')).status).toBe(400);
  });
});

describe('ports', () => {
  let loadbalancer: Json;
  beforeEach(async () => {
    loadbalancer = await api.create('loadbalancers', 'loadbalancer', { vip_subnet_id: INSIDE.id });
  });

  it('carry the addresses of load balancers', async () => {
    const { body } = await api.get(`/v2.0/ports/${loadbalancer.vip_port_id}`);
    expect(body.port).toMatchObject({
      id: loadbalancer.vip_port_id,
      name: `octavia-lb-${loadbalancer.id}`,
      network_id: INSIDE.network_id,
      device_owner: 'Octavia',
      device_id: `lb-${loadbalancer.id}`,
      fixed_ips: [{ ip_address: '198.18.0.10', subnet_id: INSIDE.id }],
    });
  });

  it.each([
    ['fixed_ips=ip_address%3D198.18.0.10', 1],
    [`fixed_ips=ip_address%3D198.18.0.10&fixed_ips=subnet_id%3D${INSIDE.id}`, 1],
    [`fixed_ips=ip_address%3D198.18.0.10&fixed_ips=subnet_id%3D${OUTSIDE.id}`, 0],
    ['fixed_ips=ip_address%3D198.18.0.11', 0],
    ['fixed_ips=nonsense', 0],
    ['device_owner=Octavia', 1],
    [`network_id=${OUTSIDE.network_id}`, 0],
  ])('are found by %s: %i', async (query, count) => {
    expect((await api.get(`/v2.0/ports?${query}`)).body.ports).toHaveLength(count);
  });

  it('of other projects are not shown', async () => {
    api.caller = callerOf('other', 'member');
    expect((await api.get('/v2.0/ports')).body.ports).toEqual([]);
  });
});

describe('floating IPs', () => {
  it('are public addresses, with the load balancer they are bound to', async () => {
    const loadbalancer = await api.create('loadbalancers', 'loadbalancer', { vip_subnet_id: INSIDE.id });
    const { publicaddress } = (
      await api.post('/v2/sluice/publicaddresses', { publicaddress: { loadbalancer_id: loadbalancer.id } })
    ).body;
    const { body } = await api.get('/v2.0/floatingips');
    expect(body.floatingips).toMatchObject([
      {
        id: publicaddress.id,
        floating_ip_address: '198.18.100.10',
        fixed_ip_address: '198.18.0.10',
        port_id: loadbalancer.vip_port_id,
        floating_network_id: OUTSIDE.network_id,
        status: 'ACTIVE',
      },
    ]);
    expect((await api.get(`/v2.0/floatingips?port_id=${loadbalancer.vip_port_id}`)).body.floatingips).toHaveLength(1);
    expect((await api.get(`/v2.0/floatingips/${publicaddress.id}`)).status).toBe(200);
  });
});

describe('what clients look for in vain', () => {
  it.each([
    ['security-groups', 'security_groups'],
    ['qos/policies', 'policies'],
  ])('%s are an empty list', async (path, many) => {
    expect((await api.get(`/v2.0/${path}?name=x`)).body).toEqual({ [many]: [], [`${many}_links`]: [] });
  });

  it('extensions say what this part of Neutron can do', async () => {
    const { extensions } = (await api.get('/v2.0/extensions')).body;
    expect(extensions.map(({ alias }: Json) => alias)).toContain('external-net');
    expect((await api.get('/v2.0/extensions/sorting')).body.extension.alias).toBe('sorting');
  });
});
