/**
 * Takes operations in the order they come, and saves and applies those that wait together as one group: a disk that syncs a
 * few hundred times a second and a plan over ten thousand members are shared by everybody who waits.
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Context, Operation } from '../control/operation.js';
import type { Lock } from '../datapath/lock.js';
import type { Caller } from '../model/identity.js';
import type { State } from '../model/state.js';
import type { AuditEntry } from '../store/store.js';
import type { Outcome } from './change.js';

/** Operations in one group at most: what one of them waits for stays short. */
const GROUP_LIMIT = 256;
/** Of the time that the last group took, how much the next one waits for more to come; ms at most. */
const PATIENCE = 0.1;
const LONGEST_PAUSE = 10;

export interface WriterParts {
  lock: Lock;
  state: () => State;
  /** Saves and applies a state; see ChangeRoad. */
  put: (state: State, notes: { audit: AuditEntry[] }) => Promise<Outcome>;
  context: (caller: Caller) => Omit<Context, 'state' | 'caller'>;
}

interface Request {
  caller: Caller;
  operation: Operation<unknown>;
  audit: ((result: unknown) => AuditEntry) | undefined;
  resolve: (done: Done<unknown>) => void;
  reject: (error: unknown) => void;
}

/** An operation's result, and what the group it was in did to the tables. */
export interface Done<T> {
  result: T;
  outcome: Outcome;
}

type Accepted = Request & { result: unknown };

export class Writer {
  readonly #parts: WriterParts;
  #waiting: Request[] = [];
  /** Before the next group, ms. */
  #pause = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** @throws what the operation or the data plane throws; then nothing of this operation was saved or applied */
  submit<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<Done<T>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ caller, operation, audit, resolve, reject } as Request);
      // Each takes a group, so nobody is left waiting; those that find nobody waiting have nothing to do.
      void this.#parts.lock.run(() => this.#nextGroup());
    });
  }

  /** One operation on the state in force. @throws what the operation throws */
  run<T>(caller: Caller, operation: Operation<T>, state = this.#parts.state()): { state: State; result: T } {
    return operation({ ...this.#parts.context(caller), caller, state });
  }

  async #nextGroup(): Promise<void> {
    if (this.#waiting.length === 0) {
      return;
    }
    // Requests that arrived while the last group ran are still in their sockets: without this each would be a group of its own.
    await (this.#pause > 0 ? setTimeout(this.#pause) : setImmediate());
    const group = this.#waiting.splice(0, GROUP_LIMIT);
    const started = performance.now();
    await this.#runGroup(group);
    // Those that went together come back together, a moment later: waiting a little for them halves the number of groups.
    this.#pause = group.length > 1 ? Math.min((performance.now() - started) * PATIENCE, LONGEST_PAUSE) : 0;
  }

  async #runGroup(group: readonly Request[]): Promise<void> {
    let state = this.#parts.state();
    const accepted: Accepted[] = [];
    for (const request of group) {
      try {
        const next = this.run(request.caller, request.operation, state);
        state = next.state;
        accepted.push({ ...request, result: next.result });
      } catch (error) {
        request.reject(error);
      }
    }
    if (accepted.length === 0) {
      return;
    }
    try {
      // After all operations: entries look at the state in force, and going back and forth between it and the new one is slow.
      const audit = accepted.flatMap((request) => request.audit?.(request.result) ?? []);
      const outcome = await this.#parts.put(state, { audit });
      for (const { resolve, result } of accepted) {
        resolve({ result, outcome });
      }
    } catch (error) {
      await this.#singly(accepted, error);
    }
  }

  /** What a group cannot have may be the fault of one: the others get their turn alone. */
  async #singly(accepted: readonly Accepted[], error: unknown): Promise<void> {
    if (accepted.length === 1) {
      accepted[0]!.reject(error);
      return;
    }
    for (const request of accepted) {
      await this.#runGroup([request]);
    }
  }
}
