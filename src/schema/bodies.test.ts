import { describe, expect, it } from 'vitest';
import { listenerDefaults, MEMBER_DEFAULTS, MONITOR_DEFAULTS, POOL_DEFAULTS } from '../model/defaults.js';
import { type Body, bodies } from './index.js';
import { faultsOf } from './testing/faults-of.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';

describe('bodies that create: defaults', () => {
  it.each<[what: string, body: Body<object>, value: object, expected: object]>([
    [
      'a listener',
      bodies.listener.create,
      { protocol: 'TCP', protocol_port: 80, loadbalancer_id: ID },
      (({ l7policies: _, ...rest }) => rest)(listenerDefaults('TCP')),
    ],
    [
      'a pool',
      bodies.pool.create,
      { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', listener_id: ID },
      { ...(({ members: _, healthmonitor: __, ...rest }) => rest)(POOL_DEFAULTS), loadbalancer_id: null },
    ],
    ['a member', bodies.member.create, { address: '198.18.2.1', protocol_port: 80 }, MEMBER_DEFAULTS],
    [
      'a health monitor',
      bodies.healthmonitor.create,
      { type: 'PING', delay: 7, timeout: 5, max_retries: 2, pool_id: ID },
      { ...MONITOR_DEFAULTS, delay: 7, max_retries: 2 },
    ],
    [
      'a policy',
      bodies.l7policy.create,
      { action: 'REDIRECT_TO_URL', redirect_url: 'https://a.example/', listener_id: ID },
      { name: '', position: null, redirect_http_code: 302, redirect_pool_id: null },
    ],
    [
      'a rule',
      bodies.l7rule.create,
      { type: 'PATH', compare_type: 'EQUAL_TO', value: '/' },
      { key: null, invert: false, admin_state_up: true, tags: [] },
    ],
    ['a flavor', bodies.flavor.create, { name: 'f', flavor_profile_id: ID }, { description: '', enabled: true }],
    ['an access list', bodies.accesslist.create, {}, { name: '', description: '', tags: [], cidrs: [] }],
    ['a public address', bodies.publicaddress.create, {}, { address: null, loadbalancer_id: null }],
  ])('%s', (_, body, value, expected) => {
    expect(body.read(value)).toMatchObject({ ...expected, ...value });
  });
});

describe('bodies that create: what is required', () => {
  it.each<[what: string, body: Body<unknown>, missing: string[]]>([
    ['a load balancer', bodies.loadbalancer.create, ['vip_address']],
    ['a listener', bodies.listener.create, ['protocol', 'protocol_port', 'loadbalancer_id']],
    ['a pool', bodies.pool.create, ['protocol', 'lb_algorithm', 'loadbalancer_id']],
    ['a member', bodies.member.create, ['address', 'protocol_port']],
    ['a health monitor', bodies.healthmonitor.create, ['type', 'delay', 'timeout', 'max_retries', 'pool_id']],
    ['a policy', bodies.l7policy.create, ['action', 'listener_id']],
    ['a rule', bodies.l7rule.create, ['type', 'compare_type', 'value']],
    ['a flavor', bodies.flavor.create, ['name', 'flavor_profile_id']],
    ['a flavor profile', bodies.flavorprofile.create, ['name', 'provider_name', 'flavor_data']],
    ['an availability zone', bodies.availabilityzone.create, ['name', 'availability_zone_profile_id']],
  ])('%s', (_, body, missing) => {
    const found = faultsOf(body, {}).map((fault) => /: (\w+) is missing; add/.exec(fault)?.[1]);
    expect(found).toEqual(missing);
    const nulls = Object.fromEntries(missing.map((name) => [name, null]));
    expect(faultsOf(body, nulls)).toHaveLength(missing.length);
  });

  it.each(['vip_subnet_id', 'vip_network_id', 'vip_port_id'])('a load balancer may have %s instead', (name) => {
    expect(bodies.loadbalancer.create.read({ [name]: ID })).toMatchObject({ [name]: ID, vip_address: null });
  });

  it('says what a missing field is for', () => {
    expect(faultsOf(bodies.member.create, { address: '10.0.0.1' })).toEqual([
      'member: protocol_port is missing; add protocol_port: the port it listens on, 1 to 65,535',
    ]);
  });
});

describe('bodies: values', () => {
  const member = (fields: object) => bodies.member.create.read({ address: '10.0.0.1', protocol_port: 80, ...fields });

  it('are read from texts, as command lines send them', () => {
    expect(member({ protocol_port: '8080', weight: ' 5 ', backup: 'True', admin_state_up: 'false' })).toMatchObject({
      protocol_port: 8080,
      weight: 5,
      backup: true,
      admin_state_up: false,
    });
  });

  it('are canonical', () => {
    const cidrs = ['10.1.2.3/8', '198.18.0.1', '2001:DB8::0/32', '10.0.0.0/8', '::ffff:10.0.0.1'];
    expect(bodies.accesslist.create.read({ cidrs }).cidrs).toEqual([
      '10.0.0.0/8',
      '198.18.0.1/32',
      '2001:db8::/32',
      '10.0.0.1/32',
    ]);
    expect(member({ address: '2001:DB8:0::1', subnet_id: ID.toUpperCase() })).toMatchObject({
      address: '2001:db8::1',
      subnet_id: ID,
    });
  });

  it('null is the default', () => {
    expect(member({ weight: null, name: null, tags: null, backup: null })).toMatchObject(MEMBER_DEFAULTS);
  });

  it('tags are a list or a mapping', () => {
    expect(member({ tags: { team: 'shop', stage: '' } }).tags).toEqual(['team=shop', 'stage=']);
  });

  it('the project has an older name', () => {
    expect(bodies.loadbalancer.create.read({ vip_address: '10.0.0.1', tenant_id: 'p' }).project_id).toBe('p');
    expect(bodies.accesslist.create.read({ tenant_id: 'p', project_id: 'q' })).toMatchObject({ project_id: 'q' });
    expect(member({ project_id: 'p', tenant_id: 'p' })).not.toHaveProperty('project_id');
  });

  it.each<[what: string, fields: object, fault: string]>([
    ['a misspelt field', { wieght: 1 }, 'member.wieght: unknown field wieght; did you mean weight?'],
    ['a name that is everywhere in JavaScript', { constructor: 1 }, 'member.constructor: unknown field constructor;'],
    ['a weight too large', { weight: 257 }, 'member.weight: 257 is out of range; write a whole number from 0 to 256'],
    ['half a port', { protocol_port: '80.5' }, 'member.protocol_port: 80.5 is not a whole number'],
    [
      'a truth value that is none',
      { backup: 'maybe' },
      'member.backup: "maybe" is not a truth value; write true or false',
    ],
    ['an object for a text', { name: {} }, 'member.name: {} is not a text'],
    ['a text too long', { name: 'x'.repeat(256) }, 'member.name: has 256 characters; write at most 255 characters'],
    ['a name that would garble a table', { name: 'a\nb' }, 'member.name: "a\\nb" is not accepted'],
    ['no address', { address: 'www' }, 'member.address: "www" is not an IP address; write a unicast IPv4'],
    ['an address for many', { address: '224.0.0.1' }, 'member.address: 224.0.0.1 is a multicast address'],
    ['octal', { address: '010.0.0.1' }, 'member.address: "010.0.0.1" is not an IP address'],
    ['an id that is none', { subnet_id: 'lan' }, 'member.subnet_id: "lan" is not an id; write a UUID'],
    ['tags that are a text', { tags: 'a' }, 'member.tags: "a" is not a list'],
    ['a tag that is a mapping', { tags: { a: { b: 1 } } }, 'member.tags[0]: {"b":1} is not a text'],
    ['a tag with a comma', { tags: ['a,b'] }, 'member.tags[0]: "a,b" is not a tag; write a word without a comma'],
    ['a tag key with reserved characters', { tags: ['a|b=1'] }, 'member.tags[0]: "a|b" is not a tag key'],
    ['a tag key too long', { tags: [`${'x'.repeat(37)}=`] }, 'is not a tag key'],
    ['a tag key twice', { tags: ['a=1', 'a=2'] }, 'member.tags[1]: tag key a is used twice'],
  ])('refuses %s', (_, fields, fault) => {
    const found = faultsOf(bodies.member.create, { address: '10.0.0.1', protocol_port: 80, ...fields });
    expect(found).toEqual([expect.stringContaining(fault)]);
  });

  it.each([[5], ['x'], [[]], [null], [undefined], [true]])('refuses %j in place of an object', (value) => {
    expect(faultsOf(bodies.member.create, value)).toEqual([
      expect.stringContaining(' is not a member; write a mapping'),
    ]);
  });

  it('does not take a field of the object’s own kind for a value', () => {
    const value: unknown = JSON.parse('{"address": "10.0.0.1", "protocol_port": 80, "__proto__": {"weight": 5}}');
    expect(faultsOf(bodies.member.create, value)).toEqual([expect.stringContaining('unknown field __proto__')]);
  });

  it('names a hundred faults and counts the others', () => {
    const cidrs = Array.from({ length: 1000 }, (_, index) => `x${index}`);
    const found = faultsOf(bodies.accesslist.create, { cidrs });
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toBe('accesslist: has 900 more faults; correct these first');
  });

  it('a list of blocks has an end', () => {
    const cidrs = Array.from(
      { length: 100_001 },
      (_, index) => `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    );
    expect(bodies.accesslist.create.read({ cidrs: cidrs.slice(1) }).cidrs).toHaveLength(100_000);
    expect(faultsOf(bodies.accesslist.create, { cidrs })).toEqual([
      'accesslist.cidrs: has 100,001 entries; write at most 100,000',
    ]);
  });
});

describe('bodies that update', () => {
  it('hold what was written, null replaced by the default', () => {
    expect(bodies.member.update.read({})).toEqual({});
    expect(bodies.member.update.read({ weight: null, name: null, monitor_port: null, backup: 'True' })).toEqual({
      weight: 1,
      name: '',
      monitor_port: null,
      backup: true,
    });
  });

  it.each<[what: string, body: Body<unknown>, value: object, fault: string]>([
    ['a port', bodies.listener.update, { protocol_port: 1 }, 'listener.protocol_port: protocol_port cannot be changed'],
    ['a VIP', bodies.loadbalancer.update, { vip_address: '10.0.0.1' }, 'vip_address cannot be changed; leave it out'],
    ['an address', bodies.member.update, { address: '10.0.0.1' }, 'address cannot be changed'],
    ['a type', bodies.healthmonitor.update, { type: 'PING' }, 'type cannot be changed'],
    ['an algorithm to nothing', bodies.pool.update, { lb_algorithm: null }, 'null is not a known value; write one of'],
    ['a number to nothing', bodies.healthmonitor.update, { delay: null }, 'null is not a whole number'],
  ])('do not change %s', (_, body, value, fault) => {
    expect(faultsOf(body, value)).toEqual([expect.stringContaining(fault)]);
  });

  it('a policy without a position is the last', () => {
    expect(bodies.l7policy.update.read({ position: null })).toEqual({ position: 2_147_483_647 });
  });

  it('quotas have older names, and null for the default', () => {
    expect(bodies.quota.update.read({ load_balancer: '5', health_monitor: -1, pool: null })).toEqual({
      loadbalancer: 5,
      healthmonitor: -1,
      pool: null,
    });
    expect(faultsOf(bodies.quota.update, { pool: -2 })).toEqual([expect.stringContaining('quota.pool: -2 is out of')]);
  });
});

describe('bodies beside the tree', () => {
  const profile = (flavor_data: unknown) => ({ name: 'p', provider_name: 'sluice', flavor_data });

  it('specifications are JSON text of limits', () => {
    const flavor_data = '{ "connections": 50000, "queries_per_second": null }';
    expect(bodies.flavorprofile.create.read(profile(flavor_data)).flavor_data).toBe(
      '{"connections":50000,"queries_per_second":null}',
    );
  });

  it.each(['{"compute_flavor": "x"}', '{"connections": 0}', '{"connections": 1.5}', '[]', 'null', '{', '5'])(
    'no specification: %s',
    (text) => {
      expect(faultsOf(bodies.flavorprofile.create, profile(text))).toEqual([
        expect.stringContaining('is not a specification; write JSON text such as {"connections": 50000}'),
      ]);
    },
  );

  it('blocks are added to access lists and taken out again', () => {
    expect(bodies.accesslist.cidrs.read({ cidrs: ['10.0.0.1'] })).toEqual({ cidrs: ['10.0.0.1/32'] });
    expect(faultsOf(bodies.accesslist.cidrs, {})).toHaveLength(1);
  });
});
