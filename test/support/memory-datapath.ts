/** A data plane in memory: holds what it is told to, fails when it is told to. For tests of what decides. */
import type { Attachment, Datapath, DatapathFacts } from '../../src/datapath/datapath.js';
import type { SessionFilter, SessionRecord } from '../../src/datapath/sessions.js';
import { type CounterSelection, type Counters, NO_REFUSALS } from '../../src/datapath/stats.js';
import { SluiceError } from '../../src/model/errors.js';
import type { Operation } from '../../src/plan/order.js';
import { type CurrentTables, emptyTables } from '../../src/plan/tables.js';

export class MemoryDatapath implements Datapath {
  /** Outlive `close`, as pinned maps do. */
  readonly tables: CurrentTables = {
    ...emptyTables(),
    wheel: new Uint32Array(65_536),
    active: () => 0,
    connections: () => 0,
    localInUse: () => false,
  };
  /** What happened, in order: open, attach, apply N, close. */
  readonly log: string[] = [];
  sessions: SessionRecord[] = [];
  /** Makes the next apply fail after so many operations. */
  failAfter: number | undefined;
  #attachments: Attachment[] = [];

  async open(): Promise<void> {
    this.log.push('open');
  }

  async attach(): Promise<void> {
    this.log.push('attach');
    this.#attachments = [{ interface: 'eth0', ifindex: 3, mode: 'native' }];
  }

  async close(): Promise<void> {
    this.log.push('close');
    this.#attachments = [];
  }

  attachments(): readonly Attachment[] {
    return this.#attachments;
  }

  async facts(): Promise<DatapathFacts> {
    const devices = [{ name: 'eth0', ifindex: 3, mac: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 1500 }];
    const host = {
      interfaces: [
        { name: 'eth0', ifindex: 3, addresses: ['198.18.0.1/24', '198.18.1.1/24', '198.18.2.1/24'], up: true },
      ],
    };
    return { devices, assignedAddresses: new Set(['198.18.1.1']), host, leaseMask: 16_383, sessions: 1000 };
  }

  async read(): Promise<CurrentTables> {
    const { services, targets, addresses, locals, devices, budgets, accessLists } = this.tables;
    return {
      ...this.tables,
      services: new Map(services),
      targets: new Map(targets),
      addresses: new Map(addresses),
      locals: new Map(locals),
      devices: new Map(devices),
      budgets: new Map(budgets),
      accessLists: new Map(accessLists),
    };
  }

  async apply(operations: readonly Operation[]): Promise<void> {
    this.log.push(`apply ${operations.length}`);
    for (const [index, operation] of operations.entries()) {
      if (index === this.failAfter) {
        this.failAfter = undefined;
        throw new SluiceError('dataplane_failed', 'the kernel refused a write');
      }
      this.#execute(operation);
    }
  }

  counters({ targets, listeners }: CounterSelection): Counters {
    const none = { sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0 };
    return {
      outcomes: { drop_no_route: 2 },
      events: { session_created: 10, session_ended_closed: 7 },
      targets: new Map([...targets].map((id) => [id, { ...none, sessions: 5 }])),
      listeners: new Map([...listeners].map((index) => [index, { ...NO_REFUSALS, connections: 0, refused: 1 }])),
    };
  }

  active(): number {
    return 2;
  }

  async countSessions(filter: SessionFilter): Promise<number> {
    return this.#matching(filter).length;
  }

  async *listSessions(filter: SessionFilter): AsyncGenerator<SessionRecord[]> {
    yield this.#matching(filter);
  }

  /** Endpoints that take new sessions on a VIP and port, sorted. */
  usable(service: string): string[] {
    const row = this.tables.services.get(service)?.row;
    const ids = row ? this.tables.wheel.subarray(row.wheel_base, row.wheel_base + row.wheel_length) : [];
    const targets = [...new Set(ids)].map((id) => this.tables.targets.get(id));
    return targets.map((target) => `${target?.address.slice(12).join('.')}:${target?.port}`).sort();
  }

  #matching({ client }: SessionFilter): SessionRecord[] {
    return this.sessions.filter((session) => client?.address === undefined || session.client === client.address);
  }

  #execute(operation: Operation): void {
    switch (operation.table) {
      case 'settings':
        this.tables.settings = operation.row;
        return;
      case 'wheel':
        this.tables.wheel.set(operation.entries, operation.base);
        return;
      case 'services':
      case 'addresses': {
        const table = this.tables[operation.table] as Map<string, unknown>;
        if (operation.action === 'put') {
          table.set(operation.name, { key: operation.key, row: operation.row });
        } else {
          table.delete(operation.name);
        }
        return;
      }
      case 'targets':
      case 'locals': {
        const table = this.tables[operation.table] as Map<number, unknown>;
        if (operation.action === 'put') {
          table.set(operation.index, operation.row);
        } else {
          table.delete(operation.index);
        }
        return;
      }
      case 'budgets':
        this.tables.budgets.set(operation.index, operation.row);
        return;
      case 'access_lists':
        if (operation.action === 'put') {
          this.tables.accessLists.set(operation.index, operation.name);
        } else {
          this.tables.accessLists.delete(operation.index);
        }
        return;
      case 'devices':
        if (operation.action === 'put') {
          this.tables.devices.set(operation.ifindex, operation.row);
        } else {
          this.tables.devices.delete(operation.ifindex);
        }
    }
  }
}
