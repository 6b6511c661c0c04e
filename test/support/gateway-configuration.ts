/** Writes the gateway's configuration for tests: what the daemon compiles from listeners and pools, by hand and without order. */
import { createAccessList } from '../../src/datapath/access-lists.js';
import { loadAddon } from '../../src/datapath/addon.js';
import {
  type Account,
  AddressBit,
  Algorithm,
  type Budget,
  Limits,
  ServiceBit,
  type Settings,
  TargetBit,
  Unlimited,
} from '../../src/datapath/layouts.js';
import { byteTime } from '../../src/plan/budgets.js';
import { ADDRESS } from '../bpf/scene.js';
import { u32 } from './bpf-table.js';
import { type Endpoint, mapIpv4, parseEndpoint } from './bytes.js';
import type { GatewayTables, Sizes } from './gateway-tables.js';
import { PROTOCOL } from './packet.js';

/** Seconds. Far enough apart that a test can pass one and not the next. */
export const TIMES = {
  idle_timeout: 900,
  syn_timeout: 30,
  fin_timeout: 120,
  time_wait_timeout: 60,
  close_timeout: 10,
} as const;

const HASH_KEY = 0x5eed;
const NO_BUDGET: Budget = { balancer: 0, connections: 0, sessions: 0, byte_time: 0 };
const NEW_ACCOUNT: Account = { next: 0n, connections: 0, turned_away: 0, sessions: 0n, up_busy: 0n, down_busy: 0n };

const UNLIMITED_BUDGET: Budget = {
  balancer: 0,
  connections: Unlimited.UNLIMITED,
  sessions: Unlimited.UNLIMITED,
  byte_time: 0,
};

export interface MemberOptions {
  at: Endpoint;
  /** For least connections; 1 by default. */
  weight?: number;
  /** `TargetBit`s; usable by default. */
  flags?: number;
}

export interface ListenerOptions {
  /** VIP and port. */
  vip: Endpoint;
  transport?: 'tcp' | 'udp';
  members?: (Endpoint | MemberOptions)[];
  /** Positions in `members`, in the order their turns come; by default each member once. */
  wheel?: number[];
  algorithm?: keyof typeof Algorithm;
  /** Tell members the client's address; off by default. */
  toa?: boolean;
  /** For a proxy on this host. */
  pass?: boolean;
  /** s */
  idleTimeout?: number;
  /** s; 0, the default: not sticky. */
  stickyTimeout?: number;
  /** Largest MSS; 0, the default: any. */
  mss?: number;
  hashSeed?: number;
  /** Blocks that get in. */
  allowedCidrs?: readonly string[];
  accessList?: { action: 'allow' | 'deny'; cidrs: readonly string[] };
  limits?: LimitOptions;
  /** A load balancer made by `balancer`. */
  balancer?: number;
}

/** What is left out is not limited. */
export interface LimitOptions {
  connections?: number;
  /** New ones a second. */
  sessions?: number;
  /** Mbit/s */
  bandwidth?: number;
}

export interface Listener {
  /** Index of its budget, account and statistics. */
  index: number;
  /** Target ids of its members, which are also their indexes in the table of members. */
  targets: number[];
}

export class Configuration {
  readonly #tables: GatewayTables;
  readonly #sizes: Sizes;
  /** Indexes of budgets and accounts in use. */
  readonly scopes: number[] = [];
  #listeners = 0;
  #balancers = 0;
  /** A listener with limits has left its marks in the cells of clients. */
  #guarded = false;
  #hashKey = HASH_KEY;
  #lists = 0;
  #targets = 0;
  #cells = 0;

  constructor(tables: GatewayTables, sizes: Sizes) {
    this.#tables = tables;
    this.#sizes = sizes;
  }

  /** Into empty tables: default times, one local address. */
  reset(): void {
    for (const index of this.scopes) {
      this.#tables.budgets.put(index, NO_BUDGET);
      this.#tables.accounts.put(index, NEW_ACCOUNT);
    }
    this.scopes.length = 0;
    // Other cells for the same clients: to clear all that there are takes longer than the case.
    if (this.#guarded) this.#hashKey++;
    this.#guarded = false;
    this.#listeners = 0;
    this.#balancers = 0;
    // Lists that no listener refers to any more do no harm.
    this.#lists = 0;
    // Not from 0: a target that stays zero by mistake must not pass for the right one.
    this.#targets = 1;
    this.#cells = 1;
    this.#tables.settings.put(0, {
      ...TIMES,
      local_count: 0,
      lease_mask: this.#sizes.leaseWords - 1,
      hash_key: this.#hashKey,
    });
    this.locals(ADDRESS.locals[0]);
  }

  settings(fields: Partial<Settings>): void {
    this.#tables.settings.change(0, (row) => ({ ...row, ...fields }));
  }

  /** The local addresses that new sessions may use, instead of those before; none at all is possible too. */
  locals(...addresses: string[]): void {
    for (const [index, address] of addresses.entries()) {
      this.#tables.locals.put(index, { address: mapIpv4(address) });
      this.address(address, AddressBit.LOCAL | AddressBit.ARP, index);
    }
    this.settings({ local_count: addresses.length });
  }

  /** @param flags `AddressBit`s */
  address(address: string, flags: number, local = 0): void {
    this.#tables.addresses.put({ address: mapIpv4(address) }, { flags, local });
  }

  /** All leases taken, or all free. */
  leases(state: 'taken' | 'free'): void {
    for (let index = 0; index < this.#sizes.leaseWords; index++)
      this.#tables.leaseWords.put(index, state === 'taken' ? 2n ** 64n - 1n : 0n);
  }

  /** A listener with its VIP, members and wheel. One for the same VIP and port replaces the one before, which keeps its targets. */
  listener(options: ListenerOptions): Listener {
    const { host, port } = parseEndpoint(options.vip);
    const protocol = PROTOCOL[options.transport ?? 'tcp'];
    const index = this.#listeners++;
    const targets = (options.members ?? []).map((member) => this.#target(member, protocol, index));
    const wheel = (options.wheel ?? targets.map((_, position) => position)).map((position) => targets[position]!);
    this.address(host, AddressBit.VIP | AddressBit.ARP);
    this.#tables.services.put(
      { address: mapIpv4(host), port, protocol },
      {
        listener: index,
        flags: (options.toa ? ServiceBit.TOA : 0) | (options.pass ? ServiceBit.PASS : 0),
        algorithm: Algorithm[options.algorithm ?? 'WHEEL'],
        idle_timeout: options.idleTimeout ?? TIMES.idle_timeout,
        sticky_timeout: options.stickyTimeout ?? 0,
        hash_seed: options.hashSeed ?? 1,
        wheel_base: this.#wheel(wheel),
        wheel_length: wheel.length,
        mss: options.mss ?? 0,
        account: index,
        allowed_cidrs: 0,
        access_list: 0,
      },
    );
    this.#tables.budgets.put(index, { ...UNLIMITED_BUDGET });
    this.scopes.push(index);
    return { index, targets };
  }

  /** A listener with access lists, limits or a load balancer that has some. */
  async guarded(options: ListenerOptions): Promise<Listener> {
    this.#guarded = true;
    const listener = this.listener(options);
    const { host, port } = parseEndpoint(options.vip);
    const key = { address: mapIpv4(host), port, protocol: PROTOCOL[options.transport ?? 'tcp'] };
    const { allowedCidrs, accessList, limits = {}, balancer = 0 } = options;
    const lists = { allowed_cidrs: await this.#list(allowedCidrs), access_list: await this.#list(accessList?.cidrs) };
    const flags =
      (allowedCidrs ? ServiceBit.ALLOWED_CIDRS : 0) |
      (accessList ? ServiceBit[accessList.action === 'allow' ? 'ALLOW' : 'DENY'] : 0) |
      ServiceBit.LIMITED |
      (limits.bandwidth === undefined ? 0 : ServiceBit.METERED);
    this.#tables.services.change(key, (row) => ({ ...row, ...lists, flags: row.flags | flags }));
    this.limit(listener.index, limits, balancer);
    return listener;
  }

  /** A load balancer with limits; its index. */
  balancer(limits: LimitOptions): number {
    const index = Limits.BALANCER_BASE + this.#balancers++;
    this.limit(index, limits);
    this.scopes.push(index);
    return index;
  }

  /** Sets the limits of a listener or load balancer anew. */
  limit(index: number, { connections, sessions, bandwidth }: LimitOptions, balancer = 0): void {
    this.#tables.budgets.put(index, {
      balancer,
      connections: connections ?? Unlimited.UNLIMITED,
      sessions: sessions ?? Unlimited.UNLIMITED,
      byte_time: bandwidth === undefined ? 0 : byteTime(bandwidth),
    });
  }

  async #list(cidrs: readonly string[] | undefined): Promise<number> {
    if (!cidrs) return 0;
    const list = await createAccessList(loadAddon(), 'test', cidrs);
    await this.#tables.accessLists.putMap(u32.encode(this.#lists), list);
    list.close();
    return this.#lists++;
  }

  #target(member: Endpoint | MemberOptions, protocol: number, listener: number): number {
    const { at, weight = 1, flags = TargetBit.USABLE } = typeof member === 'string' ? { at: member } : member;
    const { host, port } = parseEndpoint(at);
    const id = this.#targets++;
    this.#tables.targets.put(id, { address: mapIpv4(host), port, protocol, flags, weight, listener, member: id });
    return id;
  }

  /** Writes entries into fresh cells; returns the first entry's number. */
  #wheel(entries: readonly number[]): number {
    const base = this.#cells * Limits.WHEEL_CELL_TARGETS;
    for (let at = 0; at < entries.length; at += Limits.WHEEL_CELL_TARGETS) {
      const target = new Uint32Array(Limits.WHEEL_CELL_TARGETS);
      target.set(entries.slice(at, at + Limits.WHEEL_CELL_TARGETS));
      this.#tables.wheel.put(this.#cells++, { target });
    }
    return base;
  }
}
