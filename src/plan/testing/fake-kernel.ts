/**
 * The tables of the data plane in memory, for tests: executes operations as the kernel would and is strict about what real
 * maps forgive silently.
 */
import { AddressBit, ServiceBit, TargetBit } from '../../datapath/layouts.js';
import { formatAddress } from '../../model/address.js';
import type { Operation } from '../order.js';
import { type CurrentTables, emptyTables, type ServiceRow, WHEEL_TARGETS } from '../tables.js';

export class FakeKernel implements CurrentTables {
  settings: CurrentTables['settings'];
  services = emptyTables().services;
  targets = emptyTables().targets;
  addresses = emptyTables().addresses;
  locals = emptyTables().locals;
  devices = emptyTables().devices;
  budgets = emptyTables().budgets;
  accessLists = emptyTables().accessLists;
  readonly wheel: Uint32Array;
  /** Active sessions by member index. */
  readonly sessions = new Map<number, number>();
  /** Connections by account. */
  readonly connected = new Map<number, number>();
  /** Local addresses that sessions use. */
  readonly leased = new Set<string>();
  /** Rows of counters and accounts that were cleared. */
  readonly cleared: string[] = [];

  constructor(wheelTargets = WHEEL_TARGETS) {
    this.wheel = new Uint32Array(wheelTargets);
  }

  active = (member: number): number => this.sessions.get(member) ?? 0;

  connections = (account: number): number => this.connected.get(account) ?? 0;

  localInUse = (address: string): boolean => this.leased.has(address);

  /** @throws Error for a write that would hurt packets or has no row to work on */
  apply(operation: Operation): void {
    switch (operation.table) {
      case 'settings':
        this.settings = operation.row;
        break;
      case 'services':
        if (operation.action === 'put') {
          this.services.set(operation.name, { key: operation.key, row: operation.row });
        } else {
          must(this.services.delete(operation.name), 'removed a service that is not there');
        }
        break;
      case 'addresses':
        if (operation.action === 'put') {
          this.addresses.set(operation.name, { key: operation.key, row: operation.row });
        } else {
          must(this.addresses.delete(operation.name), 'removed an address that is not there');
        }
        break;
      case 'wheel':
        this.#writeWheel(operation);
        break;
      case 'targets':
      case 'locals':
        this.#writeArray(operation);
        break;
      case 'budgets':
        this.#writeBudget(operation);
        break;
      case 'access_lists':
        this.#writeAccessList(operation);
        break;
      case 'devices':
        if (operation.action === 'put') {
          this.devices.set(operation.ifindex, operation.row);
        } else {
          must(this.devices.delete(operation.ifindex), 'removed a device that is not there');
        }
        break;
      default:
        must(operation.table !== 'accounts' || this.connections(operation.index) === 0, 'forgot connections');
        this.cleared.push(`${operation.table} ${operation.index}`);
    }
  }

  /** What packets rely on, whatever was written last. @throws Error when it does not hold */
  check(): void {
    for (const [name, { row }] of this.services) {
      this.#checkAdmission(name, row);
      for (let i = 0; i < row.wheel_length; i++) {
        const target = this.targets.get(this.wheel[row.wheel_base + i]!);
        must(target !== undefined, `${name}: wheel entry ${i} leads nowhere`);
        must((target!.flags & TargetBit.USABLE) !== 0, `${name}: wheel entry ${i} leads to a target out of use`);
        must(target!.listener === row.listener, `${name}: wheel entry ${i} leads to another listener's target`);
      }
    }
    for (let index = 0; index < (this.settings?.local_count ?? 0); index++) {
      const local = this.locals.get(index);
      must(local !== undefined, `local ${index} is leased and not written`);
      const row = this.addresses.get(formatAddress(local!.address))?.row;
      must(row !== undefined && (row.flags & AddressBit.LOCAL) !== 0, `local ${index} is leased and not answered for`);
    }
  }

  #checkAdmission(name: string, { flags, allowed_cidrs: allowed, access_list: list, account }: ServiceRow): void {
    const lists = flags & (ServiceBit.ALLOW | ServiceBit.DENY) ? [list] : [];
    for (const index of flags & ServiceBit.ALLOWED_CIDRS ? [...lists, allowed] : lists) {
      must(this.accessLists.has(index), `${name}: access list ${index} is not there`);
    }
    const balancer = this.budgets.get(account)?.balancer ?? 0;
    must(this.budgets.has(balancer), `${name}: has no budget`);
  }

  #writeBudget({ index, row }: Extract<Operation, { table: 'budgets' }>): void {
    const before = this.budgets.get(index);
    must(
      before === undefined || before.balancer === row.balancer || this.connections(index) === 0,
      'connections would count against another load balancer',
    );
    this.budgets.set(index, row);
  }

  #writeAccessList(operation: Extract<Operation, { table: 'access_lists' }>): void {
    if (operation.action === 'remove') {
      must(this.accessLists.delete(operation.index), 'removed an access list that is not there');
      return;
    }
    must(!this.accessLists.has(operation.index), 'wrote over an access list that packets may read');
    this.accessLists.set(operation.index, operation.name);
  }

  #writeWheel({ base, entries }: Extract<Operation, { table: 'wheel' }>): void {
    for (const [name, { row }] of this.services) {
      const apart = base + entries.length <= row.wheel_base || row.wheel_base + row.wheel_length <= base;
      must(apart || row.wheel_length === 0, `wrote over the wheel of ${name}`);
    }
    must(base + entries.length <= this.wheel.length, 'wrote beyond the wheel array');
    this.wheel.set(entries, base);
  }

  #writeArray(operation: Extract<Operation, { table: 'targets' | 'locals' }>): void {
    if (operation.table === 'targets') {
      this.#writeTarget(operation);
    } else if (operation.action === 'put') {
      this.locals.set(operation.index, operation.row);
    } else {
      must(this.locals.delete(operation.index), 'cleared a local address that is not there');
    }
  }

  #writeTarget(operation: Extract<Operation, { table: 'targets' }>): void {
    const before = this.targets.get(operation.index);
    const busy = before !== undefined && this.active(before.member) > 0;
    if (operation.action === 'put') {
      must(!busy || before.member === operation.row.member, 'sessions would count against another member');
      must(
        !busy || formatAddress(before.address) === formatAddress(operation.row.address),
        'target changed its member',
      );
      this.targets.set(operation.index, operation.row);
    } else {
      must(!busy, 'cleared a target whose sessions still count');
      must(this.targets.delete(operation.index), 'cleared a target that is not there');
    }
  }
}

function must(condition: boolean, message: string): void {
  if (!condition) {
    throw new Error(message);
  }
}
