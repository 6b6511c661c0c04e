/** A control plane in memory, for tests: operations run at once, nothing is saved. */
import type { ControlPlane } from '../../control/control-plane.js';
import type { Operation } from '../../control/operation.js';
import type { Caller } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import type { AuditEntry } from '../../store/store.js';

export const EMPTY_STATE: State = {
  loadbalancers: [],
  flavors: new Map(),
  flavorprofiles: new Map(),
  availabilityzones: new Map(),
  availabilityzoneprofiles: new Map(),
  quotas: new Map(),
  accesslists: new Map(),
  publicaddresses: new Map(),
  projects: new Map(),
  users: new Map(),
  roleassignments: new Map(),
  applicationcredentials: new Map(),
  revokedtokens: new Map(),
  hostFileHash: null,
};

/** Who runs operations where a test does not care. */
export const SYSTEM: Caller = { user: { id: 'system', name: 'system' }, project: null, roles: [], from: 'socket' };

export class MemoryControl implements ControlPlane {
  state: State;
  readonly subnets = [];
  /** What a store would have kept, oldest first. */
  readonly entries: AuditEntry[] = [];
  /** ms since the epoch. */
  now: () => number;
  #ids = 0;

  constructor(state: State = EMPTY_STATE, now: () => number = Date.now) {
    this.state = state;
    this.now = now;
  }

  /** Runs an operation and takes its state over. */
  run<T>(operation: Operation<T>, caller: Caller = SYSTEM): T {
    const { state, result } = operation({
      state: this.state,
      caller,
      now: new Date(this.now()).toISOString().slice(0, 19),
      newId: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`,
      subnets: [],
      localAddresses: new Set(),
      errorOf: () => undefined,
    });
    this.state = state;
    return result;
  }

  async change<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<T> {
    const result = this.run(operation, caller);
    if (audit) {
      this.entries.push(audit(result));
    }
    return result;
  }

  async preview<T>(_caller: Caller, operation: Operation<T>) {
    const before = this.state;
    const result = this.run(operation);
    const { state } = this;
    this.state = before;
    return { result, state, changes: [] };
  }

  async failover(): Promise<void> {}
  provisioningStatus = () => 'ACTIVE' as const;
  errorOf = () => undefined;
  operatingStatus = () => 'OFFLINE' as const;
  memberHealth = () => undefined;
  stats = () => ({
    bytes_in: 0,
    bytes_out: 0,
    active_connections: 0,
    total_connections: 0,
    request_errors: 0,
  });

  async record(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
  }

  async audit(): Promise<AuditEntry[]> {
    return this.entries;
  }

  async events(): Promise<[]> {
    return [];
  }
}
