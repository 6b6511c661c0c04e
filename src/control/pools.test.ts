import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadBalancer } from '../model/resources.js';
import { bodies } from '../schema/index.js';
import { deleteHealthMonitor, deletePool, locate, locateKind, updateHealthMonitor, updatePool } from './index.js';
import { NOBODY, World } from './testing/world.js';

let world: World;
let loadbalancer: LoadBalancer;

beforeEach(() => {
  world = new World();
  loadbalancer = world.loadbalancer();
});

const current = () => world.current(loadbalancer);

describe('a new pool', () => {
  it('with a listener becomes its default pool, once', () => {
    const { id } = world.listener(loadbalancer);
    const body = { loadbalancer_id: null, listener_id: id };
    const pool = world.pool(loadbalancer, body);
    expect(current().listeners[0]).toMatchObject({ default_pool_id: pool.id, updated_at: world.now });
    expect(() => world.pool(loadbalancer, body)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringMatching(/^This listener already has a default/),
      }),
    );
  });

  const refused: Array<[sentence: string, body: () => Record<string, unknown>, status: number, message: RegExp]> = [
    ['on a load balancer that does not exist', () => ({ loadbalancer_id: NOBODY }), 404, /^Load Balancer .* not found/],
    [
      'on a listener that does not exist',
      () => ({ loadbalancer_id: null, listener_id: NOBODY }),
      404,
      /^Listener .* not/,
    ],
    [
      'on a listener of another load balancer',
      () => ({ listener_id: world.listener(world.loadbalancer()).id }),
      400,
      /is not of load balancer/,
    ],
    [
      'that its listener cannot use',
      () => ({ listener_id: world.listener(loadbalancer).id, protocol: 'UDP' }),
      400,
      /a TCP listener cannot use a UDP pool/,
    ],
  ];
  it.each(refused)('%s is refused', (_, body, status, message) => {
    const complete = body();
    expect(() => world.pool(loadbalancer, complete)).toThrow(
      expect.objectContaining({ status, message: expect.stringMatching(message) }),
    );
    expect(current().pools).toEqual([]);
  });
});

describe('an update of a pool', () => {
  it('keeps the type of a stickiness that names none', () => {
    const { id } = world.pool(loadbalancer, { session_persistence: { type: 'SOURCE_IP' } });
    const patch = bodies.pool.update.read({ session_persistence: { persistence_timeout: 60 } });
    expect(world.run(updatePool(id, patch)).session_persistence).toMatchObject({
      type: 'SOURCE_IP',
      persistence_timeout: 60,
    });
  });

  it('is refused when a listener that uses it could not any more', () => {
    const { id } = world.pool(loadbalancer, { protocol: 'HTTP' });
    const { id: listener } = world.listener(loadbalancer, { default_pool_id: id });
    const patch = bodies.pool.update.read({ session_persistence: { type: 'HTTP_COOKIE' } });
    expect(() => world.run(updatePool(id, patch))).toThrow(/a TCP listener does not see cookies/);
    expect(locateKind(world.state, 'listener', listener)?.object.default_pool_id).toBe(id);
  });

  it('leaves its members the very same', () => {
    const pool = world.pool(loadbalancer);
    world.member(pool);
    const { members } = current().pools[0]!;
    expect(world.run(updatePool(pool.id, { lb_algorithm: 'SOURCE_IP' })).members).toBe(members);
  });
});

describe('the deletion of a pool', () => {
  it('takes members and monitor along, and leaves its listeners without a default pool', () => {
    const pool = world.pool(loadbalancer);
    const below = [world.member(pool), world.monitor(pool)];
    const other = world.listener(loadbalancer, { protocol_port: 81 });
    world.listener(loadbalancer, { default_pool_id: pool.id });
    world.run(deletePool(pool.id));
    expect(current().listeners.map(({ default_pool_id }) => default_pool_id)).toEqual([null, null]);
    expect(current().listeners[0]).toBe(other);
    expect(below.map(({ id }) => locate(world.state, id))).toEqual([undefined, undefined]);
  });

  it('is refused while a policy sends requests to it', () => {
    const pool = world.pool(loadbalancer, { protocol: 'HTTP' });
    const listener = world.listener(loadbalancer, { protocol: 'HTTP' });
    const policy = world.policy(listener, { action: 'REDIRECT_TO_POOL', redirect_pool_id: pool.id });
    expect(() => world.run(deletePool(pool.id))).toThrow(
      expect.objectContaining({
        status: 409,
        message: expect.stringMatching(`^Pool ${pool.id} is in use by L7 policy ${policy.id}`),
      }),
    );
  });
});

describe('a health monitor', () => {
  it('is the only one of its pool', () => {
    const pool = world.pool(loadbalancer);
    const monitor = world.monitor(pool);
    expect(() => world.monitor(pool)).toThrow(
      expect.objectContaining({
        status: 409,
        message: expect.stringMatching(/^This pool already has a health monitor/),
      }),
    );
    world.run(deleteHealthMonitor(monitor.id));
    expect(world.monitor(pool, { type: 'PING' }).type).toBe('PING');
  });

  const types: Array<[pool: string, type: string, fits: boolean]> = [
    ['UDP', 'UDP-CONNECT', true],
    ['UDP', 'HTTP', true],
    ['UDP', 'HTTPS', false],
    ['TCP', 'UDP-CONNECT', false],
    ['HTTP', 'TLS-HELLO', true],
  ];
  it.each(types)('of a %s pool of type %s: %s', (protocol, type, fits) => {
    const pool = world.pool(loadbalancer, { protocol });
    const add = () => world.monitor(pool, { type }).type;
    if (fits) {
      expect(add()).toBe(type);
    } else {
      expect(add).toThrow(`members of a ${protocol} pool cannot be checked by ${type}`);
    }
  });

  it('of a pool that does not exist is refused', () => {
    expect(() => world.monitor({ id: NOBODY })).toThrow(`Pool ${NOBODY} not found.`);
  });

  it('takes null for the default of its type, and no fields of others', () => {
    const { id } = world.monitor(world.pool(loadbalancer, { protocol: 'HTTP' }), { type: 'HTTP', url_path: '/up' });
    const patch = bodies.healthmonitor.update.read({ url_path: null, delay: 9 });
    expect(world.run(updateHealthMonitor(id, patch))).toMatchObject({ url_path: '/', delay: 9 });
    const ping = world.monitor(world.pool(loadbalancer), { type: 'PING' });
    expect(() => world.run(updateHealthMonitor(ping.id, { url_path: '/up' }))).toThrow(/url_path is for type HTTP/);
  });
});
