import { describe, expect, it } from 'vitest';
import { attempt } from '../model/testing/refusal.js';
import { parseHostFile } from './host-file.js';

const MINIMAL = 'gateway:\n  interfaces: [eth0]\n  local_addresses: [198.18.1.10]\n';

/** Faults of a host file as `line:column path`, with message and suggestion. */
function faultsOf(text: string): Array<[where: string, message: string, suggestion: string | undefined]> {
  const faults = attempt(() => parseHostFile(text))?.faults ?? [];
  return faults.map(({ path, line, column, message, suggestion }) => [
    `${line}:${column} ${path}`,
    message,
    suggestion,
  ]);
}

describe('parseHostFile', () => {
  it('fills in every default', () => {
    expect(parseHostFile(MINIMAL)).toEqual({
      gateway: {
        name: 'gateway',
        interfaces: ['eth0'],
        local_addresses: ['198.18.1.10'],
        state_dir: '/var/lib/sluice',
        sessions: 1_000_000,
        dataplane: 'xdp',
      },
      api: {
        listen: { address: '127.0.0.1', port: 9876 },
        socket: '/run/sluice/sluice.sock',
        auth: 'identity',
        admin_password_file: null,
        token_hours: 24,
        region: 'RegionOne',
        public_url: null,
        keystone: null,
      },
      proxy: {
        binary: 'haproxy',
        user: 'haproxy',
        threads: null,
        max_connections: null,
        run_dir: '/run/sluice/proxy-gateway',
      },
      accessLog: null,
      vault: { keyFile: null },
      subnets: [],
      loadbalancers: [],
      warnings: [],
    });
  });

  it('says where the proxy runs by the socket and the name of the gateway', () => {
    const text = 'gateway: {dataplane: none, name: gw2}\napi: {socket: /run/other/api.sock}\n';
    expect(parseHostFile(text).proxy.run_dir).toBe('/run/other/proxy-gw2');
    expect(parseHostFile(`${text}proxy: {run_dir: /run/p}\n`).proxy.run_dir).toBe('/run/p');
  });

  it('reads where the access log goes', () => {
    const text = 'gateway: {dataplane: none}\naccess_log: ';
    expect(parseHostFile(`${text}{}`).accessLog).toEqual({
      target: 'file',
      path: '/var/log/sluice/access.log',
      format: 'json',
      rotate_megabytes: 100,
      keep: 10,
      syslog: { address: null, facility: 'local0' },
    });
    const remote = '{target: syslog, format: line, syslog: {address: "[2001:db8::1]:514", facility: local7}}';
    expect(parseHostFile(text + remote).accessLog).toMatchObject({
      format: 'line',
      syslog: { address: { host: '2001:db8::1', port: 514 }, facility: 'local7' },
    });
  });

  it('writes blocks and ranges of local addresses out', () => {
    const text = 'gateway:\n  interfaces: [eth0]\n  local_addresses: [198.18.1.10, "198.18.1.16/30", "fd00:1::10"]\n';
    expect(parseHostFile(text).gateway.local_addresses).toEqual([
      '198.18.1.10',
      '198.18.1.16',
      '198.18.1.17',
      '198.18.1.18',
      '198.18.1.19',
      'fd00:1::10',
    ]);
  });

  it('needs neither interfaces nor local addresses without a data plane', () => {
    expect(parseHostFile('gateway: {dataplane: none}').gateway).toMatchObject({ interfaces: [], dataplane: 'none' });
  });

  it('reads load balancers', () => {
    const text = `${MINIMAL}loadbalancers:\n  - {name: web, vip_address: 198.18.0.10}\n`;
    expect(parseHostFile(text).loadbalancers.map(({ name }) => name)).toEqual(['web']);
  });

  it('finds all faults at once, each with place and suggestion', () => {
    const text = [
      'gateway:',
      '  name: gw.1',
      '  interface: [eth0]',
      '  local_addresses:',
      '    - 198.18.1.300',
      '    - 198.18.1.10',
      '    - 198.18.1.8/29',
      '  sessions: 10',
      '  state_dir: var',
      'api: { listen: "9876", auth: password }',
      'loadbalancers:',
      '  - name: web',
      '    vip_address: 198.18.1.10',
      'gatway: {}',
    ].join('\n');
    expect(faultsOf(text)).toEqual([
      ['2:3 gateway', 'interfaces is missing', 'list the interfaces packets arrive on, or write dataplane: none'],
      ['2:9 gateway.name', '"gw.1" is not accepted', 'write letters, digits, - and _, starting with a letter or digit'],
      ['3:3 gateway.interface', 'unknown field interface', 'did you mean interfaces?'],
      [
        '5:7 gateway.local_addresses[0]',
        '"198.18.1.300" is neither an address nor a block of addresses',
        'write an address (198.18.1.10), a block ("198.18.1.16/30") or a range ("198.18.1.10-198.18.1.19")',
      ],
      ['7:7 gateway.local_addresses[2]', '198.18.1.10 is listed twice', 'remove it from one of the entries'],
      ['8:13 gateway.sessions', '10 is out of range', 'write a whole number from 1,000 to 16,000,000'],
      ['9:14 gateway.state_dir', '"var" is not accepted', 'write an absolute path, one that starts with /'],
      [
        '10:16 api.listen',
        '"9876" is not an address and port',
        'write address:port such as 127.0.0.1:9876 or "[::1]:9876"',
      ],
      ['10:30 api.auth', '"password" is not a known value', 'write one of identity, keystone, none'],
      [
        '13:18 loadbalancers[0].vip_address',
        '198.18.1.10 is a local address of the gateway',
        'give the load balancer another VIP, or take the address out of gateway.local_addresses',
      ],
      ['14:1 gatway', 'unknown field gatway', 'did you mean gateway?'],
    ]);
  });

  it.each([
    ['nothing', '# only a comment\n', 'the host file is empty'],
    ['a list', '- gateway', '["gateway"] is not a host file'],
    ['two documents', `${MINIMAL}---\n${MINIMAL}`, 'a host file is one document'],
    ['no gateway', 'api: {}', 'gateway is missing'],
    ['a section that is no mapping', 'gateway: eth0', '"eth0" is not the gateway section'],
    ['a key twice', `${MINIMAL}gateway: {}`, 'Map keys must be unique'],
    ['broken YAML', 'gateway: [', 'Flow sequence'],
    ['an empty list of interfaces', 'gateway: {interfaces: [], local_addresses: [198.18.1.1]}', 'interfaces is empty'],
    [
      'an interface twice',
      'gateway: {interfaces: [eth0, eth0], local_addresses: [198.18.1.1]}',
      'eth0 is listed twice',
    ],
    [
      'an interface that is none',
      'gateway: {interfaces: [a/b], local_addresses: [198.18.1.1]}',
      'is not an interface name',
    ],
    ['an address where a list is due', 'gateway: {interfaces: [eth0], local_addresses: 198.18.1.1}', 'is not a list'],
    [
      'loopback as local address',
      'gateway: {interfaces: [eth0], local_addresses: [127.0.0.1]}',
      '127.0.0.1 is a loopback',
    ],
    ['an endless block', 'gateway: {interfaces: [eth0], local_addresses: ["fd00::/64"]}', 'more than 4,096'],
    ['an unknown data plane', 'gateway: {dataplane: dpdk}', '"dpdk" is not a known value'],
    [
      'an alias bomb',
      `a: &a [${'1,'.repeat(40)}1]\nb: &b [${'*a,'.repeat(40)}*a]\nc: [${'*b,'.repeat(40)}*b]`,
      'alias',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(
      faultsOf(text)
        .map(([, found]) => found)
        .join('\n'),
    ).toContain(message);
  });
});

it.each<[section: string, message: string]>([
  ['proxy: {binary: "a b"}', '"a b" is not accepted'],
  ['proxy: {user: "a b"}', '"a b" is not accepted'],
  ['proxy: {threads: 65}', '65 is out of range'],
  ['proxy: {max_connections: 99}', '99 is out of range'],
  ['proxy: {run_dir: run}', '"run" is not accepted'],
  ['vault: {key_file: key}', '"key" is not accepted'],
  ['access_log: true', 'true is not the access_log section'],
  ['access_log: {target: kafka}', '"kafka" is not a known value'],
  ['access_log: {rotate_megabytes: 0}', '0 is out of range'],
  ['access_log: {syslog: {facility: local0}}', 'target: file does not write to syslog'],
  ['access_log: {target: syslog, syslog: {address: log.example.com}}', '"log.example.com" is not a host and port'],
])('parseHostFile: refuses %s', (section, message) => {
  expect(faultsOf(`${MINIMAL}${section}\n`)).toEqual([[expect.anything(), message, expect.anything()]]);
});

describe('parseHostFile: api', () => {
  const api = (fields: string) => `${MINIMAL}api: {${fields}}\n`;

  it('asks an external Keystone', () => {
    const text = api('auth: keystone, keystone: {url: "https://k:5000", username: sluice, password_file: /etc/k}');
    expect(parseHostFile(text).api).toMatchObject({
      auth: 'keystone',
      keystone: { url: 'https://k:5000', username: 'sluice', project_name: 'service', cache_seconds: 10, timeout: 5 },
    });
  });

  it.each([
    ['127.0.0.1:80', { address: '127.0.0.1', port: 80 }],
    ['[::1]:9876', { address: '::1', port: 9876 }],
  ])('needs no users on %s', (listen, expected) => {
    expect(parseHostFile(api(`auth: none, listen: "${listen}"`)).api.listen).toEqual(expected);
  });

  it.each([
    ['no users for everybody', 'auth: none, listen: "0.0.0.0:9876"', 'api.auth', 'could change everything'],
    ['a Keystone nobody says where', 'auth: keystone', 'api', 'keystone is missing'],
    [
      'a Keystone that is not asked',
      'keystone: {url: "https://k:5000", username: a, password_file: /p}',
      'api.keystone',
      'auth: identity does not ask a Keystone',
    ],
    [
      'a Keystone without a user',
      'auth: keystone, keystone: {url: "https://k", password_file: /p}',
      'api.keystone',
      'username is missing',
    ],
    ['tokens for ever', 'token_hours: 169', 'api.token_hours', '169 is out of range'],
    ['a port there is not', 'listen: "127.0.0.1:70000"', 'api.listen', 'is not an address and port'],
  ])('refuses %s', (_, fields, path, message) => {
    expect(faultsOf(api(fields))).toEqual([
      [expect.stringMatching(new RegExp(` ${path}$`)), expect.stringContaining(message), expect.anything()],
    ]);
  });
});

describe('parseHostFile: subnets', () => {
  const subnets = (...items: string[]) => `${MINIMAL}subnets: [${items.map((item) => `{${item}}`).join(', ')}]\n`;
  const only = (fields: string) => parseHostFile(subnets(fields)).subnets[0]!;

  it('have ids that are the same on every start', () => {
    const [a, again, b] = [
      only('name: a, cidr: 10.0.0.0/24'),
      only('name: a, cidr: 10.0.1.0/24'),
      only('name: b, cidr: 10.0.0.0/24'),
    ];
    expect([again.id, again.network_id]).toEqual([a.id, a.network_id]);
    expect(new Set([a.id, a.network_id, b.id, b.network_id]).size).toBe(4);
    expect(a.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const id = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
    expect(only(`name: a, cidr: 10.0.0.0/24, id: ${id.toUpperCase()}`).id).toBe(id);
  });

  it.each([
    ['a block', 'cidr: 10.0.0.9/24', [{ start: '10.0.0.1', end: '10.0.0.254' }]],
    ['two addresses', 'cidr: 10.0.0.0/31', [{ start: '10.0.0.0', end: '10.0.0.1' }]],
    ['IPv6', 'cidr: "fd00::/64"', [{ start: 'fd00::', end: 'fd00::ffff:ffff:ffff:ffff' }]],
    [
      'ranges',
      'cidr: 10.0.0.0/24, allocation_pools: [10.0.0.8-10.0.0.9, "10.0.0.16/30", 10.0.0.30]',
      [
        { start: '10.0.0.8', end: '10.0.0.9' },
        { start: '10.0.0.16', end: '10.0.0.19' },
        { start: '10.0.0.30', end: '10.0.0.30' },
      ],
    ],
  ])('allocate from %s', (_, fields, expected) => {
    expect(only(`name: a, ${fields}`).allocation_pools).toEqual(expected);
  });

  it.each([
    [
      'blocks that overlap',
      ['name: a, cidr: 10.0.0.0/24', 'name: b, cidr: 10.0.0.128/25'],
      '[1].cidr',
      '10.0.0.128/25 overlaps 10.0.0.0/24 of "a"',
    ],
    [
      'a name twice',
      ['name: a, cidr: 10.0.0.0/24', 'name: a, cidr: 10.0.1.0/24'],
      '[1].name',
      'the name "a" is used twice',
    ],
    ['a block that is none', ['name: a, cidr: 10.0.0.0/40'], '[0].cidr', '"10.0.0.0/40" is not a block of addresses'],
    [
      'a router elsewhere',
      ['name: a, cidr: 10.0.0.0/24, gateway_ip: 10.0.1.1'],
      '[0].gateway_ip',
      '10.0.1.1 is not in 10.0.0.0/24',
    ],
    [
      'a local address as router',
      ['name: a, cidr: 198.18.1.0/24, gateway_ip: 198.18.1.10'],
      '[0].gateway_ip',
      'local address',
    ],
    [
      'a range elsewhere',
      ['name: a, cidr: 10.0.0.0/24, allocation_pools: [10.0.1.1-10.0.1.9]'],
      '[0].allocation_pools[0]',
      'is not in 10.0.0.0/24',
    ],
    [
      'ranges that overlap',
      ['name: a, cidr: 10.0.0.0/24, allocation_pools: [10.0.0.1-10.0.0.9, 10.0.0.9]'],
      '[0].allocation_pools[1]',
      'overlaps a range',
    ],
    [
      'a range with a local address',
      ['name: a, cidr: 198.18.1.0/24, allocation_pools: [198.18.1.1-198.18.1.20]'],
      '[0].allocation_pools[0]',
      '198.18.1.10 in it is a local address',
    ],
    [
      'a range backwards',
      ['name: a, cidr: 10.0.0.0/24, allocation_pools: [10.0.0.9-10.0.0.1]'],
      '[0].allocation_pools[0]',
      'neither an address',
    ],
  ])('refuses %s', (_, items, path, message) => {
    expect(faultsOf(subnets(...items)).map(([where, found]) => [where.split(' ')[1], found])).toEqual([
      [`subnets${path}`, expect.stringContaining(message)],
    ]);
  });

  it('keep their router for themselves', () => {
    const text = `${subnets('name: a, cidr: 10.0.0.0/24, gateway_ip: 10.0.0.1')}loadbalancers: [{name: w, vip_address: 10.0.0.1}]\n`;
    expect(faultsOf(text)).toMatchObject([
      ['5:40 loadbalancers[0].vip_address', '10.0.0.1 is the router of subnet "a"', expect.anything()],
    ]);
  });
});
