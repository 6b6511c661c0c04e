/**
 * A state as rows, and back: {@link stateToWrite} finds what a change made different, {@link stateFromObjects} puts a state
 * together again.
 */
import type { Collections, State } from '../model/state.js';
import { type Branch, branchesOf, byId, COLLECTIONS, type Fields, HOST_FILE_HASH } from './layout.js';
import type { StoredKind, StoredObject, StoreWrite } from './store.js';

export { stateFromObjects } from './state-from-objects.js';

/** What a gateway holds that nobody has configured. */
export function emptyState(): State {
  const collections = Object.fromEntries(COLLECTIONS.map(({ name }) => [name, new Map()]));
  return { loadbalancers: [], ...(collections as unknown as Collections), hostFileHash: null };
}

/**
 * What has to be written for a store that holds `before` to hold `after`. Objects are told apart by reference: what two states
 * share is not looked into, so a change costs as much as the lists it made anew are long. An object that got another place among
 * its siblings is in `remove` and in `put`: its row is made anew and comes where it comes now.
 */
export function stateToWrite(before: State, after: State): Pick<StoreWrite, 'put' | 'remove'> {
  const difference = new Difference();
  difference.list('loadbalancer', null, fieldsOf(before.loadbalancers), fieldsOf(after.loadbalancers), byId);
  for (const { name, kind, idOf } of COLLECTIONS) {
    if (before[name] !== after[name]) {
      difference.list(kind, null, fieldsOf(before[name].values()), fieldsOf(after[name].values()), idOf);
    }
  }
  if (before.hostFileHash !== after.hostFileHash) {
    difference.setting(HOST_FILE_HASH, after.hostFileHash);
  }
  const { put, remove } = difference;
  return { put, remove };
}

class Difference {
  readonly put: StoredObject[] = [];
  readonly remove: Pick<StoredObject, 'kind' | 'id'>[] = [];

  /**
   * Compares the children of one parent. They keep their places as long as they come in the old order; from the first one that
   * is new or has moved, every row has to be made anew to come after it.
   */
  list(
    kind: StoredKind,
    parent: string | null,
    before: readonly Fields[],
    after: readonly Fields[],
    idOf: (object: Fields) => string,
  ): void {
    if (before === after) {
      return;
    }
    const passed = new Map<string, Fields>();
    let next = 0;
    for (const old of before) {
      const now = after[next];
      if (old === now) {
        next += 1;
      } else if (now !== undefined && idOf(old) === idOf(now)) {
        this.#object(kind, parent, idOf(now), old, now);
        next += 1;
      } else {
        passed.set(idOf(old), old);
      }
    }
    for (const now of after.slice(next)) {
      const id = idOf(now);
      const old = passed.get(id);
      passed.delete(id);
      if (old) {
        this.remove.push({ kind, id });
      }
      this.put.push({ kind, id, parent, document: documentOf(kind, now) });
      this.#children(kind, id, old, now);
    }
    for (const [id, old] of passed) {
      this.remove.push({ kind, id });
      this.#children(kind, id, old, undefined);
    }
  }

  /** A value that is not an object of its own; null: none. */
  setting(id: string, value: string | null): void {
    if (value === null) {
      this.remove.push({ kind: 'setting', id });
    } else {
      this.put.push({ kind: 'setting', id, parent: null, document: value });
    }
  }

  #object(kind: StoredKind, parent: string | null, id: string, before: Fields, after: Fields): void {
    if (differs(kind, before, after)) {
      this.put.push({ kind, id, parent, document: documentOf(kind, after) });
    }
    this.#children(kind, id, before, after);
  }

  #children(kind: StoredKind, id: string, before: Fields | undefined, after: Fields | undefined): void {
    for (const branch of branchesOf(kind)) {
      if (before?.[branch.field] !== after?.[branch.field]) {
        this.list(branch.kind, id, childrenOf(before, branch), childrenOf(after, branch), byId);
      }
    }
  }
}

const NONE: readonly Fields[] = [];

/** Children of an object in one of its branches; none of an object that is not there. */
function childrenOf(object: Fields | undefined, { field }: Branch): readonly Fields[] {
  const value = (object?.[field] ?? NONE) as Fields | readonly Fields[];
  return Array.isArray(value) ? (value as readonly Fields[]) : [value as Fields];
}

/** Whether a field of its own differs, children aside. */
function differs(kind: StoredKind, before: Fields, after: Fields): boolean {
  const branches = branchesOf(kind);
  const fields = Object.keys(after);
  return (
    fields.length !== Object.keys(before).length ||
    fields.some((field) => before[field] !== after[field] && !branches.some((branch) => branch.field === field))
  );
}

function documentOf(kind: StoredKind, object: Fields): unknown {
  const branches = branchesOf(kind);
  if (branches.length === 0) {
    return object;
  }
  const document: Record<string, unknown> = { ...object };
  for (const { field } of branches) {
    delete document[field];
  }
  return document;
}

/** The same objects, seen as fields; a list stays the same list. */
function fieldsOf(objects: readonly object[] | Iterable<object>): readonly Fields[] {
  return (Array.isArray(objects) ? objects : [...objects]) as readonly Fields[];
}
