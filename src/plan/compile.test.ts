import { describe, expect, it } from 'vitest';
import { ServiceBit, TargetBit, Unlimited } from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { SluiceError } from '../model/errors.js';
import type { ListenerSpec, LoadBalancerSpec, PoolSpec, Tree } from '../model/resources.js';
import { fingerprintOf } from './access-list.js';
import { byteTime, UNLIMITED } from './budgets.js';
import type { DesiredTarget, Health } from './desired.js';
import { type Compiled, compiled } from './testing/compiled.js';
import { facts, listener, loadBalancer, member, monitor, pool, STICKY, tree } from './testing/samples.js';

const VIP = '198.18.0.10';
const KEY = `${VIP}|tcp|80`;

const checked = monitor();

function health(from: Tree, states: Record<string, Health>): Map<string, Health> {
  const all = from.loadbalancers.flatMap(({ pools }) => pools.flatMap(({ members }) => members));
  return new Map(all.flatMap(({ id, address }) => (states[address] ? [[id, states[address]] as const] : [])));
}

/** Last octets of the members on a wheel, sorted, and the flags of all members. */
function view(desired: Compiled, key = KEY): { wheel: string[]; flags: Record<string, number> } {
  const { targets, entries } = desired.services.get(key)!.wheel;
  const lastOctet = ({ row }: DesiredTarget) => formatAddress(row.address).split('.').pop()!;
  const used = new Set(Array.from(entries, (entry) => lastOctet(targets[entry]!)));
  const flags = desired.targets.map((target) => [lastOctet(target), target.row.flags]);
  return { wheel: [...used].sort(), flags: Object.fromEntries(flags) as Record<string, number> };
}

const three = () => [member('198.18.2.1'), member('198.18.2.2'), member('198.18.2.3')];
const { USABLE, GONE } = TargetBit;

describe('compile: which members take new sessions', () => {
  it.each([
    ['everybody without a monitor', three(), null, {}, ['1', '2', '3'], { 1: USABLE, 2: USABLE, 3: USABLE }],
    [
      'the healthy ones with a monitor; nobody before its first check',
      three(),
      checked,
      { '198.18.2.1': 'up', '198.18.2.2': 'down' },
      ['1'],
      { 1: USABLE, 2: GONE, 3: 0 },
    ],
    [
      'everybody while the monitor is disabled',
      three(),
      monitor({ admin_state_up: false }),
      { '198.18.2.2': 'down' },
      ['1', '2', '3'],
      { 1: USABLE, 2: USABLE, 3: USABLE },
    ],
    [
      'not the drained, whose sessions go on, nor the disabled',
      [member('198.18.2.1'), member('198.18.2.2', { weight: 0 }), member('198.18.2.3', { admin_state_up: false })],
      null,
      {},
      ['1'],
      { 1: USABLE, 2: 0, 3: GONE },
    ],
    [
      'backup members not while another is usable, though clients that stick to them stay',
      [member('198.18.2.1'), member('198.18.2.2', { backup: true })],
      null,
      {},
      ['1'],
      { 1: USABLE, 2: USABLE },
    ],
    [
      'backup members when no other is usable',
      [member('198.18.2.1'), member('198.18.2.2', { backup: true }), member('198.18.2.3', { backup: true })],
      checked,
      { '198.18.2.1': 'down', '198.18.2.2': 'up', '198.18.2.3': 'up' },
      ['2', '3'],
      { 1: GONE, 2: USABLE, 3: USABLE },
    ],
  ] as const)('%s', (_, members, healthmonitor, states, wheel, flags) => {
    for (const lb_algorithm of ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'] as const) {
      const config = tree(loadBalancer('web', VIP, [pool([...members], { healthmonitor, lb_algorithm })]));
      expect(view(compiled(config, health(config, states), facts()))).toEqual({ wheel, flags });
    }
  });

  it('nobody in a disabled pool: the service stays and refuses', () => {
    const config = tree(loadBalancer('web', VIP, [pool(three(), { admin_state_up: false })]));
    expect(view(compiled(config, new Map(), facts())).wheel).toEqual([]);
  });
});

describe('compile: rows', () => {
  it('a listener carries its settings', () => {
    const persistence = { ...STICKY, persistence_timeout: 600 };
    const config = tree(loadBalancer('web', VIP, [pool(three(), { session_persistence: persistence })]));
    const { name, row } = compiled(config, new Map(), facts()).services.get(KEY)!;
    expect(name).toBe('web/tcp-80');
    expect(row).toMatchObject({ flags: ServiceBit.TOA, idle_timeout: 900, sticky_timeout: 600, mss: 1460 });
  });

  it('UDP has no TOA and no MSS', () => {
    const config = tree(loadBalancer('dns', VIP, [pool(three(), { protocol: 'UDP' })]));
    expect(compiled(config, new Map(), facts()).services.get(`${VIP}|udp|80`)!.row).toMatchObject({ flags: 0, mss: 0 });
  });

  it('a disabled listener or load balancer has no rows, and a disabled VIP is not answered for', () => {
    const shape = loadBalancer('web', VIP, [pool(three())]);
    const closed = { ...shape, listeners: shape.listeners.map((one) => ({ ...one, admin_state_up: false })) };
    expect(compiled(tree(closed), new Map(), facts()).services.size).toBe(0);
    const down = compiled(tree({ ...shape, admin_state_up: false }), new Map(), facts());
    expect([down.services.size, down.targets.length, down.vips]).toEqual([0, 0, []]);
  });

  it('a listener without a pool refuses', () => {
    const shape = loadBalancer('web', VIP, [pool([])]);
    const config = tree({ ...shape, listeners: shape.listeners.map((one) => ({ ...one, default_pool: null })) });
    expect(compiled(config, new Map(), facts()).services.get(KEY)!.wheel.entries).toHaveLength(0);
  });

  it('source hashes start from the same seed on every gateway', () => {
    const seed = (name: string) => {
      const config = tree(loadBalancer(name, VIP, [pool(three())]));
      return compiled(config, new Map(), facts({ hashKey: name.length })).services.get(KEY)!.row.hash_seed;
    };
    expect(seed('web')).toBe(seed('other'));
  });
});

describe('compile: who gets in and how much they may use', () => {
  const { ALLOWED_CIDRS, ALLOW, DENY, LIMITED, METERED, TOA } = ServiceBit;
  const accessLists = new Map([['list', { id: 'list', cidrs: ['198.18.0.0/24', 'fd00::/8'] }]]);
  const specifications = new Map([
    ['small', { connections: 50, connections_per_second: null, queries_per_second: 9 }],
    ['unlimited', { connections: null, connections_per_second: null, queries_per_second: null }],
  ]);

  function compileWith(fields: Partial<ListenerSpec>, balancer: Partial<LoadBalancerSpec> = {}): Compiled {
    const only = pool(three());
    const shape = loadBalancer('web', VIP, [only], { listeners: [listener('TCP', 80, only, fields)], ...balancer });
    return compiled(tree(shape), new Map(), facts(), { accessLists, specifications });
  }

  it.each<[sentence: string, fields: Partial<ListenerSpec>, balancer: Partial<LoadBalancerSpec>, flags: number]>([
    ['nothing asked for, nothing paid for', {}, {}, 0],
    ['a flavor without limits', {}, { flavor_id: 'unlimited' }, 0],
    ['a flavor with one', {}, { flavor_id: 'small' }, LIMITED],
    ['connections', { connection_limit: 5 }, {}, LIMITED],
    ['no connections at all', { connection_limit: 0 }, {}, LIMITED],
    ['new connections per second', { session_rate_limit: 5 }, {}, LIMITED],
    ['bandwidth', { bandwidth_limit: 5 }, {}, METERED],
    ['allowed_cidrs', { allowed_cidrs: ['198.18.0.0/24'] }, {}, ALLOWED_CIDRS],
    ['allowed_cidrs without a block, which let nobody in', { allowed_cidrs: [] }, {}, ALLOWED_CIDRS],
    ['an allow-list', { access_list_id: 'list', access_list_action: 'allow' }, {}, ALLOW],
    ['a deny-list', { access_list_id: 'list', access_list_action: 'deny' }, {}, DENY],
    ['a list that is off', { access_list_id: 'list', access_list_action: null }, {}, 0],
  ])('%s', (_sentence, fields, balancer, flags) => {
    expect(compileWith(fields, balancer).services.get(KEY)!.row.flags).toBe(TOA | flags);
  });

  it('listeners with the same blocks have one list', () => {
    const cidrs = ['198.18.0.0/24', 'fd00::/8'];
    const desired = compileWith({ allowed_cidrs: cidrs, access_list_id: 'list', access_list_action: 'deny' });
    expect([...desired.accessLists]).toEqual([[fingerprintOf(cidrs), cidrs]]);
    expect(desired.services.get(KEY)).toMatchObject({
      allowedCidrs: fingerprintOf(cidrs),
      accessList: fingerprintOf(cidrs),
    });
  });

  it('budgets carry the limits of listener and load balancer', () => {
    const limits = { connection_limit: 7, session_rate_limit: 8, bandwidth_limit: 9 };
    const { budgets, balancers } = compileWith(limits, { flavor_id: 'small' });
    const own = { connections: 7, sessions: 8, byte_time: byteTime(9) };
    expect([...budgets]).toEqual([[KEY, own]]);
    const granted = { connections: 50, sessions: Unlimited.UNLIMITED, byte_time: 0 };
    expect(balancers).toMatchObject([{ name: 'web', allowance: granted }]);
  });

  it('all VIPs of a listener have its one account', () => {
    const additional_vips = [{ ip_address: '198.18.0.11', subnet_id: null }];
    const { services, budgets } = compileWith({ connection_limit: 5 }, { additional_vips });
    expect([...services.values()].map(({ account }) => account)).toEqual([KEY, KEY]);
    expect([...budgets.keys()]).toEqual([KEY]);
  });

  it('an access list or flavor that does not exist is a fault: nobody is let in for want of a list', () => {
    const fields = { access_list_id: 'gone', access_list_action: 'deny' } as const;
    const error = catchError(() => compileWith(fields, { flavor_id: 'gone' }));
    expect(error.code).toBe('invalid_configuration');
    expect(error.faults.map(({ path }) => path)).toEqual([
      'loadbalancer "web".flavor_id',
      'loadbalancer "web".listeners[0].access_list_id',
    ]);
  });
});

describe('compile: protocols', () => {
  const only = pool(three());
  const config = (one: ListenerSpec, of = only) => tree(loadBalancer('web', VIP, [of], { listeners: [one] }));

  it('TLS passed through is TCP to packets, and tells members the client', () => {
    const { services, targets } = compiled(config(listener('HTTPS', 80, only)), new Map(), facts());
    expect(services.get(KEY)!.row).toMatchObject({ flags: ServiceBit.TOA, mss: 1460 });
    expect([services.get(KEY)!.key.protocol, targets[0]!.row.protocol]).toEqual([6, 6]);
  });

  it.each(['HTTP', 'HTTPS'] as const)('a pool of protocol %s behind a TCP listener is TCP', (protocol) => {
    const behind = pool(three(), { protocol });
    const { services } = compiled(config(listener('TCP', 80, behind), behind), new Map(), facts());
    expect(services.get(KEY)!.wheel.entries).toHaveLength(3);
  });

  const cookies = { ...STICKY, type: 'HTTP_COOKIE' } as const;
  const sctp = { ...checked, type: 'SCTP' } as const;
  it.each<[sentence: string, input: Tree, path: string]>([
    ['SCTP listeners', config(listener('SCTP', 80, null)), 'listeners[0].protocol'],
    ['SCTP pools', tree(loadBalancer('web', VIP, [pool([], { protocol: 'SCTP' })])), 'pools[0].protocol'],
    [
      'stickiness by cookie behind a TCP listener',
      tree(loadBalancer('web', VIP, [pool([], { session_persistence: cookies })])),
      'pools[0].session_persistence.type',
    ],
    [
      'SCTP health monitors',
      tree(loadBalancer('web', VIP, [pool([], { healthmonitor: sctp })])),
      'pools[0].healthmonitor.type',
    ],
  ])('%s are served by nobody', (_sentence, input, path) => {
    const error = catchError(() => compiled(input, new Map(), facts()));
    expect([error.code, error.status, error.faults[0]?.path]).toEqual([
      'unsupported',
      501,
      `loadbalancer "web".${path}`,
    ]);
  });
});

describe('compile: listeners of the proxy', () => {
  const { PASS, ALLOWED_CIDRS, DENY, TOA } = ServiceBit;
  const accessLists = new Map([['list', { id: 'list', cidrs: ['198.18.0.0/24'] }]]);
  const limits = { connection_limit: 1, session_rate_limit: 1, bandwidth_limit: 1 };
  const web = pool(three(), { protocol: 'HTTP', session_persistence: { ...STICKY, type: 'HTTP_COOKIE' } });
  const proxy = pool(three(), { protocol: 'PROXYV2', healthmonitor: checked });

  it.each<[sentence: string, one: ListenerSpec, behind: PoolSpec[]]>([
    ['HTTP with cookies and limits', listener('HTTP', 80, web, limits), [web]],
    ['TLS that ends here', listener('TERMINATED_HTTPS', 80, web), [web]],
    ['metrics', listener('PROMETHEUS', 80, null), []],
    ['a PROXY header before TCP', listener('TCP', 80, proxy), [proxy]],
  ])('%s: packets go up, nothing else is in the tables', (_sentence, one, behind) => {
    const config = tree(loadBalancer('web', VIP, behind, { listeners: [one] }));
    const desired = compiled(config, new Map(), facts({ localAddresses: [] }));
    expect(desired.services.get(KEY)).toMatchObject({
      key: { port: 80, protocol: 6 },
      row: { flags: PASS, idle_timeout: 0, sticky_timeout: 0, mss: 0 },
      wheel: { targets: [], entries: new Uint32Array(0) },
    });
    expect([desired.targets, desired.members]).toEqual([[], []]);
    expect([...desired.budgets.values()]).toEqual([UNLIMITED]);
  });

  it('access lists are asked before packets go up', () => {
    const guard: Partial<ListenerSpec> = { allowed_cidrs: [], access_list_id: 'list', access_list_action: 'deny' };
    const config = tree(loadBalancer('web', VIP, [web], { listeners: [listener('HTTP', 80, web, guard)] }));
    const { services, accessLists: used } = compiled(config, new Map(), facts(), { accessLists });
    expect(services.get(KEY)!.row.flags).toBe(PASS | ALLOWED_CIDRS | DENY);
    expect(used.size).toBe(2);
  });

  it('a pool may serve a listener of the proxy and one of packets', () => {
    const shared = pool(three(), { protocol: 'HTTP' });
    const listeners = [listener('HTTP', 80, shared), listener('TCP', 81, shared)];
    const { services, targets } = compiled(tree(loadBalancer('web', VIP, [shared], { listeners })), new Map(), facts());
    expect([...services.values()].map(({ row }) => row.flags)).toEqual([PASS, TOA]);
    expect(targets.map(({ listener: of }) => of)).toEqual(Array(3).fill(`${VIP}|tcp|81`));
  });
});

function catchError(action: () => unknown): SluiceError {
  try {
    action();
  } catch (error) {
    return error as SluiceError;
  }
  throw new Error('nothing was refused');
}

describe('compile: what cannot be served', () => {
  const refusal = (config: Tree, localAddresses: string[]): SluiceError =>
    catchError(() => compiled(config, new Map(), facts({ localAddresses })));

  it('IPv6 VIPs and members are unsupported', () => {
    const config = tree(loadBalancer('web', 'fd00::10', [pool([member('fd00::1')])]));
    const error = refusal(config, ['198.18.1.10']);
    expect(error.code).toBe('unsupported');
    expect(error.faults.map(({ path }) => path)).toEqual([
      'loadbalancer "web".vip_address',
      'loadbalancer "web".pools[0].members[0].address',
    ]);
  });

  it('IPv4 listeners need an IPv4 local address', () => {
    const error = refusal(tree(loadBalancer('web', VIP, [pool(three())])), ['fd00:1::10']);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error.message).toContain('has no IPv4 address');
  });
});
