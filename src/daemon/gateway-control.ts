/** The control plane of this gateway: what the API asks for, done by writer, road, store and live facts. */
import type { ControlPlane, MemberHealthFacts, ProvisioningStatus, Stats } from '../control/control-plane.js';
import type { Context, Operation } from '../control/operation.js';
import type { Lock } from '../datapath/lock.js';
import type { Caller } from '../model/identity.js';
import type { State } from '../model/state.js';
import type { Subnet } from '../model/subnet.js';
import type { OperatingStatus } from '../observe/operating-status.js';
import type { AuditEntry, AuditFilter, EventEntry, EventFilter, Store } from '../store/store.js';
import type { Vault } from '../vault/index.js';
import type { ChangeRoad } from './change.js';
import type { Live } from './live.js';
import { type Done, Writer } from './writer.js';

export interface GatewayControlParts {
  lock: Lock;
  road: ChangeRoad;
  live: Live;
  store: Store;
  subnets: readonly Subnet[];
  localAddresses: readonly string[];
  /** Seals private keys; asked for by changes only, not before the daemon has started. */
  vault: () => Vault;
  /** Told after each change, with its duration; after a failure the tables may be in between. */
  onChange: (result: 'success' | 'failure', milliseconds: number) => void;
}

export class GatewayControl implements ControlPlane {
  readonly #parts: GatewayControlParts;
  readonly #writer: Writer;
  readonly #localAddresses: ReadonlySet<string>;

  constructor(parts: GatewayControlParts) {
    this.#parts = parts;
    this.#localAddresses = new Set(parts.localAddresses);
    this.#writer = new Writer({
      lock: parts.lock,
      state: () => parts.road.state,
      put: async (state, notes) => {
        const started = performance.now();
        try {
          const outcome = await parts.road.change(state, notes);
          parts.onChange('success', performance.now() - started);
          return outcome;
        } catch (error) {
          parts.onChange('failure', performance.now() - started);
          await putRight(parts.road);
          throw error;
        }
      },
      context: () => this.context(),
    });
  }

  get state(): State {
    return this.#parts.road.state;
  }

  get subnets(): readonly Subnet[] {
    return this.#parts.subnets;
  }

  async change<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<T> {
    return (await this.#writer.submit(caller, operation, audit)).result;
  }

  /** As {@link change}, with what the data plane did: everything that was saved together. */
  changeWithOutcome<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<Done<T>> {
    return this.#writer.submit(caller, operation, audit);
  }

  async preview<T>(caller: Caller, operation: Operation<T>) {
    return await this.#parts.lock.run(async () => {
      const { state, result } = this.#writer.run(caller, operation);
      const { describe, warnings } = await this.#parts.road.preview(state);
      return { result, state, changes: describe(), warnings: warnings() };
    });
  }

  async failover(_caller: Caller, _loadbalancerId: string, audit?: () => AuditEntry): Promise<void> {
    const { lock, road } = this.#parts;
    await lock.run(async () => {
      road.forget();
      await road.refresh();
    });
    if (audit) {
      await this.record(audit());
    }
  }

  provisioningStatus(): ProvisioningStatus {
    return this.#parts.road.failure === undefined ? 'ACTIVE' : 'ERROR';
  }

  errorOf(): string | undefined {
    return this.#parts.road.failure;
  }

  operatingStatus(id: string): OperatingStatus {
    return this.#parts.live.operatingStatus(id);
  }

  memberHealth(memberId: string): MemberHealthFacts | undefined {
    return this.#parts.live.memberHealth(memberId);
  }

  stats(id: string): Stats {
    return this.#parts.live.stats(id);
  }

  async record(entry: AuditEntry): Promise<void> {
    await this.#writer.submit(
      NOBODY,
      ({ state }) => ({ state, result: undefined }),
      () => entry,
    );
  }

  async audit(filter: AuditFilter): Promise<AuditEntry[]> {
    return await this.#parts.store.audit(filter);
  }

  async events(filter: EventFilter): Promise<EventEntry[]> {
    return await this.#parts.store.events(filter);
  }

  /** What operations may look at, now. */
  context(): Omit<Context, 'state' | 'caller'> {
    return {
      now: new Date().toISOString().slice(0, 19),
      newId: () => crypto.randomUUID(),
      subnets: this.#parts.subnets,
      localAddresses: this.#localAddresses,
      seal: (secret, id) => this.#parts.vault().seal(secret, id),
      errorOf: () => this.errorOf(),
    };
  }
}

/** What was refused may have been one change of a group: the others find tables again that are what the configuration says. */
async function putRight(road: ChangeRoad): Promise<void> {
  if (road.failure !== undefined) {
    await road.refresh().catch(() => undefined);
  }
}

/** Asks for nothing that needs a right. */
const NOBODY: Caller = { user: { id: '', name: '' }, project: null, roles: [], from: '' };
