import { describe, expect, it } from 'vitest';
import { bodies } from './index.js';
import { faultsOf } from './testing/faults-of.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const vip = { vip_address: '198.18.0.10' };
const pool = (fields: object = {}) => ({ protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', ...fields });
const listener = (fields: object = {}) => ({ protocol: 'HTTP', protocol_port: 80, ...fields });
const redirect = (fields: object = {}) => ({ action: 'REDIRECT_TO_POOL', ...fields });

describe('a load balancer with all that is below it', () => {
  it('is read in one go', () => {
    const spec = bodies.loadbalancer.create.read({
      ...vip,
      name: 'web',
      project_id: 'p',
      additional_vips: [{ subnet_id: ID }, { ip_address: 'fd00::1' }],
      pools: [pool({ name: 'shared', members: [{ address: '10.0.0.1', protocol_port: '80' }] })],
      listeners: [
        listener({
          default_pool: { name: 'shared' },
          l7policies: [
            redirect({
              redirect_pool: pool({ healthmonitor: { type: 'HTTP' } }),
              rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/api' }],
            }),
          ],
        }),
      ],
    });
    const [first] = spec.listeners;
    expect(spec.pools).toEqual([first!.default_pool, first!.l7policies[0]!.redirect_pool]);
    expect(spec.pools[0]!.members[0]).toMatchObject({ address: '10.0.0.1', protocol_port: 80, weight: 1 });
    expect(spec.pools[1]!.healthmonitor).toMatchObject({ delay: 5, timeout: 5, url_path: '/' });
    expect(first!.l7policies[0]).toMatchObject({ position: 1, rules: [{ key: null }] });
    expect(spec).toMatchObject({
      project_id: 'p',
      additional_vips: [{ ip_address: '', subnet_id: ID }, { ip_address: 'fd00::1' }],
    });
  });

  it.each<[what: string, fields: object, faults: string[]]>([
    ['an id', { id: ID }, ['loadbalancer.id: unknown field id;']],
    ['a VIP that is none, once', { vip_address: 'web' }, ['loadbalancer.vip_address: "web" is not an IP address']],
    [
      'a further VIP that is nowhere',
      { additional_vips: [{}] },
      ['loadbalancer.additional_vips[0]: ip_address is missing'],
    ],
    [
      'another provider',
      { provider: 'f5' },
      ['loadbalancer.provider: "f5" is not a known value; write one of sluice, octavia, amphora'],
    ],
    [
      'a pool of another protocol',
      { listeners: [listener({ default_pool: pool({ protocol: 'TCP' }) })] },
      ['loadbalancer.listeners[0].default_pool: an HTTP listener cannot use a TCP pool'],
    ],
    [
      'a pool that is half there',
      { listeners: [listener({ default_pool: { name: 'a', members: [] } })] },
      ['listeners[0].default_pool: protocol is missing', 'listeners[0].default_pool: lb_algorithm is missing'],
    ],
    [
      'a pool two times',
      { pools: [pool({ name: 'a' })], listeners: [listener({ default_pool: { name: 'a' }, default_pool_id: ID })] },
      ['listeners[0].default_pool_id: default_pool and default_pool_id are both given'],
    ],
    [
      'a pool that two have the name of',
      { pools: [pool({ name: 'a' }), pool({ name: 'a' })], listeners: [listener({ default_pool: { name: 'a' } })] },
      ['listeners[0].default_pool.name: several pools are named "a"'],
    ],
    [
      'a redirect to a pool that is not there',
      {
        pools: [pool({ name: 'abc' })],
        listeners: [listener({ l7policies: [redirect({ redirect_pool: { name: 'abd' } })] })],
      },
      ['l7policies[0].redirect_pool.name: the load balancer has no pool with the name "abd"; did you mean "abc"?'],
    ],
    [
      'a redirect without a pool',
      { listeners: [listener({ l7policies: [redirect()] })] },
      ['l7policies[0]: redirect_pool_id is missing'],
    ],
    [
      'a pool where requests are rejected',
      { listeners: [listener({ l7policies: [{ action: 'REJECT', redirect_pool: pool() }] })] },
      ['l7policies[0].redirect_pool: redirect_pool does not fit the action REJECT'],
    ],
    [
      'faults at every depth, each once',
      {
        tags: ['a=1', 'a=2'],
        pools: [pool({ healthmonitor: { type: 'SCTP', weight: 1 }, members: [{ address: '10.0.0.1' }] })],
        listeners: [
          listener({
            l7policies: [{ action: 'REJECT', rules: [{ type: 'HEADER', compare_type: 'EQUAL_TO', value: 'a' }] }],
          }),
        ],
      },
      [
        'loadbalancer.pools[0].members[0]: protocol_port is missing',
        'loadbalancer.pools[0].healthmonitor.weight: unknown field weight',
        'loadbalancer.tags[1]: tag key a is used twice',
        'loadbalancer.pools[0].healthmonitor.type: members of an HTTP pool cannot be checked by SCTP',
        'loadbalancer.listeners[0].l7policies[0].rules[0]: key is missing',
      ],
    ],
    [
      'more rules than Octavia takes',
      {
        listeners: [
          listener({
            l7policies: [
              { action: 'REJECT', rules: Array(51).fill({ type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }) },
            ],
          }),
        ],
      },
      ['rules: has 51 entries; write at most 50'],
    ],
  ])('is refused for %s', (_, fields, faults) => {
    expect(faultsOf(bodies.loadbalancer.create, { ...vip, ...fields })).toEqual(
      faults.map((one) => expect.stringContaining(one)),
    );
  });
});
