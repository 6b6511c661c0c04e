import { describe, expect, it } from 'vitest';
import { bodies } from './index.js';
import { faultsOf } from './testing/faults-of.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const vip = { vip_address: '198.18.0.10' };
const pool = (fields: object = {}) => ({ protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', ...fields });
const listener = (fields: object = {}) => ({ protocol: 'HTTP', protocol_port: 80, ...fields });
const redirect = (fields: object = {}) => ({ action: 'REDIRECT_TO_POOL', ...fields });

const https = (name: string, protocol_port = 443) => ({
  name,
  protocol: 'TERMINATED_HTTPS',
  protocol_port,
  default_tls_container_ref: 'c',
});
const toListener = (name: string) => ({ action: 'REDIRECT_TO_LISTENER', redirect_listener: { name } });
const about = (host: string, path?: string) => ({
  action: 'REJECT',
  rules: [
    { type: 'HOST_NAME', compare_type: 'EQUAL_TO', value: host },
    ...(path === undefined ? [] : [{ type: 'PATH', compare_type: 'STARTS_WITH', value: path }]),
  ],
});

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
      'a redirect to a listener that is not there',
      { listeners: [listener({ name: 'http', l7policies: [toListener('htps')] }), https('https')] },
      [
        'l7policies[0].redirect_listener.name: the load balancer has no listener with the name "htps"; did you mean "https"?',
      ],
    ],
    [
      'a redirect to a listener that two have the name of',
      { listeners: [listener({ l7policies: [toListener('a')] }), https('a'), https('a', 8443)] },
      ['l7policies[0].redirect_listener.name: several listeners are named "a"'],
    ],
    [
      'a redirect to a listener without TLS',
      { listeners: [listener({ l7policies: [toListener('a')] }), listener({ name: 'a', protocol_port: 81 })] },
      ['l7policies[0].redirect_listener.name: an HTTP listener is not one to be redirected to'],
    ],
    [
      'a redirect in circles',
      { listeners: [{ ...https('a'), l7policies: [toListener('a')] }] },
      ['l7policies[0].redirect_listener.name: clients would be sent in circles'],
    ],
    [
      'a redirect to no listener',
      { listeners: [listener({ l7policies: [{ action: 'REDIRECT_TO_LISTENER' }] })] },
      ['l7policies[0]: redirect_listener_id is missing'],
    ],
    [
      'two policies about the same host and path',
      {
        listeners: [
          listener({ l7policies: [about('A.example', '/x'), about('b.example', '/x'), about('a.example', '/x')] }),
        ],
      },
      [
        'l7policies[2]: policy l7policies[0] is about host a.example and paths that start with /x already; change that one, disable one',
      ],
    ],
    [
      'a policy that cannot be compared by exactness',
      {
        listeners: [
          listener({
            policy_order: 'EXACTNESS',
            l7policies: [
              { action: 'REJECT', rules: [{ type: 'COOKIE', key: 'a', compare_type: 'EQUAL_TO', value: 'b' }] },
            ],
          }),
        ],
      },
      ['l7policies[0]: policy_order is EXACTNESS, and it has a rule of type COOKIE; write at most one rule HOST_NAME'],
    ],
    [
      'a rule about certificates where there are none',
      {
        listeners: [
          listener({
            l7policies: [
              {
                action: 'REJECT',
                rules: [{ type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value: 'true' }],
              },
            ],
          }),
        ],
      },
      ['rules[0].type: an HTTP listener sees no certificates of clients'],
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

  it.each<[what: string, fields: object]>([
    ['by position', { policy_order: 'POSITION', l7policies: [about('a', '/x'), about('a', '/x')] }],
    ['one of which is not in use', { l7policies: [about('a', '/x'), { ...about('a', '/x'), admin_state_up: false }] }],
    ['one of them whole and one with a path', { l7policies: [about('a'), about('a', '/x')] }],
    ['of a host and of all below a domain', { l7policies: [about('a.example'), about('*.a.example')] }],
    [
      'among others that only positions tell apart',
      {
        l7policies: [
          about('a'),
          about('a'),
          { action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'CONTAINS', value: 'x' }] },
        ],
      },
    ],
  ])('takes policies that look alike: %s', (_, fields) => {
    expect(faultsOf(bodies.loadbalancer.create, { ...vip, listeners: [listener(fields)] })).toEqual([]);
  });

  it('leads from one listener to another, wherever they stand', () => {
    const spec = bodies.loadbalancer.create.read({
      ...vip,
      listeners: [listener({ l7policies: [toListener('https')] }), https('https')],
    });
    const [http, target] = spec.listeners;
    expect(http!.l7policies[0]!.redirect_listener).toBe(target);
    expect(http!.l7policies[0]!.redirect_http_code).toBe(301);
  });
});
