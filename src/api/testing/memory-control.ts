/** A control plane in memory, for tests: operations run at once, there is no data plane. Tests set what one would report. */
import { randomUUID } from 'node:crypto';
import type { ControlPlane, MemberHealthFacts, ProvisioningStatus, Stats } from '../../control/control-plane.js';
import type { Operation } from '../../control/operation.js';
import type { Caller } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import type { Subnet } from '../../model/subnet.js';
import type { OperatingStatus } from '../../observe/operating-status.js';
import type { AuditEntry, AuditFilter, EventEntry, EventFilter } from '../../store/store.js';

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

const NO_STATS: Stats = {
  bytes_in: 0,
  bytes_out: 0,
  active_connections: 0,
  total_connections: 0,
  request_errors: 0,
};

export class MemoryControl implements ControlPlane {
  state: State;
  readonly subnets: readonly Subnet[];
  /** Oldest first. */
  readonly entries: AuditEntry[] = [];
  readonly happened: EventEntry[] = [];
  /** What the data plane reports, by id; load balancers in `errors` are in ERROR for that reason. */
  readonly errors = new Map<string, string>();
  readonly statuses = new Map<string, OperatingStatus>();
  readonly health = new Map<string, MemberHealthFacts>();
  readonly figures = new Map<string, Stats>();
  /** Ids of load balancers that were failed over. */
  readonly failedOver: string[] = [];
  /** Each operation is one second after the one before. */
  #seconds = Date.UTC(2026, 0, 31) / 1000;

  constructor(state: State = EMPTY_STATE, subnets: readonly Subnet[] = []) {
    this.state = state;
    this.subnets = subnets;
  }

  /** As new, with another state. */
  reset(state: State = EMPTY_STATE): void {
    this.state = state;
    for (const kept of [this.errors, this.statuses, this.health, this.figures]) {
      kept.clear();
    }
    for (const list of [this.entries, this.happened, this.failedOver]) {
      list.length = 0;
    }
  }

  async change<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<T> {
    const { state, result } = this.#run(caller, operation);
    if (audit) {
      this.entries.push(audit(result));
    }
    this.state = state;
    return result;
  }

  async preview<T>(caller: Caller, operation: Operation<T>) {
    return { ...this.#run(caller, operation), changes: [] };
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

  #run<T>(caller: Caller, operation: Operation<T>): { state: State; result: T } {
    this.#seconds += 1;
    return operation({
      state: this.state,
      caller,
      now: new Date(this.#seconds * 1000).toISOString().slice(0, 19),
      newId: randomUUID,
      subnets: this.subnets,
      localAddresses: new Set(),
      errorOf: (id) => this.errors.get(id),
    });
  }
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
