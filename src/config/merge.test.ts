import { describe, expect, it } from 'vitest';
import type { LoadBalancerSpec, Tree } from '../model/resources.js';
import { refusalOf } from '../model/testing/refusal.js';
import { mergeTree } from './merge.js';
import { parseTree } from './tree.js';

const EMPTY: Tree = { loadbalancers: [] };

/** Counts ids, so that tests can tell new objects from kept ones. */
function numbered(): () => string {
  let next = 0;
  return () => `id-${next++}`;
}

function apply(current: Tree, text: string, options: { prune?: boolean; newId?: () => string } = {}) {
  return mergeTree(current, parseTree(text), options);
}

const WEB = `
loadbalancer:
  name: web
  vip_address: 198.18.0.10
  listeners:
    - protocol: TCP
      protocol_port: 80
      default_pool:
        protocol: TCP
        lb_algorithm: ROUND_ROBIN
        healthmonitor: { type: TCP }
        members:
          - { address: 198.18.2.1, protocol_port: 80 }
          - { address: 198.18.2.2, protocol_port: 80 }
    - protocol: TCP
      protocol_port: 81
      default_pool: { protocol: TCP, lb_algorithm: SOURCE_IP }
`;
const OTHER = 'loadbalancer: { name: other, vip_address: 198.18.0.11 }';

/** Ids of everything in a tree, by what it is. */
function ids(tree: Tree): Record<string, string> {
  const entries = tree.loadbalancers.flatMap(({ id, name, listeners, pools }) => [
    [name, id],
    ...listeners.map((one) => [`${one.protocol_port}`, one.id]),
    ...pools.flatMap((pool) => [
      [pool.lb_algorithm, pool.id],
      ...(pool.healthmonitor ? [['monitor', pool.healthmonitor.id]] : []),
      ...pool.members.map((member) => [member.address, member.id]),
    ]),
  ]);
  return Object.fromEntries(entries);
}

describe('mergeTree', () => {
  it('gives every object an id and links listeners to pools', () => {
    const { tree, created } = apply(EMPTY, WEB);
    const [web] = tree.loadbalancers;
    expect(created).toEqual(['web']);
    expect(web!.listeners.map(({ default_pool_id }) => default_pool_id)).toEqual(web!.pools.map(({ id }) => id));
    expect(new Set(Object.values(ids(tree))).size).toBe(8);
    expect(Object.values(ids(tree)).every((id) => /^[0-9a-f-]{36}$/.test(id))).toBe(true);
  });

  it('keeps the ids of what stays, whatever comes and goes around it', () => {
    const newId = numbered();
    const { tree } = apply(EMPTY, WEB, { newId });
    const before = ids(tree);
    const changed = WEB.replace(
      'listeners:',
      'description: new\n  listeners:\n    - { protocol: UDP, protocol_port: 53 }',
    )
      .replace('- { address: 198.18.2.1, protocol_port: 80 }', '- { address: 198.18.2.3, protocol_port: 80 }')
      .replace('protocol_port: 80 }\n    -', 'protocol_port: 80, weight: 5 }\n    -');
    const { tree: after, updated } = apply(tree, changed, { newId });
    const { 53: udp, '198.18.2.3': added, ...kept } = ids(after);
    const { '198.18.2.1': _, ...expected } = before;
    expect(kept).toEqual(expected);
    expect([udp, added].every((id) => !Object.values(before).includes(id!))).toBe(true);
    expect(updated).toEqual(['web']);
  });

  it('recognizes named pools wherever they stand', () => {
    const text = (first: string, second: string) =>
      `loadbalancer: {name: w, vip_address: 198.18.0.1, pools: [${first}, ${second}]}`;
    const a = '{name: a, protocol: TCP, lb_algorithm: ROUND_ROBIN}';
    const b = '{name: b, protocol: TCP, lb_algorithm: SOURCE_IP}';
    const { tree } = apply(EMPTY, text(a, b));
    expect(ids(apply(tree, text(b, a)).tree)).toEqual(ids(tree));
  });

  it('is unchanged when the same is applied again, and hands back the same objects', () => {
    const { tree } = apply(EMPTY, WEB);
    const again = apply(tree, WEB);
    expect(again).toMatchObject({ created: [], updated: [], unchanged: ['web'], deleted: [] });
    expect(again.tree.loadbalancers[0]).toBe(tree.loadbalancers[0]);
  });

  it('leaves other load balancers alone, or removes them when asked to', () => {
    const { tree } = apply(EMPTY, `${WEB}---\n${OTHER}`);
    expect(apply(tree, OTHER).tree.loadbalancers.map(({ name }) => name)).toEqual(['web', 'other']);
    expect(apply(tree, OTHER, { prune: true })).toMatchObject({ deleted: ['web'], unchanged: ['other'] });
    expect(apply(tree, 'loadbalancers: []', { prune: true }).tree.loadbalancers).toEqual([]);
  });

  it('takes ids that were written, and renames by id', () => {
    const id = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
    const text = (name: string) => `loadbalancer: {id: ${id}, name: ${name}, vip_address: 198.18.0.1}`;
    const { tree } = apply(EMPTY, text('old'));
    expect(apply(tree, text('new'))).toMatchObject({
      updated: ['new'],
      tree: { loadbalancers: [{ id, name: 'new' }] },
    });
  });

  it('refuses what contradicts load balancers that stay', () => {
    const { tree } = apply(EMPTY, WEB);
    const text = OTHER.replace('198.18.0.11', '198.18.0.10, listeners: [{protocol: TCP, protocol_port: 80}]');
    const error = refusalOf(() => apply(tree, text));
    expect(error.code).toBe('conflict');
    expect(error.faults).toMatchObject([
      { path: 'loadbalancer "other".listeners[0].protocol_port', message: 'TCP 198.18.0.10:80 is taken by "web"' },
    ]);
    expect(() => mergeTree(EMPTY, parseTree(WEB), { localAddresses: ['198.18.2.2'] })).toThrow(
      'loadbalancer "web".pools[0].members[1].address',
    );
  });

  it('changes neither argument', () => {
    const { tree } = apply(EMPTY, WEB);
    const copy = structuredClone(tree);
    apply(tree, WEB.replace('SOURCE_IP', 'LEAST_CONNECTIONS'));
    expect(tree).toEqual(copy);
  });
});

describe('mergeTree: managers', () => {
  const { tree } = apply(EMPTY, WEB);
  const changed = WEB.replace('SOURCE_IP', 'LEAST_CONNECTIONS');

  it('leaves what another manager owns alone when nothing changes', () => {
    expect(mergeTree(tree, parseTree(WEB), { manager: 'host-file' }).tree).toBe(tree);
  });

  it('refuses to change what another manager owns, and says how to', () => {
    const error = refusalOf(() => mergeTree(tree, parseTree(changed), { manager: 'host-file' }));
    expect(error.code).toBe('conflict');
    expect(error.faults).toMatchObject([
      {
        path: 'loadbalancer "web"',
        message: 'it is managed by files given to sluice apply',
        suggestion: expect.stringContaining('--adopt'),
      },
    ]);
  });

  it.each([
    ['with a change', changed],
    ['without one', WEB],
  ])('takes over when asked to, %s', (_, text) => {
    const result = mergeTree(tree, parseTree(text), { manager: 'api', adopt: true });
    expect(result).toMatchObject({ updated: ['web'], tree: { loadbalancers: [{ managed_by: 'api' }] } });
  });

  it('prunes its own only, and those the caller sees', () => {
    const options = { prune: true, manager: 'host-file' } as const;
    expect(mergeTree(tree, [], options).tree).toBe(tree);
    expect(mergeTree(tree, [], { prune: true, visible: () => false }).tree).toBe(tree);
    expect(mergeTree(tree, [], { prune: true }).tree.loadbalancers).toEqual([]);
  });

  it('takes its own among several of one name; asks which one where all are others’', () => {
    const twin = { ...tree.loadbalancers[0]!, id: 'twin', managed_by: 'api' as const, listeners: [], pools: [] };
    const both: Tree = { loadbalancers: [twin, ...tree.loadbalancers] };
    expect(mergeTree(both, parseTree(WEB)).tree).toBe(both);
    const error = refusalOf(() => mergeTree(both, parseTree(WEB), { manager: 'host-file' }));
    expect(error.faults[0]).toMatchObject({ message: '2 load balancers have this name' });
  });

  it('does not know what the caller cannot see', () => {
    const text = 'loadbalancer: {name: web, vip_address: 198.18.0.99}';
    expect(mergeTree(tree, parseTree(text), { visible: () => false })).toMatchObject({ created: ['web'], updated: [] });
  });
});

describe('mergeTree: what Sluice makes', () => {
  const first = { now: '2026-01-01T00:00:00', projectId: 'p1' };
  const later = { now: '2026-02-02T00:00:00', projectId: 'p2' };
  const { tree } = mergeTree(EMPTY, parseTree(WEB), first);

  it('gives every object project and times', () => {
    const [web] = tree.loadbalancers;
    const made = { project_id: 'p1', created_at: first.now, updated_at: null };
    const [pool] = web!.pools;
    const objects = [web, web!.listeners[0], pool, pool!.members[0], pool!.healthmonitor];
    expect(objects.map((object) => ({ ...object }))).toEqual(objects.map(() => expect.objectContaining(made)));
  });

  it('an object has a new time when a field of its own changes, those around it keep theirs', () => {
    const text = WEB.replace(
      '{ address: 198.18.2.1, protocol_port: 80 }',
      '{ address: 198.18.2.1, protocol_port: 80, weight: 7 }',
    );
    const [web] = mergeTree(tree, parseTree(text), later).tree.loadbalancers;
    const [pool, other] = web!.pools;
    expect(pool!.members.map(({ updated_at }) => updated_at)).toEqual([later.now, null]);
    expect([web!.updated_at, pool!.updated_at, web!.project_id]).toEqual([null, null, 'p1']);
    expect(other).toBe(tree.loadbalancers[0]!.pools[1]);
    expect(pool!.members[1]).toBe(tree.loadbalancers[0]!.pools[0]!.members[1]);
  });

  it('a monitor of another type is another monitor', () => {
    const text = WEB.replace('type: TCP', 'type: HTTP');
    const [web] = mergeTree(tree, parseTree(text), later).tree.loadbalancers;
    const { id, created_at } = web!.pools[0]!.healthmonitor!;
    expect(id).not.toBe(tree.loadbalancers[0]!.pools[0]!.healthmonitor!.id);
    expect(created_at).toBe(later.now);
  });
});

describe('mergeTree: policies and rules', () => {
  const l7 = (...policies: string[]) =>
    'loadbalancer: {name: w, vip_address: 198.18.0.1, listeners: ' +
    `[{protocol: HTTP, protocol_port: 80, l7policies: [${policies.join(', ')}]}]}`;
  const rule = (value: string) => `{type: PATH, compare_type: STARTS_WITH, value: ${value}}`;
  const policy = (name: string, ...rules: string[]) => `{name: ${name}, action: REJECT, rules: [${rules.join(', ')}]}`;
  const ids = (tree: Tree) =>
    tree.loadbalancers[0]!.listeners[0]!.l7policies.map(({ id, rules }) => [id, ...rules.map((one) => one.id)]);

  it('are recognized by name wherever they stand, unnamed ones and rules by position', () => {
    const named = l7(policy('a', rule('/a')), policy('b', rule('/b'), rule('/c')));
    const { tree } = apply(EMPTY, named);
    const [a, b] = ids(tree);
    expect(ids(apply(tree, l7(policy('b', rule('/x'), rule('/c')), policy('a', rule('/a')))).tree)).toEqual([b, a]);
    const unnamed = apply(EMPTY, l7(policy('""', rule('/a'))));
    expect(ids(apply(unnamed.tree, l7(policy('""', rule('/b')))).tree)).toEqual(ids(unnamed.tree));
  });
});

describe('mergeTree: listeners that policies lead to', () => {
  const text = (names: string) =>
    `loadbalancer: {name: web, vip_address: 198.18.0.10, listeners: [
      {name: http, protocol: HTTP, protocol_port: 80, l7policies: [
        {action: REDIRECT_TO_LISTENER, redirect_listener: {name: https}}]},
      ${names}]}`;
  const https = (port: number) =>
    `{name: https, protocol: TERMINATED_HTTPS, protocol_port: ${port}, default_tls_container_ref: c}`;
  const idsOf = ({ tree }: { tree: Tree }) => {
    const [http, target] = tree.loadbalancers[0]!.listeners;
    return [http!.l7policies[0]!.redirect_listener_id, target!.id];
  };

  it('are found before they are made, and keep their ids', () => {
    const first = apply(EMPTY, text(https(443)));
    const [to, target] = idsOf(first);
    expect(to).toBe(target);
    expect(apply(first.tree, text(https(443))).unchanged).toEqual(['web']);
  });

  it('may become others', () => {
    const first = apply(EMPTY, text(https(443)));
    const second = apply(first.tree, text(https(8443)));
    const [to, target] = idsOf(second);
    expect(to).toBe(target);
    expect(to).not.toBe(idsOf(first)[0]);
    expect(second.tree.loadbalancers[0]!.listeners[0]!.l7policies[0]!.id).toBe(
      first.tree.loadbalancers[0]!.listeners[0]!.l7policies[0]!.id,
    );
  });
});

describe('mergeTree: VIPs', () => {
  const spec = (fields: string) => parseTree(`loadbalancer: {name: w, ${fields}}`);
  const SUBNET = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
  /** Gives addresses one after the other. */
  function placing() {
    let next = 1;
    return (one: LoadBalancerSpec) => ({
      vip_address: one.vip_address ?? `198.18.0.${next++}`,
      vip_subnet_id: one.vip_subnet_id ?? SUBNET,
      vip_network_id: null,
      vip_port_id: 'port',
      additional_vips: one.additional_vips.map(({ ip_address, subnet_id }) => {
        return { ip_address: ip_address || `198.18.1.${next++}`, subnet_id };
      }),
    });
  }

  it('are allocated once, and kept', () => {
    const placeVip = placing();
    const text = `vip_subnet_id: ${SUBNET}, additional_vips: [{subnet_id: ${SUBNET}}]`;
    const { tree } = mergeTree(EMPTY, spec(text), { placeVip });
    expect(tree.loadbalancers[0]).toMatchObject({
      vip_address: '198.18.0.1',
      additional_vips: [{ ip_address: '198.18.1.2' }],
    });
    expect(mergeTree(tree, spec(text), { placeVip }).tree).toBe(tree);
    const written = 'vip_address: 198.18.0.1, additional_vips: [{ip_address: 198.18.1.2}]';
    expect(mergeTree(tree, spec(written), { placeVip }).tree).toBe(tree);
  });

  it('are placed anew when the file moves them', () => {
    const placeVip = placing();
    const { tree } = mergeTree(EMPTY, spec('vip_address: 198.18.0.9'), { placeVip });
    const moved = mergeTree(tree, spec('vip_address: 198.18.0.10'), { placeVip });
    expect(moved.tree.loadbalancers[0]).toMatchObject({ id: tree.loadbalancers[0]!.id, vip_address: '198.18.0.10' });
  });

  it('cannot be allocated where there are no subnets', () => {
    const error = refusalOf(() => mergeTree(EMPTY, spec(`vip_subnet_id: ${SUBNET}`)));
    expect(error.code).toBe('unsupported');
    expect(error.faults[0]!.suggestion).toBe('write vip_address');
  });
});
