import { describe, expect, it } from 'vitest';
import type { SluiceError } from '../model/errors.js';
import { parseHostFile } from './host-file.js';

const MINIMAL = 'gateway:\n  interfaces: [eth0]\n  local_addresses: [198.18.1.10]\n';

/** Faults of a host file as `line:column path`, with message and suggestion. */
function faultsOf(text: string): Array<[where: string, message: string, suggestion: string | undefined]> {
  try {
    parseHostFile(text);
  } catch (error) {
    return (error as SluiceError).faults.map(({ path, line, column, message, suggestion }) => {
      return [`${line}:${column} ${path}`, message, suggestion];
    });
  }
  return [];
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
      api: { listen: { address: '127.0.0.1', port: 9876 }, socket: '/run/sluice/sluice.sock' },
      loadbalancers: [],
      warnings: [],
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
      'api: { listen: "9876", auth: none }',
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
      [
        '10:24 api.auth',
        'auth is not served by this release',
        'remove it: only the Unix socket is served, by file permission',
      ],
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
