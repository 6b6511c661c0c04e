import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SluiceError } from '../model/errors.js';
import type { Tree } from '../model/resources.js';
import { formatTree } from './format.js';
import { mergeTree } from './merge.js';
import { parseTree, readTree } from './tree.js';

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
    const error = catchError(() => apply(tree, text));
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

describe('formatTree', () => {
  it('is read back as the same tree', () => {
    const shapes = fc.subarray([WEB, OTHER, OTHER.replaceAll('other', 'third').replace('.11', '.12')]);
    fc.assert(
      fc.property(shapes, (texts) => {
        const { tree } = apply(EMPTY, ['loadbalancers: []', ...texts].join('\n---\n'));
        const saved: unknown = JSON.parse(JSON.stringify(formatTree(tree)));
        expect(mergeTree(EMPTY, readTree(saved)).tree).toEqual(tree);
      }),
    );
  });
});

function catchError(action: () => unknown): SluiceError {
  try {
    action();
  } catch (error) {
    return error as SluiceError;
  }
  throw new Error('nothing was thrown');
}
