import { describe, expect, it } from 'vitest';
import { deleteMember, deletePool, findByVip, findLoadBalancer, locate, locateKind, updateListener } from './index.js';
import { countOf, isMemberAddress } from './lookup.js';
import { World } from './testing/world.js';

describe('what is found by id', () => {
  it('is an object with all that it belongs to', () => {
    const world = new World();
    const loadbalancer = world.loadbalancer();
    const listener = world.listener(loadbalancer, { protocol: 'HTTP' });
    const policy = world.policy(listener);
    const rule = world.rule(policy);
    const found = locateKind(world.state, 'l7rule', rule.id)!;
    expect(found.object).toBe(rule);
    expect(found.l7policy.rules).toEqual([rule]);
    expect(found.listener.l7policies).toContain(found.l7policy);
    expect(found.loadbalancer.listeners).toContain(found.listener);
    expect(locateKind(world.state, 'member', rule.id)).toBeUndefined();
    expect(locate(world.state, 'nothing')).toBeUndefined();
  });

  it('is what it was at the time, for every state, asked in any order', () => {
    const world = new World();
    const loadbalancer = world.loadbalancer();
    const listener = world.listener(loadbalancer);
    const named = ['a', 'b', 'c'].map((name) => {
      world.run(updateListener(listener.id, { name }));
      return { state: world.state, name };
    });
    for (const index of [0, 2, 1, 1, 2, 0]) {
      const { state, name } = named[index]!;
      expect(locateKind(state, 'listener', listener.id)?.object.name).toBe(name);
    }
  });

  it('branches with states that were made from one', () => {
    const world = new World();
    const pool = world.pool(world.loadbalancer());
    const root = world.state;
    const member = world.member(pool);
    const one = world.state;
    world.state = root;
    const other = world.member(pool, { address: '198.18.2.2' });
    const two = world.state;
    const known = [root, one, two].map((state) => [member, other].map(({ id }) => locate(state, id) !== undefined));
    expect(known).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
    expect([root, one, two].map((state) => isMemberAddress(state, '198.18.2.1'))).toEqual([false, true, false]);
    expect([root, one, two].map((state) => countOf(state, 'member', 'p1'))).toEqual([0, 1, 1]);
  });

  it('goes with its parents', () => {
    const world = new World();
    const loadbalancer = world.loadbalancer();
    const pool = world.pool(loadbalancer);
    const [one, two] = [world.member(pool), world.member(pool, { protocol_port: 81 })];
    world.run(deleteMember(pool.id, one.id));
    expect(isMemberAddress(world.state, '198.18.2.1')).toBe(true);
    world.run(deletePool(pool.id));
    expect(locate(world.state, two.id)).toBeUndefined();
    expect(isMemberAddress(world.state, '198.18.2.1')).toBe(false);
    expect(findByVip(world.state, loadbalancer.vip_address)?.id).toBe(loadbalancer.id);
  });

  it('is found in a state that no operation made', () => {
    const world = new World();
    const { id } = world.loadbalancer();
    const loaded = structuredClone(world.state.loadbalancers);
    expect(findLoadBalancer({ loadbalancers: loaded }, id)).toBe(loaded[0]);
  });
});
