import { describe, expect, test } from 'vitest';
import { namespacePattern, planLab } from './topology.js';

describe('two-armed', () => {
  const plan = planLab();

  test('has three clients, three backends and a gateway with a cable to each of them', () => {
    expect(plan.hosts.map((host) => host.namespace)).toEqual([
      'sluice-lab-gateway',
      'sluice-lab-client1',
      'sluice-lab-client2',
      'sluice-lab-client3',
      'sluice-lab-backend1',
      'sluice-lab-backend2',
      'sluice-lab-backend3',
    ]);
    expect(plan.gatewayInterfaces).toEqual(['client1', 'client2', 'client3', 'backend1', 'backend2', 'backend3']);
  });

  test('gives each client eight addresses in a network of its own', () => {
    expect(plan.clients[1]!.addresses).toHaveLength(8);
    expect(plan.clients[1]!.ports[0]!.addresses).toContain('198.18.2.9/24');
  });

  test('backends know the way to the local addresses and none to clients', () => {
    expect(plan.backends[2]!.routes).toEqual([{ to: '198.19.200.0/24', via: '198.19.3.1' }]);
  });

  test('VIPs and local addresses belong to the gateway', () => {
    expect(plan.gateway.loopback).toContain('198.18.200.1/32');
    expect(plan.gateway.loopback).toContain('198.19.200.15/32');
    expect(plan.localAddresses).toBe('198.19.200.0/28');
  });
});

describe('one-armed', () => {
  const plan = planLab({ topology: 'one-armed', clients: 10, backends: 50 });

  test('puts every host on the switch and in one subnet', () => {
    expect(plan.cables).toHaveLength(61);
    const subnet = plan.hosts.flatMap((host) => host.addresses);
    expect(subnet.every((address) => address.startsWith('198.18.0.'))).toBe(true);
  });

  test('assigns no address twice, VIPs and local addresses to nobody', () => {
    const all = [...plan.hosts.flatMap((host) => host.addresses), ...plan.vips, ...plan.locals];
    expect(new Set(all).size).toBe(all.length);
    expect(plan.gateway.loopback).toEqual([]);
  });

  test('the gateway answers for VIPs and local addresses', () => {
    const known = plan.neighbours.filter(({ host }) => host.name === 'client1');
    expect(known.find(({ address }) => address === plan.vips[0])?.mac).toBe(plan.gateway.ports[0]!.mac);
  });
});

test('every end of every cable has a MAC address of its own', () => {
  for (const topology of ['two-armed', 'one-armed'] as const) {
    const macs = planLab({ topology }).cables.flatMap(({ ends }) => ends.map(({ port }) => port.mac));
    expect(new Set(macs).size).toBe(macs.length);
  }
});

test.each([
  [{ prefix: 'a b' }, 'prefix'],
  [{ prefix: '../x' }, 'prefix'],
  [{ clients: 0 }, 'clients'],
  [{ backends: 100 }, 'backends'],
  [{ topology: 'one-armed' as const, clients: 11 }, 'clients'],
  [{ queues: 1.5 }, 'queues'],
])('%o is refused and says which option is wrong', (options, name) => {
  expect(() => planLab(options)).toThrow(name);
});

test.each([
  ['sluice-lab-gateway', true],
  ['sluice-lab-client12', true],
  ['sluice-lab-2-gateway', false],
  ['other-sluice-lab-gateway', false],
  ['sluice-lab-clientele', false],
])('a lab called sluice-lab and the namespace %s: %s', (namespace, owned) => {
  expect(namespacePattern('sluice-lab').test(namespace)).toBe(owned);
});
