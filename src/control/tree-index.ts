/**
 * What operations have to find in the tree without walking through it: objects by id, who has an address, how many a project has.
 * One index serves a whole line of trees: a change brings it from the old tree to the new one by comparing references, and
 * remembers how to go back. Asking about an older tree takes those steps back first. So a change costs what it changes, and every
 * tree, old or new, gets exact answers.
 */
import {
  type HealthMonitor,
  type L7Policy,
  type L7Rule,
  type Listener,
  type LoadBalancer,
  type Member,
  type Pool,
  vipsOf,
} from '../model/resources.js';

/** Every kind of object of the tree. */
export interface TreeObjects {
  loadbalancer: LoadBalancer;
  listener: Listener;
  pool: Pool;
  member: Member;
  healthmonitor: HealthMonitor;
  l7policy: L7Policy;
  l7rule: L7Rule;
}
export type TreeKind = keyof TreeObjects;
type TreeObject = TreeObjects[TreeKind];

export interface Entry {
  kind: TreeKind;
  object: TreeObject;
  /** Id of the object it belongs to; null for load balancers. */
  parent: string | null;
}

/** The facts of one tree. */
export interface TreeFacts {
  /** By id; where two have one, the one that had it first. */
  entries: ReadonlyMap<string, Entry>;
  /** Ids of load balancers by the addresses that their clients use; where two have one, of the one that had it first. */
  vips: ReadonlyMap<string, string>;
  /** By {@link countKey} and {@link memberKey}; absent: none. */
  counts: ReadonlyMap<string, number>;
}

/** How many of a kind a project has. */
export function countKey(kind: TreeKind, projectId: string): string {
  return `${kind} of ${projectId}`;
}

/** How many members have an address. */
export function memberKey(address: string): string {
  return `member at ${address}`;
}

type LoadBalancers = readonly LoadBalancer[];

/** A tree's place in its line: where `next` is null the facts are this tree's, else `undo` leads here from the next one. */
interface Version {
  facts: Facts;
  next: Version | null;
  undo: Write[];
}

const versions = new WeakMap<LoadBalancers, Version>();

/** The facts of a tree. They hold until another tree is asked about or noted: use them at once. */
export function factsOf(loadbalancers: LoadBalancers): TreeFacts {
  return versionOf(loadbalancers).facts;
}

/** Notes that `after` was made from `before`, so that its facts need not be gathered from nothing. */
export function noteChange(before: LoadBalancers, after: LoadBalancers): void {
  if (before === after || versions.has(after)) {
    return;
  }
  const old = versionOf(before);
  const version: Version = { facts: old.facts, next: null, undo: [] };
  old.undo = old.facts.change(before, after);
  old.next = version;
  versions.set(after, version);
}

function versionOf(loadbalancers: LoadBalancers): Version {
  let version = versions.get(loadbalancers);
  if (version) {
    makeCurrent(version);
    return version;
  }
  version = { facts: new Facts(), next: null, undo: [] };
  version.facts.change([], loadbalancers);
  versions.set(loadbalancers, version);
  return version;
}

/** Takes the steps back from the tree that the facts are of; each tree on the way learns how to come back to its own. */
function makeCurrent(version: Version): void {
  const path: Array<{ older: Version; newer: Version }> = [];
  for (let older = version; older.next !== null; older = older.next) {
    path.push({ older, newer: older.next });
  }
  for (const { older, newer } of path.reverse()) {
    newer.undo = older.facts.replay(older.undo);
    newer.next = older;
    older.undo = [];
    older.next = null;
  }
}

/** What one place of a map held before it was written; undefined: nothing. */
interface Write {
  map: Map<string, unknown>;
  key: string;
  value: unknown;
}

class Facts implements TreeFacts {
  readonly entries = new Map<string, Entry>();
  readonly vips = new Map<string, string>();
  readonly counts = new Map<string, number>();
  #writes: Write[] = [];
  #come: Entry[] = [];

  /** From the facts of one tree to those of another. Returns the way back. */
  change(before: LoadBalancers, after: LoadBalancers): Write[] {
    compare(before, after, (old, now) => {
      this.#pass('loadbalancer', null, old, now);
      this.#listeners((now ?? old)?.id as string, old?.listeners ?? [], now?.listeners ?? []);
      this.#pools((now ?? old)?.id as string, old?.pools ?? [], now?.pools ?? []);
    });
    // Everything that goes has gone by now: an id or address that moved from one object to another is not lost.
    for (const entry of this.#come) {
      if (!this.entries.has(entry.object.id)) {
        this.#write(this.entries, entry.object.id, entry);
      }
      for (const vip of vipsOfEntry(entry)) {
        if (!this.vips.has(vip)) {
          this.#write(this.vips, vip, entry.object.id);
        }
      }
    }
    this.#come = [];
    return this.#takeWrites();
  }

  replay(writes: readonly Write[]): Write[] {
    for (const { map, key, value } of writes.toReversed()) {
      this.#write(map, key, value);
    }
    return this.#takeWrites();
  }

  #listeners(parent: string, before: readonly Listener[], after: readonly Listener[]): void {
    compare(before, after, (old, now) => {
      this.#pass('listener', parent, old, now);
      const listener = (now ?? old)?.id as string;
      compare(old?.l7policies ?? [], now?.l7policies ?? [], (oldPolicy, policy) => {
        this.#pass('l7policy', listener, oldPolicy, policy);
        const id = (policy ?? oldPolicy)?.id as string;
        compare(oldPolicy?.rules ?? [], policy?.rules ?? [], (oldRule, rule) => {
          this.#pass('l7rule', id, oldRule, rule);
        });
      });
    });
  }

  #pools(parent: string, before: readonly Pool[], after: readonly Pool[]): void {
    compare(before, after, (old, now) => {
      this.#pass('pool', parent, old, now);
      const pool = (now ?? old)?.id as string;
      compare(monitorsOf(old), monitorsOf(now), (oldMonitor, monitor) => {
        this.#pass('healthmonitor', pool, oldMonitor, monitor);
      });
      compare(old?.members ?? [], now?.members ?? [], (oldMember, member) => {
        this.#pass('member', pool, oldMember, member);
        if (oldMember?.address !== member?.address) {
          this.#count(oldMember && memberKey(oldMember.address), -1);
          this.#count(member && memberKey(member.address), 1);
        }
      });
    });
  }

  #pass(kind: TreeKind, parent: string | null, old: TreeObject | undefined, now: TreeObject | undefined): void {
    if (old) {
      if (this.entries.get(old.id)?.object === old) {
        this.#write(this.entries, old.id, undefined);
      }
      for (const vip of vipsOfEntry({ kind, object: old, parent })) {
        if (this.vips.get(vip) === old.id) {
          this.#write(this.vips, vip, undefined);
        }
      }
    }
    if (now) {
      this.#come.push({ kind, object: now, parent });
    }
    if (old?.project_id !== now?.project_id) {
      this.#count(old && countKey(kind, old.project_id), -1);
      this.#count(now && countKey(kind, now.project_id), 1);
    }
  }

  #count(key: string | undefined, by: 1 | -1): void {
    if (key !== undefined) {
      this.#write(this.counts, key, (this.counts.get(key) ?? 0) + by || undefined);
    }
  }

  #write(map: Map<string, unknown>, key: string, value: unknown): void {
    this.#writes.push({ map, key, value: map.get(key) });
    if (value === undefined) {
      map.delete(key);
    } else {
      map.set(key, value);
    }
  }

  #takeWrites(): Write[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }
}

/** Tells of each object that is not the very same in both lists; its counterpart is found by id. */
function compare<T extends { id: string }>(
  before: readonly T[],
  after: readonly T[],
  tell: (old: T | undefined, now: T | undefined) => void,
): void {
  let first = 0;
  while (first < before.length && first < after.length && before[first] === after[first]) {
    first++;
  }
  let rest = 0;
  const most = Math.min(before.length, after.length) - first;
  while (rest < most && before[before.length - 1 - rest] === after[after.length - 1 - rest]) {
    rest++;
  }
  const gone = new Map<string, T>();
  for (let i = first; i < before.length - rest; i++) {
    const old = before[i] as T;
    gone.set(old.id, old);
  }
  for (let i = first; i < after.length - rest; i++) {
    const now = after[i] as T;
    const old = gone.get(now.id);
    gone.delete(now.id);
    if (old !== now) {
      tell(old, now);
    }
  }
  for (const old of gone.values()) {
    tell(old, undefined);
  }
}

function monitorsOf(pool: Pool | undefined): readonly HealthMonitor[] {
  return pool?.healthmonitor ? [pool.healthmonitor] : [];
}

function vipsOfEntry({ kind, object }: Entry): readonly string[] {
  return kind === 'loadbalancer' ? vipsOf(object as LoadBalancer) : [];
}
