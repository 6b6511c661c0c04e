import { describe, expect, it } from 'vitest';
import { ServiceBit, TargetBit } from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { SluiceError } from '../model/errors.js';
import type { HealthMonitorSpec, Tree } from '../model/resources.js';
import { compile } from './compile.js';
import type { Desired, DesiredTarget, Health } from './desired.js';
import { WheelCache } from './pool-wheel.js';
import { facts, loadBalancer, member, pool, tree } from './testing/samples.js';

const VIP = '198.18.0.10';
const KEY = `${VIP}|tcp|80`;

const monitor: HealthMonitorSpec = {
  name: '',
  admin_state_up: true,
  tags: [],
  type: 'TCP',
  delay: 5,
  timeout: 5,
  max_retries: 3,
  max_retries_down: 3,
  http_method: 'GET',
  url_path: '/',
  expected_codes: '200',
  domain_name: null,
};

function health(from: Tree, states: Record<string, Health>): Map<string, Health> {
  const all = from.loadbalancers.flatMap(({ pools }) => pools.flatMap(({ members }) => members));
  return new Map(all.flatMap(({ id, address }) => (states[address] ? [[id, states[address]] as const] : [])));
}

/** Last octets of the members on a wheel, sorted, and the flags of all members. */
function view(desired: Desired, key = KEY): { wheel: string[]; flags: Record<string, number> } {
  const { targets, entries } = desired.services.get(key)!.wheel;
  const lastOctet = ({ row }: DesiredTarget) => formatAddress(row.address).split('.').pop()!;
  const used = new Set(Array.from(entries, (entry) => lastOctet(desired.targets[targets[entry]!]!)));
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
      monitor,
      { '198.18.2.1': 'up', '198.18.2.2': 'down' },
      ['1'],
      { 1: USABLE, 2: GONE, 3: 0 },
    ],
    [
      'everybody while the monitor is disabled',
      three(),
      { ...monitor, admin_state_up: false },
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
      monitor,
      { '198.18.2.1': 'down', '198.18.2.2': 'up', '198.18.2.3': 'up' },
      ['2', '3'],
      { 1: GONE, 2: USABLE, 3: USABLE },
    ],
  ] as const)('%s', (_, members, healthmonitor, states, wheel, flags) => {
    for (const lb_algorithm of ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'] as const) {
      const config = tree(loadBalancer('web', VIP, [pool([...members], { healthmonitor, lb_algorithm })]));
      expect(view(compile(config, health(config, states), facts()))).toEqual({ wheel, flags });
    }
  });

  it('nobody in a disabled pool: the service stays and refuses', () => {
    const config = tree(loadBalancer('web', VIP, [pool(three(), { admin_state_up: false })]));
    expect(view(compile(config, new Map(), facts())).wheel).toEqual([]);
  });
});

describe('compile: rows', () => {
  it('a listener carries its settings', () => {
    const persistence = { type: 'SOURCE_IP' as const, persistence_timeout: 600 };
    const config = tree(loadBalancer('web', VIP, [pool(three(), { session_persistence: persistence })]));
    const { name, row } = compile(config, new Map(), facts()).services.get(KEY)!;
    expect(name).toBe('web/tcp-80');
    expect(row).toMatchObject({ flags: ServiceBit.TOA, idle_timeout: 900, sticky_timeout: 600, mss: 1460 });
  });

  it('UDP has no TOA and no MSS', () => {
    const config = tree(loadBalancer('dns', VIP, [pool(three(), { protocol: 'UDP' })]));
    expect(compile(config, new Map(), facts()).services.get(`${VIP}|udp|80`)!.row).toMatchObject({ flags: 0, mss: 0 });
  });

  it('a disabled listener or load balancer has no rows, and a disabled VIP is not answered for', () => {
    const shape = loadBalancer('web', VIP, [pool(three())]);
    const closed = { ...shape, listeners: shape.listeners.map((one) => ({ ...one, admin_state_up: false })) };
    expect(compile(tree(closed), new Map(), facts()).services.size).toBe(0);
    const down = compile(tree({ ...shape, admin_state_up: false }), new Map(), facts());
    expect([down.services.size, down.targets.length, down.addresses.has(VIP)]).toEqual([0, 0, false]);
  });

  it('a listener without a pool refuses', () => {
    const shape = loadBalancer('web', VIP, [pool([])]);
    const config = tree({ ...shape, listeners: shape.listeners.map((one) => ({ ...one, default_pool: null })) });
    expect(compile(config, new Map(), facts()).services.get(KEY)!.wheel.entries).toHaveLength(0);
  });

  it('the kernel answers ARP for addresses it has, the gateway for the others', () => {
    const { addresses } = compile(
      tree(loadBalancer('web', VIP, [])),
      new Map(),
      facts({ assignedAddresses: new Set([VIP]) }),
    );
    expect(addresses.get(VIP)).toEqual({ vip: true, local: false, arp: false });
    expect(addresses.get('198.18.1.10')).toEqual({ vip: false, local: true, arp: true });
  });

  it('source hashes start from the same seed on every gateway', () => {
    const seed = (name: string) => {
      const config = tree(loadBalancer(name, VIP, [pool(three())]));
      return compile(config, new Map(), facts({ hashKey: name.length })).services.get(KEY)!.row.hash_seed;
    };
    expect(seed('web')).toBe(seed('other'));
  });

  it('keeps wheels between calls', () => {
    const wheels = new WheelCache();
    const config = tree(loadBalancer('web', VIP, [pool(three())]));
    const first = compile(config, new Map(), facts(), wheels).services.get(KEY)!.wheel.entries;
    expect(compile(config, new Map(), facts(), wheels).services.get(KEY)!.wheel.entries).toBe(first);
  });
});

describe('compile: what cannot be served', () => {
  const refusal = (config: Tree, localAddresses: string[]): SluiceError => {
    try {
      compile(config, new Map(), facts({ localAddresses }));
    } catch (error) {
      return error as SluiceError;
    }
    throw new Error('nothing was refused');
  };

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

  it('warns of local addresses that carry fewer sessions than the table, and of IPv6 ones', () => {
    const config = tree(loadBalancer('web', VIP, [pool([member('198.18.2.1')])]));
    const input = facts({ sessions: 1_000_000, localAddresses: ['198.18.1.10', 'fd00:1::10'] });
    const { warnings } = compile(config, new Map(), input);
    expect(warnings.map(({ message }) => message)).toEqual([
      'fd00:1::10 is an IPv6 address, which this release does not use',
      expect.stringContaining('carry at most 64,512 sessions'),
    ]);
    expect(warnings[1]!.suggestion).toContain('list 16 local addresses');
  });
});
