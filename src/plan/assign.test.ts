import { describe, expect, it } from 'vitest';
import { AddressBit, ServiceBit, TargetBit } from '../datapath/layouts.js';
import type { SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec, PoolSpec, Tree } from '../model/resources.js';
import { NOT_LEASED } from './assign.js';
import { PlannedGateway, VIP } from './testing/planned-gateway.js';
import { loadBalancer, member, pool, tree } from './testing/samples.js';

const A = '198.18.2.1';
const B = '198.18.2.2';

/** Listeners on ports 80, 81, … with these pools of the same load balancer. */
function web(...pools: LoadBalancerSpec['pools']): Tree {
  return tree(loadBalancer('web', VIP, pools));
}

describe('assign: a listener that the proxy takes over and gives back', () => {
  const served = (protocol: PoolSpec['protocol']) => web(pool([member(A), member(B)], { protocol }));

  it('keeps its index; its members rest while they have sessions, and take them up again', () => {
    const gateway = new PlannedGateway();
    gateway.apply(served('TCP'));
    const [before, listener] = [gateway.target(A), gateway.kernel.services.get(`${VIP}|tcp|80`)!.row.listener];
    gateway.kernel.sessions.set(before.member, 1);
    gateway.apply(served('PROXYV2'));
    expect(gateway.kernel.services.get(`${VIP}|tcp|80`)!.row).toMatchObject({
      listener,
      flags: ServiceBit.PASS,
      wheel_length: 0,
    });
    expect([...gateway.kernel.targets]).toMatchObject([[before.id, { flags: TargetBit.GONE, weight: 0 }]]);
    gateway.apply(served('TCP'));
    expect(gateway.target(A)).toEqual(before);
    expect(gateway.kernel.services.get(`${VIP}|tcp|80`)!.row).toMatchObject({ listener, wheel_length: 2 });
  });
});

describe('assign: members and targets', () => {
  it('a member that stays keeps its indexes when others come and go', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A), member(B)])));
    const before = gateway.target(B);
    gateway.apply(web(pool([member('198.18.2.9'), member(B, { weight: 5 })])));
    expect(gateway.target(B)).toEqual({ ...before, weight: 5 });
  });

  it('a removed member with sessions keeps its row, out of use, and nobody gets its indexes', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A), member(B)])));
    const before = gateway.target(A);
    gateway.kernel.sessions.set(before.member, 3);
    gateway.apply(web(pool([member(B)])));
    expect(gateway.kernel.targets.get(before.id)).toMatchObject({ flags: TargetBit.GONE, weight: 0 });
    gateway.apply(web(pool([member('198.18.2.9'), member(B)])));
    expect(gateway.target('198.18.2.9').id).not.toBe(before.id);
    expect(gateway.target('198.18.2.9').member).not.toBe(before.member);
  });

  it('and is forgotten, with its counters, when the last session has ended', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A), member(B)])));
    const { id, member: index } = gateway.target(A);
    gateway.kernel.sessions.set(index, 1);
    gateway.apply(web(pool([member(B)])));
    gateway.kernel.sessions.clear();
    const { operations, describe } = gateway.apply(web(pool([member(B)])));
    expect(operations.map(({ table, action }) => `${table} ${action}`)).toEqual([
      'targets clear',
      'target_stats clear',
    ]);
    expect(describe()).toEqual([]);
    expect(gateway.kernel.targets.has(id)).toBe(false);
  });

  it('a member that comes back before that takes its row up again', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A), member(B)])));
    const before = gateway.target(A);
    gateway.kernel.sessions.set(before.member, 1);
    gateway.apply(web(pool([member(B)])));
    gateway.apply(web(pool([member(A), member(B)])));
    expect(gateway.target(A)).toEqual(before);
  });

  it('listeners that share a pool share its live counters', () => {
    const gateway = new PlannedGateway();
    const shared = pool([member(A)]);
    const shape = loadBalancer('web', VIP, [shared, shared]);
    gateway.apply(tree({ ...shape, pools: [shared] }));
    expect(gateway.target(A, 80).member).toBe(gateway.target(A, 81).member);
    expect(gateway.target(A, 80).id).not.toBe(gateway.target(A, 81).id);
  });

  it('a listener that leaves a shared pool counts on its own; its old sessions go on counting where they began', () => {
    const gateway = new PlannedGateway();
    const shared = pool([member(A)], { name: 'shared' });
    const own = pool([member(A)], { name: 'own' });
    const shape = loadBalancer('web', VIP, [shared, shared]);
    gateway.apply(tree({ ...shape, pools: [shared, own] }));
    const before = gateway.target(A, 81);
    gateway.kernel.sessions.set(before.member, 2);
    const split = shape.listeners.map((one, index) => (index === 1 ? { ...one, default_pool: own } : one));
    gateway.apply(tree({ ...shape, pools: [shared, own], listeners: split }));
    expect(gateway.target(A, 80).member).toBe(before.member);
    expect(gateway.target(A, 81).member).not.toBe(before.member);
    expect(gateway.kernel.targets.get(before.id)).toMatchObject({ member: before.member, weight: 0 });
    expect(gateway.apply(tree({ ...shape, pools: [shared, own], listeners: split })).operations).toEqual([]);
  });

  it('a drained member is not mistaken for a removed one after the split', () => {
    const gateway = new PlannedGateway();
    const shared = pool([member(A)], { name: 'shared' });
    const own = pool([member(A, { weight: 0 })], { name: 'own' });
    const shape = loadBalancer('web', VIP, [shared, shared]);
    gateway.apply(tree({ ...shape, pools: [shared, own] }));
    gateway.kernel.sessions.set(gateway.target(A, 81).member, 2);
    const split = shape.listeners.map((one, index) => (index === 1 ? { ...one, default_pool: own } : one));
    const config = tree({ ...shape, pools: [shared, own], listeners: split });
    gateway.apply(config);
    expect(gateway.apply(config).operations).toEqual([]);
  });

  it('listeners that come and go in front of a busy pool do not use up the table', () => {
    const gateway = new PlannedGateway();
    const shared = pool([member(A)]);
    const shape = loadBalancer('web', VIP, [shared, shared]);
    const both = tree({ ...shape, pools: [shared] });
    const one = tree({ ...shape, listeners: shape.listeners.slice(0, 1), pools: [shared] });
    gateway.apply(both);
    gateway.kernel.sessions.set(gateway.target(A).member, 1);
    for (let turn = 0; turn < 5; turn++) {
      gateway.apply(one);
      gateway.apply(both);
    }
    expect(gateway.kernel.targets.size).toBe(2);
  });

  it('two new listeners do not both take up the one row that a removed listener left', () => {
    const gateway = new PlannedGateway();
    const shared = pool([member(A)]);
    const shape = loadBalancer('web', VIP, [shared, shared, shared, shared]);
    const withPorts = (...ports: number[]) => {
      const listeners = shape.listeners.filter(({ protocol_port }) => ports.includes(protocol_port));
      return tree({ ...shape, listeners, pools: [shared] });
    };
    gateway.apply(withPorts(80, 81));
    gateway.kernel.sessions.set(gateway.target(A).member, 1);
    gateway.apply(withPorts(80));
    gateway.apply(withPorts(80, 82, 83));
    expect(new Set([80, 82, 83].map((port) => gateway.target(A, port).id)).size).toBe(3);
  });

  it('an index whose counter is not zero is not given out, even without a row', () => {
    const gateway = new PlannedGateway();
    gateway.kernel.sessions.set(0, 1);
    gateway.apply(web(pool([member(A)])));
    expect(gateway.target(A).member).toBe(1);
  });

  it('says which table is too small', () => {
    const gateway = new PlannedGateway();
    const config = web(pool([member(A), member(B)]));
    for (const [table, message] of [
      ['targets', 'room for 1 members over all listeners'],
      ['members', 'room for 1 members over all pools'],
      ['addresses', 'room for 1 VIPs and local addresses'],
      ['locals', 'room for 1 local addresses'],
    ] as const) {
      expect(() => gateway.apply(config, {}, { [table]: 1 }), table).toThrow(message);
    }
    expect(() => gateway.apply(config, {}, { wheelTargets: 0 })).toThrow('room for 0 entries');
    const error = catchError(() => gateway.apply(config, {}, { services: 0 }));
    expect([error.code, error.status]).toEqual(['capacity_exceeded', 507]);
    expect(gateway.kernel.services.size).toBe(0);
  });
});

describe('assign: listeners and wheels', () => {
  it('a listener that stays keeps index and cursor; a new one gets an index without sessions', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A)]), pool([member(B)])));
    const before = gateway.kernel.services.get(`${VIP}|tcp|81`)!.row.listener;
    gateway.kernel.sessions.set(gateway.target(A).member, 1);
    const shape = loadBalancer('web', VIP, [pool([member(A)]), pool([member(B)]), pool([member(B)])]);
    gateway.apply(tree({ ...shape, listeners: shape.listeners.slice(1) }));
    expect(gateway.kernel.services.get(`${VIP}|tcp|81`)!.row.listener).toBe(before);
    expect(gateway.kernel.services.get(`${VIP}|tcp|82`)!.row.listener).toBe(2);
  });

  it('a changed wheel goes to a fresh place, an unchanged one stays', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A), member(B)]), pool([member(A)])));
    const bases = () => [80, 81].map((port) => gateway.kernel.services.get(`${VIP}|tcp|${port}`)!.row.wheel_base);
    expect(bases()).toEqual([0, 16]);
    const { operations } = gateway.apply(web(pool([member(A), member(B, { weight: 2 })]), pool([member(A)])));
    expect(bases()).toEqual([32, 16]);
    expect(operations.map(({ table }) => table)).toEqual(['targets', 'wheel', 'services']);
  });

  it('a listener begins with cleared counters and account, also where another one has left some', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A)])));
    expect(gateway.kernel.cleared).toEqual(['listener_stats 0', 'accounts 0']);
    gateway.apply(tree());
    gateway.apply(web(pool([member(A)])));
    expect(gateway.kernel.cleared.slice(2)).toEqual(['target_stats 0', 'listener_stats 0', 'accounts 0']);
  });

  it('an index by which connections still count is given to no other listener', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([member(A)])));
    gateway.apply(tree());
    gateway.kernel.connected.set(0, 1);
    gateway.apply(web(pool([member(A)])));
    expect(gateway.kernel.services.get(`${VIP}|tcp|80`)!.row).toMatchObject({ listener: 1, account: 1 });
  });
});

describe('assign: local addresses and settings', () => {
  it('the kernel answers ARP for addresses it has, the gateway for the others', () => {
    const gateway = new PlannedGateway();
    gateway.apply(web(pool([])), { assignedAddresses: new Set([VIP]) });
    const flags = [VIP, '198.18.1.10'].map((address) => gateway.kernel.addresses.get(address)?.row.flags);
    expect(flags).toEqual([AddressBit.VIP, AddressBit.LOCAL | AddressBit.ARP]);
  });

  const [P, Q, R, S] = ['198.18.1.10', '198.18.1.11', '198.18.1.12', '198.18.1.13'] as const;

  it.each([
    ['a new one goes to the end', [P, Q], [P, Q, R], [P, Q, R]],
    ['the order in the file does not matter', [P, Q, R], [R, Q, P], [P, Q, R]],
    ['a removed last one shortens the list', [P, Q, R], [P, Q], [P, Q]],
    ['the last one closes the gap of a removed one', [P, Q, R], [Q, R], [R, Q]],
    ['a new one takes the place of a removed one', [P, Q, R], [P, S, R], [P, S, R]],
  ])('%s', (_, first, second, expected) => {
    const gateway = new PlannedGateway();
    gateway.apply(tree(), { localAddresses: first });
    gateway.apply(tree(), { localAddresses: second });
    expect(gateway.locals()).toEqual(expected);
    expect(gateway.kernel.settings?.local_count).toBe(expected.length);
  });

  it('a removed one is answered for until its last session ends, and taken back when it returns', () => {
    const gateway = new PlannedGateway();
    gateway.apply(tree(), { localAddresses: [P, Q] });
    gateway.kernel.leased.add(P);
    expect(gateway.apply(tree(), { localAddresses: [Q] }).describe()).toContain(
      `- local address ${P}: used until its last session ends`,
    );
    expect(gateway.kernel.addresses.get(P)?.row.local).toBe(NOT_LEASED);
    expect(gateway.locals()).toEqual([Q]);
    expect(gateway.apply(tree(), { localAddresses: [P, Q] }).describe()).toContain(`+ local address ${P}`);
    gateway.apply(tree(), { localAddresses: [Q] });
    gateway.kernel.leased.clear();
    expect(gateway.apply(tree(), { localAddresses: [Q] }).describe()).toEqual([]);
    expect(gateway.kernel.addresses.has(P)).toBe(false);
  });

  it('a local address may become a VIP and back', () => {
    const gateway = new PlannedGateway();
    const config = tree(loadBalancer('web', P, [pool([member(A)])]));
    gateway.apply(tree(), { localAddresses: [P, Q] });
    gateway.kernel.leased.add(P);
    gateway.apply(config, { localAddresses: [Q] });
    gateway.apply(tree(), { localAddresses: [P, Q] });
    expect(gateway.locals()).toEqual([Q, P]);
  });

  it('the key that leases were placed by stays', () => {
    const gateway = new PlannedGateway();
    gateway.apply(tree(), { hashKey: 1 });
    gateway.apply(tree(), { hashKey: 2 });
    expect(gateway.kernel.settings?.hash_key).toBe(1);
  });
});

function catchError(action: () => unknown): SluiceError {
  try {
    action();
  } catch (error) {
    return error as SluiceError;
  }
  throw new Error('nothing was thrown');
}
