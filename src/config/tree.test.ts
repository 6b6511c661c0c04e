import { describe, expect, it } from 'vitest';
import { errorOf, lb, listener, member, monitor, pool } from './testing/trees.js';
import { parseTree, readTree } from './tree.js';

describe('parseTree: forms', () => {
  const body = '{name: web, vip_address: 198.18.0.10}';
  it.each([
    ['one load balancer', `loadbalancer: ${body}`],
    ['a list of them', `loadbalancers: [${body}]`],
    ['a list of create bodies', `- loadbalancer: ${body}`],
    ['a bare list', `- ${body}`],
    ['JSON', '{"loadbalancer": {"name": "web", "vip_address": "198.18.0.10"}}'],
    ['JSON indented by tabs', '{\n\t"loadbalancer": {\n\t\t"name": "web", "vip_address": "198.18.0.10"}}'],
    ['documents, empty ones too', `---\n---\nloadbalancer: ${body}\n---\n`],
  ])('%s', (_, text) => {
    expect(parseTree(text).map(({ name, vip_address }) => [name, vip_address])).toEqual([['web', '198.18.0.10']]);
  });

  it('an empty list is a configuration without load balancers, an empty file is not', () => {
    expect(parseTree('loadbalancers: []')).toEqual([]);
    expect(errorOf('# nothing').faults[0]!.message).toBe('there is no configuration in it');
  });

  it('several documents are told apart in faults', () => {
    const text = `loadbalancer: ${body}\n---\nloadbalancer: {name: web, vip_address: 198.18.0.11}`;
    expect(errorOf(text).faults).toMatchObject([{ path: 'document 2: loadbalancer.name', line: 3, column: 22 }]);
  });

  it('a value that was parsed before has no positions', () => {
    expect(readTree({ loadbalancer: { name: 'web', vip_address: '198.18.0.10' } })).toHaveLength(1);
    expect(() => readTree({ loadbalancer: {} })).toThrow('loadbalancer: name is missing');
  });

  it('faults in JSON have positions too', () => {
    const text = '{"loadbalancer": {\n  "name": "web",\n  "vip_address": "198.18.0"}}';
    expect(errorOf(text).faults).toMatchObject([{ line: 3, column: 18 }]);
  });
});

describe('parseTree: values', () => {
  it('fills in every default', () => {
    const text = lb(
      'listeners: [{protocol: TCP, protocol_port: 80, default_pool: ' +
        '{protocol: TCP, lb_algorithm: ROUND_ROBIN, healthmonitor: {type: TCP}, ' +
        'members: [{address: 198.18.2.1, protocol_port: 8080}]}}]',
    );
    const common = { name: '', admin_state_up: true, tags: [] };
    const tls = { tls_ciphers: null, tls_versions: [], alpn_protocols: [] };
    const pool = {
      ...common,
      ...tls,
      description: '',
      protocol: 'TCP',
      lb_algorithm: 'ROUND_ROBIN',
      session_persistence: null,
      tls_enabled: false,
      tls_container_ref: null,
      ca_tls_container_ref: null,
      crl_container_ref: null,
      members: [
        {
          ...common,
          address: '198.18.2.1',
          protocol_port: 8080,
          weight: 1,
          backup: false,
          subnet_id: null,
          monitor_address: null,
          monitor_port: null,
        },
      ],
      healthmonitor: {
        ...common,
        type: 'TCP',
        delay: 5,
        timeout: 5,
        max_retries: 3,
        max_retries_down: 3,
        http_method: null,
        url_path: null,
        expected_codes: null,
        http_version: null,
        domain_name: null,
        udp_request: null,
        udp_response: null,
      },
    };
    const listener = {
      ...common,
      ...tls,
      description: '',
      protocol: 'TCP',
      protocol_port: 80,
      connection_limit: -1,
      timeout_client_data: 900_000,
      timeout_member_connect: 5000,
      timeout_member_data: 60_000,
      timeout_tcp_inspect: 0,
      timeout_http_keepalive: 15_000,
      keepalive_requests: 100,
      insert_headers: {},
      allowed_cidrs: null,
      default_tls_container_ref: null,
      sni_container_refs: [],
      client_authentication: 'NONE',
      client_ca_tls_container_ref: null,
      client_crl_container_ref: null,
      hsts_max_age: null,
      hsts_include_subdomains: false,
      hsts_preload: false,
      tls_policy: null,
      policy_order: null,
      compression: false,
      preserve_host: true,
      access_log: true,
      client_address: 'toa',
      access_list_id: null,
      access_list_action: null,
      session_rate_limit: null,
      request_rate_limit: null,
      bandwidth_limit: null,
      l7policies: [],
      default_pool: pool,
    };
    expect(parseTree(text)).toEqual([
      {
        ...common,
        name: 'web',
        description: '',
        vip_address: '198.18.0.10',
        vip_subnet_id: null,
        vip_network_id: null,
        vip_port_id: null,
        vip_qos_policy_id: null,
        additional_vips: [],
        provider: 'sluice',
        flavor_id: null,
        availability_zone: null,
        pools: [pool],
        listeners: [listener],
      },
    ]);
  });

  it.each([
    ['numbers as texts, as command line clients send them', listener('timeout_client_data: "60000"')],
    ['truth values as texts', listener('admin_state_up: "False"')],
    ['null for a default', listener('timeout_client_data: null, allowed_cidrs: null, l7policies: []')],
    ['no limit of connections', listener('connection_limit: "-1"')],
    ['the largest weight', member('weight: 256')],
    ['weight 0', member('weight: 0')],
    ['tags as a list', lb('tags: ["a=b", "kube service"]')],
    ['tags as a mapping', lb('tags: {a: b, c: ""}')],
    ['IPv6, which only the data plane does not serve', lb('additional_vips: [], vip_subnet_id: null')],
    [
      'TCP and UDP on one port',
      lb('listeners: [{protocol: TCP, protocol_port: 53}, {protocol: UDP, protocol_port: 53}]'),
    ],
    ['a pool without members', pool('members: []')],
    [
      'one server on two ports',
      pool('members: [{address: 198.18.2.1, protocol_port: 1}, {address: 198.18.2.1, protocol_port: 2}]'),
    ],
    [
      'an HTTP monitor',
      monitor('type: HTTP, url_path: /ok, expected_codes: 200, http_version: 1.1, domain_name: a.example'),
    ],
    ['the longest interval', monitor('type: TCP, delay: 86400, timeout: 300, max_retries: 10, max_retries_down: 1')],
  ])('accepts %s', (_, text) => {
    expect(parseTree(text)).toHaveLength(1);
  });

  const tls = 'default_tls_container_ref: cert, ';
  it.each<[what: string, fields: string, expected: object]>([
    ['UDP', 'protocol: UDP', { timeout_client_data: 300_000, client_address: 'none' }],
    ['HTTP', 'protocol: HTTP', { timeout_client_data: 60_000, client_address: 'none', tls_versions: [] }],
    ['TLS passed through', 'protocol: HTTPS', { timeout_client_data: 900_000, client_address: 'toa' }],
    [
      'TLS ended here',
      `${tls}protocol: TERMINATED_HTTPS`,
      { tls_versions: ['TLSv1.2', 'TLSv1.3'], alpn_protocols: ['h2', 'http/1.1', 'http/1.0'] },
    ],
    ['a value of its own', 'protocol: UDP, timeout_client_data: 1000', { timeout_client_data: 1000 }],
  ])('fills in what depends on the protocol: %s', (_, fields, expected) => {
    const [only] = parseTree(lb(`listeners: [{protocol_port: 80, ${fields}}]`));
    expect(only!.listeners[0]).toMatchObject(expected);
  });

  it('fills in what depends on the type of a monitor', () => {
    const read = (fields: string) => parseTree(monitor(fields))[0]!.pools[0]!.healthmonitor;
    expect(read('type: HTTP')).toMatchObject({ http_method: 'GET', url_path: '/', expected_codes: '200' });
    const text = lb('pools: [{protocol: UDP, lb_algorithm: SOURCE_IP, healthmonitor: {type: UDP-CONNECT}}]');
    expect(parseTree(text)[0]!.pools[0]!.healthmonitor).toMatchObject({ timeout: 10, url_path: null });
  });

  it('puts policies in the order of their positions, those without one last', () => {
    const policy = (name: string, rest = '') => `{name: ${name}, action: REJECT${rest}}`;
    const policies = [policy('c'), policy('b', ', position: 9'), policy('a', ', position: "2"'), policy('d')];
    const text = lb(`listeners: [{protocol: HTTP, protocol_port: 80, l7policies: [${policies.join(', ')}]}]`);
    const read = parseTree(text)[0]!.listeners[0]!.l7policies;
    expect(read.map(({ name, position }) => `${name} ${position}`)).toEqual(['a 1', 'b 2', 'c 3', 'd 4']);
  });

  it('policies bring their pool, or name one', () => {
    const pool = '{protocol: HTTP, lb_algorithm: SOURCE_IP, name: ';
    const policies =
      `{action: REDIRECT_TO_POOL, redirect_pool: ${pool}own}}, ` +
      '{action: REDIRECT_TO_POOL, redirect_pool: {name: shared}}';
    const [only] = parseTree(
      lb(`pools: [${pool}shared}], listeners: [{protocol: HTTP, protocol_port: 80, l7policies: [${policies}]}]`),
    );
    expect(only!.pools.map(({ name }) => name)).toEqual(['shared', 'own']);
    const used = only!.listeners[0]!.l7policies.map(({ redirect_pool }) => redirect_pool);
    expect(used).toEqual([only!.pools[1], only!.pools[0]]);
  });

  it('listeners share a pool by name or id', () => {
    const id = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
    const [only] = parseTree(
      lb(
        `pools: [{id: ${id.toUpperCase()}, name: p, protocol: TCP, lb_algorithm: SOURCE_IP}], listeners: [` +
          '{protocol: TCP, protocol_port: 80, default_pool: {name: p}}, ' +
          `{protocol: TCP, protocol_port: 81, default_pool_id: ${id}}]`,
      ),
    );
    expect(only!.listeners.map(({ default_pool }) => default_pool === only!.pools[0])).toEqual([true, true]);
  });
});
