/**
 * The gateway's program loaded for tests: not attached, not pinned, its packets given by BPF_PROG_TEST_RUN and its maps open to be
 * read and written. The interfaces and neighbours it asks for are those of test/bpf/scene.ts.
 */
import { type BpfObject, type BpfProgram, bpfObjectPath, loadAddon, readIteration } from '../../src/datapath/addon.js';
import {
  eventLabels,
  type Flow4,
  frameRecord,
  Limits,
  outcomeLabels,
  type Session4,
  type SessionFilter,
  type SessionRecord,
  sessionRecord,
} from '../../src/datapath/layouts.js';
import { GATEWAY_INTERFACES, INTERFACES, type Interface, MAC } from '../bpf/scene.js';
import { concatenate, type Endpoint, formatMac, parseEndpoint, parseMac, readUint32 } from './bytes.js';
import { Configuration } from './gateway-configuration.js';
import { DEFAULT_SIZES, type GatewayTables, openTables, type Sizes, setSizes } from './gateway-tables.js';
import { encode, type Packet, PROTOCOL } from './packet.js';
import { decode } from './packet-decode.js';

export type { Sizes } from './gateway-tables.js';

const ACTIONS = ['ABORTED', 'DROP', 'PASS', 'TX', 'REDIRECT'] as const;
export type Action = (typeof ACTIONS)[number];

/** What became of a packet. */
export interface Verdict {
  action: Action;
  /** Label of the outcome counted: `drop_no_route`; `forward`, which has no counter, where none moved. */
  outcome: string;
  /** Labels of the events counted, in the order of enum event, each as often as it was counted. */
  events: string[];
  frame: Uint8Array;
  /** The frame's fields. */
  packet: Packet;
}

/** A frame that the reaper wants sent. */
export interface Sent {
  interface: Interface;
  frame: Uint8Array;
  packet: Packet;
}

export type Transport = 'tcp' | 'udp';

/** The key of a session row: a packet's addresses as they are on the wire. */
export function flow(from: Endpoint, to: Endpoint, transport: Transport = 'tcp'): Flow4 {
  const [source, destination] = [parseEndpoint(from), parseEndpoint(to)];
  return {
    saddr: readUint32(source.address, 0),
    daddr: readUint32(destination.address, 0),
    sport: source.port,
    dport: destination.port,
    protocol: PROTOCOL[transport],
  };
}

/** The interface that a frame for this MAC address comes in by; front for frames to all. */
function ingressOf(frame: Uint8Array): Interface {
  const destination = formatMac(frame);
  return INTERFACES.find((name) => MAC[name] === destination) ?? 'front';
}

export class GatewayUnderTest {
  readonly tables: GatewayTables;
  /** Listeners, members, local addresses, times. */
  readonly configuration: Configuration;
  readonly #object: BpfObject;
  readonly #program: BpfProgram;

  private constructor(object: BpfObject, sizes: Sizes) {
    this.#object = object;
    this.#program = object.program('gateway');
    this.tables = openTables(object);
    this.configuration = new Configuration(this.tables, sizes);
  }

  /** Loads a gateway of its own, reset. */
  static async load(sizes: Partial<Sizes> = {}): Promise<GatewayUnderTest> {
    const object = loadAddon().openObject(bpfObjectPath('gateway'));
    const all = { ...DEFAULT_SIZES, ...sizes };
    setSizes(object, all);
    await object.load();
    const gateway = new GatewayUnderTest(object, all);
    await gateway.reset();
    return gateway;
  }

  /** No sessions, no listeners, counters at zero; interfaces, default times and one local address are set. */
  async reset(): Promise<void> {
    for (const table of this.#small()) await table.clear();
    this.configuration.reset();
    for (const name of GATEWAY_INTERFACES)
      this.tables.devices.put(loadAddon().interfaceIndex(name), { mac: parseMac(MAC[name]) });
  }

  close(): void {
    this.tables.accessLists.close();
    for (const table of [...this.#small(), this.tables.budgets, this.tables.accounts, this.tables.clientCells])
      table.map.close();
    this.#program.close();
    this.#object.close();
  }

  /** Tables that can be cleared in no time; the others are left to the configuration, which knows what it has used. */
  #small() {
    const { budgets: _, accounts: __, clientCells: ___, accessLists: ____, ...small } = this.tables;
    return Object.values(small);
  }

  /**
   * Gives the program a packet that came in by `ingress`, by default the interface whose MAC address it is for.
   * @param metadata bytes in front of the packet that are the driver's: so much less room there for the program. A multiple of 4;
   *   more than 32 are refused with `EINVAL` by kernels before 6.9.
   */
  async send(packet: Packet | Uint8Array, ingress?: Interface, metadata = 0): Promise<Verdict> {
    const input = packet instanceof Uint8Array ? packet : encode(packet);
    const data = concatenate(new Uint8Array(metadata), input);
    // struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex.
    const index = loadAddon().interfaceIndex(ingress ?? ingressOf(input));
    const context = new Uint8Array(Uint32Array.of(metadata, data.length, 0, index, 0, 0).buffer);
    const outcomes = this.#count('outcomes', outcomeLabels);
    const events = this.#count('events', eventLabels);
    const { retval, data: output } = await this.#program.testRun({ data, context });
    const frame = output.subarray(metadata);
    const [outcome = 'forward', ...more] = outcomes();
    if (more.length > 0) throw new Error(`one packet counted as several outcomes: ${outcome}, ${more.join(', ')}`);
    const action = ACTIONS[retval];
    if (action === undefined) throw new Error(`the program returned ${retval}, which is no XDP action`);
    return { action, outcome, events: events(), frame, packet: decode(frame) };
  }

  /** Remembers counters; the function returned tells which have moved since, by label, as often as they did. */
  #count(table: 'outcomes' | 'events', labels: Readonly<Record<number, string>>): () => string[] {
    const read = () => Object.keys(labels).map((index) => this.tables[table].total(Number(index)));
    const before = read();
    return () =>
      read().flatMap((total, index) => Array<string>(Number(total - before[index]!)).fill(labels[index] ?? '?'));
  }

  /** The row for packets of this direction. @throws Error where there is none */
  session(from: Endpoint, to: Endpoint, transport: Transport = 'tcp'): Session4 {
    const row = this.tables.sessions.get(flow(from, to, transport));
    if (!row) throw new Error(`there is no ${transport} session row ${from} -> ${to}`);
    return row;
  }

  hasSession(from: Endpoint, to: Endpoint, transport: Transport = 'tcp'): boolean {
    return this.tables.sessions.get(flow(from, to, transport)) !== undefined;
  }

  /** Rows in the table: two for each session. */
  async rowCount(): Promise<number> {
    return (await this.tables.sessions.entries()).length;
  }

  changeSession(from: Endpoint, to: Endpoint, fields: Partial<Session4>, transport: Transport = 'tcp'): void {
    this.tables.sessions.change(flow(from, to, transport), (row) => {
      // They share their bytes: an unchanged one must not be written over the changed one.
      const { toa_ack, created, ...rest } = { ...row, ...fields };
      return { ...rest, ...('created' in fields ? { created } : { toa_ack }) };
    });
  }

  /** Lets time pass for all sessions, sticky clients and shared next hops, as if nothing had come since, s: 2 at least. */
  async age(seconds: number): Promise<void> {
    const ticks = Math.ceil((seconds * 1e9) / 2 ** Limits.TICK_SHIFT);
    const earlier = (tick: number) => (tick - ticks) >>> 0;
    for (const [key, row] of await this.tables.sessions.entries())
      this.tables.sessions.put(key, { ...row, seen: earlier(row.seen) });
    for (const [key, row] of await this.tables.stickies.entries())
      this.tables.stickies.put(key, { ...row, seen: earlier(row.seen) });
    // All of them are older than a second now.
    await this.tables.routes.clear();
  }

  /** One pass of the reaper over all sessions; the frames it wrote, in the order it did. */
  async reap(): Promise<Sent[]> {
    const bytes = await this.#iterate('reap');
    const sent: Sent[] = [];
    for (let at = 0; at < bytes.length; ) {
      const { ifindex, length } = frameRecord.decode(bytes, at);
      at += frameRecord.size;
      const frame = bytes.slice(at, at + length);
      at += length;
      if (ifindex === 0 && length > 0) throw new Error('the reaper wrote a frame for no interface');
      if (ifindex !== 0) sent.push({ interface: interfaceName(ifindex), frame, packet: decode(frame) });
    }
    return sent;
  }

  /** Runs the lister; fields left out match everything. `matched` is what it counted. */
  async list(filter: Partial<SessionFilter> = {}): Promise<{ records: SessionRecord[]; matched: number }> {
    this.tables.sessionFilters.put(0, { ...EVERY_SESSION, ...filter });
    const records = sessionRecord.decodeAll(await this.#iterate('list_sessions'));
    return { records, matched: Number(this.tables.sessionFilters.get(0)?.matched) };
  }

  async #iterate(name: 'reap' | 'list_sessions'): Promise<Uint8Array> {
    const program = this.#object.program(name);
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of readIteration(program, this.tables.sessions.map, 2 ** 16)) chunks.push(chunk);
    } finally {
      program.close();
    }
    return Buffer.concat(chunks);
  }
}

const EVERY_SESSION: SessionFilter = {
  client: 0,
  vip: 0,
  member: 0,
  local: 0,
  client_port: 0,
  vip_port: 0,
  member_port: 0,
  local_port: 0,
  protocol: 0,
  count_only: 0,
  matched: 0n,
};

function interfaceName(ifindex: number): Interface {
  const name = INTERFACES.find((each) => loadAddon().interfaceIndex(each) === ifindex);
  if (!name) throw new Error(`a frame for interface ${ifindex}, which is none of ${INTERFACES.join(', ')}`);
  return name;
}

/**
 * Attaches a copy of the program, with maps of its own, to all interfaces: BPF_PROG_TEST_RUN refuses an ingress interface on which the
 * driver has not set up XDP. What the kernel itself happens to send there counts in the copy's maps, not in those of a test.
 */
export async function occupyInterfaces(): Promise<void> {
  const object = loadAddon().openObject(bpfObjectPath('gateway'));
  setSizes(object, DEFAULT_SIZES);
  await object.load();
  for (const name of INTERFACES) object.program('gateway').attachXdp(loadAddon().interfaceIndex(name), 'native');
}
