import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_QUOTAS, deleteQuota, quotaOf, setQuota, usageOf } from './index.js';
import { OPERATOR, World } from './testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

const exceeded = (resource: string) =>
  expect.objectContaining({
    code: 'quota_exceeded',
    status: 403,
    message: expect.stringMatching(`^Quota has been met for resources: ${resource}\\.`),
  });

describe('limits of a project', () => {
  it('are the defaults, those set for it, and the defaults again', () => {
    expect(quotaOf(world.state, 'p1')).toEqual({
      ...DEFAULT_QUOTAS,
      loadbalancer: 50,
      listener: 100,
      certificate: 100,
      pool: -1,
    });
    expect(world.run(setQuota('p1', { listener: 7, pool: 3 }))).toMatchObject({
      listener: 7,
      pool: 3,
      loadbalancer: 50,
    });
    expect(world.run(setQuota('p1', { listener: null }))).toMatchObject({ listener: 100, pool: 3 });
    world.run(deleteQuota('p1'));
    expect(world.state.quotas.size).toBe(0);
  });

  it('that are none of its own leave no trace', () => {
    world.run(setQuota('p1', { pool: 3 }));
    world.run(setQuota('p1', { pool: null }));
    expect(world.state.quotas.size).toBe(0);
  });
});

describe('what goes beyond a limit is refused', () => {
  const kinds: Array<[kind: string, name: string, create: (world: World) => unknown]> = [
    ['loadbalancer', 'Load Balancer', (world) => world.loadbalancer()],
    ['listener', 'Listener', (world) => world.listener(world.loadbalancer())],
    ['pool', 'Pool', (world) => world.pool(world.loadbalancer())],
    ['member', 'Member', (world) => world.member(world.pool(world.loadbalancer()))],
    ['healthmonitor', 'Health Monitor', (world) => world.monitor(world.pool(world.loadbalancer()))],
    ['l7policy', 'L7 Policy', (world) => world.policy(world.listener(world.loadbalancer(), { protocol: 'HTTP' }))],
    [
      'l7rule',
      'L7 Rule',
      (world) => world.rule(world.policy(world.listener(world.loadbalancer(), { protocol: 'HTTP' }))),
    ],
    ['certificate', 'Certificate', (world) => world.certificate()],
  ];
  it.each(kinds)('for a %s', (kind, name, create) => {
    world.run(setQuota('p1', { [kind]: 1 }));
    create(world);
    expect(() => create(world)).toThrow(exceeded(name));
    expect(usageOf(world.state, 'p1')).toMatchObject({ [kind]: 1 });
    world.run(setQuota('p1', { [kind]: -1 }));
    create(world);
    expect(usageOf(world.state, 'p1')).toMatchObject({ [kind]: 2 });
  });

  it('for what a load balancer brings along', () => {
    world.run(setQuota('p1', { pool: 1 }));
    const pools = ['a', 'b'].map((name) => ({ name, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' }));
    expect(() => world.loadbalancer({ pools })).toThrow(exceeded('Pool'));
    expect(world.state.loadbalancers).toEqual([]);
  });

  it('for the 51st load balancer, while nobody set a limit', () => {
    for (let i = 0; i < 50; i++) {
      world.loadbalancer();
    }
    expect(() => world.loadbalancer()).toThrow(exceeded('Load Balancer'));
  });

  it('for the 51st listener of a load balancer, while the project has no limit of its own', () => {
    const loadbalancer = world.loadbalancer();
    for (let port = 1; port <= 50; port++) {
      world.listener(loadbalancer, { protocol_port: port });
    }
    expect(() => world.listener(loadbalancer, { protocol_port: 51 })).toThrow(exceeded('Listener'));
    world.run(setQuota('p1', { listener: 200 }));
    expect(world.listener(loadbalancer, { protocol_port: 51 }).protocol_port).toBe(51);
  });
});

describe('limits do not stand in the way', () => {
  it('of a change or deletion, when they were lowered below what exists', () => {
    const pool = world.pool(world.loadbalancer());
    world.member(pool);
    world.run(setQuota('p1', { pool: 0, loadbalancer: 0 }));
    expect(world.member(pool, { address: '198.18.2.2' }).address).toBe('198.18.2.2');
  });

  it('of another project', () => {
    world.run(setQuota('p2', { loadbalancer: 0 }));
    expect(world.loadbalancer().project_id).toBe('p1');
  });

  it('of the operator, unless they were set', () => {
    world.caller = OPERATOR;
    for (let i = 0; i < 51; i++) {
      world.loadbalancer();
    }
    world.run(setQuota('admin', { loadbalancer: 51 }));
    expect(() => world.loadbalancer()).toThrow(exceeded('Load Balancer'));
  });
});
