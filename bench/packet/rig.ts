/** The programs under measurement, with tables for a number of sessions, and how one of them is run. */
import { type BpfMap, type BpfObject, bpfObjectPath, loadAddon } from '#sluice/datapath/addon.js';
import { leaseWords } from '#sluice/datapath/load.js';
import { keyOf, readCounter } from '../counters.js';
import { programDescriptor } from '../descriptors.js';
import { encodeStruct } from '../layout.js';
import { FIRST_PORT, FRAME_LENGTH, PORTS, type SessionsOf, sessionRows } from './flows.js';

export type Program = 'swap_macs' | 'look_up_and_swap' | 'gateway';

/** Packets of one run. */
export interface Packets {
  template: Uint8Array;
  /** Which end's address and port tell the flows apart. */
  varies: 'source' | 'destination';
  /** Different flows, a power of two; 0: no flow comes twice. */
  flows: number;
  /** Interface they come in by. */
  ingress: string;
  /** Ports per address, a power of two; default PORTS. */
  ports?: number;
}

const XDP_MD_SIZE = 24;
/** Sessions written at a time. */
const FILL_BATCH = 32_768;
/** Tables are never smaller than the gateway's default. */
const LEAST_SESSIONS = 65_536;

export class PacketRig {
  readonly #gateway: BpfObject;
  readonly #bench: BpfObject;
  readonly #handles: Record<Program | 'generate', ReturnType<BpfObject['program']>>;
  readonly #maps = new Map<string, BpfMap>();

  private constructor(gateway: BpfObject, bench: BpfObject) {
    this.#gateway = gateway;
    this.#bench = bench;
    this.#handles = {
      gateway: gateway.program('gateway'),
      swap_macs: bench.program('swap_macs'),
      look_up_and_swap: bench.program('look_up_and_swap'),
      generate: bench.program('generate'),
    };
  }

  /** @param sessions how many the tables have room for */
  static async load(sessions: number): Promise<PacketRig> {
    const addon = loadAddon();
    const room = Math.max(sessions, LEAST_SESSIONS);
    const gateway = addon.openObject(bpfObjectPath('gateway'));
    gateway.setMaxEntries('sessions4', 2 * room);
    gateway.setMaxEntries('lease_words', leaseWords(room));
    const bench = addon.openObject(bpfObjectPath('packet_cost'));
    bench.setMaxEntries('reference', 2 * room);
    await gateway.load();
    await bench.load();
    return new PacketRig(gateway, bench);
  }

  /** A map of the gateway or of the bench. */
  map(name: string): BpfMap {
    let map = this.#maps.get(name);
    if (!map) {
      const object = this.#gateway.maps().includes(name) ? this.#gateway : this.#bench;
      map = object.map(name);
      this.#maps.set(name, map);
    }
    return map;
  }

  /** Puts established sessions into the gateway's table and into the one it is compared with. */
  async fill(sessions: number, of: SessionsOf): Promise<void> {
    for (let first = 0; first < sessions; first += FILL_BATCH) {
      const count = Math.min(FILL_BATCH, sessions - first);
      const { keys, values } = sessionRows(first, count, of);
      await this.map('sessions4').putBatch(keys, values, 2 * count);
      await this.map('reference').putBatch(keys, values, 2 * count);
    }
  }

  /** Sum of a per-CPU counter of the gateway. */
  counter(map: 'outcomes' | 'events', index: number): number {
    return readCounter(this.map(map), index);
  }

  /** Runs a program over `repeat` packets; resolves to ns per packet, the generator's own cost included. */
  async run(program: Program, packets: Packets, repeat: number): Promise<number> {
    const descriptor = programDescriptor(this.#handles[program].id);
    this.map('measured').put(keyOf(0), keyOf(descriptor));
    const generator = {
      flows: packets.flows,
      length: FRAME_LENGTH,
      source_step: packets.varies === 'source' ? 1 : 0,
      ports: packets.ports ?? PORTS,
      fresh: packets.flows === 0 ? 1 : 0,
      first_port: FIRST_PORT,
      template: packets.template,
    };
    this.map('generators').put(keyOf(0), encodeStruct(this.#bench.btf(), 'generator', generator));
    const context = new Uint8Array(XDP_MD_SIZE);
    const view = new DataView(context.buffer);
    view.setUint32(4, FRAME_LENGTH, true);
    view.setUint32(12, loadAddon().interfaceIndex(packets.ingress), true);
    const data = new Uint8Array(FRAME_LENGTH);
    const { retval, duration } = await this.#handles.generate.testRun({ data, context, repeat });
    if (retval === 0) throw new Error(`${program} aborted a packet: the bench itself is at fault`);
    return duration;
  }

  close(): void {
    for (const map of this.#maps.values()) map.close();
    for (const program of Object.values(this.#handles)) program.close();
    this.#gateway.close();
    this.#bench.close();
  }
}
