/** Where the state is kept. Implementations: SQLite for one gateway; the interface is what a shared store has to offer too. */

/** Kinds of stored objects: each object of the tree has a row of its own, children name their parent. */
export const STORED_KINDS = [
  'loadbalancer',
  'listener',
  'pool',
  'member',
  'healthmonitor',
  'l7policy',
  'l7rule',
  'flavor',
  'flavorprofile',
  'availabilityzone',
  'availabilityzoneprofile',
  'quota',
  'accesslist',
  'publicaddress',
  'certificate',
  'project',
  'user',
  'roleassignment',
  'applicationcredential',
  'revokedtoken',
  'setting',
] as const;
export type StoredKind = (typeof STORED_KINDS)[number];

export interface StoredObject {
  kind: StoredKind;
  id: string;
  /** Id of the object it belongs to: a member's pool, a pool's load balancer. */
  parent: string | null;
  /** JSON without children. */
  document: unknown;
}

/** One request that changed, or tried to change, something (OB-4). Kept for seven days. */
export interface AuditEntry {
  /** UUID; entries sort by time, then by order of writing. */
  id: string;
  /** ms since the epoch. */
  at: number;
  request_id: string;
  user_id: string;
  user_name: string;
  project_id: string | null;
  /** Address of the client, or `socket`. */
  source: string;
  action: 'create' | 'update' | 'delete' | 'failover' | 'apply' | 'login' | 'revoke' | 'restore';
  kind: string;
  resource_id: string | null;
  resource_name: string | null;
  method: string;
  path: string;
  status: number;
  outcome: 'success' | 'failure';
  /** Bodies with every secret replaced, at most 16 KiB of JSON text each; null: none. */
  request: unknown;
  response: unknown;
  milliseconds: number;
}

export interface AuditFilter {
  kind?: string;
  resource_id?: string;
  resource_name?: string;
  /** User id or name. */
  user?: string;
  project_id?: string;
  action?: string;
  outcome?: 'success' | 'failure';
  /** ms since the epoch, both ends included. */
  since?: number;
  until?: number;
  /** Newest first; the entries before this id. */
  marker?: string;
  /** 1..1,000. */
  limit: number;
}

/** Something that happened by itself: a member went down, a flavor limit was reached, the daemon started. Kept for seven days. */
export interface EventEntry {
  id: string;
  at: number;
  /** Dotted and stable: `member.down`. */
  type: string;
  severity: 'info' | 'warning' | 'error';
  project_id: string | null;
  kind: string | null;
  resource_id: string | null;
  resource_name: string | null;
  /** A sentence. */
  message: string;
}

export interface EventFilter {
  type?: string;
  severity?: string;
  resource_id?: string;
  project_id?: string;
  since?: number;
  until?: number;
  marker?: string;
  limit: number;
}

/** One atomic, durable write. What is removed goes first: an object may move by being removed and put again. */
export interface StoreWrite {
  put: readonly StoredObject[];
  remove: ReadonlyArray<Pick<StoredObject, 'kind' | 'id'>>;
  audit?: readonly AuditEntry[];
  /** Ids of audit entries to remove, of changes that did not come to pass. */
  retract?: readonly string[];
  events?: readonly EventEntry[];
}

export interface Store {
  /** Makes or migrates what is needed. @throws SluiceError `state_unreadable` with what to do */
  open(): void | Promise<void>;
  close(): void | Promise<void>;
  /** Every object, in the order they were created. */
  load(): StoredObject[] | Promise<StoredObject[]>;
  /** All of it or, after a crash or an error, nothing of it. Durable when it returns. */
  commit(write: StoreWrite): void | Promise<void>;
  audit(filter: AuditFilter): AuditEntry[] | Promise<AuditEntry[]>;
  events(filter: EventFilter): EventEntry[] | Promise<EventEntry[]>;
  /** Writes a consistent copy to a file that must not exist, while the daemon runs. */
  backup(path: string): void | Promise<void>;
}
