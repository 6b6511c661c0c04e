import { describe, expect, it } from 'vitest';
import type { SluiceError } from '../model/errors.js';
import { parseTree, readTree, type TreeOptions } from './tree.js';

/** A load balancer in YAML flow style around the fields under test. */
const lb = (fields: string) => `loadbalancer: {name: web, vip_address: 198.18.0.10, ${fields}}`;
const listener = (fields: string) => lb(`listeners: [{protocol: TCP, protocol_port: 80, ${fields}}]`);
const pool = (fields: string) => lb(`pools: [{protocol: TCP, lb_algorithm: ROUND_ROBIN, ${fields}}]`);
const member = (fields: string) => pool(`members: [{address: 198.18.2.1, protocol_port: 80, ${fields}}]`);
const monitor = (fields: string) => pool(`healthmonitor: {${fields}}`);

function errorOf(text: string, options?: TreeOptions): SluiceError {
  try {
    parseTree(text, options);
  } catch (error) {
    return error as SluiceError;
  }
  throw new Error('nothing was refused');
}

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
    const pool = {
      ...common,
      description: '',
      protocol: 'TCP',
      lb_algorithm: 'ROUND_ROBIN',
      session_persistence: null,
      members: [
        {
          ...common,
          address: '198.18.2.1',
          protocol_port: 8080,
          weight: 1,
          backup: false,
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
        http_method: 'GET',
        url_path: '/',
        expected_codes: '200',
        domain_name: null,
      },
    };
    expect(parseTree(text)).toEqual([
      {
        ...common,
        name: 'web',
        description: '',
        vip_address: '198.18.0.10',
        pools: [pool],
        listeners: [
          {
            ...common,
            description: '',
            protocol: 'TCP',
            protocol_port: 80,
            timeout_client_data: 900_000,
            client_address: 'toa',
            default_pool: pool,
          },
        ],
      },
    ]);
  });

  it('UDP listeners time out after 300 s and carry no client address', () => {
    const [only] = parseTree(lb('listeners: [{protocol: UDP, protocol_port: 53}]'));
    expect(only!.listeners[0]).toMatchObject({ timeout_client_data: 300_000, client_address: 'none' });
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

  it('cuts a timeout to the interval', () => {
    expect(parseTree(monitor('type: TCP, delay: 2, timeout: 10'))[0]!.pools[0]!.healthmonitor!.timeout).toBe(2);
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

describe('parseTree: faults', () => {
  const two = (first: string, second: string) => `loadbalancers: [${first}, ${second}]`;
  it.each([
    ['unknown field', lb('lisetners: []'), 'lisetners', 'unknown field lisetners', 'did you mean listeners?'],
    [
      'unknown field that is part of a name',
      listener('port: 80'),
      'listeners[0].port',
      'unknown field port',
      'did you mean protocol_port?',
    ],
    ['no name', 'loadbalancer: {vip_address: 198.18.0.10}', '', 'name is missing', 'apply finds load balancers by it'],
    [
      'a name too long',
      `loadbalancer: {name: ${'x'.repeat(256)}, vip_address: 198.18.0.10}`,
      'name',
      'has 256 characters',
      '1 to 255',
    ],
    [
      'a name that is no text',
      'loadbalancer: {name: 7, vip_address: 198.18.0.10}',
      'name',
      '7 is not a text',
      '"7" in quotes',
    ],
    ['no VIP', 'loadbalancer: {name: web}', '', 'vip_address is missing', 'the IP address clients connect to'],
    ['a network in place of a VIP', lb('vip_subnet_id: x'), 'vip_subnet_id', 'not served', 'vip_address'],
    [
      'a VIP that is no address',
      'loadbalancer: {name: w, vip_address: web}',
      'vip_address',
      '"web" is not an IP address',
      '198.18.0.10',
    ],
    ['a multicast VIP', 'loadbalancer: {name: w, vip_address: 224.0.0.1}', 'vip_address', 'multicast', 'unicast'],
    ['an id that is none', lb('id: 12'), 'id', '12 is not a text', 'quotes'],
    ['a tag key twice', lb('tags: ["a=1", "a=2"]'), 'tags[1]', 'tag key a is used twice', 'one value'],
    ['a tag key with reserved characters', lb('tags: ["a|b=1"]'), 'tags[0]', '"a|b" is not a tag key', '1 to 36'],
    ['a tag value too long', lb(`tags: ["a=${'x'.repeat(44)}"]`), 'tags[0]', 'is not a tag value', 'at most 43'],
    [
      'a port out of range',
      lb('listeners: [{protocol: TCP, protocol_port: 70000}]'),
      'listeners[0].protocol_port',
      '70000 is out of range',
      '1 to 65,535',
    ],
    [
      'HTTP listeners',
      lb('listeners: [{protocol: HTTP, protocol_port: 80}]'),
      'listeners[0].protocol',
      'HTTP is not served by this release',
      'TCP, UDP',
    ],
    [
      'an unknown protocol',
      lb('listeners: [{protocol: tcp, protocol_port: 80}]'),
      'listeners[0].protocol',
      'not a known value',
      'did you mean TCP?',
    ],
    ['L7 policies', listener('l7policies: [{action: REJECT}]'), 'listeners[0].l7policies', 'not served', 'HTTP'],
    [
      'access lists, which would not be enforced',
      listener('allowed_cidrs: [10.0.0.0/8]'),
      'listeners[0].allowed_cidrs',
      'not served',
      'not enforced',
    ],
    ['a limit of connections', listener('connection_limit: 100'), 'listeners[0].connection_limit', 'not served', '-1'],
    [
      'an idle timeout under a second',
      listener('timeout_client_data: 999'),
      'listeners[0].timeout_client_data',
      '999 is out of range',
      '86,400,000',
    ],
    [
      'a pool by a name that is not there',
      `loadbalancer: {name: w, vip_address: 198.18.0.1, pools: [{name: web-servers, protocol: TCP, lb_algorithm: SOURCE_IP}], listeners: [{protocol: TCP, protocol_port: 80, default_pool: {name: web-server}}]}`,
      'listeners[0].default_pool.name',
      'no pool with the name',
      'did you mean "web-servers"?',
    ],
    [
      'a pool name as a text',
      listener('default_pool: web'),
      'listeners[0].default_pool',
      '"web" is not a pool',
      '{name: "web"}',
    ],
    [
      'a pool of another protocol',
      listener('default_pool: {protocol: UDP, lb_algorithm: SOURCE_IP}'),
      'listeners[0].default_pool',
      'a TCP listener cannot use a UDP pool',
      'protocol: TCP',
    ],
    ['no algorithm', lb('pools: [{protocol: TCP}]'), 'pools[0]', 'lb_algorithm is missing', 'LEAST_CONNECTIONS'],
    [
      'an algorithm misspelt',
      lb('pools: [{protocol: TCP, lb_algorithm: LEAST_CONNECTION}]'),
      'pools[0].lb_algorithm',
      'not a known value',
      'did you mean LEAST_CONNECTIONS?',
    ],
    [
      'cookies',
      pool('session_persistence: {type: HTTP_COOKIE}'),
      'pools[0].session_persistence.type',
      'not served',
      'SOURCE_IP',
    ],
    [
      'stickiness too short',
      pool('session_persistence: {type: SOURCE_IP, persistence_timeout: 59}'),
      'pools[0].session_persistence.persistence_timeout',
      '59 is out of range',
      '60 to 3,600',
    ],
    ['a weight too large', member('weight: 257'), 'pools[0].members[0].weight', '257 is out of range', '0 to 256'],
    [
      'a weight that is no number',
      member('weight: heavy'),
      'pools[0].members[0].weight',
      '"heavy" is not a whole number',
      '0 to 256',
    ],
    ['members in subnets', member('subnet_id: x'), 'pools[0].members[0].subnet_id', 'not served', 'routing table'],
    [
      'a monitor that is not served yet',
      monitor('type: PING'),
      'pools[0].healthmonitor.type',
      'PING is not served',
      'TCP, HTTP',
    ],
    [
      'a path without a slash',
      monitor('type: HTTP, url_path: ok'),
      'pools[0].healthmonitor.url_path',
      '"ok" is not accepted',
      'starts with /',
    ],
    [
      'codes that are none',
      monitor('type: HTTP, expected_codes: ok'),
      'pools[0].healthmonitor.expected_codes',
      'not a set of HTTP status codes',
      '2xx',
    ],
    [
      'retries out of range',
      monitor('type: TCP, max_retries: 11'),
      'pools[0].healthmonitor.max_retries',
      '11 is out of range',
      '1 to 10',
    ],
  ])('%s', (_, text, path, message, suggestion) => {
    const { faults } = errorOf(text);
    expect(faults).toHaveLength(1);
    expect(faults[0]!.path).toBe(path === '' ? 'loadbalancer' : `loadbalancer.${path}`);
    expect(faults[0]!.message).toContain(message);
    expect(faults[0]!.suggestion).toContain(suggestion);
    expect(faults[0]!.line).toBe(1);
  });

  const web = (name: string, vip: string, rest = '') => `{name: ${name}, vip_address: ${vip}${rest}}`;
  const port = (number: number) => `, listeners: [{protocol: TCP, protocol_port: ${number}}]`;
  const servers = (...addresses: string[]) => {
    const members = addresses.map((address) => `{address: ${address}, protocol_port: 80}`);
    return `, pools: [{protocol: TCP, lb_algorithm: SOURCE_IP, members: [${members.join(', ')}]}]`;
  };

  it.each([
    ['a name twice', two(web('a', '198.18.0.1'), web('a', '198.18.0.2')), '[1].name', 'the name "a" is used twice'],
    [
      'one VIP and port on two load balancers',
      two(web('a', '198.18.0.1', port(80)), web('b', '198.18.0.1', port(80))),
      '[1].listeners[0].protocol_port',
      'TCP 198.18.0.1:80 is taken by "a"',
    ],
    [
      'a port twice',
      two(
        web(
          'a',
          '198.18.0.1',
          ', listeners: [{protocol: TCP, protocol_port: 80}, {protocol: TCP, protocol_port: "80"}]',
        ),
        web('b', '198.18.0.2'),
      ),
      '[0].listeners[1].protocol_port',
      'is taken by "a"',
    ],
    [
      'a member twice',
      two(web('a', '198.18.0.1', servers('198.18.2.1', '::ffff:198.18.2.1')), web('b', '198.18.0.2')),
      '[0].pools[0].members[1].address',
      '198.18.2.1:80 is already a member',
    ],
    [
      'a VIP as member',
      two(web('a', '198.18.0.1', servers('198.18.0.2')), web('b', '198.18.0.2')),
      '[0].pools[0].members[0].address',
      '198.18.0.2 is the VIP of load balancer "b"',
    ],
    [
      'a local address as member',
      two(web('a', '198.18.0.1', servers('198.18.1.10')), web('b', '198.18.0.2')),
      '[0].pools[0].members[0].address',
      '198.18.1.10 is a local address of the gateway',
    ],
    [
      'a local address as VIP',
      two(web('a', '198.18.1.10'), web('b', '198.18.0.2')),
      '[0].vip_address',
      '198.18.1.10 is a local address of the gateway',
    ],
  ])('between objects: %s', (_, text, path, message) => {
    const error = errorOf(text, { localAddresses: ['198.18.1.10'], source: 'web.yaml' });
    expect(error.code).toBe('conflict');
    expect(error.faults).toMatchObject([{ path: `loadbalancers${path}`, message: expect.stringContaining(message) }]);
    expect(error.message).toContain('web.yaml: 1 fault');
  });

  it('finds everything at once, also between objects that have faults of their own', () => {
    const text = [
      'loadbalancers:',
      '  - name: a',
      '    vip_address: 198.18.0.1',
      '    nmae: x',
      '    listeners:',
      '      - { protocol: TCP, protocol_port: 80, wait: 1 }',
      '      - { protocol: TCP, protocol_port: 80 }',
      '      - { protocol_port: 80 }',
      '  - nothing',
    ].join('\n');
    expect(errorOf(text).faults.map(({ path, line }) => [line, path])).toEqual([
      [4, 'loadbalancers[0].nmae'],
      [6, 'loadbalancers[0].listeners[0].wait'],
      [7, 'loadbalancers[0].listeners[1].protocol_port'],
      [8, 'loadbalancers[0].listeners[2]'],
      [9, 'loadbalancers[1]'],
    ]);
  });

  it.each([
    ['a load balancer at the top', 'name: web\nvip_address: 198.18.0.1', 'unknown field name'],
    ['a misspelt top', 'loadbalancr: {}', 'unknown field loadbalancr'],
    ['a text', 'web', '"web" is not a configuration'],
    ['a mapping where a list is due', 'loadbalancers: {name: web}', 'is not a list'],
    ['an alias that contains itself', '&a\nloadbalancers: [*a]', 'unknown field loadbalancers'],
  ])('refuses %s', (_, text, message) => {
    expect(errorOf(text).message).toContain(message);
  });
});
