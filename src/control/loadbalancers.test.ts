import { beforeEach, describe, expect, it } from 'vitest';
import { bodies } from '../schema/index.js';
import {
  createLoadBalancers,
  deleteLoadBalancer,
  deleteLoadBalancers,
  findLoadBalancer,
  locate,
  updateLoadBalancer,
} from './index.js';
import { caller, NOBODY, OPERATOR, SUBNET, World } from './testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

function create(body: Record<string, unknown>) {
  return bodies.loadbalancer.create.read(body);
}

describe('the VIP of a new load balancer', () => {
  it('is the address that was given, and is found in its subnet', () => {
    const { vip_address, vip_subnet_id, vip_network_id, vip_port_id } = world.loadbalancer({
      vip_address: '198.18.0.77',
    });
    expect([vip_address, vip_subnet_id, vip_network_id]).toEqual(['198.18.0.77', SUBNET.id, SUBNET.network_id]);
    expect(vip_port_id).not.toBe('');
  });

  it('may be outside every subnet', () => {
    expect(world.loadbalancer({ vip_address: '203.0.113.7' }).vip_subnet_id).toBeNull();
  });

  it('is the next free one of a subnet, around the gateway and the pool, and last the one given back', () => {
    const [first, second] = Array.from({ length: 8 }, () => world.loadbalancer({ vip_subnet_id: SUBNET.id }));
    expect([first!.vip_address, second!.vip_address]).toEqual(['198.18.0.2', '198.18.0.3']);
    world.run(deleteLoadBalancer(second!.id));
    expect(world.loadbalancer({ vip_subnet_id: SUBNET.id }).vip_address).toBe('198.18.0.3');
    expect(() => world.loadbalancer({ vip_subnet_id: SUBNET.id })).toThrow(/No more IP addresses available/);
  });

  it('is of an IPv4 subnet where a network has both kinds', () => {
    const six = {
      ...SUBNET,
      id: '10000000-0000-4000-8000-000000000006',
      cidr: { address: 'fd00::', prefix: 64, family: 6 as const },
      gateway_ip: null,
      allocation_pools: [{ start: 'fd00::ff', end: 'fd00::ffff' }],
    };
    world.subnets = [six, SUBNET];
    expect(world.loadbalancer({ vip_network_id: SUBNET.network_id }).vip_address).toBe('198.18.0.2');
    const addresses = [1, 2].map(() => world.loadbalancer({ vip_subnet_id: six.id }).vip_address);
    expect(addresses).toEqual(['fd00::ff', 'fd00::100']);
  });

  const refused: Array<[sentence: string, body: Record<string, unknown>, code: string, message: RegExp]> = [
    ['a local address', { vip_address: '198.18.1.10' }, 'conflict', /a local address of the gateway/],
    ['the VIP of another', { vip_address: '198.18.0.50' }, 'conflict', /already allocated: it is an address of load b/],
    ['an additional VIP of another', { vip_address: '198.18.0.51' }, 'conflict', /already allocated/],
    ['the address of a member', { vip_address: '198.18.2.1' }, 'conflict', /the address of a member/],
    [
      'an unknown subnet',
      { vip_subnet_id: NOBODY },
      'invalid_configuration',
      /^Subnet .* not found\. There are: inside/,
    ],
    ['an unknown network', { vip_network_id: NOBODY }, 'invalid_configuration', /^Network .* not found\./],
    ['an unknown port', { vip_port_id: NOBODY }, 'invalid_configuration', /^Port .* not found\./],
    [
      'an address outside its subnet',
      { vip_address: '198.18.5.1', vip_subnet_id: SUBNET.id },
      'invalid_configuration',
      /not an address that subnet inside can give out/,
    ],
    [
      'the broadcast address of its subnet',
      { vip_address: '198.18.0.255', vip_network_id: SUBNET.network_id },
      'invalid_configuration',
      /not an address that subnet inside can give out/,
    ],
    [
      'a subnet of another network',
      { vip_subnet_id: SUBNET.id, vip_network_id: NOBODY },
      'invalid_configuration',
      /is not of network/,
    ],
  ];
  it.each(refused)('is not %s', (_, body, code, message) => {
    const other = world.loadbalancer({ vip_address: '198.18.0.50', additional_vips: [{ ip_address: '198.18.0.51' }] });
    world.member(world.pool(other));
    const before = world.state;
    expect(() => world.loadbalancer(body)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(world.state).toBe(before);
  });

  it('is not on the port of another load balancer', () => {
    const { id, vip_port_id } = world.loadbalancer();
    expect(() => world.loadbalancer({ vip_port_id })).toThrow(`Port ${vip_port_id} is already used by device ${id}`);
  });
});

describe('additional VIPs', () => {
  it('are allocated where only their subnet is given, each another one', () => {
    const { id: _, ...spec } = create({ vip_subnet_id: SUBNET.id });
    const wanted = { ip_address: '', subnet_id: SUBNET.id };
    const [made] = world.run(createLoadBalancers([{ ...spec, additional_vips: [wanted, wanted] }]));
    const { vip_address, additional_vips } = made!;
    const addresses = [vip_address, ...additional_vips.map(({ ip_address }) => ip_address)];
    expect(addresses).toEqual(['198.18.0.2', '198.18.0.3', '198.18.0.4']);
  });

  it('may not be the VIP', () => {
    const body = { vip_address: '198.18.0.50', additional_vips: [{ ip_address: '198.18.0.50' }] };
    expect(() => world.loadbalancer(body)).toThrow('198.18.0.50 is listed twice');
  });

  it('can be changed, keeping those that stay', () => {
    const { id } = world.loadbalancer({ additional_vips: [{ ip_address: '198.18.0.50' }] });
    const additional_vips = [
      { ip_address: '198.18.0.50', subnet_id: null },
      { ip_address: '198.18.0.51', subnet_id: null },
    ];
    expect(world.run(updateLoadBalancer(id, { additional_vips })).additional_vips).toEqual(additional_vips);
    expect(() => world.loadbalancer({ vip_address: '198.18.0.51' })).toThrow(/already allocated/);
  });
});

const POPULATED = {
  name: 'web',
  vip_address: '198.18.0.40',
  pools: [{ name: 'shared', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' }],
  listeners: [
    {
      protocol: 'HTTP',
      protocol_port: 80,
      default_pool: {
        name: 'own',
        protocol: 'HTTP',
        lb_algorithm: 'SOURCE_IP',
        healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 },
        members: [
          { address: '198.18.2.1', protocol_port: 80 },
          { address: '198.18.2.2', protocol_port: 80 },
        ],
      },
      l7policies: [
        {
          action: 'REDIRECT_TO_POOL',
          redirect_pool: { name: 'shared' },
          rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }],
        },
      ],
    },
  ],
};

describe('a fully populated create', () => {
  it('makes the whole tree, linked by id, of one project and time', () => {
    const web = world.loadbalancer(POPULATED);
    const [listener] = web.listeners;
    const own = web.pools.find(({ name }) => name === 'own')!;
    const shared = web.pools.find(({ name }) => name === 'shared')!;
    expect(listener!.default_pool_id).toBe(own.id);
    expect(listener!.l7policies[0]).toMatchObject({ redirect_pool_id: shared.id, position: 1 });
    expect(own.healthmonitor).toMatchObject({ type: 'HTTP', url_path: '/', project_id: 'p1', created_at: world.now });
    expect(own.members).toHaveLength(2);
    for (const { id } of [web, listener!, own, shared, own.members[1]!, listener!.l7policies[0]!.rules[0]!]) {
      expect(locate(world.state, id)?.loadbalancer).toBe(web);
    }
  });

  const refused: Array<[sentence: string, change: (body: typeof POPULATED) => unknown, code: string, message: RegExp]> =
    [
      [
        'two listeners on one port',
        (body) =>
          body.listeners.push({ ...body.listeners[0]!, l7policies: [], default_pool: { name: 'shared' } as never }),
        'conflict',
        /^Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80\./,
      ],
      [
        'a member twice',
        (body) => body.listeners[0]!.default_pool.members.push({ address: '198.18.2.1', protocol_port: 80 }),
        'conflict',
        /^Another member on this pool is already using ip 198\.18\.2\.1 on protocol_port 80\./,
      ],
      [
        'a member that is the VIP',
        (body) => body.listeners[0]!.default_pool.members.push({ address: '198.18.0.40', protocol_port: 80 }),
        'conflict',
        /198\.18\.0\.40/,
      ],
      [
        'a flavor that does not exist',
        (body) => Object.assign(body, { flavor_id: NOBODY }),
        'invalid_configuration',
        /^Validation failure: Invalid flavor_id\./,
      ],
      [
        'an availability zone that does not exist',
        (body) => Object.assign(body, { availability_zone: 'moon' }),
        'invalid_configuration',
        /Invalid availability zone\./,
      ],
    ];
  it.each(refused)('makes nothing of a tree with %s', (_, change, code, message) => {
    const body = structuredClone(POPULATED);
    change(body);
    const before = world.state;
    expect(() => world.loadbalancer(body)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(world.state).toBe(before);
  });

  it('keeps an id that was given, unless something has it', () => {
    const { id: _, ...spec } = create({ vip_address: '198.18.0.41' });
    const [made] = world.run(createLoadBalancers([{ ...spec, id: NOBODY }]));
    expect(made!.id).toBe(NOBODY);
    const again = { ...spec, id: NOBODY, vip_address: '198.18.0.42' };
    expect(() => world.run(createLoadBalancers([again]))).toThrow('Already an entity with that specified id.');
  });
});

describe('the provider', () => {
  it.each(['sluice', 'octavia', 'amphora'])('%s is kept as written', (provider) => {
    expect(world.loadbalancer({ provider }).provider).toBe(provider);
  });

  it('is refused when it is another', () => {
    const spec = create({ vip_address: '198.18.0.41' });
    expect(() => world.run(createLoadBalancers([{ ...spec, provider: 'ovn' }]))).toThrow(
      "Provider 'ovn' is not enabled.",
    );
  });
});

describe('an update', () => {
  it('changes what was written, and its time', () => {
    const { id } = world.loadbalancer({ name: 'web', tags: ['a'] });
    world.now = '2026-02-01T00:00:00';
    const result = world.run(updateLoadBalancer(id, { description: 'front', tags: ['b'] }));
    expect(result).toMatchObject({ name: 'web', description: 'front', tags: ['b'], updated_at: world.now });
    expect(findLoadBalancer(world.state, id)).toBe(result);
  });

  it('that says what is so already changes nothing', () => {
    const loadbalancer = world.loadbalancer({ name: 'web', tags: ['a'] });
    const before = world.state;
    expect(world.run(updateLoadBalancer(loadbalancer.id, { name: 'web', tags: ['a'] }))).toBe(loadbalancer);
    expect(world.state).toBe(before);
  });

  it('of what does not exist says so', () => {
    expect(() => world.run(updateLoadBalancer(NOBODY, { name: 'web' }))).toThrow(
      expect.objectContaining({ code: 'not_found', message: `Load Balancer ${NOBODY} not found.` }),
    );
  });
});

describe('a deletion', () => {
  it('names the children that stand in the way, with the status that clients do not wait for', () => {
    const { id } = world.loadbalancer(POPULATED);
    expect(() => world.run(deleteLoadBalancer(id))).toThrow(
      expect.objectContaining({
        status: 400,
        message: expect.stringMatching(
          /Cannot delete Load Balancer .* - it has children: 1 listener \(.*\), 2 pools \(shared, own\)/,
        ),
      }),
    );
  });

  it('takes the tree along when it cascades, and frees addresses and ids', () => {
    const { id, pools } = world.loadbalancer(POPULATED);
    world.run(deleteLoadBalancer(id, { cascade: true }));
    expect(world.state.loadbalancers).toEqual([]);
    expect(locate(world.state, pools[0]!.id)).toBeUndefined();
    expect(world.loadbalancer(POPULATED).vip_address).toBe('198.18.0.40');
  });
});

describe('several at once', () => {
  it('are created together or not at all', () => {
    const inputs = ['198.18.0.41', '198.18.0.42', '198.18.0.41'].map((vip_address) => create({ vip_address }));
    const before = world.state;
    expect(() => world.run(createLoadBalancers(inputs))).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringMatching(/^loadbalancers\[2\]: IP address 198\.18\.0\.41 /),
      }),
    );
    expect(world.state).toBe(before);
    expect(world.run(createLoadBalancers(inputs.slice(0, 2)))).toHaveLength(2);
  });

  it('are deleted together or not at all', () => {
    const [one, two] = [world.loadbalancer(), world.loadbalancer()];
    expect(() => world.run(deleteLoadBalancers([one.id, NOBODY, two.id]))).toThrow(/^loadbalancers\[1\]: .*not found/);
    expect(world.state.loadbalancers).toEqual([one, two]);
    world.run(deleteLoadBalancers([one.id, two.id, one.id]));
    expect(world.state.loadbalancers).toEqual([]);
  });
});

describe('who may', () => {
  it('see a load balancer: its project, administrators and observers; change it: not the observers', () => {
    const { id } = world.loadbalancer();
    const patch = updateLoadBalancer(id, { description: 'x' });
    world.caller = caller('p2');
    expect(() => world.run(patch)).toThrow(expect.objectContaining({ code: 'not_found' }));
    world.caller = caller('p2', 'member', 'load-balancer_global_observer');
    expect(() => world.run(patch)).toThrow(expect.objectContaining({ code: 'permission_denied' }));
    world.caller = caller('p2', 'admin');
    expect(world.run(patch).description).toBe('x');
    world.caller = OPERATOR;
    expect(world.run(updateLoadBalancer(id, { description: 'y' })).description).toBe('y');
  });

  it('create for another project: administrators', () => {
    expect(() => world.loadbalancer({ project_id: 'p2' })).toThrow(
      expect.objectContaining({
        code: 'permission_denied',
        message: expect.stringMatching(/^Policy does not allow this/),
      }),
    );
    world.caller = caller('p1', 'load-balancer_admin');
    expect(world.loadbalancer({ tenant_id: 'p2' }).project_id).toBe('p2');
  });

  it('create without a project: the operator, for the project admin', () => {
    world.caller = OPERATOR;
    expect(world.loadbalancer().project_id).toBe('admin');
    const admin = { id: 'a1', name: 'admin', description: '', enabled: true };
    world.state = { ...world.state, projects: new Map([['a1', admin]]) };
    expect(world.loadbalancer().project_id).toBe('a1');
  });
});

describe('a load balancer that a file manages', () => {
  it('is changed by that alone, until it is taken over', () => {
    const { id } = world.loadbalancer({ name: 'web' });
    world.run(updateLoadBalancer(id, { managed_by: 'apply' }));
    const refusal = expect.objectContaining({
      code: 'conflict',
      message: expect.stringMatching(/is managed by `sluice apply`\. .* set managed_by to api$/),
    });
    expect(() => world.run(updateLoadBalancer(id, { description: 'x' }))).toThrow(refusal);
    expect(() => world.run(deleteLoadBalancer(id))).toThrow(refusal);
    expect(() => world.listener({ id })).toThrow(refusal);
    expect(world.run(updateLoadBalancer(id, { managed_by: 'api', description: 'x' })).description).toBe('x');
    expect(world.listener({ id }).protocol_port).toBe(80);
  });

  it('has a name of its own', () => {
    const [one, two, nameless] = [{ name: 'web' }, { name: 'web' }, {}].map((body) => world.loadbalancer(body));
    world.run(updateLoadBalancer(one!.id, { managed_by: 'apply' }));
    expect(() => world.run(updateLoadBalancer(two!.id, { managed_by: 'apply' }))).toThrow(/under the name web/);
    expect(() => world.run(updateLoadBalancer(nameless!.id, { managed_by: 'apply' }))).toThrow(/needs a name/);
  });
});

describe('a load balancer in ERROR', () => {
  it('is not changed, nor is anything below it; it can be deleted and taken over', () => {
    const { id } = world.loadbalancer({ name: 'web' });
    const listener = world.listener({ id });
    world.errors.set(id, 'no room');
    expect(() => world.run(updateLoadBalancer(id, { description: 'x' }))).toThrow(
      expect.objectContaining({
        code: 'immutable',
        status: 409,
        message: expect.stringMatching(`^Invalid state ERROR of loadbalancer resource ${id} .*no room`),
      }),
    );
    expect(() => world.pool({ id })).toThrow(`Load Balancer ${id} is immutable and cannot be updated.`);
    world.run(updateLoadBalancer(id, { managed_by: 'api' }));
    expect(locate(world.state, listener.id)).toBeDefined();
    world.run(deleteLoadBalancer(id, { cascade: true }));
    expect(world.state.loadbalancers).toEqual([]);
  });
});
