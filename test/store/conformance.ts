/** What every store has to do, whatever it is made of. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyState, stateFromObjects, stateToWrite } from '../../src/store/rows.js';
import type { AuditEntry, EventEntry, Store, StoredObject, StoreWrite } from '../../src/store/store.js';
import { Random } from '../support/random.js';
import { RandomStates } from './random-states.js';

/** One store, empty at first. */
export interface StoreUnderTest {
  /** Another handle on the same store, not open yet; the one before is closed. */
  handle: () => Store;
  /** Leaves nothing behind. */
  remove: () => void | Promise<void>;
}

const DAY = 24 * 3600 * 1000;
const NOW = Date.UTC(2026, 0, 31, 12);

/** @param make a store that asks `now` for the time, ms since the epoch */
export function describeStore(
  name: string,
  make: (now: () => number) => StoreUnderTest | Promise<StoreUnderTest>,
): void {
  describe(`${name} as a store`, () => {
    let now = NOW;
    let tested: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      now = NOW;
      tested = await make(() => now);
      store = tested.handle();
      await store.open();
    });
    afterEach(async () => {
      await store.close();
      await tested.remove();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = tested.handle();
      await store.open();
    }
    async function write(parts: Partial<StoreWrite>): Promise<void> {
      await store.commit({ put: [], remove: [], ...parts });
    }
    async function ids(): Promise<string[]> {
      return (await store.load()).map(({ id }) => id);
    }
    async function audited(filter: Parameters<Store['audit']>[0]): Promise<string[]> {
      return (await store.audit(filter)).map(({ id }) => id);
    }
    async function happened(filter: Parameters<Store['events']>[0]): Promise<string[]> {
      return (await store.events(filter)).map(({ id }) => id);
    }

    describe('objects', () => {
      it('are none at first', async () => {
        expect(await store.load()).toEqual([]);
      });

      it('come back as they were, also after a restart', async () => {
        const document = {
          name: "it's ü 漢 \u0000 \ud83d\ude00",
          deep: { list: [1, 2.5, null, true, { a: '' }] },
          empty: [],
        };
        const objects: StoredObject[] = [
          { kind: 'pool', id: 'b', parent: null, document },
          { kind: 'member', id: 'a', parent: 'b', document: { weight: 2 ** 40 } },
          { kind: 'setting', id: 'hash', parent: null, document: 'text' },
        ];
        await write({ put: objects });
        expect(await store.load()).toEqual(objects);
        await reopen();
        expect(await store.load()).toEqual(objects);
      });

      it('of different kinds may have the same id', async () => {
        await write({ put: [object('x', 'project'), object('x', 'quota')] });
        await write({ remove: [{ kind: 'project', id: 'x' }] });
        expect(await store.load()).toEqual([object('x', 'quota')]);
      });

      it('come in the order they were created, whatever was updated since', async () => {
        await write({ put: [object('c'), object('a')] });
        await write({ put: [object('b')] });
        await write({ put: [{ ...object('c'), document: { changed: true }, parent: 'other' }] });
        expect(await store.load()).toEqual([
          { ...object('c'), document: { changed: true }, parent: 'other' },
          object('a'),
          object('b'),
        ]);
      });

      it('get a new place when they are made again', async () => {
        await write({ put: ['a', 'b', 'c'].map((id) => object(id)) });
        await write({ remove: [{ kind: 'member', id: 'a' }] });
        await write({ put: [object('a')] });
        expect(await ids()).toEqual(['b', 'c', 'a']);
      });

      it('get a new place when one write removes and puts them', async () => {
        await write({ put: ['a', 'b', 'c'].map((id) => object(id)) });
        await write({ remove: [{ kind: 'member', id: 'b' }], put: [object('d'), object('b')] });
        expect(await ids()).toEqual(['a', 'c', 'd', 'b']);
      });

      it('that are not there can be removed', async () => {
        await write({ put: [object('a')], remove: [{ kind: 'member', id: 'nobody' }] });
        expect(await ids()).toEqual(['a']);
      });

      it('come by the ten thousand', async () => {
        const objects = Array.from({ length: 10_000 }, (_, index) => object(`id-${index}`));
        await write({ put: objects });
        await write({ remove: objects.slice(0, 5_000).map(({ kind, id }) => ({ kind, id })) });
        await reopen();
        expect(await store.load()).toEqual(objects.slice(5_000));
      });

      it('hold any state that comes about by changes', async () => {
        const states = new RandomStates(new Random(4711));
        let state = emptyState();
        for (let step = 1; step <= 150; step += 1) {
          const next = states.next(state);
          await store.commit(stateToWrite(state, next));
          state = next;
          if (step % 10 === 0) {
            await reopen();
            expect(stateFromObjects(await store.load()), `step ${step}`).toEqual(state);
          }
        }
      });
    });

    describe('the audit', () => {
      beforeEach(() =>
        write({
          audit: [
            entry('1', { at: NOW - 40, kind: 'pool', resource_id: 'p-1', resource_name: 'servers' }),
            entry('2', { at: NOW - 30, user_id: 'u-2', user_name: 'eve', project_id: 'other', outcome: 'failure' }),
            entry('3', { at: NOW - 30, action: 'delete', resource_id: 'p-1', kind: 'pool' }),
            entry('4', { at: NOW - 20, user_id: 'eve', user_name: 'eve', project_id: null }),
            entry('5', { at: NOW - 10, user_id: 'u-3', user_name: 'u-2' }),
          ],
        }),
      );

      it('comes newest first, of the same time in the reverse order of writing', async () => {
        expect(await audited({ limit: 100 })).toEqual(['5', '4', '3', '2', '1']);
      });

      it('comes back as it was written, also after a restart', async () => {
        await reopen();
        expect(await store.audit({ limit: 100, kind: 'pool', action: 'create' })).toEqual([
          entry('1', { at: NOW - 40, kind: 'pool', resource_id: 'p-1', resource_name: 'servers' }),
        ]);
      });

      it('loses entries of changes that did not come to pass', async () => {
        await write({ retract: ['4', '2', 'gone'] });
        expect(await audited({ limit: 100 })).toEqual(['5', '3', '1']);
      });

      it.each<[string, Partial<Parameters<Store['audit']>[0]>, string[]]>([
        ['kind', { kind: 'pool' }, ['3', '1']],
        ['id of the resource', { resource_id: 'p-1' }, ['3', '1']],
        ['name of the resource', { resource_name: 'servers' }, ['1']],
        ["user's id or name", { user: 'u-2' }, ['5', '2']],
        ["user's id and name that are the same", { user: 'eve' }, ['4', '2']],
        ['project', { project_id: 'other' }, ['2']],
        ['action', { action: 'delete' }, ['3']],
        ['outcome', { outcome: 'failure' }, ['2']],
        ['first time, included', { since: NOW - 20 }, ['5', '4']],
        ['last time, included', { until: NOW - 30 }, ['3', '2', '1']],
        ['several at once', { kind: 'pool', action: 'create', until: NOW - 30, resource_id: 'p-1' }, ['1']],
        ['user and time', { user: 'eve', since: NOW - 20, outcome: 'success' }, ['4']],
        ['something that nothing has', { kind: "it's" }, []],
      ])('is filtered by %s', async (_, filter, expected) => {
        expect(await audited({ limit: 100, ...filter })).toEqual(expected);
      });

      it.each([{}, { user: 'user' }])('comes in pages, each after the marker, with filter %o', async (filter) => {
        const more = Array.from({ length: 25 }, (_, index) => entry(`more-${index}`, { at: NOW - (index % 5) }));
        await write({ audit: more });
        const all = await audited({ limit: 1000, ...filter });
        const pages: string[] = [];
        for (;;) {
          const marker = pages.at(-1);
          const page = await audited({ limit: 4, ...filter, ...(marker === undefined ? {} : { marker }) });
          if (page.length === 0) {
            break;
          }
          pages.push(...page);
        }
        expect(pages).toEqual(all);
        expect(pages.length).toBeGreaterThan(25);
      });

      it('has nothing after a marker that is not there', async () => {
        expect(await audited({ limit: 100, marker: 'gone' })).toEqual([]);
      });

      it('is kept for seven days', async () => {
        now = NOW - 30 + 7 * DAY;
        expect(await audited({ limit: 100 })).toEqual(['5', '4', '3', '2']);
        await write({ audit: [entry('6', { at: now })] });
        now = NOW - 30;
        // Whoever turns the clock back sees what the write has removed.
        expect(await audited({ limit: 100 })).toEqual(['6', '5', '4', '3', '2']);
      });

      it('gets rid of more than comes in', async () => {
        await write({ audit: Array.from({ length: 3_000 }, (_, index) => entry(`old-${index}`, { at: NOW })) });
        now = NOW + 7 * DAY + 1;
        for (let index = 0; index < 20; index += 1) {
          await write({ audit: [entry(`new-${index}`, { at: now })] });
        }
        now = NOW;
        expect((await audited({ limit: 5_000 })).filter((id) => !id.startsWith('new'))).toEqual([]);
      });
    });

    describe('events', () => {
      beforeEach(() =>
        write({
          put: [object('a')],
          events: [
            event('1', { at: NOW - 40, type: 'member.up' }),
            event('2', { at: NOW - 30, severity: 'error', resource_id: 'm-2' }),
            event('3', { at: NOW - 20, project_id: 'other' }),
          ],
        }),
      );

      it('are written together with objects and come back as they were', async () => {
        expect(await ids()).toEqual(['a']);
        expect(await store.events({ limit: 1, type: 'member.up' })).toEqual([
          event('1', { at: NOW - 40, type: 'member.up' }),
        ]);
      });

      it.each<[string, Partial<Parameters<Store['events']>[0]>, string[]]>([
        ['nothing', {}, ['3', '2', '1']],
        ['type', { type: 'member.up' }, ['1']],
        ['severity', { severity: 'error' }, ['2']],
        ['resource', { resource_id: 'm-2' }, ['2']],
        ['project', { project_id: 'other' }, ['3']],
        ['times, both included', { since: NOW - 30, until: NOW - 20 }, ['3', '2']],
        ['marker', { marker: '3' }, ['2', '1']],
      ])('are filtered by %s', async (_, filter, expected) => {
        expect(await happened({ limit: 100, ...filter })).toEqual(expected);
      });

      it('are kept for seven days', async () => {
        now = NOW - 20 + 7 * DAY;
        expect(await happened({ limit: 100 })).toEqual(['3']);
      });
    });
  });
}

function object(id: string, kind: StoredObject['kind'] = 'member'): StoredObject {
  return { kind, id, parent: null, document: { id } };
}

export function entry(id: string, given: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id,
    at: NOW,
    request_id: `req-${id}`,
    user_id: 'u-1',
    user_name: 'user',
    project_id: 'p',
    source: '198.18.0.1',
    action: 'create',
    kind: 'loadbalancer',
    resource_id: null,
    resource_name: null,
    method: 'POST',
    path: '/v2/lbaas/loadbalancers',
    status: 201,
    outcome: 'success',
    request: { loadbalancer: { name: 'web' } },
    response: null,
    milliseconds: 1.5,
    ...given,
  };
}

export function event(id: string, given: Partial<EventEntry> = {}): EventEntry {
  return {
    id,
    at: NOW,
    type: 'member.down',
    severity: 'warning',
    project_id: 'p',
    kind: 'member',
    resource_id: 'm-1',
    resource_name: '',
    message: 'The member went down.',
    ...given,
  };
}
