import { describe, expect, test } from 'vitest';
import { planLab } from './topology.js';
import { cableBatch, endProgramBatch, hostBatch, hostSettings, namespaceBatch, offloadArguments } from './wiring.js';

const plan = planLab({ prefix: 'x', clients: 1, backends: 1, queues: 1 });

test('namespaces come first', () => {
  expect(namespaceBatch(plan)).toEqual(['netns add x-gateway', 'netns add x-client1', 'netns add x-backend1']);
});

test('a cable is born with both ends inside their namespaces', () => {
  expect(cableBatch(plan)[0]).toBe(
    'link add name eth0 netns x-client1 address 02:5c:00:02:01:02 numrxqueues 1 numtxqueues 1' +
      ' type veth peer name client1 netns x-gateway address 02:5c:00:02:01:01 numrxqueues 1 numtxqueues 1',
  );
});

test('a client gets its addresses, its link up, and the route to the VIPs', () => {
  expect(hostBatch(plan.clients[0]!, [])).toEqual([
    'link set lo up',
    ...[2, 3, 4, 5, 6, 7, 8, 9].map((last) => `addr add 198.18.1.${last}/24 dev eth0`),
    'link set eth0 up',
    'route add 198.18.200.0/24 via 198.18.1.1',
  ]);
});

test('the switch bridges its ports', () => {
  const bridged = planLab({ prefix: 'x', topology: 'one-armed', clients: 1, backends: 1 });
  expect(hostBatch(bridged.hosts[0]!, [])).toContain('link set client1 master bridge');
});

test('neighbours are written down only for the host that has them', () => {
  const lines = hostBatch(plan.backends[0]!, plan.neighbours).filter((line) => line.startsWith('neigh'));
  expect(lines).toEqual(['neigh replace 198.19.1.1 lladdr 02:5c:00:03:01:01 dev eth0 nud permanent']);
});

describe('offloads', () => {
  test.each([
    ['client', 'none', 'tx off tso off gso off gro on'],
    ['client', 'segmentation', 'tx off tso on gso on gro on'],
    ['client', 'all', 'tx on tso on gso on gro on'],
    ['gateway', 'none', 'tx off tso off gso off gro off'],
    ['gateway', 'segmentation', 'tx on tso on gso on gro on'],
  ] as const)('%s, %s', (role, offloads, expected) => {
    expect(offloadArguments(role, offloads).join(' ')).toBe(expected);
  });
});

test.each([
  ['two-armed', ['client1 eth0', 'backend1 eth0']],
  ['one-armed', ['switch gateway']],
] as const)('%s: the far ends of the gateway get a program', (topology, expected) => {
  const changes = endProgramBatch(planLab({ topology, clients: 1, backends: 1 }), '/o');
  expect(changes.map(({ host, line }) => `${host.name} ${line}`)).toEqual(
    expected.map((end) => `${end.replace(' ', ' link set dev ')} xdp obj /o sec xdp`),
  );
});

test('the settings of the gateway are left to its daemon', () => {
  expect(Object.keys(hostSettings('gateway')).every((name) => name.startsWith('net.ipv6.conf.default.'))).toBe(true);
});
