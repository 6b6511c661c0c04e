/**
 * How a state is laid out in rows: each object of the tree and of the flat collections is one row, children name their parent.
 * Reading and writing both follow these two tables.
 */
import type { AvailabilityZone, Collections, Quota } from '../model/state.js';
import { STORED_KINDS, type StoredKind } from './store.js';

/** Any stored object: read by field name, because one walk serves all kinds. */
export type Fields = Readonly<Record<string, unknown>>;

/** Kinds of the resource tree. */
export type TreeKind = 'loadbalancer' | 'listener' | 'pool' | 'member' | 'healthmonitor' | 'l7policy' | 'l7rule';

/** Where an object keeps children, and of what kind. A health monitor is one child or null, the others are lists. */
export interface Branch {
  field: string;
  kind: TreeKind;
}

const BRANCHES: Readonly<Record<TreeKind, readonly Branch[]>> = {
  loadbalancer: [
    { field: 'listeners', kind: 'listener' },
    { field: 'pools', kind: 'pool' },
  ],
  listener: [{ field: 'l7policies', kind: 'l7policy' }],
  l7policy: [{ field: 'rules', kind: 'l7rule' }],
  pool: [
    { field: 'members', kind: 'member' },
    { field: 'healthmonitor', kind: 'healthmonitor' },
  ],
  member: [],
  healthmonitor: [],
  l7rule: [],
};

const NO_BRANCHES: readonly Branch[] = [];

/** Of objects of the tree; flat objects have none. */
export function branchesOf(kind: StoredKind): readonly Branch[] {
  return BRANCHES[kind as TreeKind] ?? NO_BRANCHES;
}

/** The kind that a kind's parents are of; undefined where rows have no parent. */
export const PARENT_KINDS: ReadonlyMap<StoredKind, TreeKind> = new Map(
  (Object.keys(BRANCHES) as TreeKind[]).flatMap((parent) =>
    BRANCHES[parent].map(({ kind }): [StoredKind, TreeKind] => [kind, parent]),
  ),
);

/** A flat collection: its place in the state, the kind of its rows, and what a row is called by. */
export interface Collection {
  name: keyof Collections;
  kind: StoredKind;
  idOf: (object: Fields) => string;
}

export const COLLECTIONS: readonly Collection[] = [
  collection('flavors', 'flavor'),
  collection('flavorprofiles', 'flavorprofile'),
  collection('availabilityzones', 'availabilityzone', 'name' satisfies keyof AvailabilityZone),
  collection('availabilityzoneprofiles', 'availabilityzoneprofile'),
  collection('quotas', 'quota', 'project_id' satisfies keyof Quota),
  collection('accesslists', 'accesslist'),
  collection('publicaddresses', 'publicaddress'),
  collection('certificates', 'certificate'),
  collection('projects', 'project'),
  collection('users', 'user'),
  collection('roleassignments', 'roleassignment'),
  collection('applicationcredentials', 'applicationcredential'),
  collection('revokedtokens', 'revokedtoken'),
];

/** Id of the `setting` row that holds `hostFileHash`. */
export const HOST_FILE_HASH = 'host_file_hash';

const COLLECTION_OF: ReadonlyMap<StoredKind, Collection> = new Map(COLLECTIONS.map((each) => [each.kind, each]));

/** What the row of an object is called by. */
export function idOf(kind: StoredKind, object: Fields): unknown {
  return COLLECTION_OF.get(kind)?.idOf(object) ?? object.id;
}

export function isStoredKind(text: string): text is StoredKind {
  return (STORED_KINDS as readonly string[]).includes(text);
}

export function byId(object: Fields): string {
  return object.id as string;
}

function collection(name: keyof Collections, kind: StoredKind, key = 'id'): Collection {
  return { name, kind, idOf: (object) => object[key] as string };
}
