import { describe, expect, it } from 'vitest';
import { healthMonitor, l7policy, listener, loadBalancer, member, pool } from '../../test/store/objects.js';
import { RandomStates } from '../../test/store/random-states.js';
import { Random } from '../../test/support/random.js';
import type { LoadBalancer, Member } from '../model/resources.js';
import type { State } from '../model/state.js';
import { emptyState, stateFromObjects, stateToWrite } from './rows.js';
import type { StoredObject, StoreWrite } from './store.js';

/** What every store does with a write, in memory: rows keep their place, new ones come last. */
class Rows {
  readonly #rows = new Map<string, string>();

  commit({ remove, put }: Pick<StoreWrite, 'put' | 'remove'>): this {
    for (const { kind, id } of remove) {
      this.#rows.delete(`${kind} ${id}`);
    }
    for (const object of put) {
      this.#rows.set(`${object.kind} ${object.id}`, JSON.stringify(object));
    }
    return this;
  }

  load(): StoredObject[] {
    return [...this.#rows.values()].map((row) => JSON.parse(row) as StoredObject);
  }
}

const members = ['m-1', 'm-2', 'm-3'].map((id) => member({ id }));
const servers = pool({ id: 'servers', members, healthmonitor: healthMonitor({ id: 'monitor' }) });
const http = listener({ id: 'http', default_pool_id: 'servers' });
const tree = {
  loadbalancers: [
    loadBalancer({ id: 'web', listeners: [http], pools: [servers] }),
    loadBalancer({ id: 'dns', vip_address: '198.18.0.11' }),
  ],
};
const web: State = { ...emptyState(), ...tree };

/** The state with other members in its first pool. */
function withMembers(state: State, edit: (members: Member[]) => Member[]): State {
  const [first, ...rest] = state.loadbalancers as [LoadBalancer, ...LoadBalancer[]];
  const [pool, ...pools] = first.pools as [LoadBalancer['pools'][0]];
  return {
    ...state,
    loadbalancers: [{ ...first, pools: [{ ...pool, members: edit(pool.members) }, ...pools] }, ...rest],
  };
}

/** `kind id` of each row. */
function names(rows: readonly { kind: string; id: string }[]): string[] {
  return rows.map(({ kind, id }) => `${kind} ${id}`);
}

function listsOf(state: State): unknown {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, value instanceof Map ? [...value] : value]),
  );
}

describe('stateToWrite', () => {
  it('writes a row for each object, children without their own children', () => {
    const { put, remove } = stateToWrite(emptyState(), web);
    expect(remove).toEqual([]);
    expect(put.map(({ kind }) => kind)).toEqual([
      ...['loadbalancer', 'listener', 'pool', 'member', 'member', 'member', 'healthmonitor', 'loadbalancer'],
    ]);
    expect(put[2]!.parent).toBe(tree.loadbalancers[0]!.id);
    expect(put[2]!.document).not.toHaveProperty('members');
    expect(put[2]!.document).toMatchObject({ id: 'servers', lb_algorithm: 'ROUND_ROBIN' });
  });

  it('has nothing to write between a state and itself', () => {
    expect(stateToWrite(web, { ...web, loadbalancers: [...web.loadbalancers] })).toEqual({ put: [], remove: [] });
  });

  it('writes one member when its weight changes', () => {
    const after = withMembers(web, ([first, second, third]) => [first!, { ...second!, weight: 7 }, third!]);
    const { put, remove } = stateToWrite(web, after);
    expect(remove).toEqual([]);
    expect(put).toHaveLength(1);
    expect(put[0]).toMatchObject({ kind: 'member', document: { weight: 7 } });
  });

  it('does not look into what both states share', () => {
    const closed = new Proxy(tree.loadbalancers[1]!, {
      get: (_, field) => {
        throw new Error(`${String(field)} was read`);
      },
    });
    const before: State = { ...web, loadbalancers: [tree.loadbalancers[0]!, closed] };
    const after = withMembers(before, ([first, ...rest]) => [{ ...first!, weight: 7 }, ...rest]);
    expect(stateToWrite(before, after).put).toHaveLength(1);
  });

  it('removes an object with everything below it', () => {
    const { put, remove } = stateToWrite(web, { ...web, loadbalancers: web.loadbalancers.slice(1) });
    expect(put).toEqual([]);
    expect(remove.map(({ kind }) => kind).sort()).toEqual(
      ['healthmonitor', 'listener', 'loadbalancer', 'member', 'member', 'member', 'pool'].sort(),
    );
  });

  it('removes one member without touching those behind it', () => {
    const [first, second, third] = tree.loadbalancers[0]!.pools[0]!.members;
    const after = withMembers(web, () => [first!, third!]);
    expect(stateToWrite(web, after)).toEqual({ put: [], remove: [{ kind: 'member', id: second!.id }] });
  });

  it('makes the rows anew that have to come after one that moved', () => {
    const [first, second, third] = tree.loadbalancers[0]!.pools[0]!.members;
    const after = withMembers(web, () => [first!, third!, second!]);
    const { put, remove } = stateToWrite(web, after);
    expect(names(put)).toEqual([`member ${second!.id}`]);
    expect(names(remove)).toEqual([`member ${second!.id}`]);
  });

  it('brings back, in its old place, what a change that failed had removed', () => {
    const without = withMembers(web, ([, ...rest]) => rest);
    const rows = new Rows().commit(stateToWrite(emptyState(), web)).commit(stateToWrite(web, without));
    expect(stateFromObjects(rows.commit(stateToWrite(without, web)).load())).toEqual(web);
  });
});

describe('stateFromObjects', () => {
  it('loads what was written, after each of many random changes', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const states = new RandomStates(new Random(seed));
      const rows = new Rows();
      let state = emptyState();
      for (let step = 0; step < 40; step += 1) {
        const next = states.next(state);
        rows.commit(stateToWrite(state, next));
        state = next;
        expect(listsOf(stateFromObjects(rows.load())), `seed ${seed}, step ${step}`).toEqual(listsOf(state));
      }
    }
  });

  it('puts policies in the order of their positions', () => {
    const l7policies = ['p-1', 'p-2', 'p-3'].map((id, index) => l7policy({ id, position: index + 1 }));
    const state = { ...web, loadbalancers: [loadBalancer({ id: 'web', listeners: [{ ...http, l7policies }] })] };
    const [balancer, row, ...policies] = stateToWrite(emptyState(), state).put;
    expect(stateFromObjects([balancer!, row!, ...policies.reverse()])).toEqual(state);
  });

  it('gives a field that an earlier release did not have its default', () => {
    const rows = stateToWrite(emptyState(), web).put.map((object) => {
      const { bandwidth_limit, backup, ...document } = object.document as Record<string, unknown>;
      return { ...object, document };
    });
    expect(stateFromObjects(rows)).toEqual(web);
  });

  const rows = stateToWrite(emptyState(), web).put;
  const [webRow, httpRow, poolRow, memberRow, , , monitorRow] = rows as [StoredObject, ...StoredObject[]];
  it.each<[sentence: string, rows: StoredObject[], words: string]>([
    [
      'a member without its pool',
      [webRow, memberRow!],
      `member "${memberRow!.id}": its pool "${poolRow!.id}" is missing`,
    ],
    ['a kind of a later release', [{ ...webRow, kind: 'tunnel' as 'member' }], 'does not know the kind "tunnel"'],
    ['a document that is a number', [{ ...webRow, document: 5 }], 'its document is not an object'],
    [
      "another object's document",
      [webRow, { ...httpRow!, document: poolRow!.document }],
      `listener "${httpRow!.id}": its document is that of "${poolRow!.id}"`,
    ],
    [
      'a protocol of a later release',
      [webRow, { ...httpRow!, document: { id: httpRow!.id, protocol: 'QUIC' } }],
      'does not know the protocol "QUIC"',
    ],
    [
      'a pool with two monitors',
      [webRow, poolRow!, monitorRow!, { ...monitorRow!, id: 'x', document: { id: 'x' } }],
      `pool "${poolRow!.id}": has 2 health monitors`,
    ],
  ])('refuses %s by name', (_, objects, words) => {
    expect(() => stateFromObjects(objects)).toThrow(
      expect.objectContaining({ code: 'state_unreadable', message: expect.stringContaining(words) }),
    );
  });

  it('names ten of many rows that do not fit', () => {
    const orphans = Array.from({ length: 12 }, (_, index) => ({ ...memberRow!, id: `${index}` }));
    expect(() => stateFromObjects(orphans)).toThrow(/^12 objects .*and 2 more$/s);
  });
});
