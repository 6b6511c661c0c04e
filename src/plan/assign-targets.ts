/**
 * Indexes of targets and of the members behind them.
 */
import { TargetBit } from '../datapath/layouts.js';
import { exceeded } from './capacity.js';
import type { DesiredMember, DesiredTarget } from './desired.js';
import type { Held } from './held.js';
import { type Endpoint, endpointOf } from './held-targets.js';
import type { Step } from './step.js';
import type { Capacity, ListenerKey, TargetRow } from './tables.js';

/** Rows by id, and the id of each desired target. */
export interface TargetIds {
  targets: Map<number, TargetRow>;
  ids: ReadonlyMap<DesiredTarget, number>;
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
  step: Step,
  held: Held,
  listeners: ReadonlyMap<ListenerKey, number>,
  capacity: Capacity,
): TargetIds {
  const { tables } = held;
  const wanted = step.balancers.flatMap((balancer) => balancer.targets.map((target) => findHeld(target, held)));
  const members = claimMembers(step, wanted, held, capacity);
  const targets = new Map<number, TargetRow>();
  const ids = new Map<DesiredTarget, number>();
  const free = held.targetIds.free(capacity.targets);
  for (const one of wanted) {
    const { target } = one;
    const member = members.of(target.member);
    const listener = listeners.get(target.listener)!;
    const goesOn = (id: number | undefined): id is number => {
      const row = id === undefined || targets.has(id) ? undefined : tables.targets.get(id);
      // A row in use stays with its listener's index: the wheel that leads to it is still that index's.
      return row?.member === member && (row.weight === 0 || row.listener === listener);
    };
    const spare = () =>
      held.targets.resting(one.endpoint).find((id) => isOf(target, tables.targets.get(id)!) && goesOn(id));
    const id = [one.inUse, one.retired].find(goesOn) ?? spare() ?? free.next().value;
    if (id === undefined) {
      throw exceeded('targets', capacity.targets);
    }
    targets.set(id, rowOf(target, listener, member, tables.targets.get(id)));
    ids.set(target, id);
  }
  for (const id of step.targets) {
    const row = tables.targets.get(id)!;
    if (!targets.has(id) && tables.active(row.member) > 0) {
      targets.set(id, row.weight === 0 ? row : { ...row, flags: TargetBit.GONE, weight: 0 });
    }
  }
  return { targets, ids };
}

/** A desired target, and the ids that its listener has for it in the kernel. */
interface Wanted {
  target: DesiredTarget;
  endpoint: Endpoint;
  inUse: number | undefined;
  retired: number | undefined;
}

function findHeld(target: DesiredTarget, held: Held): Wanted {
  const endpoint = endpointOf(target.row);
  const listener = held.listenerOf(target.listener);
  if (listener === undefined) {
    return { target, endpoint, inUse: undefined, retired: undefined };
  }
  const isOwn = (id: number): boolean => held.tables.targets.get(id)!.listener === listener;
  const retired = held.targets.resting(endpoint).find(isOwn);
  return { target, endpoint, inUse: held.targets.inUse(listener)?.get(endpoint), retired };
}

/** Whether a row with the same address and port is of the same protocol. */
function isOf({ row }: DesiredTarget, other: TargetRow): boolean {
  return row.protocol === other.protocol;
}

/** Members take the indexes that their targets have: those in use first, then those of retired targets. */
function claimMembers(step: Step, wanted: readonly Wanted[], held: Held, capacity: Capacity): MemberIndexes {
  const members = new MemberIndexes(step, held, capacity.members);
  for (const which of ['inUse', 'retired'] as const) {
    for (const { target, [which]: id } of wanted) {
      if (id !== undefined) {
        members.claim(target.member, held.tables.targets.get(id)!.member);
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

/** Which index each member has, and which indexes are still to be had. */
class MemberIndexes {
  readonly #indexes = new Map<DesiredMember, number>();
  readonly #taken = new Set<number>();
  readonly #free: Iterator<number, undefined>;
  readonly #held: Held;
  readonly #capacity: number;
  /** How many of the targets in use that the step looks at count for a member. */
  readonly #looked = new Map<number, number>();

  constructor(step: Step, held: Held, capacity: number) {
    this.#held = held;
    this.#capacity = capacity;
    this.#free = held.members.free(capacity, (index) => held.tables.active(index) > 0);
    for (const id of step.targets) {
      const { member, weight } = held.tables.targets.get(id)!;
      if (weight > 0) {
        this.#looked.set(member, (this.#looked.get(member) ?? 0) + 1);
      }
    }
  }

  /** Gives a member the index that one of its targets has, unless another member was first or goes on with it. */
  claim(member: DesiredMember, index: number): void {
    const elsewhere = this.#held.targets.members.of(index) > (this.#looked.get(index) ?? 0);
    if (!this.#indexes.has(member) && !this.#taken.has(index) && !elsewhere) {
      this.#give(member, index);
    }
  }

  of(member: DesiredMember): number {
    const known = this.#indexes.get(member);
    if (known !== undefined) {
      return known;
    }
    const index = this.#free.next().value;
    if (index === undefined) {
      throw exceeded('members', this.#capacity);
    }
    this.#give(member, index);
    return index;
  }

  #give(member: DesiredMember, index: number): void {
    this.#indexes.set(member, index);
    this.#taken.add(index);
  }
}
