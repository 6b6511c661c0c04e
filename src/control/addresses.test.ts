import { beforeEach, describe, expect, it } from 'vitest';
import { bodies } from '../schema/index.js';
import {
  addCidrs,
  createAccessList,
  createPublicAddress,
  deleteAccessList,
  deleteListener,
  deleteLoadBalancer,
  deletePublicAddress,
  findByVip,
  findLoadBalancer,
  removeCidrs,
  updateAccessList,
  updatePublicAddress,
} from './index.js';
import { caller, NOBODY, SUBNET, World } from './testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

function list(body: Record<string, unknown> = {}) {
  return world.run(createAccessList(bodies.accesslist.create.read({ cidrs: ['10.0.0.0/8'], ...body })));
}

function publicAddress(body: Record<string, unknown> = {}) {
  return world.run(createPublicAddress(bodies.publicaddress.create.read({ address: '203.0.113.9', ...body })));
}

describe('an access list', () => {
  it('is of the caller, with times', () => {
    expect(list({ name: 'office' })).toMatchObject({
      project_id: 'p1',
      name: 'office',
      created_at: world.now,
      updated_at: null,
    });
  });

  it('takes blocks in and out, each once', () => {
    const { id } = list();
    expect(world.run(addCidrs(id, ['10.0.0.0/8', 'fd00::/8', 'fd00::/8'])).cidrs).toEqual(['10.0.0.0/8', 'fd00::/8']);
    expect(world.run(removeCidrs(id, ['10.0.0.0/8', '192.0.2.0/24'])).cidrs).toEqual(['fd00::/8']);
    const before = world.state;
    world.run(addCidrs(id, ['fd00::/8']));
    expect(world.state).toBe(before);
    expect(world.run(updateAccessList(id, { cidrs: [] })).cidrs).toEqual([]);
  });

  it('has at most 100,000 blocks', () => {
    const block = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`;
    const { id } = list({ cidrs: Array.from({ length: 100_000 }, (_, index) => block(index)) });
    expect(() => world.run(addCidrs(id, ['192.0.2.0/24']))).toThrow(/100,001 entries are too many/);
    expect(world.run(addCidrs(id, [block(5)])).cidrs).toHaveLength(100_000);
  });

  it('is deleted once no listener refers to it', () => {
    const { id } = list();
    const body = { access_list_id: id, access_list_action: 'allow' };
    const listener = world.listener(world.loadbalancer(), body);
    expect(() => world.run(deleteAccessList(id))).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringContaining(`Access List ${id} is in use by listener ${listener.id}`),
      }),
    );
    world.run(deleteListener(listener.id));
    world.run(deleteAccessList(id));
    expect(world.state.accesslists.size).toBe(0);
  });

  it('of another project is not there', () => {
    const { id } = list();
    world.caller = caller('p2');
    expect(() => world.run(deleteAccessList(id))).toThrow(`Access List ${id} not found.`);
  });
});

describe('a public address', () => {
  const PUBLIC = {
    ...SUBNET,
    id: '10000000-0000-4000-8000-0000000000ff',
    name: 'internet',
    public: true,
    cidr: { address: '203.0.113.0', prefix: 29, family: 4 as const },
    gateway_ip: null,
    allocation_pools: [{ start: '203.0.113.2', end: '203.0.113.3' }],
  };

  it('is the next free one of a public subnet where none is given', () => {
    expect(() => publicAddress({ address: null })).toThrow(/the host file has no subnet with public: true/);
    world.subnets = [SUBNET, PUBLIC];
    expect([1, 2].map(() => publicAddress({ address: null }).address)).toEqual(['203.0.113.2', '203.0.113.3']);
    expect(() => publicAddress({ address: null })).toThrow(/No more IP addresses available on internet/);
  });

  it('is nobody else’s', () => {
    const { vip_address } = world.loadbalancer();
    publicAddress();
    for (const address of [vip_address, '203.0.113.9', '198.18.1.10']) {
      expect(() => publicAddress({ address })).toThrow(/already allocated/);
    }
    expect(() => world.loadbalancer({ vip_address: '203.0.113.9' })).toThrow(/it is public address/);
  });

  it('is an address of the load balancer that it is bound to, until it is unbound or moved', () => {
    const [one, two] = [world.loadbalancer(), world.loadbalancer()];
    const { id, address } = publicAddress({ loadbalancer_id: one.id });
    expect(findByVip(world.state, address)).toMatchObject({ id: one.id, public_addresses: [address] });
    world.run(updatePublicAddress(id, { loadbalancer_id: two.id }));
    expect(findLoadBalancer(world.state, one.id)?.public_addresses).toEqual([]);
    expect(findByVip(world.state, address)?.id).toBe(two.id);
    expect(world.run(updatePublicAddress(id, { loadbalancer_id: null })).loadbalancer_id).toBeNull();
    expect(findByVip(world.state, address)).toBeUndefined();
  });

  it('changes its name without touching the load balancer', () => {
    const { id } = world.loadbalancer();
    const { id: addressId } = publicAddress({ loadbalancer_id: id });
    const before = findLoadBalancer(world.state, id);
    world.run(updatePublicAddress(addressId, { name: 'shop' }));
    expect(findLoadBalancer(world.state, id)).toBe(before);
  });

  it('is deleted once it is unbound', () => {
    const loadbalancer = world.loadbalancer();
    const { id } = publicAddress({ loadbalancer_id: loadbalancer.id });
    expect(() => world.run(deletePublicAddress(id))).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringContaining(`bound to load balancer ${loadbalancer.id}`),
      }),
    );
    world.run(deletePublicAddress(id, { cascade: true }));
    expect(world.state.publicaddresses.size).toBe(0);
    expect(findLoadBalancer(world.state, loadbalancer.id)?.public_addresses).toEqual([]);
  });

  it('is released by a load balancer that is deleted, and can be bound again', () => {
    const { id } = publicAddress({ loadbalancer_id: world.loadbalancer().id });
    world.run(deleteLoadBalancer(world.state.loadbalancers[0]!.id));
    expect(world.state.publicaddresses.get(id)?.loadbalancer_id).toBeNull();
    const { id: other } = world.loadbalancer();
    expect(world.run(updatePublicAddress(id, { loadbalancer_id: other })).loadbalancer_id).toBe(other);
  });

  it('is not bound to a load balancer that is of another project, in ERROR or not there', () => {
    const { id } = publicAddress();
    const failed = world.loadbalancer();
    world.errors.set(failed.id, 'no room');
    expect(() => world.run(updatePublicAddress(id, { loadbalancer_id: failed.id }))).toThrow(
      expect.objectContaining({ code: 'immutable' }),
    );
    expect(() => world.run(updatePublicAddress(id, { loadbalancer_id: NOBODY }))).toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
    world.caller = caller('p2', 'admin');
    const foreign = world.loadbalancer();
    expect(() => world.run(updatePublicAddress(id, { loadbalancer_id: foreign.id }))).toThrow(/is of project p2/);
    expect(world.state.publicaddresses.get(id)?.loadbalancer_id).toBeNull();
  });
});
