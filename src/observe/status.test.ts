import { describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import { parseTree } from '../config/tree.js';
import { NO_REFUSALS } from '../datapath/stats.js';
import type { Tree } from '../model/resources.js';
import type { HealthFacts } from './operating-status.js';
import { type HttpStatus, type LiveFacts, statusOf } from './status.js';

function treeWith(listener: object): Tree {
  const loadbalancer = { name: 'web', vip_address: '198.18.0.10', listeners: [listener] };
  const specs = parseTree(JSON.stringify({ loadbalancers: [loadbalancer] }));
  return mergeTree({ loadbalancers: [] }, specs).tree;
}

function treeOf(members: object[], more: object = {}): Tree {
  const pool = { name: 'servers', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members, ...more };
  return treeWith({ name: 'http', protocol: 'TCP', protocol_port: 80, default_pool: pool });
}

type Pools = readonly [name: string, members: object[], more?: object][];

/** An HTTP listener with a default pool, and a policy for each of the other pools. */
function webOf([first, ...others]: Pools): Tree {
  const poolOf = ([name, members, more]: Pools[number]) => {
    return { name, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members, ...more };
  };
  const l7policies = others.map((pool) => {
    const rules = [{ type: 'PATH', compare_type: 'STARTS_WITH', value: `/${pool[0]}` }];
    return { action: 'REDIRECT_TO_POOL', redirect_pool: poolOf(pool), rules };
  });
  const default_pool = first && poolOf(first);
  return treeWith({ name: 'http', protocol: 'HTTP', protocol_port: 80, default_pool, l7policies });
}

const one = { address: '198.18.2.11', protocol_port: 80 };
const two = { address: '198.18.2.12', protocol_port: 80 };
const three = { address: '198.18.2.13', protocol_port: 80 };
const OFF = { admin_state_up: false };
const up: HealthFacts = { up: true, probed: true, since: 0, checkedAt: 1000, milliseconds: 0.25, history: [] };
const down: HealthFacts = { ...up, up: false, failure: { at: 900, cause: 'refused' } };
const unprobed: HealthFacts = { up: false, probed: false, since: 0, history: [] };

function live(health: Record<string, HealthFacts> = {}): LiveFacts {
  return {
    reporting: true,
    health: ({ address }) => health[address],
    restlessness: () => undefined,
    traffic: () => ({ active: 1, sessions: 2, packets_in: 3, bytes_in: 4, packets_out: 5, bytes_out: 6 }),
    admission: () => ({ ...NO_REFUSALS, refused: 7, dropped: 8 }),
    proxied: () => undefined,
  };
}

function words(tree: Tree, facts: LiveFacts): string {
  const [loadbalancer] = statusOf(tree, facts);
  const [listener] = loadbalancer?.listeners ?? [];
  const members = listener?.members.map((member) => member.operating_status) ?? [];
  return [loadbalancer?.operating_status, listener?.operating_status, ...members].join(' ');
}

describe('statusOf', () => {
  const cases: [string, Tree, LiveFacts, string][] = [
    ['members without a monitor serve', treeOf([one, two]), live(), 'ONLINE ONLINE NO_MONITOR NO_MONITOR'],
    [
      'all members up: online',
      treeOf([one, two]),
      live({ '198.18.2.11': up, '198.18.2.12': up }),
      'ONLINE ONLINE ONLINE ONLINE',
    ],
    [
      'one member down: degraded',
      treeOf([one, two]),
      live({ '198.18.2.11': up, '198.18.2.12': down }),
      'DEGRADED DEGRADED ONLINE ERROR',
    ],
    ['no member up: error', treeOf([one]), live({ '198.18.2.11': down }), 'ERROR ERROR ERROR'],
    ['not checked yet: nothing serves', treeOf([one]), live({ '198.18.2.11': unprobed }), 'ERROR ERROR OFFLINE'],
    ['no members: as Octavia has it', treeOf([]), live(), 'ONLINE ONLINE'],
    ['weight 0 is no fault', treeOf([one, { ...two, weight: 0 }]), live(), 'ONLINE ONLINE NO_MONITOR DRAINING'],
    [
      'a disabled member is no fault',
      treeOf([one, { ...two, admin_state_up: false }]),
      live(),
      'ONLINE ONLINE NO_MONITOR OFFLINE',
    ],
    ['a disabled pool serves nobody', treeOf([one], { admin_state_up: false }), live(), 'ERROR ERROR OFFLINE'],
    [
      'nothing is online without a data plane',
      treeOf([one]),
      { ...live(), reporting: false },
      'OFFLINE OFFLINE NO_MONITOR',
    ],
  ];
  it.each(cases)('%s', (_sentence, tree, facts, expected) => {
    expect(words(tree, facts)).toBe(expected);
  });

  const several: [string, Tree, LiveFacts, string][] = [
    [
      'all pools serve: online',
      webOf([
        ['a', [one]],
        ['b', [two]],
      ]),
      live({ '198.18.2.11': up, '198.18.2.12': up }),
      'ONLINE ONLINE ONLINE ONLINE',
    ],
    [
      "no member of a policy's pool is up, the default pool serves: degraded",
      webOf([
        ['a', [one]],
        ['b', [two]],
      ]),
      live({ '198.18.2.11': up, '198.18.2.12': down }),
      'DEGRADED DEGRADED ONLINE ERROR',
    ],
    [
      "the default pool is down, a policy's pool serves: degraded",
      webOf([
        ['a', [one]],
        ['b', [two]],
      ]),
      live({ '198.18.2.11': down, '198.18.2.12': up }),
      'DEGRADED DEGRADED ERROR ONLINE',
    ],
    [
      'no pool serves: error',
      webOf([
        ['a', [one]],
        ['b', [two]],
        ['c', [three], OFF],
      ]),
      live({ '198.18.2.11': down, '198.18.2.12': down }),
      'ERROR ERROR ERROR ERROR OFFLINE',
    ],
    [
      "one of a policy's members is down: degraded",
      webOf([
        ['a', [one]],
        ['b', [two, three]],
      ]),
      live({ '198.18.2.11': up, '198.18.2.12': up, '198.18.2.13': down }),
      'DEGRADED DEGRADED ONLINE ONLINE ERROR',
    ],
    [
      "a policy's pool that is switched off serves nobody",
      webOf([
        ['a', [one]],
        ['b', [two], OFF],
      ]),
      live({ '198.18.2.11': up }),
      'DEGRADED DEGRADED ONLINE OFFLINE',
    ],
    [
      'nothing is online without a data plane',
      webOf([
        ['a', [one]],
        ['b', [two]],
      ]),
      { ...live(), reporting: false },
      'OFFLINE OFFLINE NO_MONITOR NO_MONITOR',
    ],
  ];
  it.each(several)('of a listener with several pools: %s', (_sentence, tree, facts, expected) => {
    expect(words(tree, facts)).toBe(expected);
  });

  it.each([
    ['one of two listeners serves nobody: degraded', down, true, 'DEGRADED'],
    ['those that are switched off do not count', down, false, 'ONLINE'],
    ['all serve: online', up, true, 'ONLINE'],
  ])('of a load balancer: %s', (_sentence, second, admin_state_up, expected) => {
    const [loadbalancer] = treeOf([one]).loadbalancers;
    const [other] = treeOf([two]).loadbalancers;
    loadbalancer!.listeners.push({ ...other!.listeners[0]!, admin_state_up });
    loadbalancer!.pools.push(...other!.pools);
    const facts = live({ '198.18.2.11': up, '198.18.2.12': second });
    expect(statusOf({ loadbalancers: [loadbalancer!] }, facts)[0]?.operating_status).toBe(expected);
  });

  it('names the pool of each member, and shows the members of a pool that two policies lead to once', () => {
    const tree = webOf([
      ['a', [one]],
      ['b', [two]],
    ]);
    const [listener] = tree.loadbalancers[0]!.listeners;
    const [policy] = listener!.l7policies;
    listener!.l7policies = [policy!, { ...policy!, id: 'another' }];
    const members = statusOf(tree, live())[0]?.listeners[0]?.members.map(({ pool, address }) => [pool, address]);
    expect(members).toEqual([
      ['a', '198.18.2.11'],
      ['b', '198.18.2.12'],
    ]);
  });

  it('calls the pool of a member by its id where it has no name', () => {
    const tree = treeOf([one]);
    const [pool] = tree.loadbalancers[0]!.pools;
    pool!.name = '';
    const [listener] = statusOf(tree, live())[0]!.listeners;
    expect([listener?.pool, listener?.members[0]?.pool]).toEqual([pool!.id, pool!.id]);
  });

  it("takes the proxy's figures for the whole listener, and asks for each member's by its pool", () => {
    const whole = { active: 9, sessions: 80, packets_in: 0, bytes_in: 700, packets_out: 0, bytes_out: 6000 };
    const http = { requests: 500 } as HttpStatus;
    const facts: LiveFacts = {
      ...live(),
      proxied: (loadbalancer, listener) => {
        expect([loadbalancer.name, listener.name]).toEqual(['web', 'http']);
        return { ...whole, http };
      },
      traffic: (_loadbalancer, _listener, pool) => ({ ...whole, sessions: pool.name === 'a' ? 3 : 4 }),
    };
    const [listener] = statusOf(
      webOf([
        ['a', [one]],
        ['b', [two]],
      ]),
      facts,
    )[0]!.listeners;
    expect(listener).toMatchObject({ ...whole, http, proxied: true, refused: 7, dropped: 8 });
    expect(listener?.members.map(({ sessions }) => sessions)).toEqual([3, 4]);
  });

  it('adds the traffic of members up', () => {
    expect(statusOf(treeOf([one, two]), live())[0]?.listeners[0]).toMatchObject({
      active: 2,
      sessions: 4,
      bytes_out: 12,
      refused: 7,
      dropped: 8,
      proxied: false,
      http: null,
    });
  });

  it('tells the cause while a member is down, and only the time of it afterwards', () => {
    const recovered = { ...up, failure: { at: 900, cause: 'refused' } };
    const facts = live({ '198.18.2.11': down, '198.18.2.12': recovered });
    const [first, second] = statusOf(treeOf([one, two]), facts)[0]?.listeners[0]?.members ?? [];
    expect(first).toMatchObject({ cause: 'refused', failed_at: '1970-01-01T00:00:00.900Z' });
    expect(second).toMatchObject({ failed_at: '1970-01-01T00:00:00.900Z', check_milliseconds: 0.25 });
    expect(second).not.toHaveProperty('cause');
  });
});
