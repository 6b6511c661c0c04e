import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Listener, LoadBalancer, Pool } from '../../model/resources.js';
import type { Certificate, Specification } from '../../model/state.js';
import type { Health } from '../../plan/desired.js';
import type { ProxyConfig } from '../proxy-config.js';
import { compileProxy, ProxyCache } from './index.js';
import {
  certificate,
  compiled,
  FEATURES,
  listener,
  loadBalancer,
  member,
  monitor,
  NO_LOG,
  policy,
  pool,
  rule,
  SETTINGS,
} from './testing/samples.js';

interface World {
  loadbalancers: LoadBalancer[];
  certificates: Map<string, Certificate>;
  /** What became of members, one after the other. */
  health: readonly [id: string, state: Health][];
  /** Whether the health has a version. */
  versioned: boolean;
  specifications: Map<string, Specification>;
}

function balancer(index: number, certificates: Certificate[]): LoadBalancer {
  const pools = [0, 1].map((at) =>
    pool(
      [1, 2, 3].map((last) => member(`10.${index}.${at}.${last}`, 80)),
      {
        healthmonitor: monitor(),
        session_persistence:
          at === 0
            ? null
            : {
                type: 'SOURCE_IP',
                cookie_name: null,
                cookie_mode: null,
                persistence_timeout: 60,
                persistence_granularity: null,
              },
      },
    ),
  );
  const shown = certificates[index % certificates.length]!;
  const https = listener('TERMINATED_HTTPS', 443, {
    default_pool_id: pools[0]!.id,
    default_tls_container_ref: shown.id,
  });
  const target = rule({ type: 'PATH', value: '/x', compare_type: 'STARTS_WITH' });
  const to = { action: 'REDIRECT_TO_POOL', redirect_pool_id: pools[1]!.id } as const;
  const http = listener('HTTP', 80, {
    default_pool_id: pools[0]!.id,
    l7policies: [policy(1, { ...to, rules: [target] })],
    connection_limit: 5,
  });
  return loadBalancer([https, http], pools, {
    vip_address: `192.0.2.${index + 1}`,
    flavor_id: index % 2 === 0 ? 'small' : null,
  });
}

function worldOf(count: number): World {
  const all = [1, 2, 3].map((index) => certificate('SERVER', `chain ${index}\n`, `key ${index}\n`));
  return {
    loadbalancers: Array.from({ length: count }, (_, index) => balancer(index, all)),
    certificates: new Map(all.map((one) => [one.id, one])),
    health: [],
    versioned: true,
    specifications: new Map([['small', { connections: 1, connections_per_second: 2, queries_per_second: 3 }]]),
  };
}

function compile(world: World, cache: ProxyCache): ProxyConfig {
  const { loadbalancers, certificates, specifications } = world;
  const states = new Map(world.health);
  const versions = {
    version: world.health.length,
    changedSince: (version: number) => world.health.slice(version).map(([id]) => id),
  };
  const health = { get: (id: string) => states.get(id), ...(world.versioned ? versions : {}) };
  return compileProxy({
    state: { loadbalancers, certificates },
    health,
    specifications,
    open: ({ sealed_key }) => sealed_key ?? '',
    settings: SETTINGS,
    features: FEATURES,
    accessLog: NO_LOG,
    cache,
  });
}

const replace = <T>(list: readonly T[], index: number, change: (one: T) => T): T[] =>
  list.map((one, at) => (at === index % list.length ? change(one) : one));

const onPool = (change: (one: Pool) => Pool) => (lb: LoadBalancer, at: number) => ({
  ...lb,
  pools: replace(lb.pools, at, change),
});
const onListener = (change: (one: Listener) => Listener) => (lb: LoadBalancer, at: number) => ({
  ...lb,
  listeners: replace(lb.listeners, at, change),
});

/** Ways in which a load balancer changes. */
const CHANGES: ((lb: LoadBalancer, at: number) => LoadBalancer)[] = [
  onPool((one) => ({ ...one, members: [...one.members, member(`10.9.9.${one.members.length}`, 80)] })),
  onPool((one) => ({ ...one, members: one.members.slice(1) })),
  onPool((one) => ({ ...one, members: replace(one.members, 0, (it) => ({ ...it, weight: (it.weight + 1) % 4 })) })),
  onPool((one) => ({ ...one, admin_state_up: !one.admin_state_up })),
  onPool((one) => ({ ...one, lb_algorithm: one.lb_algorithm === 'SOURCE_IP' ? 'ROUND_ROBIN' : 'SOURCE_IP' })),
  onListener((one) => ({ ...one, admin_state_up: !one.admin_state_up })),
  onListener((one) => ({ ...one, connection_limit: one.connection_limit + 1 })),
  onListener((one) => ({ ...one, name: `${one.name}x`.slice(0, 3) })),
  onListener((one) => ({ ...one, l7policies: one.l7policies.slice(1) })),
  onListener((one) => ({ ...one, timeout_member_data: one.timeout_member_data + 1 })),
  (lb) => ({ ...lb, name: `${lb.name}y`.slice(0, 3) }),
  (lb) => ({ ...lb, admin_state_up: !lb.admin_state_up }),
  (lb) => ({ ...lb, flavor_id: lb.flavor_id === null ? 'small' : null }),
  (lb) => ({ ...lb, vip_address: lb.vip_address === '192.0.2.99' ? '192.0.2.98' : '192.0.2.99' }),
];

type Step = (world: World) => World;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...CHANGES), fc.nat(9), fc.nat(3)).map(
      ([change, which, at]): Step =>
        (world) => ({ ...world, loadbalancers: replace(world.loadbalancers, which, (lb) => change(lb, at)) }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(99), fc.constantFrom<Health>('up', 'down', 'unknown')).map(
      ([at, state]): Step =>
        (world) => {
          const members = world.loadbalancers.flatMap((lb) => lb.pools.flatMap((one) => one.members));
          const { id } = members[at % Math.max(1, members.length)] ?? { id: '' };
          return { ...world, health: [...world.health, [id, state]] };
        },
    ),
  },
  fc.nat(2).map(
    (at): Step =>
      (world) => {
        const one = [...world.certificates.values()][at]!;
        return {
          ...world,
          certificates: new Map(world.certificates).set(one.id, { ...one, certificate: `${one.certificate}again\n` }),
        };
      },
  ),
  fc.nat(9).map(
    (at): Step =>
      (world) => ({
        ...world,
        specifications: new Map([
          ['small', { connections: at < 3 ? null : at, connections_per_second: 2, queries_per_second: 3 }],
        ]),
      }),
  ),
  fc.nat(9).map(
    (at): Step =>
      (world) => ({
        ...world,
        loadbalancers:
          world.loadbalancers.length < 2
            ? world.loadbalancers
            : world.loadbalancers.filter((_, index) => index !== at % world.loadbalancers.length),
      }),
  ),
  fc.constant<Step>((world) => ({ ...world, loadbalancers: [...world.loadbalancers].reverse() })),
);

describe('what is kept from one time to the next', () => {
  it('makes no difference to what comes out', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.boolean(), (steps, versioned) => {
        const cache = new ProxyCache();
        let world = { ...worldOf(4), versioned };
        for (const take of steps) {
          compile(world, cache);
          world = take(world);
        }
        const [with_, without] = [compile(world, cache), compile(world, new ProxyCache())];
        expect(with_).toEqual(without);
        for (const kind of ['frontends', 'backends', 'maps', 'certificates', 'certificateLists'] as const) {
          expect([...with_[kind].keys()]).toEqual([...without[kind].keys()]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is everything, where nothing changed', () => {
    const cache = new ProxyCache();
    const world = worldOf(3);
    const before = compile(world, cache);
    expect(compile({ ...world, loadbalancers: [...world.loadbalancers], health: [] }, cache)).toBe(before);
  });

  it('is all but the servers of a member whose health changed', () => {
    const cache = new ProxyCache();
    const world = worldOf(3);
    const before = compile(world, cache);
    const [changed] = world.loadbalancers[1]!.pools;
    const after = compile({ ...world, health: [[changed!.members[0]!.id, 'up']] }, cache);
    const different = Object.keys(before).filter(
      (key) => before[key as keyof ProxyConfig] !== after[key as keyof ProxyConfig],
    );
    expect(different).toEqual(['backends']);
    const backends = [...after.backends]
      .filter(([name, one]) => before.backends.get(name) !== one)
      .map(([name]) => name);
    expect(backends).toEqual([`p_${changed!.id}`]);
    const [first, second] = after.backends.get(`p_${changed!.id}`)!.servers.values();
    expect(first!.up).toBe(true);
    expect([...before.backends.get(`p_${changed!.id}`)!.servers.values()]).toContain(second);
  });

  it('is all but the certificate that was replaced', () => {
    const cache = new ProxyCache();
    const world = worldOf(3);
    const before = compile(world, cache);
    const [one] = world.certificates.values();
    const certificates = new Map(world.certificates).set(one!.id, { ...one!, certificate: 'another chain\n' });
    const after = compile({ ...world, certificates }, cache);
    const different = Object.keys(before).filter(
      (key) => before[key as keyof ProxyConfig] !== after[key as keyof ProxyConfig],
    );
    expect(different).toEqual(['certificates']);
    expect(after.certificates.get(one!.id)).toBe('another chain\nkey 1\n');
  });

  it('is every policy of a listener, where a member of its pools comes', () => {
    const cache = new ProxyCache();
    const world = worldOf(1);
    const before = compile(world, cache);
    const [lb] = world.loadbalancers;
    const after = compile({ ...world, loadbalancers: [CHANGES[0]!(lb!, 0)] }, cache);
    expect(after.frontends).toBe(before.frontends);
    expect(after.maps).toBe(before.maps);
    expect(after.backends).not.toBe(before.backends);
  });
});

describe('a configuration', () => {
  it('has nothing of listeners and load balancers that are switched off or that XDP serves', () => {
    const [lb] = worldOf(1).loadbalancers;
    const off = { ...lb!, admin_state_up: false };
    const tcp = loadBalancer(
      [listener('TCP', 80, { default_pool_id: lb!.pools[0]!.id })],
      [{ ...lb!.pools[0]!, protocol: 'TCP' }],
    );
    const config = compiled([off, tcp]);
    expect([config.frontends.size, config.backends.size, config.maps.size, config.addresses]).toEqual([0, 0, 0, []]);
  });

  it('names every address that it listens on', () => {
    const one = loadBalancer([listener('HTTP', 80)], [], {
      vip_address: '192.0.2.1',
      additional_vips: [{ ip_address: '2001:db8::1', subnet_id: null }],
      public_addresses: ['198.51.100.1'],
    });
    const config = compiled([one]);
    expect(config.addresses).toEqual(['192.0.2.1', '2001:db8::1', '198.51.100.1']);
    expect([...config.frontends.values()][0]).toContain('  bind 192.0.2.1:80,[2001:db8::1]:80,198.51.100.1:80\n');
  });
});
