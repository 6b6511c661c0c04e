import { describe, expect, it } from 'vitest';
import type { HostSnapshot } from '../model/host.js';
import type { Tree } from '../model/resources.js';
import { checkHost } from './host-checks.js';
import { parseHostFile } from './host-file.js';
import { mergeTree } from './merge.js';
import { parseTree } from './tree.js';

const HOST: HostSnapshot = {
  interfaces: [
    { name: 'lo', ifindex: 1, addresses: ['127.0.0.1/8', '203.0.113.7/32'], up: true },
    { name: 'eth0', ifindex: 2, addresses: ['198.18.0.1/24', 'fd00::1/64'], up: true },
    { name: 'eth1', ifindex: 3, addresses: ['198.18.1.1/24'], up: true },
    { name: 'mgmt', ifindex: 4, addresses: ['192.0.2.1/24'], up: false },
  ],
  sockets: [
    { protocol: 'TCP', address: '0.0.0.0', port: 22 },
    { protocol: 'UDP', address: '198.18.0.10', port: 53 },
    { protocol: 'TCP', address: '198.18.0.10', port: 8080 },
  ],
};

function check(gateway: string, vip: string, listener = '{protocol: TCP, protocol_port: 80}') {
  const config = parseHostFile(`gateway: ${gateway}`);
  const specs = parseTree(`loadbalancer: {name: web, vip_address: "${vip}", listeners: [${listener}]}`);
  const tree: Tree = mergeTree({ loadbalancers: [] }, specs).tree;
  return checkHost(config.gateway, tree, HOST);
}

const BOTH = '{interfaces: [eth0, eth1], local_addresses: [198.18.1.10]}';

describe('checkHost', () => {
  it.each([
    ['a VIP in the network of a configured interface', BOTH, '198.18.0.10'],
    ['an IPv6 VIP in such a network', BOTH, 'fd00::10'],
    ['a routed VIP on lo', BOTH, '203.0.113.7'],
    [
      'anything without a data plane',
      '{dataplane: none, interfaces: [none], local_addresses: [192.0.2.9]}',
      '192.0.2.8',
    ],
  ])('accepts %s', (_, gateway, vip) => {
    expect(check(gateway, vip)).toEqual({ faults: [], warnings: [] });
  });

  it('names the interfaces there are', () => {
    const { faults } = check('{interfaces: [eth0, eth11], local_addresses: [198.18.0.20]}', '198.18.0.10');
    expect(faults).toEqual([
      {
        code: 'invalid',
        path: 'gateway.interfaces[1]',
        message: 'this host has no interface eth11',
        suggestion: 'did you mean eth1? it has lo, eth0, eth1, mgmt',
      },
    ]);
  });

  it('refuses addresses that no packet can arrive for, and says how to add routed ones', () => {
    const { faults } = check('{interfaces: [eth0], local_addresses: [198.18.1.10]}', '203.0.113.8');
    expect(faults.map(({ path }) => path)).toEqual(['gateway.local_addresses', 'loadbalancer "web".vip_address']);
    expect(faults[1]!.suggestion).toContain('ip addr add 203.0.113.8/32 dev lo');
  });

  it('looks at further VIPs too', () => {
    const [lb] = mergeTree({ loadbalancers: [] }, parseTree('loadbalancer: {name: web, vip_address: 198.18.0.10}')).tree
      .loadbalancers;
    const additional_vips = [{ ip_address: '203.0.113.8', subnet_id: null }];
    const tree: Tree = { loadbalancers: [{ ...lb!, additional_vips, public_addresses: ['203.0.113.9'] }] };
    const { faults } = checkHost(parseHostFile(`gateway: ${BOTH}`).gateway, tree, HOST);
    expect(faults.map(({ path }) => path)).toEqual([
      'loadbalancer "web".additional_vips',
      'loadbalancer "web".public_addresses',
    ]);
  });

  it('warns of an interface that is down', () => {
    const { warnings } = check('{interfaces: [mgmt], local_addresses: [192.0.2.9]}', '192.0.2.10');
    expect(warnings.map(({ suggestion }) => suggestion)).toEqual(['bring it up with ip link set mgmt up']);
  });

  it('warns of a local address that the host uses itself', () => {
    const { faults, warnings } = check('{interfaces: [eth0], local_addresses: [198.18.0.1]}', '198.18.0.10');
    expect(faults).toEqual([]);
    expect(warnings[0]!.message).toContain('198.18.0.1 is also an address of eth0');
  });

  it.each([
    ['a port of the VIP itself', '198.18.0.10', 'UDP', 53, 1],
    ['another protocol', '198.18.0.10', 'TCP', 53, 0],
    ['a port of all addresses, the VIP being one', '203.0.113.7', 'TCP', 22, 1],
    ['a port of all addresses, the VIP being none', '198.18.0.10', 'TCP', 22, 0],
    ['a port of another protocol that TCP carries', '203.0.113.7', 'HTTPS', 22, 1],
    ['a port of all addresses, which the proxy cannot have', '198.18.0.10', 'HTTP', 22, 1],
    ['a port of the VIP, on which the proxy listens', '198.18.0.10', 'HTTP', 8080, 0],
  ])('ports of the host’s own programs: %s', (_, vip, protocol, port, count) => {
    const { faults } = check(BOTH, vip, `{protocol: ${protocol}, protocol_port: ${port}}`);
    expect(faults).toHaveLength(count);
  });
});
