import { describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import { parseTree } from '../config/tree.js';
import type { Tree } from '../model/resources.js';
import type { HealthFacts } from './operating-status.js';
import { type LiveFacts, statusOf } from './status.js';

function treeOf(members: object[], more: object = {}): Tree {
  const pool = { name: 'servers', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members, ...more };
  const listener = { name: 'http', protocol: 'TCP', protocol_port: 80, default_pool: pool };
  const specs = parseTree(
    JSON.stringify({ loadbalancers: [{ name: 'web', vip_address: '198.18.0.10', listeners: [listener] }] }),
  );
  return mergeTree({ loadbalancers: [] }, specs).tree;
}

const NONE = {
  refused: 0,
  dropped: 0,
  acl: 0,
  connection_limit: 0,
  rate_limit: 0,
  flavor_connections: 0,
  flavor_rate: 0,
  bandwidth: 0,
};
const one = { address: '198.18.2.11', protocol_port: 80 };
const two = { address: '198.18.2.12', protocol_port: 80 };
const up: HealthFacts = { up: true, probed: true, since: 0, checkedAt: 1000, milliseconds: 0.25, history: [] };
const down: HealthFacts = { ...up, up: false, failure: { at: 900, cause: 'refused' } };
const unprobed: HealthFacts = { up: false, probed: false, since: 0, history: [] };

function live(health: Record<string, HealthFacts> = {}): LiveFacts {
  return {
    reporting: true,
    health: ({ address }) => health[address],
    restlessness: () => undefined,
    traffic: () => ({ active: 1, sessions: 2, packets_in: 3, bytes_in: 4, packets_out: 5, bytes_out: 6 }),
    admission: () => ({ ...NONE, refused: 7, dropped: 8 }),
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

  it('adds the traffic of members up', () => {
    expect(statusOf(treeOf([one, two]), live())[0]?.listeners[0]).toMatchObject({
      active: 2,
      sessions: 4,
      bytes_out: 12,
      refused: 7,
      dropped: 8,
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
