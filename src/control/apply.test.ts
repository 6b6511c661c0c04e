import { beforeEach, describe, expect, it } from 'vitest';
import { parseTree } from '../config/tree.js';
import { bodies } from '../schema/index.js';
import {
  type ApplyOptions,
  applyTree,
  createPublicAddress,
  findByVip,
  findLoadBalancer,
  locate,
  setQuota,
  updateLoadBalancer,
} from './index.js';
import { checkInvariants, checkSharing } from './testing/invariants.js';
import { caller, NOBODY, OPERATOR, SUBNET, World } from './testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
  world.caller = OPERATOR;
});

/** Applies YAML text; the state that comes of it keeps what every state keeps. */
function apply(text: string, options: Partial<ApplyOptions> = {}) {
  const before = world.state;
  const summary = world.run(applyTree(parseTree(text), { manager: 'apply', ...options }));
  checkInvariants(world.state);
  checkSharing(before, world.state);
  return summary;
}

const web = (vip: string, port = 80) => `
- name: web
  ${vip}
  listeners:
    - protocol: TCP
      protocol_port: ${port}
      default_pool:
        protocol: TCP
        lb_algorithm: ROUND_ROBIN
        members: [{ address: 198.18.2.1, protocol_port: 80 }]
`;
const named = (name: string, vip: string) => `
- name: ${name}
  vip_address: ${vip}
`;

describe('files', () => {
  it('create load balancers that they manage', () => {
    expect(apply(web('vip_address: 198.18.0.50'))).toEqual({
      created: ['web'],
      updated: [],
      unchanged: [],
      deleted: [],
    });
    const [loadbalancer] = world.state.loadbalancers;
    expect(loadbalancer).toMatchObject({ managed_by: 'apply', project_id: 'admin', created_at: world.now });
    expect(locate(world.state, loadbalancer!.pools[0]!.members[0]!.id)?.loadbalancer).toBe(loadbalancer);
  });

  it('change nothing when they say what is so', () => {
    const text = web(`vip_subnet_id: ${SUBNET.id}`);
    apply(text);
    const before = world.state;
    expect(apply(text)).toEqual({ created: [], updated: [], unchanged: ['web'], deleted: [] });
    expect(world.state).toBe(before);
  });

  it('change one thing and leave all beside it the very same', () => {
    apply(web('vip_address: 198.18.0.50') + named('other', '198.18.0.51'));
    const [old, other] = world.state.loadbalancers;
    expect(apply(web('vip_address: 198.18.0.50', 81))).toMatchObject({ updated: ['web'] });
    expect(world.state.loadbalancers[1]).toBe(other);
    expect(world.state.loadbalancers[0]!.id).toBe(old!.id);
  });

  it('prune what they manage and no longer have', () => {
    const { id } = world.loadbalancer({ name: 'by hand' });
    apply(named('one', '198.18.0.50') + named('two', '198.18.0.51'));
    world.run(createPublicAddress(bodies.publicaddress.create.read({ address: '203.0.113.9', loadbalancer_id: id })));
    const two = findByVip(world.state, '198.18.0.51')!;
    world.run(
      createPublicAddress(bodies.publicaddress.create.read({ address: '203.0.113.8', loadbalancer_id: two.id })),
    );
    expect(apply(named('one', '198.18.0.50'), { prune: true })).toMatchObject({ deleted: ['two'], unchanged: ['one'] });
    expect(findLoadBalancer(world.state, id)?.public_addresses).toEqual(['203.0.113.9']);
    expect([...world.state.publicaddresses.values()].map(({ loadbalancer_id }) => loadbalancer_id)).toEqual([id, null]);
  });
});

describe('load balancers of another manager', () => {
  it('are left alone when they are as written, and not changed unless adopted', () => {
    const { id } = world.loadbalancer({ name: 'web', vip_address: '198.18.0.50' });
    expect(apply(named('web', '198.18.0.50'))).toMatchObject({ unchanged: ['web'] });
    expect(findLoadBalancer(world.state, id)?.managed_by).toBe('api');
    expect(() => apply(web('vip_address: 198.18.0.50'))).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringMatching(/managed by the API.*--adopt/) }),
    );
    expect(apply(web('vip_address: 198.18.0.50'), { adopt: true })).toMatchObject({ updated: ['web'] });
    expect(findLoadBalancer(world.state, id)).toMatchObject({
      managed_by: 'apply',
      listeners: [{ protocol_port: 80 }],
    });
  });

  it('can be in ERROR when their file changes', () => {
    apply(named('web', '198.18.0.50'));
    world.errors.set(world.state.loadbalancers[0]!.id, 'no room');
    expect(apply(web('vip_address: 198.18.0.50'))).toMatchObject({ updated: ['web'] });
  });
});

describe('addresses in files', () => {
  it('are allocated once, and never those that the files write', () => {
    const text = `
- { name: a, vip_subnet_id: ${SUBNET.id} }
- { name: b, vip_address: 198.18.0.2 }
- { name: c, vip_subnet_id: ${SUBNET.id}, additional_vips: [{ subnet_id: ${SUBNET.id} }] }
`;
    apply(text);
    const vips = () => world.state.loadbalancers.map(({ vip_address }) => vip_address);
    expect(vips()).toEqual(['198.18.0.3', '198.18.0.2', '198.18.0.4']);
    expect(world.state.loadbalancers[2]!.additional_vips).toEqual([{ ip_address: '198.18.0.5', subnet_id: SUBNET.id }]);
    expect(apply(text)).toMatchObject({ unchanged: ['a', 'b', 'c'] });
  });

  it('can change places in one step', () => {
    apply(named('one', '198.18.0.50') + named('two', '198.18.0.51'));
    expect(apply(named('one', '198.18.0.51') + named('two', '198.18.0.50'))).toMatchObject({ updated: ['one', 'two'] });
    expect(findByVip(world.state, '198.18.0.50')?.name).toBe('two');
    expect(findByVip(world.state, '198.18.0.51')?.name).toBe('one');
  });

  const refused: Array<[sentence: string, vip: string, message: RegExp]> = [
    [
      'an address of a load balancer',
      'vip_address: 198.18.0.60',
      /loadbalancer "web": IP address 198\.18\.0\.60 already/,
    ],
    ['a public address', 'vip_address: 203.0.113.9', /loadbalancer "web": IP address 203\.0\.113\.9 already/],
    ['a local address', 'vip_address: 198.18.1.10', /198\.18\.1\.10 is a local address of the gateway/],
    ['the address of a member', 'vip_address: 198.18.2.7', /198\.18\.2\.7/],
    ['one of an unknown subnet', `vip_subnet_id: ${NOBODY}`, /^loadbalancer "web": Subnet .* not found/],
  ];
  it.each(refused)('cannot be %s', (_, vip, message) => {
    const other = world.loadbalancer({ name: 'api', vip_address: '198.18.0.60' });
    world.member(world.pool(other), { address: '198.18.2.7' });
    world.run(createPublicAddress(bodies.publicaddress.create.read({ address: '203.0.113.9' })));
    const before = world.state;
    expect(() => apply(web(vip))).toThrow(message);
    expect(world.state).toBe(before);
  });
});

describe('the rules of single operations', () => {
  it('hold for files, and the message names the load balancer', () => {
    const flavored = `- { name: web, vip_address: 198.18.0.50, flavor_id: ${NOBODY} }`;
    expect(() => apply(flavored)).toThrow(/^loadbalancer "web": Validation failure: Invalid flavor_id/);
    const listed = `
- name: web
  vip_address: 198.18.0.50
  listeners: [{ protocol: TCP, protocol_port: 80, access_list_id: ${NOBODY}, access_list_action: deny }]
`;
    expect(() => apply(listed)).toThrow(/^loadbalancer "web": Access List .* not found/);
  });

  it('hold for quotas of those who come with a token', () => {
    world.caller = caller('p1');
    world.run(setQuota('p1', { loadbalancer: 1 }));
    expect(() => apply(named('one', '198.18.0.50') + named('two', '198.18.0.51'))).toThrow(
      expect.objectContaining({ code: 'quota_exceeded' }),
    );
    apply(named('one', '198.18.0.50'));
    expect(world.state.loadbalancers[0]!.project_id).toBe('p1');
  });

  it('hold for projects: what the caller cannot change is not recognized or pruned', () => {
    apply(named('web', '198.18.0.50'));
    world.caller = caller('p1');
    expect(apply(named('web', '198.18.0.51'), { prune: true })).toMatchObject({ created: ['web'], deleted: [] });
    expect(world.state.loadbalancers).toHaveLength(2);
  });
});

it('what the API took over is not pruned', () => {
  apply(named('web', '198.18.0.50'));
  world.run(updateLoadBalancer(world.state.loadbalancers[0]!.id, { managed_by: 'api' }));
  expect(apply(named('other', '198.18.0.51'), { prune: true })).toMatchObject({ deleted: [] });
});
