/** Rows to a state. */
import {
  completePersistence,
  HTTP_MONITOR_DEFAULTS,
  L7_POLICY_DEFAULTS,
  L7_RULE_DEFAULTS,
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../model/defaults.js';
import { type Fault, SluiceError } from '../model/errors.js';
import {
  LISTENER_PROTOCOLS,
  type ListenerProtocol,
  type LoadBalancer,
  type SessionPersistence,
} from '../model/resources.js';
import type { Collections, State } from '../model/state.js';
import {
  branchesOf,
  COLLECTIONS,
  type Fields,
  HOST_FILE_HASH,
  idOf,
  isStoredKind,
  PARENT_KINDS,
  type TreeKind,
} from './layout.js';
import type { StoredKind, StoredObject } from './store.js';

/** Faults that the message names; the rest are in `faults`. */
const NAMED_FAULTS = 10;

/**
 * The state that rows hold. Lists are in the order of the rows, policies by position. A field that a row lacks, because an earlier
 * release wrote it, has its default.
 * @param objects in the order they were created
 * @throws SluiceError `state_unreadable` that names every row that does not fit
 */
export function stateFromObjects(objects: readonly StoredObject[]): State {
  const rows = new Rows(objects);
  if (rows.faults.length > 0) {
    throw unreadable(rows.faults);
  }
  const collections = Object.fromEntries(
    COLLECTIONS.map(({ name, kind }) => [name, new Map(rows.of(kind, null).map(({ id, document }) => [id, document]))]),
  );
  return {
    loadbalancers: rows.of('loadbalancer', null).map((row) => treeObject(row, rows) as unknown as LoadBalancer),
    ...(collections as unknown as Collections),
    hostFileHash: (rows.setting(HOST_FILE_HASH) as string | undefined) ?? null,
  };
}

/** Rows by kind and parent, and what is wrong with them. */
class Rows {
  readonly faults: Fault[] = [];
  readonly #settings = new Map<string, unknown>();
  /** Kind to parent to its children; the parent of what has none is null. */
  readonly #children = new Map<StoredKind, Map<string | null, StoredObject[]>>();

  constructor(objects: readonly StoredObject[]) {
    const ids = new Set(objects.map(({ kind, id }) => `${kind} ${id}`));
    for (const object of objects) {
      const fault = faultOf(object, ids);
      if (fault !== undefined) {
        this.faults.push({ code: 'invalid', path: `${object.kind} "${object.id}"`, message: fault });
      } else if (object.kind === 'setting') {
        this.#settings.set(object.id, object.document);
      } else {
        this.#add(object);
      }
    }
    for (const [pool, monitors] of this.#children.get('healthmonitor') ?? []) {
      if (monitors.length > 1) {
        const message = `has ${monitors.length} health monitors: ${monitors.map(({ id }) => id).join(', ')}`;
        this.faults.push({ code: 'invalid', path: `pool "${pool}"`, message });
      }
    }
  }

  of(kind: StoredKind, parent: string | null): readonly StoredObject[] {
    return this.#children.get(kind)?.get(parent) ?? [];
  }

  setting(id: string): unknown {
    return this.#settings.get(id);
  }

  #add(object: StoredObject): void {
    let families = this.#children.get(object.kind);
    if (!families) {
      families = new Map();
      this.#children.set(object.kind, families);
    }
    const siblings = families.get(object.parent);
    if (siblings) {
      siblings.push(object);
    } else {
      families.set(object.parent, [object]);
    }
  }
}

/** Why a row does not fit; undefined: it does. */
function faultOf({ kind, id, parent, document }: StoredObject, ids: ReadonlySet<string>): string | undefined {
  if (!isStoredKind(kind)) {
    return `this release does not know the kind "${kind}"`;
  }
  if (kind === 'setting') {
    return undefined;
  }
  const parentKind = PARENT_KINDS.get(kind);
  if (parentKind !== undefined && !ids.has(`${parentKind} ${parent}`)) {
    return `its ${parentKind} "${parent}" is missing`;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return 'its document is not an object';
  }
  const own = idOf(kind, document as Fields);
  if (own !== id) {
    return `its document is that of ${JSON.stringify(own)}`;
  }
  const { protocol } = document as Fields;
  if (kind === 'listener' && !LISTENER_PROTOCOLS.includes(protocol as ListenerProtocol)) {
    return `this release does not know the protocol ${JSON.stringify(protocol)}`;
  }
  return undefined;
}

/** An object of the tree with its defaults, its own fields and its children. */
function treeObject({ kind, id, document }: StoredObject, rows: Rows): Fields {
  const own = document as Fields;
  const object: Record<string, unknown> = { ...DEFAULTS[kind as TreeKind](own), ...own };
  if (kind === 'pool' && own.session_persistence) {
    object.session_persistence = completePersistence(own.session_persistence as SessionPersistence);
  }
  for (const branch of branchesOf(kind)) {
    const children = rows.of(branch.kind, id).map((child) => treeObject(child, rows));
    object[branch.field] = branchValue(branch.kind, children);
  }
  return object;
}

const DEFAULTS: Readonly<Record<TreeKind, (own: Fields) => object>> = {
  loadbalancer: () => LOADBALANCER_DEFAULTS,
  listener: ({ protocol }) => listenerDefaults(protocol as ListenerProtocol),
  pool: () => POOL_DEFAULTS,
  member: () => MEMBER_DEFAULTS,
  healthmonitor: ({ type }) =>
    type === 'HTTP' || type === 'HTTPS' ? { ...MONITOR_DEFAULTS, ...HTTP_MONITOR_DEFAULTS } : MONITOR_DEFAULTS,
  l7policy: () => L7_POLICY_DEFAULTS,
  l7rule: () => L7_RULE_DEFAULTS,
};

/** What a branch holds: the list, with the two exceptions. */
function branchValue(kind: TreeKind, children: Fields[]): unknown {
  if (kind === 'healthmonitor') {
    return children[0] ?? null;
  }
  return kind === 'l7policy' ? children.sort((one, other) => Number(one.position) - Number(other.position)) : children;
}

function unreadable(faults: readonly Fault[]): SluiceError {
  const named = faults.slice(0, NAMED_FAULTS).map(({ path, message }) => `  ${path}: ${message}`);
  const more = faults.length > NAMED_FAULTS ? [`  and ${faults.length - NAMED_FAULTS} more`] : [];
  return new SluiceError(
    'state_unreadable',
    `${faults.length === 1 ? 'an object' : `${faults.length} objects`} in the store cannot be used; restore a backup, or use the release that wrote it\n${[...named, ...more].join('\n')}`,
    { faults },
  );
}
