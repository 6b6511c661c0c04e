import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SHOP, startApi, type TestApi } from '../testing/api.js';
import { kinds } from '../testing/kinds.js';

const UNKNOWN = '99999999-9999-4999-8999-999999999999';
let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe('attributes', () => {
  const COMMON = [
    'id',
    'project_id',
    'tenant_id',
    'created_at',
    'updated_at',
    'admin_state_up',
    'provisioning_status',
    'operating_status',
    'tags',
  ];

  it.each<[string, string[]]>([
    [
      'loadbalancer',
      [
        'name',
        'description',
        'vip_address',
        'vip_subnet_id',
        'vip_network_id',
        'vip_port_id',
        'vip_qos_policy_id',
        'additional_vips',
        'provider',
        'flavor_id',
        'availability_zone',
        'listeners',
        'pools',
      ],
    ],
    [
      'listener',
      [
        'name',
        'description',
        'protocol',
        'protocol_port',
        'connection_limit',
        'default_pool_id',
        'insert_headers',
        'allowed_cidrs',
        'timeout_client_data',
        'timeout_member_connect',
        'timeout_member_data',
        'timeout_tcp_inspect',
        'default_tls_container_ref',
        'sni_container_refs',
        'client_authentication',
        'client_ca_tls_container_ref',
        'client_crl_container_ref',
        'tls_ciphers',
        'tls_versions',
        'alpn_protocols',
        'hsts_max_age',
        'hsts_include_subdomains',
        'hsts_preload',
        'loadbalancers',
        'l7policies',
      ],
    ],
    [
      'pool',
      [
        'name',
        'description',
        'protocol',
        'lb_algorithm',
        'session_persistence',
        'loadbalancers',
        'listeners',
        'members',
        'healthmonitor_id',
        'tls_enabled',
        'tls_container_ref',
        'ca_tls_container_ref',
        'crl_container_ref',
        'tls_ciphers',
        'tls_versions',
        'alpn_protocols',
      ],
    ],
    [
      'member',
      ['name', 'address', 'protocol_port', 'weight', 'backup', 'subnet_id', 'monitor_address', 'monitor_port'],
    ],
    [
      'healthmonitor',
      [
        'name',
        'type',
        'delay',
        'timeout',
        'max_retries',
        'max_retries_down',
        'http_method',
        'url_path',
        'expected_codes',
        'http_version',
        'domain_name',
        'pools',
      ],
    ],
    [
      'l7policy',
      [
        'name',
        'description',
        'action',
        'position',
        'listener_id',
        'redirect_pool_id',
        'redirect_url',
        'redirect_prefix',
        'redirect_http_code',
        'rules',
      ],
    ],
    ['l7rule', ['type', 'compare_type', 'key', 'value', 'invert']],
  ])('a %s has all that Octavia shows', async (name, attributes) => {
    const { root, path, fields } = (await kinds(api))[name]!;
    const object = await api.create(path, root, fields);
    expect(Object.keys(object)).toEqual(expect.arrayContaining([...COMMON, ...attributes]));
    expect(object.tenant_id).toBe(SHOP);
    expect(object.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it.each<[name: string, attributes: string[]]>([
    [
      'listener',
      [
        'tls_policy',
        'timeout_http_keepalive',
        'keepalive_requests',
        'compression',
        'preserve_host',
        'policy_order',
        'access_log',
        'client_address',
        'access_list_id',
        'access_list_action',
        'session_rate_limit',
        'request_rate_limit',
        'bandwidth_limit',
      ],
    ],
    ['l7policy', ['redirect_listener_id']],
    ['healthmonitor', ['udp_request', 'udp_response']],
  ])('a %s has what is ours besides', async (name, attributes) => {
    const { root, path, fields } = (await kinds(api))[name]!;
    expect(Object.keys(await api.create(path, root, fields))).toEqual(expect.arrayContaining(attributes));
  });

  it('parents and children are named by their ids', async () => {
    const { loadbalancer, listener, pool, member } = await api.createWeb();
    const read = async (path: string) => (await api.get(`/v2/lbaas/${path}`)).body;
    expect((await read(`loadbalancers/${loadbalancer.id}`)).loadbalancer).toMatchObject({
      listeners: [{ id: listener.id }],
      pools: [{ id: pool.id }],
    });
    expect((await read(`listeners/${listener.id}`)).listener).toMatchObject({
      loadbalancers: [{ id: loadbalancer.id }],
      default_pool_id: pool.id,
    });
    expect((await read(`pools/${pool.id}`)).pool).toMatchObject({
      loadbalancers: [{ id: loadbalancer.id }],
      listeners: [{ id: listener.id }],
      members: [{ id: member.id }],
    });
  });

  it('fields narrows a single object too', async () => {
    const { loadbalancer } = await api.createWeb();
    const { body } = await api.get(`/v2/lbaas/loadbalancers/${loadbalancer.id}?fields=name&fields=id`);
    expect(body).toEqual({ loadbalancer: { id: loadbalancer.id, name: 'web' } });
  });

  it('a member of another pool is not there', async () => {
    const { loadbalancer, member } = await api.createWeb();
    const other = await api.create('pools', 'pool', {
      protocol: 'TCP',
      lb_algorithm: 'ROUND_ROBIN',
      loadbalancer_id: loadbalancer.id,
    });
    const url = `/v2/lbaas/pools/${other.id}/members/${member.id}`;
    expect([(await api.get(url)).status, (await api.delete(url)).status]).toEqual([404, 404]);
    expect((await api.get(`/v2/lbaas/pools/${UNKNOWN}/members`)).status).toBe(404);
  });
});
