import { describe, expect, it } from 'vitest';
import {
  L7_POLICY_DEFAULTS,
  L7_RULE_DEFAULTS,
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../../model/defaults.js';
import type { L7Policy, Listener, LoadBalancer, Member, Pool } from '../../model/resources.js';
import { diffTrees } from './diff.js';
import { diffLines } from './diff-lines.js';

const MADE = { project_id: 'p', created_at: '2026-01-31T12:00:00', updated_at: null };

function member(id: string, address: string, fields: Partial<Member> = {}): Member {
  return { ...MADE, ...MEMBER_DEFAULTS, id, address, protocol_port: 8080, ...fields };
}

function pool(id: string, name: string, fields: Partial<Pool> = {}): Pool {
  return { ...MADE, ...POOL_DEFAULTS, id, name, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', ...fields };
}

function listener(id: string, name: string, fields: Partial<Listener> = {}): Listener {
  return { ...MADE, ...listenerDefaults('TCP'), id, name, protocol: 'TCP', protocol_port: 80, ...fields };
}

function loadbalancer(name: string, fields: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    ...MADE,
    ...LOADBALANCER_DEFAULTS,
    id: `lb-${name}`,
    name,
    vip_address: '198.18.0.10',
    vip_port_id: 'port',
    managed_by: 'apply',
    public_addresses: [],
    ...fields,
  };
}

const POLICY: L7Policy = {
  ...MADE,
  ...L7_POLICY_DEFAULTS,
  id: 'o',
  name: 'static',
  action: 'REDIRECT_TO_POOL',
  position: 1,
  redirect_pool_id: 'p1',
  rules: [{ ...MADE, ...L7_RULE_DEFAULTS, id: 'r', type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' }],
};
const MONITOR = { ...MADE, ...MONITOR_DEFAULTS, id: 'h', type: 'TCP' as const };
const WEB = loadbalancer('web', {
  listeners: [listener('l1', 'http', { default_pool_id: 'p1', allowed_cidrs: ['10.0.0.0/8', '192.0.2.0/24'] })],
  pools: [pool('p1', 'app', { members: [member('m1', '10.0.0.5'), member('m2', '10.0.0.6')], healthmonitor: MONITOR })],
});

/** Lines between two versions of load balancer `web`. */
function lines(after: LoadBalancer[], before: LoadBalancer[] = [WEB]): string[] {
  return diffLines(diffTrees(before, after), (_colour, text) => text);
}

describe('differences of trees', () => {
  const [http] = WEB.listeners as [Listener];
  const [app] = WEB.pools as [Pool];

  const cases: [string, LoadBalancer[], string[]][] = [
    ['nothing, where only times changed', [{ ...WEB, updated_at: '2027-01-01T00:00:00' }], []],
    [
      'fields, as they were and will be',
      [{ ...WEB, description: 'two words', listeners: [{ ...http, connection_limit: 500, default_pool_id: null }] }],
      [
        '~ loadbalancer web',
        '    description: "" -> "two words"',
        '  ~ listener web/http',
        '      default_pool: app -> none',
        '      connection_limit: -1 -> 500',
      ],
    ],
    [
      'what comes to a list and goes from it',
      [{ ...WEB, listeners: [{ ...http, allowed_cidrs: ['192.0.2.0/24', '203.0.113.0/24'] }] }],
      ['~ loadbalancer web', '  ~ listener web/http', '      allowed_cidrs: -10.0.0.0/8 +203.0.113.0/24'],
    ],
    [
      'a list in another order',
      [{ ...WEB, listeners: [{ ...http, allowed_cidrs: ['192.0.2.0/24', '10.0.0.0/8'] }] }],
      ['~ loadbalancer web', '  ~ listener web/http', '      allowed_cidrs: another order'],
    ],
    [
      'members that come, change and go, and a monitor that goes',
      [
        {
          ...WEB,
          pools: [
            {
              ...app,
              healthmonitor: null,
              members: [member('m2', '10.0.0.6', { weight: 0 }), member('m3', 'fd00::7', { weight: 2 })],
            },
          ],
        },
      ],
      [
        '~ loadbalancer web',
        '  ~ pool web/app',
        '    ~ member web/app/10.0.0.6:8080',
        '        weight: 1 -> 0',
        '    + member web/app/[fd00::7]:8080',
        '        weight: 2',
        '    - healthmonitor web/app',
        '    - member web/app/10.0.0.5:8080',
      ],
    ],
    [
      'a new load balancer, with what differs from the defaults',
      [
        WEB,
        loadbalancer('shop', {
          vip_address: '198.18.0.11',
          listeners: [listener('l2', '', { l7policies: [POLICY] })],
          pools: [app],
        }),
      ],
      [
        '+ loadbalancer shop',
        '    vip_address: 198.18.0.11',
        '    managed_by: apply',
        '  + listener shop/TCP:80',
        '      protocol: TCP',
        '      protocol_port: 80',
        '    + l7policy shop/TCP:80/static',
        '        redirect_pool: app',
        '        action: REDIRECT_TO_POOL',
        '        position: 1',
        '      + l7rule shop/TCP:80/static/PATH EQUAL_TO /a',
        '          type: PATH',
        '          compare_type: EQUAL_TO',
        '          value: /a',
        '  + pool shop/app',
        '      protocol: TCP',
        '      lb_algorithm: ROUND_ROBIN',
        '    + healthmonitor shop/app',
        '        type: TCP',
        '    + member shop/app/10.0.0.5:8080',
        '    + member shop/app/10.0.0.6:8080',
      ],
    ],
    [
      'everything that goes with a load balancer',
      [],
      [
        '- loadbalancer web',
        '  - listener web/http',
        '  - pool web/app',
        '    - healthmonitor web/app',
        '    - member web/app/10.0.0.5:8080',
        '    - member web/app/10.0.0.6:8080',
      ],
    ],
  ];
  it.each(cases)('tell %s', (_sentence, after, expected) => {
    expect(lines(after)).toEqual(expected);
  });

  it('name the listener that a policy leads to', () => {
    const https = listener('l2', 'https', { protocol_port: 443 });
    const web = (policy: L7Policy) =>
      loadbalancer('web', { listeners: [listener('l1', 'http', { l7policies: [policy] }), https], pools: [app] });
    const redirect = { ...POLICY, redirect_pool_id: null, redirect_listener_id: 'l2' };
    expect(lines([web(redirect)], [web(POLICY)])).toEqual([
      '~ loadbalancer web',
      '  ~ listener web/http',
      '    ~ l7policy web/http/static',
      '        redirect_pool: app -> none',
      '        redirect_listener: none -> https',
    ]);
  });

  it('are coloured by what happens', () => {
    const marked = diffLines(diffTrees([WEB], [{ ...WEB, name: 'www' }]), (colour, text) => `<${colour}>${text}</>`);
    expect(marked).toEqual(['<yellow>~ loadbalancer www</>', '    name: <red>web</> -> <green>www</>']);
  });

  it('leave control characters of names out', () => {
    expect(lines([], [loadbalancer('a\u001b[31mb')])).toEqual(['- loadbalancer ab']);
  });
});
