import { beforeEach, describe, expect, it } from 'vitest';
import type { Listener, LoadBalancer } from '../model/resources.js';
import { bodies } from '../schema/index.js';
import { createAccessList, deleteListener, locateKind, updateListener } from './index.js';
import { caller, NOBODY, World } from './testing/world.js';

let world: World;
let loadbalancer: LoadBalancer;

beforeEach(() => {
  world = new World();
  loadbalancer = world.loadbalancer();
});

const current = () => world.current(loadbalancer);

describe('a new listener', () => {
  it('is of its load balancer and project, with the defaults of its protocol', () => {
    const listener = world.listener(loadbalancer, { protocol: 'UDP', protocol_port: 53 });
    expect(listener).toMatchObject({ project_id: 'p1', timeout_client_data: 300_000, connection_limit: -1 });
    expect(current().listeners).toEqual([listener]);
  });

  const pairs: Array<[first: string, second: string, together: boolean]> = [
    ['TCP', 'UDP', true],
    ['UDP', 'HTTP', true],
    ['TCP', 'HTTP', false],
    ['TCP', 'TCP', false],
    ['UDP', 'UDP', false],
    ['HTTPS', 'PROMETHEUS', false],
  ];
  it.each(pairs)('of %s and one of %s on one port: %s', (first, second, together) => {
    world.listener(loadbalancer, { protocol: first });
    const add = () => world.listener(loadbalancer, { protocol: second });
    if (together) {
      expect(add().protocol).toBe(second);
    } else {
      const sentence = `Another Listener on this Load Balancer is already using protocol ${first} and protocol_port 80.`;
      expect(add).toThrow(expect.objectContaining({ code: 'conflict', message: expect.stringContaining(sentence) }));
    }
  });

  it('may have the port of a listener of another load balancer', () => {
    world.listener(loadbalancer);
    expect(world.listener(world.loadbalancer()).protocol_port).toBe(80);
  });

  const refused: Array<[sentence: string, body: Record<string, unknown>, status: number, message: RegExp]> = [
    ['on a load balancer that does not exist', { loadbalancer_id: NOBODY }, 404, /^Load Balancer .* not found\.$/],
    ['with a pool that does not exist', { default_pool_id: NOBODY }, 404, /^Pool .* not found\.$/],
    [
      'with an access list that does not exist',
      { access_list_id: NOBODY, access_list_action: 'deny' },
      404,
      /^Access L/,
    ],
    ['for clients that cannot reach its VIP', { allowed_cidrs: ['fd00::/8'] }, 400, /IP version incompatible with VIP/],
  ];
  it.each(refused)('%s is refused', (_, body, status, message) => {
    expect(() => world.listener(loadbalancer, body)).toThrow(
      expect.objectContaining({ status, message: expect.stringMatching(message) }),
    );
    expect(current().listeners).toEqual([]);
  });

  it('takes blocks of each family that the load balancer has an address of', () => {
    const both = world.loadbalancer({ vip_address: '198.18.0.7', additional_vips: [{ ip_address: 'fd00::7' }] });
    const allowed_cidrs = ['10.0.0.0/8', 'fd00::/8'];
    expect(world.listener(both, { allowed_cidrs }).allowed_cidrs).toEqual(allowed_cidrs);
  });

  it('uses a pool of its load balancer that its protocol admits, and no other', () => {
    const [tcp, udp] = ['TCP', 'UDP'].map((protocol) => world.pool(loadbalancer, { protocol }));
    const foreign = world.pool(world.loadbalancer());
    expect(world.listener(loadbalancer, { default_pool_id: tcp!.id }).default_pool_id).toBe(tcp!.id);
    expect(() => world.listener(loadbalancer, { default_pool_id: udp!.id, protocol_port: 81 })).toThrow(
      /listener\.default_pool_id: a TCP listener cannot use a UDP pool/,
    );
    expect(() => world.listener(loadbalancer, { default_pool_id: foreign.id, protocol_port: 81 })).toThrow(
      /^Pool .* not f/,
    );
  });

  it('refers to an access list of its own project only', () => {
    world.caller = caller('p2');
    const list = world.run(createAccessList(bodies.accesslist.create.read({ cidrs: ['10.0.0.0/8'] })));
    world.caller = caller('p1');
    const body = { access_list_id: list.id, access_list_action: 'allow' };
    expect(() => world.listener(loadbalancer, body)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

describe('an update of a listener', () => {
  it('takes null in a field for the default of the protocol', () => {
    const { id } = world.listener(loadbalancer, { protocol: 'UDP', timeout_client_data: 5000 });
    const patch = bodies.listener.update.read({ timeout_client_data: null, name: 'dns' });
    expect(world.run(updateListener(id, patch))).toMatchObject({ timeout_client_data: 300_000, name: 'dns' });
  });

  it('leaves everything beside it the very same', () => {
    const [one, two] = [80, 81].map((protocol_port) => world.listener(loadbalancer, { protocol_port }));
    const pool = world.pool(loadbalancer);
    const { pools } = current();
    world.run(updateListener(one!.id, { name: 'front' }));
    expect(current().listeners[1]).toBe(two);
    expect(current().pools).toBe(pools);
    expect(locateKind(world.state, 'pool', pool.id)?.pool).toBe(pool);
  });

  it('is refused where the whole listener would not go together', () => {
    const { id } = world.listener(loadbalancer);
    const udp = world.pool(loadbalancer, { protocol: 'UDP' });
    expect(() => world.run(updateListener(id, { default_pool_id: udp.id }))).toThrow(/cannot use a UDP pool/);
    expect(() => world.run(updateListener(id, { insert_headers: { 'X-Forwarded-For': 'true' } }))).toThrow(
      /TCP listener/,
    );
    expect(() => world.run(updateListener(id, { allowed_cidrs: ['fd00::/8'] }))).toThrow(/IP version incompatible/);
  });
});

describe('the deletion of a listener', () => {
  it('takes its policies along and leaves its pool with the members', () => {
    const pool = world.pool(loadbalancer);
    const member = world.member(pool);
    const listener = world.listener(loadbalancer, { default_pool_id: pool.id });
    world.run(deleteListener(listener.id));
    expect(current().listeners).toEqual([]);
    expect(current().pools[0]!.members).toEqual([member]);
  });

  it.each<[how: string, redirect: (tls: Listener) => object]>([
    ['by its address', () => ({ action: 'REDIRECT_PREFIX', redirect_prefix: `https://${loadbalancer.vip_address}` })],
    ['by its id', ({ id }) => ({ action: 'REDIRECT_TO_LISTENER', redirect_listener_id: id })],
  ])('is refused while a policy redirects clients to it %s', (_, redirect) => {
    const web = world.listener(loadbalancer, { protocol: 'HTTP' });
    const tls = world.listener(loadbalancer, {
      protocol: 'TERMINATED_HTTPS',
      protocol_port: 443,
      default_tls_container_ref: world.certificate().id,
    });
    const elsewhere = { action: 'REDIRECT_TO_URL', redirect_url: 'https://example.com/' };
    world.policy(web, elsewhere);
    const policy = world.policy(web, redirect(tls) as Record<string, unknown>);
    expect(() => world.run(deleteListener(tls.id))).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringContaining(`Listener ${tls.id} is in use by L7 policy ${policy.id}`),
      }),
    );
    world.run(deleteListener(tls.id, { cascade: true }));
    expect(current().listeners.map(({ l7policies }) => l7policies.map(({ redirect_url }) => redirect_url))).toEqual([
      [elsewhere.redirect_url],
    ]);
    expect(current().listeners[0]!.l7policies[0]!.position).toBe(1);
  });

  it('takes the pools along that nothing else uses, when it cascades', () => {
    const [shared, own] = [
      world.pool(loadbalancer, { name: 'shared' }),
      world.pool(loadbalancer, { protocol: 'HTTP' }),
    ];
    world.listener(loadbalancer, { default_pool_id: shared.id });
    const listener = world.listener(loadbalancer, { protocol: 'TCP', protocol_port: 81, default_pool_id: shared.id });
    const web = world.listener(loadbalancer, { protocol: 'HTTP', protocol_port: 82, default_pool_id: own.id });
    world.run(deleteListener(listener.id, { cascade: true }));
    world.run(deleteListener(web.id, { cascade: true }));
    expect(current().pools).toEqual([shared]);
  });
});
