/**
 * Indexes of targets and of the members behind them.
 */
import { TargetBit } from '../datapath/layouts.js';
import { exceeded } from './capacity.js';
import type { Desired, DesiredTarget } from './desired.js';
import { endpointOf, HeldTargets } from './held-targets.js';
import type { Capacity, CurrentTables, ListenerKey, TargetRow } from './tables.js';

/** Indexes of what {@link Desired} lists, by position in its lists. */
export interface TargetIds {
  targets: Map<number, TargetRow>;
  targetIds: Uint32Array;
  memberIds: Uint32Array;
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
): TargetIds {
  const held = findHeld(desired, current);
  const members = claimMembers(desired, current, held, capacity);
  const targets = new Map<number, TargetRow>();
  const targetIds = new Uint32Array(desired.targets.length);
  const free = freeIndexes(capacity.targets, () => current.targets);
  for (const [position, target] of desired.targets.entries()) {
    const member = members.of(target.member);
    const listener = listeners.get(target.listener)!;
    const goesOn = (id: number): boolean => {
      const row = current.targets.get(id);
      // A row in use stays with its listener's index: the wheel that leads to it is still that index's.
      return row?.member === member && !targets.has(id) && (row.weight === 0 || row.listener === listener);
    };
    const id = held.idOf(position, member, goesOn) ?? free.next().value;
    if (id === undefined) {
      throw exceeded('targets', capacity.targets);
    }
    targets.set(id, rowOf(target, listener, member, current.targets.get(id)));
    targetIds[position] = id;
  }
  for (const [id, row] of current.targets) {
    if (!targets.has(id) && current.active(row.member) > 0) {
      targets.set(id, row.weight === 0 ? row : { ...row, flags: TargetBit.GONE, weight: 0 });
    }
  }
  return { targets, targetIds, memberIds: members.ids };
}

/** What the kernel has for each desired target, by position. */
interface Held {
  /** Ids of the listener's own targets, in use and retired; undefined where there is none. */
  live: Array<number | undefined>;
  retired: Array<number | undefined>;
  /** The id to go on with, the first that `goesOn` accepts. */
  idOf: (position: number, member: number, goesOn: (id: number) => boolean) => number | undefined;
}

function findHeld(desired: Desired, current: CurrentTables): Held {
  const targets = new HeldTargets(current);
  const endpoints = desired.targets.map(({ row }) => endpointOf(row));
  const live = desired.targets.map(({ listener }, position) => targets.of(listener)?.live.get(endpoints[position]!));
  const retired = desired.targets.map(({ listener }, position) => {
    return targets.of(listener)?.retired.get(endpoints[position]!);
  });
  return {
    live,
    retired,
    idOf: (position, member, goesOn) => {
      const own = [live[position], retired[position]].find((id) => id !== undefined && goesOn(id));
      const { protocol } = desired.targets[position]!.row;
      return own ?? targets.spare(endpoints[position]!, protocol, member).find(goesOn);
    },
  };
}

/** Members take the indexes that their targets have: those in use first, then those of retired targets. */
function claimMembers(desired: Desired, current: CurrentTables, held: Held, capacity: Capacity): MemberIndexes {
  const members = new MemberIndexes(desired.members.length, current, capacity.members);
  for (const ids of [held.live, held.retired]) {
    for (const [position, id] of ids.entries()) {
      if (id !== undefined) {
        members.claim(desired.targets[position]!.member, current.targets.get(id)!.member);
      }
    }
  }
  return members;
}

/**
 * The row of a target: the very object that is there if nothing about it changes, which spares later comparisons. Address, port and
 * protocol are the same in any case: it was found by them.
 */
function rowOf({ row }: DesiredTarget, listener: number, member: number, before: TargetRow | undefined): TargetRow {
  const same =
    before !== undefined &&
    before.flags === row.flags &&
    before.weight === row.weight &&
    before.listener === listener &&
    before.member === member;
  return same ? before : { ...row, listener, member };
}

const NONE = 0xffff_ffff;

/** Which index each member has, and which indexes are still to be had. */
class MemberIndexes {
  readonly ids: Uint32Array;
  /** Position of the member that has an index. */
  readonly #owners = new Map<number, number>();
  readonly #free: Iterator<number, undefined>;
  readonly #capacity: number;

  constructor(count: number, current: CurrentTables, capacity: number) {
    this.ids = new Uint32Array(count).fill(NONE);
    this.#capacity = capacity;
    const taken = (): Set<number> => new Set([...current.targets.values()].map((row) => row.member));
    this.#free = freeIndexes(capacity, taken, (index) => current.active(index) > 0);
  }

  /** Gives a member the index that one of its targets has, unless another member was first. */
  claim(member: number, index: number): void {
    if (this.ids[member] === NONE && !this.#owners.has(index)) {
      this.ids[member] = index;
      this.#owners.set(index, member);
    }
  }

  of(member: number): number {
    if (this.ids[member] === NONE) {
      const index = this.#free.next().value;
      if (index === undefined) {
        throw exceeded('members', this.#capacity);
      }
      this.claim(member, index);
    }
    return this.ids[member]!;
  }
}

/**
 * Indexes below `capacity` that are neither taken nor busy, from the lowest on.
 * @param takenIndexes asked only when the first index is: most changes need none
 */
function* freeIndexes(
  capacity: number,
  takenIndexes: () => { has(index: number): boolean },
  busy: (index: number) => boolean = () => false,
): Generator<number, undefined> {
  const taken = takenIndexes();
  for (let index = 0; index < capacity; index++) {
    if (!taken.has(index) && !busy(index)) {
      yield index;
    }
  }
  return undefined;
}
