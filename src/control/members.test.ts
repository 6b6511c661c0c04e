import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadBalancer, Pool } from '../model/resources.js';
import { bodies } from '../schema/index.js';
import { createPublicAddress, deleteMember, locateKind, replaceMembers, setQuota, updateMember } from './index.js';
import { NOBODY, World } from './testing/world.js';

let world: World;
let loadbalancer: LoadBalancer;
let pool: Pool;

beforeEach(() => {
  world = new World();
  loadbalancer = world.loadbalancer();
  pool = world.pool(loadbalancer);
});

function members() {
  return locateKind(world.state, 'pool', pool.id)!.object.members;
}

/** Bodies of a batch. */
function batch(...written: Array<Record<string, unknown>>) {
  return written.map((body) => bodies.member.create.read({ protocol_port: 80, ...body }));
}

describe('a new member', () => {
  it('is appended to its pool', () => {
    const [one, two] = ['198.18.2.1', '198.18.2.2'].map((address) => world.member(pool, { address }));
    expect(members()).toEqual([one, two]);
    expect(one).toMatchObject({ project_id: 'p1', weight: 1 });
  });

  it('may have the address of another on another port, and the same place in another pool', () => {
    world.member(pool);
    world.member(pool, { protocol_port: 81 });
    world.member(world.pool(loadbalancer));
    expect(members()).toHaveLength(2);
  });

  it('is refused where another has its address and port', () => {
    world.member(pool);
    expect(() => world.member(pool)).toThrow(
      expect.objectContaining({
        status: 409,
        message: expect.stringContaining(
          'Another member on this pool is already using ip 198.18.2.1 on protocol_port 80',
        ),
      }),
    );
  });

  it('has no address of the gateway', () => {
    world.run(createPublicAddress(bodies.publicaddress.create.read({ address: '203.0.113.9' })));
    for (const address of [loadbalancer.vip_address, '198.18.1.10', '203.0.113.9']) {
      expect(() => world.member(pool, { address })).toThrow(expect.objectContaining({ code: 'conflict' }));
    }
  });

  it('of a pool that does not exist is refused', () => {
    expect(() => world.member({ id: NOBODY })).toThrow(`Pool ${NOBODY} not found.`);
  });
});

describe('a member', () => {
  it('is updated alone', () => {
    const [one, two] = ['198.18.2.1', '198.18.2.2'].map((address) => world.member(pool, { address }));
    expect(world.run(updateMember(pool.id, one!.id, { weight: 0 }))).toMatchObject({
      weight: 0,
      updated_at: world.now,
    });
    expect(members()[1]).toBe(two);
  });

  it('is found in its own pool only', () => {
    const { id } = world.member(pool);
    const other = world.pool(loadbalancer);
    expect(() => world.run(updateMember(other.id, id, { weight: 0 }))).toThrow(`Member ${id} not found.`);
    expect(() => world.run(deleteMember(other.id, id))).toThrow(`Member ${id} not found.`);
  });

  it('is deleted', () => {
    const { id } = world.member(pool);
    world.run(deleteMember(pool.id, id));
    expect(members()).toEqual([]);
  });
});

describe('the replacement of all members', () => {
  it('updates by address and port, creates and removes, and leaves alone what is as listed', () => {
    const [kept, changed] = ['198.18.2.1', '198.18.2.2', '198.18.2.3'].map((address) =>
      world.member(pool, { address }),
    );
    const list = batch({ address: '198.18.2.4' }, { address: '198.18.2.2', weight: 5 }, { address: '198.18.2.1' });
    world.run(replaceMembers(pool.id, list));
    expect(members().map(({ address, weight }) => [address, weight])).toEqual([
      ['198.18.2.1', 1],
      ['198.18.2.2', 5],
      ['198.18.2.4', 1],
    ]);
    expect(members()[0]).toBe(kept);
    expect(members()[1]!.id).toBe(changed!.id);
  });

  it('removes nothing when it is additive only', () => {
    const member = world.member(pool);
    world.run(replaceMembers(pool.id, batch({ address: '198.18.2.4' }), { additiveOnly: true }));
    expect(members()).toHaveLength(2);
    expect(members()[0]).toBe(member);
  });

  it('by what is there already changes nothing', () => {
    world.member(pool);
    const before = world.state;
    world.run(replaceMembers(pool.id, batch({ address: '198.18.2.1' })));
    expect(world.state).toBe(before);
  });

  it('counts what comes and goes together against the quota', () => {
    world.run(setQuota('p1', { member: 2 }));
    world.run(replaceMembers(pool.id, batch({ address: '198.18.2.1' }, { address: '198.18.2.2' })));
    world.run(replaceMembers(pool.id, batch({ address: '198.18.2.3' }, { address: '198.18.2.4' })));
    const more = batch({ address: '198.18.2.5' });
    expect(() => world.run(replaceMembers(pool.id, more, { additiveOnly: true }))).toThrow(
      expect.objectContaining({ code: 'quota_exceeded' }),
    );
    expect(members()).toHaveLength(2);
  });

  it('is refused whole for a member that is listed twice or cannot be', () => {
    const before = world.state;
    const twice = batch({ address: '198.18.2.1' }, { address: '198.18.2.1', weight: 2 });
    expect(() => world.run(replaceMembers(pool.id, twice))).toThrow(/^Another member on this pool is already using ip/);
    const vip = batch({ address: '198.18.2.1' }, { address: loadbalancer.vip_address });
    expect(() => world.run(replaceMembers(pool.id, vip))).toThrow(/is an address of load balancer/);
    expect(world.state).toBe(before);
  });
});
