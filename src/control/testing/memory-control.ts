/** A control plane in memory, for tests: operations run at once, there is no data plane. Tests set what one would report. */
import type { Caller } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import type { Subnet } from '../../model/subnet.js';
import type { OperatingStatus } from '../../observe/operating-status.js';
import { emptyState } from '../../store/rows.js';
import type { AuditEntry, AuditFilter, EventEntry, EventFilter } from '../../store/store.js';
import type { ControlPlane, MemberHealthFacts, ProvisioningStatus, Stats } from '../control-plane.js';
import type { Operation, Result } from '../operation.js';
import { fakeSeal, idSequence } from './fakes.js';

const NO_STATS: Stats = {
  bytes_in: 0,
  bytes_out: 0,
  active_connections: 0,
  total_connections: 0,
  request_errors: 0,
};

/** Who runs operations where a test does not care. */
const SYSTEM: Caller = { user: { id: 'system', name: 'system' }, project: null, roles: [], from: 'socket' };

export interface MemoryControlOptions {
  /** Default: nothing is configured. */
  state?: State;
  subnets?: readonly Subnet[];
  /** ms since the epoch, asked once for each operation. Default: each operation is one second after the one before. */
  now?: () => number;
}

export class MemoryControl implements ControlPlane {
  state: State;
  readonly subnets: readonly Subnet[];
  now: () => number;
  /** What a store would have kept, oldest first. */
  readonly entries: AuditEntry[] = [];
  readonly happened: EventEntry[] = [];
  /** What the data plane reports, by id; load balancers in `errors` are in ERROR for that reason. */
  readonly errors = new Map<string, string>();
  readonly statuses = new Map<string, OperatingStatus>();
  readonly health = new Map<string, MemberHealthFacts>();
  readonly figures = new Map<string, Stats>();
  /** Ids of load balancers that were failed over. */
  readonly failedOver: string[] = [];
  /** Goes on over a reset: an id from before it means nothing after it. */
  readonly #newId = idSequence();

  constructor({ state = emptyState(), subnets = [], now = secondsPassing() }: MemoryControlOptions = {}) {
    this.state = state;
    this.subnets = subnets;
    this.now = now;
  }

  /** As new, with another state. */
  reset(state: State = emptyState()): void {
    this.state = state;
    for (const kept of [this.errors, this.statuses, this.health, this.figures]) {
      kept.clear();
    }
    for (const list of [this.entries, this.happened, this.failedOver]) {
      list.length = 0;
    }
  }

  /** Runs an operation and takes its state over. @throws SluiceError: the state stays */
  run<T>(operation: Operation<T>, caller: Caller = SYSTEM): T {
    const { state, result } = this.#perform(caller, operation);
    this.state = state;
    return result;
  }

  async change<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<T> {
    const { state, result } = this.#perform(caller, operation);
    if (audit) {
      this.entries.push(audit(result));
    }
    this.state = state;
    return result;
  }

  async preview<T>(caller: Caller, operation: Operation<T>) {
    return { ...this.#perform(caller, operation), changes: [] };
  }

  async failover(_caller: Caller, loadbalancerId: string, audit?: () => AuditEntry): Promise<void> {
    this.failedOver.push(loadbalancerId);
    this.errors.delete(loadbalancerId);
    if (audit) {
      this.entries.push(audit());
    }
  }

  provisioningStatus(loadbalancerId: string): ProvisioningStatus {
    return this.errors.has(loadbalancerId) ? 'ERROR' : 'ACTIVE';
  }

  errorOf(loadbalancerId: string): string | undefined {
    return this.errors.get(loadbalancerId);
  }

  operatingStatus(id: string): OperatingStatus {
    return this.statuses.get(id) ?? 'OFFLINE';
  }

  memberHealth(memberId: string): MemberHealthFacts | undefined {
    return this.health.get(memberId);
  }

  stats(id: string): Stats {
    return this.figures.get(id) ?? NO_STATS;
  }

  async record(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
  }

  async audit({ user, since, until, marker, limit, ...wanted }: AuditFilter): Promise<AuditEntry[]> {
    const found = this.entries.filter(
      (entry) => (user === undefined || entry.user_id === user || entry.user_name === user) && has(entry, wanted),
    );
    return newestFirst(found, { since, until, marker, limit });
  }

  async events({ since, until, marker, limit, ...wanted }: EventFilter): Promise<EventEntry[]> {
    return newestFirst(
      this.happened.filter((entry) => has(entry, wanted)),
      { since, until, marker, limit },
    );
  }

  #perform<T>(caller: Caller, operation: Operation<T>): Result<T> {
    return operation({
      state: this.state,
      caller,
      now: new Date(this.now()).toISOString().slice(0, 19),
      newId: this.#newId,
      subnets: this.subnets,
      localAddresses: new Set(),
      seal: fakeSeal,
      errorOf: (id) => this.errors.get(id),
    });
  }
}

function secondsPassing(): () => number {
  let time = Date.UTC(2026, 0, 31);
  return () => {
    time += 1000;
    return time;
  };
}

interface Page {
  since: number | undefined;
  until: number | undefined;
  marker: string | undefined;
  limit: number;
}

function has(entry: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]) => (entry as Record<string, unknown>)[name] === value);
}

function newestFirst<T extends { id: string; at: number }>(
  entries: readonly T[],
  { since = 0, until = Number.POSITIVE_INFINITY, marker, limit }: Page,
): T[] {
  const sorted = entries.filter(({ at }) => at >= since && at <= until).reverse();
  return sorted.slice(marker === undefined ? 0 : sorted.findIndex(({ id }) => id === marker) + 1).slice(0, limit);
}
