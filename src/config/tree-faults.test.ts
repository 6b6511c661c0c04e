import { describe, expect, it } from 'vitest';
import { errorOf, lb, listener, member, monitor, pool } from './testing/trees.js';

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
      'at most 255',
    ],
    [
      'a name that is no text',
      'loadbalancer: {name: 7, vip_address: 198.18.0.10}',
      'name',
      '7 is not a text',
      '"7" in quotes',
    ],
    ['no VIP', 'loadbalancer: {name: web}', '', 'vip_address is missing', 'the IP address clients connect to'],
    ['a subnet by name', lb('vip_subnet_id: x'), 'vip_subnet_id', '"x" is not an id', 'UUID'],
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
      'an unknown protocol',
      lb('listeners: [{protocol: tcp, protocol_port: 80}]'),
      'listeners[0].protocol',
      'not a known value',
      'did you mean TCP?',
    ],
    [
      'policies on a listener that sees no requests',
      listener('l7policies: [{action: REJECT}]'),
      'listeners[0].l7policies',
      'a TCP listener does not see requests',
      'HTTP',
    ],
    [
      'a block that is none',
      listener('allowed_cidrs: [10.0.0.0/8, 10.0.0.0/33]'),
      'listeners[0].allowed_cidrs[1]',
      '"10.0.0.0/33" is not a block of addresses',
      '10.0.0.0/8',
    ],
    [
      'a limit of connections below none',
      listener('connection_limit: -2'),
      'listeners[0].connection_limit',
      '-2 is out of range',
      '-1',
    ],
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
      'a TCP pool has no cookies',
      'SOURCE_IP',
    ],
    [
      'stickiness too short',
      pool('session_persistence: {type: SOURCE_IP, persistence_timeout: 59}'),
      'pools[0].session_persistence.persistence_timeout',
      '59 is out of range',
      '60 to 86,400',
    ],
    ['a weight too large', member('weight: 257'), 'pools[0].members[0].weight', '257 is out of range', '0 to 256'],
    [
      'a weight that is no number',
      member('weight: heavy'),
      'pools[0].members[0].weight',
      '"heavy" is not a whole number',
      '0 to 256',
    ],
    [
      'a monitor of other protocols',
      monitor('type: UDP-CONNECT'),
      'pools[0].healthmonitor.type',
      'members of a TCP pool cannot be checked by UDP-CONNECT',
      'TCP, HTTP',
    ],
    [
      'a field of HTTP monitors elsewhere',
      monitor('type: TCP, url_path: /'),
      'pools[0].healthmonitor.url_path',
      'url_path is for type HTTP or HTTPS',
      'leave it out',
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
  const id = 'id: 6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
  const policies = `{${id}, action: REJECT}, {${id}, action: REJECT}`;
  const rule = `{${id}, type: PATH, compare_type: EQUAL_TO, value: /}`;
  const rules = `{action: REJECT, rules: [${rule}, ${rule}]}`;
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
      'an id of policies twice',
      two(
        web('a', '198.18.0.1'),
        web('b', '198.18.0.2', `, listeners: [{protocol: HTTP, protocol_port: 80, l7policies: [${policies}]}]`),
      ),
      '[1].listeners[0].l7policies[1].id',
      'the id 6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d is used twice',
    ],
    [
      'an id of rules twice',
      two(
        web('a', '198.18.0.1'),
        web('b', '198.18.0.2', `, listeners: [{protocol: HTTP, protocol_port: 80, l7policies: [${rules}]}]`),
      ),
      '[1].listeners[0].l7policies[0].rules[1].id',
      'is used twice',
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
    ['an alias that contains itself', '&a\nloadbalancers: [*a]', 'contains itself by an alias'],
  ])('refuses %s', (_, text, message) => {
    expect(errorOf(text).message).toContain(message);
  });
});
