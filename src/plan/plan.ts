/**
 * The road of every change from configuration to operations.
 */
import { assign } from './assign.js';
import { type CompileInput, Compiler } from './compiler.js';
import { describeOperations } from './describe.js';
import type { Desired } from './desired.js';
import { diff } from './diff.js';
import { Held } from './held.js';
import { type Operation, orderOperations } from './order.js';
import { stepBetween, wholeStep } from './step.js';
import { CAPACITY, type Capacity, type CurrentTables } from './tables.js';

export interface Plan {
  /** In the order in which they must be executed; empty when the kernel holds what the configuration asks for. */
  operations: Operation[];
  /** The operations in words, for people. */
  describe: () => string[];
  /** What the tables hold once they are executed. */
  desired: Desired;
}

/**
 * Plans changes one after another, each at the cost of what it changes: what the tables hold and what they were made for is kept.
 * As long as nobody else writes to the kernel; else {@link forget}.
 */
export class Planner {
  readonly #compiler = new Compiler();
  readonly #capacity: Capacity;
  #held: Held | undefined;
  /** What the tables hold, as far as the plan goes; undefined: not known. */
  #done: Desired | undefined;

  /** @param capacity sizes of the tables; default those of bpf/maps.h */
  constructor(capacity: Capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** What the kernel holds; undefined: to be read. */
  get held(): Held | undefined {
    return this.#held;
  }

  /** @param current as read from the kernel; the planner's alone from now on */
  adopt(current: CurrentTables): Held {
    this.#held = new Held(current);
    this.#done = undefined;
    // Of members that were not checked yet the tables say whether they are up.
    this.#compiler.distrust();
    return this.#held;
  }

  /** The kernel may hold something else: the next plan needs tables to {@link adopt}. */
  forget(): void {
    this.#held = undefined;
    this.#done = undefined;
  }

  /**
   * Plans a change against the tables it has adopted. Nothing has happened by that.
   * @throws SluiceError `unsupported`, `invalid_configuration`, `capacity_exceeded`
   */
  plan(input: CompileInput): Plan {
    const held = this.#held!;
    const before = this.#done;
    const desired = this.#compiler.compile(input);
    const step = before?.gateway === desired.gateway ? stepBetween(before, desired, held) : wholeStep(desired, held);
    const assigned = assign(step, held, this.#capacity);
    const operations = orderOperations(diff(step, held, assigned));
    return { operations, desired, describe: () => describeOperations(operations, step, assigned) };
  }

  /** The kernel has executed the last plan. */
  commit({ operations, desired }: Plan): void {
    this.#held!.commit(operations);
    this.#done = desired;
  }
}

/** One change of tables that nobody else has planned for. */
export function planChange({
  current,
  capacity,
  ...input
}: CompileInput & { current: CurrentTables; capacity?: Capacity }): Plan {
  const planner = new Planner(capacity);
  planner.adopt(current);
  return planner.plan(input);
}
