/** A store, a data plane and a layer 7 that fail when they are told to. */
import { setImmediate } from 'node:timers/promises';
import type { ProxyConfig } from '../../src/l7/proxy-config.js';
import { SluiceError } from '../../src/model/errors.js';
import type { Operation } from '../../src/plan/order.js';
import { serviceKeyText } from '../../src/plan/tables.js';
import type { SqliteStore } from '../../src/store/sqlite-store.js';
import type {
  AuditEntry,
  AuditFilter,
  EventEntry,
  EventFilter,
  Store,
  StoredObject,
  StoreWrite,
} from '../../src/store/store.js';
import { MemoryDatapath } from './memory-datapath.js';
import { MemoryLayer7 } from './memory-layer7.js';

/** Commits that fail: so many, after so many that do not. */
export interface StoreFault {
  after: number;
  count: number;
}

export class FaultyStore implements Store {
  /** Whether a commit has failed since the last {@link fail}. */
  refused = false;
  #fault: StoreFault | undefined;

  constructor(private readonly store: SqliteStore) {}

  /** From now on; undefined: none fails. */
  fail(fault: StoreFault | undefined): void {
    this.#fault = fault && { ...fault };
    this.refused = false;
  }

  mend(): void {
    this.#fault = undefined;
  }

  open(): void {
    this.store.open();
  }

  close(): void {
    this.store.close();
  }

  load(): StoredObject[] {
    return this.store.load();
  }

  commit(write: StoreWrite): void {
    if (this.#fault && this.#fault.after-- <= 0 && this.#fault.count-- > 0) {
      this.refused = true;
      throw new SluiceError('store_failed', 'the disk is full: nothing was changed');
    }
    this.store.commit(write);
  }

  audit(filter: AuditFilter): AuditEntry[] {
    return this.store.audit(filter);
  }

  events(filter: EventFilter): EventEntry[] {
    return this.store.events(filter);
  }

  backup(path: string): Promise<void> {
    return this.store.backup(path);
  }
}

/** Finds rows by their keys, as the kernel does, whatever the plan calls them. */
export class KernelInMemory extends MemoryDatapath {
  /** Whether a failure lasts until {@link mend}. */
  lasting = false;
  /** Whether it fails now, until {@link mend}. */
  broken = false;
  /** Whether an apply has failed since the last {@link mend}. */
  refused = false;
  /** Operations that fail whenever they come. */
  refuses: (operation: Operation) => boolean = () => false;

  override async apply(operations: readonly Operation[]): Promise<void> {
    // Takes its time: what comes in meanwhile waits together.
    for (let turn = 0; turn < 5; turn++) {
      await setImmediate();
    }
    const refused = operations.findIndex((operation) => this.broken || this.refuses(operation));
    if (refused >= 0) {
      this.failAfter = refused;
    }
    try {
      await super.apply(operations.map(byKey));
    } catch (error) {
      this.refused = true;
      this.broken = this.lasting;
      throw error;
    }
  }

  mend(): void {
    this.broken = false;
    this.lasting = false;
    this.failAfter = undefined;
    this.refused = false;
  }
}

/** Does what it is told only if it is something new, as the real one, and may refuse it. */
export class ProxyInMemory extends MemoryLayer7 {
  /** Whether a failure lasts until {@link mend}. */
  lasting = false;
  /** Whether it fails now, until {@link mend}. */
  broken = false;
  /** Whether an apply has failed since the last {@link mend}. */
  refused = false;
  /** Configurations that fail whenever they come. */
  refuses: (config: ProxyConfig | undefined) => boolean = () => false;

  override async apply(config: ProxyConfig | undefined): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await setImmediate();
    }
    if (this.broken || this.refuses(config)) {
      this.failAfter = 0;
    }
    try {
      await super.apply(config);
    } catch (error) {
      this.refused = true;
      this.broken = this.lasting;
      throw error;
    }
  }

  mend(): void {
    this.broken = false;
    this.lasting = false;
    this.failAfter = undefined;
    this.refused = false;
  }
}

function byKey(operation: Operation): Operation {
  return operation.table === 'services' ? { ...operation, name: serviceKeyText(operation.key) } : operation;
}
