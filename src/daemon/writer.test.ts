import { describe, expect, it } from 'vitest';
import type { Operation } from '../control/operation.js';
import { Lock } from '../datapath/lock.js';
import { socketCaller } from '../identity/index.js';
import { SluiceError } from '../model/errors.js';
import type { Project } from '../model/identity.js';
import type { State } from '../model/state.js';
import { emptyState } from '../store/rows.js';
import type { AuditEntry } from '../store/store.js';
import { Writer } from './writer.js';

const caller = socketCaller();
const nothing = { describe: () => [], warnings: () => [] };

function add(id: string): Operation<string> {
  return ({ state }) => {
    if (state.projects.has(id)) {
      throw new SluiceError('conflict', `${id} exists`);
    }
    const project: Project = { id, name: id, description: '', enabled: true };
    return { state: { ...state, projects: new Map(state.projects).set(id, project) }, result: id };
  };
}

const entryFor = (id: string) => ({ id }) as AuditEntry;

describe('Writer', () => {
  let state: State;
  /** Projects and audit entries of each put. */
  let puts: { projects: string[]; audit: string[] }[];

  function writerThat(refuse: (state: State) => boolean = () => false): Writer {
    state = emptyState();
    puts = [];
    return new Writer({
      lock: new Lock(),
      state: () => state,
      put: async (next, { audit }) => {
        puts.push({ projects: [...next.projects.keys()], audit: audit.map(({ id }) => id) });
        if (refuse(next)) {
          throw new SluiceError('capacity_exceeded', 'full');
        }
        state = next;
        return nothing;
      },
      context: () => ({
        now: '2026-01-01T00:00:00',
        newId: () => 'id',
        subnets: [],
        localAddresses: new Set<string>(),
        seal: (secret) => secret,
        errorOf: () => undefined,
      }),
    });
  }

  it('saves and applies those that wait together at once, in their order', async () => {
    const writer = writerThat();
    const done = await Promise.all(['a', 'b', 'c'].map((id) => writer.submit(caller, add(id), entryFor)));
    expect(done.map(({ result }) => result)).toEqual(['a', 'b', 'c']);
    expect(puts).toEqual([{ projects: ['a', 'b', 'c'], audit: ['a', 'b', 'c'] }]);
  });

  it('an operation that refuses disturbs no other, and leaves no entry', async () => {
    const writer = writerThat();
    const done = await Promise.allSettled(['a', 'a', 'b'].map((id) => writer.submit(caller, add(id), entryFor)));
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(puts).toEqual([{ projects: ['a', 'b'], audit: ['a', 'b'] }]);
  });

  it('where a group cannot be had, each has its turn alone', async () => {
    const writer = writerThat((next) => next.projects.has('bad'));
    const done = await Promise.allSettled(['a', 'bad', 'b'].map((id) => writer.submit(caller, add(id), entryFor)));
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...state.projects.keys()]).toEqual(['a', 'b']);
  });

  it('an entry that cannot be made is the fault of its operation alone', async () => {
    const writer = writerThat();
    const entryUnless = (id: string) => () => {
      if (id === 'bad') {
        throw new Error('no entry');
      }
      return entryFor(id);
    };
    const submit = (id: string) => writer.submit(caller, add(id), entryUnless(id));
    const done = await Promise.allSettled(['a', 'bad', 'b'].map(submit));
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...state.projects.keys()]).toEqual(['a', 'b']);
  });

  it('sees what those before it did', async () => {
    const writer = writerThat();
    await writer.submit(caller, add('a'));
    await expect(writer.submit(caller, add('a'))).rejects.toMatchObject({ code: 'conflict' });
    expect(puts).toHaveLength(1);
  });

  it('nobody is left waiting when more come than fit in one group', async () => {
    const writer = writerThat();
    const ids = Array.from({ length: 1000 }, (_, index) => `p${index}`);
    await Promise.all(ids.map((id) => writer.submit(caller, add(id))));
    expect([...state.projects.keys()]).toEqual(ids);
    expect(puts.length).toBeLessThan(10);
  });
});
