/** Writes the gateway's configuration for tests: what the daemon compiles from listeners and pools, by hand and without order. */
import { AddressBit, Algorithm, Limits, ServiceBit, type Settings, TargetBit } from '../../src/datapath/layouts.js';
import { ADDRESS } from '../bpf/scene.js';
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
}

export interface Listener {
  /** Index of its cursor and statistics. */
  index: number;
  /** Target ids of its members, which are also their indexes in the table of members. */
  targets: number[];
}

export class Configuration {
  readonly #tables: GatewayTables;
  readonly #sizes: Sizes;
  #listeners = 0;
  #targets = 0;
  #cells = 0;

  constructor(tables: GatewayTables, sizes: Sizes) {
    this.#tables = tables;
    this.#sizes = sizes;
  }

  /** Into empty tables: default times, one local address. */
  reset(): void {
    this.#listeners = 0;
    // Not from 0: a target that stays zero by mistake must not pass for the right one.
    this.#targets = 1;
    this.#cells = 1;
    this.#tables.settings.put(0, {
      ...TIMES,
      local_count: 0,
      lease_mask: this.#sizes.leaseWords - 1,
      hash_key: 0x5eed,
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
      },
    );
    return { index, targets };
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
