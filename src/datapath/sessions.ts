/** Sessions in the kernel's table: listed and counted by an iterator program, which looks for what one filter row says. */
import { addressBytes, addressFamily } from '../model/address.js';
import { SluiceError } from '../model/errors.js';
import { type BpfProgram, type Iteration, loadAddon } from './addon.js';
import { type SessionRecord as RawRecord, SessionBit, sessionFilter, sessionRecord } from './layouts.js';
import { Lock } from './lock.js';
import type { GatewayMaps } from './maps.js';

/** An address, a port, or both. */
export interface Endpoint {
  address?: string;
  /** 1..65535 */
  port?: number;
}

/** What sessions to look for; everything given has to match. */
export interface SessionFilter {
  client?: Endpoint;
  vip?: Endpoint;
  member?: Endpoint;
  local?: Endpoint;
  /** IP protocol number. */
  protocol?: number;
}

/** How far a session is. */
export type SessionState = 'opening' | 'established' | 'closing' | 'closed' | 'active';

/** One session. Addresses in canonical text, times in seconds, bytes of IP packets; in: from the client. */
export interface SessionRecord {
  protocol: 'tcp' | 'udp';
  client: string;
  client_port: number;
  vip: string;
  vip_port: number;
  local: string;
  local_port: number;
  member: string;
  member_port: number;
  state: SessionState;
  /** Target id. */
  target: number;
  idle: number;
  age: number;
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
}

const KEY = new Uint8Array(4);
const RECORDS_PER_READ = 2048;
const UDP = 17;

/** Runs the iterator; any number of listings may be under way. */
export class SessionLister {
  /** There is one filter row: it belongs to one read at a time. */
  readonly #lock = new Lock();

  constructor(
    private readonly program: BpfProgram,
    private readonly maps: GatewayMaps,
  ) {}

  /** Waits for reads under way; listings that go on after this fail. */
  async close(): Promise<void> {
    await this.#lock.idle();
  }

  /** Sessions that match, counted in the kernel. */
  async count(filter: SessionFilter): Promise<number> {
    return await this.#lock.run(async () => {
      this.#setFilter(filter, true);
      const iteration = this.#iterate();
      try {
        while (await iteration.next());
      } finally {
        iteration.close();
      }
      const row = this.maps.get('session_filters').get(KEY);
      return row ? Number(sessionFilter.decode(row).matched) : 0;
    });
  }

  /** Sessions that match, a batch at a time: memory stays small however many there are. */
  async *list(filter: SessionFilter): AsyncGenerator<SessionRecord[]> {
    const iteration = this.#iterate();
    try {
      for (;;) {
        // The filter is set for each read: a reader that pauses does not keep others waiting.
        const bytes = await this.#lock.run(async () => {
          this.#setFilter(filter, false);
          return await iteration.next();
        });
        if (!bytes) {
          return;
        }
        yield sessionRecord.decodeAll(bytes).map(describe);
      }
    } finally {
      iteration.close();
    }
  }

  #iterate(): Iteration {
    return loadAddon().openIteration(this.program, this.maps.get('sessions4'), RECORDS_PER_READ * sessionRecord.size);
  }

  #setFilter(filter: SessionFilter, countOnly: boolean): void {
    this.maps.get('session_filters').put(KEY, encodeFilter(filter, countOnly));
  }
}

/** @throws SluiceError `unsupported` for IPv6 addresses */
export function encodeFilter(filter: SessionFilter, countOnly: boolean): Uint8Array {
  return sessionFilter.encode({
    client: ipv4(filter.client),
    vip: ipv4(filter.vip),
    member: ipv4(filter.member),
    local: ipv4(filter.local),
    client_port: filter.client?.port ?? 0,
    vip_port: filter.vip?.port ?? 0,
    member_port: filter.member?.port ?? 0,
    local_port: filter.local?.port ?? 0,
    protocol: filter.protocol ?? 0,
    count_only: countOnly ? 1 : 0,
    matched: 0n,
  });
}

/** A record as the iterator wrote it, for people. */
export function describe(record: RawRecord): SessionRecord {
  return {
    protocol: record.flow.protocol === UDP ? 'udp' : 'tcp',
    client: dotted(record.flow.saddr),
    client_port: record.flow.sport,
    vip: dotted(record.flow.daddr),
    vip_port: record.flow.dport,
    local: dotted(record.local),
    local_port: record.local_port,
    member: dotted(record.member),
    member_port: record.member_port,
    state: stateOf(record),
    target: record.target,
    idle: seconds(record.idle),
    age: seconds(record.age),
    packets_in: record.packets_in,
    packets_out: record.packets_out,
    bytes_in: Number(record.bytes_in),
    bytes_out: Number(record.bytes_out),
  };
}

function stateOf({ flow, state, reverse_state }: RawRecord): SessionState {
  if (flow.protocol === UDP) {
    return 'active';
  }
  if (state & SessionBit.CLOSED) {
    return 'closed';
  }
  if ((state | reverse_state) & (SessionBit.FIN | SessionBit.RST)) {
    return 'closing';
  }
  return state & SessionBit.ANSWERED ? 'established' : 'opening';
}

function ipv4(endpoint: Endpoint | undefined): number {
  if (endpoint?.address === undefined) {
    return 0;
  }
  if (addressFamily(endpoint.address) === 6) {
    throw new SluiceError(
      'unsupported',
      `${endpoint.address}: this release has no IPv6 sessions; give an IPv4 address`,
    );
  }
  return new DataView(addressBytes(endpoint.address).buffer).getUint32(12);
}

function dotted(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** Ticks of 2^24 ns. */
function seconds(ticks: number): number {
  return Math.round(ticks * (2 ** 24 / 1e6)) / 1000;
}
