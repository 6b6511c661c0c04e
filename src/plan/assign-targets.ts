/**
 * Indexes of targets and of the members behind them.
 */
import { TargetBit } from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { exceeded } from './capacity.js';
import type { Desired, DesiredTarget } from './desired.js';
import {
  type Capacity,
  type CurrentTables,
  type ListenerKey,
  type MemberKey,
  type TargetKey,
  type TargetRow,
  targetKey,
} from './tables.js';

/** The part of the assigned tables that this decides. */
export interface TargetIndexes {
  targets: Map<number, TargetRow>;
  targetIndexes: Map<TargetKey, number>;
  memberIndexes: Map<MemberKey, number>;
}

interface Held {
  id: number;
  row: TargetRow;
}

/**
 * Targets and members that stay keep their indexes.
 *
 * A session counts against the member of its target until it closes, so a target's `member` never changes, and a target that
 * is not wanted any more stays as it is, out of use, until its member has no active session. Such a retired row has weight 0,
 * which tells it from a drained one also after a restart. It is taken back when its member returns to its listener, or when
 * another listener wants the same member: listeners that come and go in front of a busy pool do not use up the table.
 *
 * Two pools may begin or cease to share a member index, when a listener moves from one to the other: the first listener
 * keeps it, the other gets new ones, its old targets retire.
 */
export function assignTargets(
  desired: Desired,
  current: CurrentTables,
  listeners: ReadonlyMap<ListenerKey, number>,
  capacity: Capacity,
): TargetIndexes {
  const held = new HeldTargets(current);
  const members = new MemberIndexes(current, capacity.members);
  for (const live of [true, false]) {
    for (const [key, { member }] of desired.targets) {
      const row = held.find(key, live)?.row;
      if (row) {
        members.claim(member, row.member);
      }
    }
  }
  const targets = new Map<number, TargetRow>();
  const targetIndexes = new Map<TargetKey, number>();
  const free = freeIndexes(current.targets, capacity.targets);
  for (const [key, target] of desired.targets) {
    const member = members.of(target.member);
    const kept = held.take(key, target, member);
    const id = kept ?? free.next().value;
    if (id === undefined) {
      throw exceeded('targets', capacity.targets);
    }
    targets.set(id, { ...target.row, listener: listeners.get(target.listener)!, member });
    targetIndexes.set(key, id);
  }
  for (const [id, row] of current.targets) {
    if (!targets.has(id) && current.active(row.member) > 0) {
      targets.set(id, { ...row, flags: TargetBit.GONE, weight: 0 });
    }
  }
  return { targets, targetIndexes, memberIndexes: members.indexes };
}

/** The targets in the kernel, by what they are. */
class HeldTargets {
  readonly #live = new Map<TargetKey, Held>();
  readonly #retired = new Map<TargetKey, Held>();
  /** Retired rows by address, port, protocol and member, whatever the listener. */
  readonly #spare = new Map<string, Held[]>();
  readonly #taken = new Set<number>();

  constructor(current: CurrentTables) {
    const names = new Map([...current.services].map(([name, { row }]) => [row.listener, name]));
    for (const [id, row] of current.targets) {
      const listener = names.get(row.listener);
      const key = listener === undefined ? undefined : targetKey(listener, formatAddress(row.address), row.port);
      if (key !== undefined && row.weight > 0) {
        this.#live.set(key, { id, row });
        continue;
      }
      if (key !== undefined) {
        this.#retired.set(key, { id, row });
      }
      const spare = spareKey(row, row.member);
      this.#spare.set(spare, [...(this.#spare.get(spare) ?? []), { id, row }]);
    }
  }

  find(key: TargetKey, live: boolean): Held | undefined {
    return (live ? this.#live : this.#retired).get(key);
  }

  /** The id to go on with, if there is a row for this target and this member. */
  take(key: TargetKey, target: DesiredTarget, member: number): number | undefined {
    const candidates = [
      this.#live.get(key),
      this.#retired.get(key),
      ...(this.#spare.get(spareKey(target.row, member)) ?? []),
    ];
    const found = candidates.find((held) => held && held.row.member === member && !this.#taken.has(held.id));
    if (found) {
      this.#taken.add(found.id);
    }
    return found?.id;
  }
}

function spareKey(row: Pick<TargetRow, 'address' | 'port' | 'protocol'>, member: number): string {
  return `${formatAddress(row.address)} ${row.port} ${row.protocol} ${member}`;
}

/** Which index each member has, and which members may still take one. */
class MemberIndexes {
  readonly indexes = new Map<MemberKey, number>();
  readonly #owners = new Map<number, MemberKey>();
  readonly #free: Iterator<number, undefined>;
  readonly #capacity: number;

  constructor(current: CurrentTables, capacity: number) {
    const taken = new Map([...current.targets.values()].map((row) => [row.member, row]));
    this.#capacity = capacity;
    this.#free = freeIndexes(taken, capacity, (index) => current.active(index) > 0);
  }

  /** Gives a member the index that one of its targets has, unless another member was first. */
  claim(member: MemberKey, index: number): void {
    if (!this.indexes.has(member) && !this.#owners.has(index)) {
      this.indexes.set(member, index);
      this.#owners.set(index, member);
    }
  }

  of(member: MemberKey): number {
    const index = this.indexes.get(member) ?? this.#free.next().value;
    if (index === undefined) {
      throw exceeded('members', this.#capacity);
    }
    this.claim(member, index);
    return index;
  }
}

/** Indexes below `capacity` without a row, from the lowest on. */
function* freeIndexes(
  rows: ReadonlyMap<number, unknown>,
  capacity: number,
  busy: (index: number) => boolean = () => false,
): Generator<number, undefined> {
  for (let index = 0; index < capacity; index++) {
    if (!rows.has(index) && !busy(index)) {
      yield index;
    }
  }
  return undefined;
}
