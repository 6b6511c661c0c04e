/** The client of the contests with frames made by XDP: sends first packets for a while and counts what came of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BpfObject, bpfObjectPath, loadAddon } from '#sluice/datapath/addon.js';
import { readInterfaces } from '#sluice/datapath/host.js';
import { keyOf, readCounter } from '../counters.js';
import { encodeStruct } from '../layout.js';
import { tell, workerOrder } from '../worker.js';
import type { TrafficOrder, TrafficResult } from './traffic.js';

const INTERFACE = 'eth0';
const PROTOCOLS = { tcp: 6, udp: 17 };
/** UDP: UDP_FRAME of traffic.bpf.c; TCP: longer than its SYN_FRAME, to which it is cut. */
const FRAME_BYTES = { tcp: 80, udp: 60 };
const COUNTERS = { sent: 0, returned: 1, completed: 2, resets: 3 };
/** Frames that tell how fast it goes. */
const FIRST_BURST = 65_536;
const ALL_FLOWS = 0xffff_ffff;
const XDP_MD_SIZE = 24;
/** What is under way at the end has arrived when nothing changed for this long. */
const QUIET_MS = 10;

const order = workerOrder<TrafficOrder>();
const addon = loadAddon();

async function prepare(): Promise<BpfObject> {
  const object = addon.openObject(bpfObjectPath('traffic'));
  await object.load();
  const own = (await readInterfaces()).get(INTERFACE)!;
  const row = {
    source: ipv4(order.source),
    destination: ipv4(order.destination),
    port: order.port,
    protocol: PROTOCOLS[order.protocol],
    flows: order.flows || ALL_FLOWS,
    dmac: Uint8Array.from(order.gateway.split(':'), (byte) => Number.parseInt(byte, 16)),
    smac: own.mac,
  };
  object.map('orders').put(keyOf(0), encodeStruct(object.btf(), 'order', row));
  object.map('turns').put(keyOf(0), new Uint8Array(BigUint64Array.of(BigInt(order.first)).buffer));
  return object;
}

function ipv4(text: string): number {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

/** One system call, however many: beginning and ending one takes the kernel 20 ms. */
async function send(object: BpfObject, count: number): Promise<void> {
  const data = new Uint8Array(FRAME_BYTES[order.protocol]);
  const context = new Uint8Array(XDP_MD_SIZE);
  const view = new DataView(context.buffer);
  view.setUint32(4, data.length, true);
  view.setUint32(12, addon.interfaceIndex(INTERFACE), true);
  await object.program('generate').testRun({ data, context, repeat: count, liveFrames: true });
}

/** How many frames take the asked time. */
async function countOf(object: BpfObject): Promise<number> {
  if (order.count !== undefined) return order.count;
  const started = performance.now();
  await send(object, FIRST_BURST);
  const elapsed = performance.now() - started;
  return Math.round((FIRST_BURST * (order.spanMs ?? elapsed)) / elapsed);
}

async function run(object: BpfObject): Promise<TrafficResult> {
  const counters = object.map('traffic_counters');
  const done = order.protocol === 'udp' ? COUNTERS.returned : COUNTERS.completed;
  const read = () => ({
    sent: readCounter(counters, COUNTERS.sent),
    done: readCounter(counters, done),
    resets: readCounter(counters, COUNTERS.resets),
  });
  const count = await countOf(object);
  const before = read();
  const started = performance.now();
  await send(object, count);
  let ended = performance.now();
  let after = read();
  for (let quiet = ended; performance.now() - quiet < QUIET_MS; await sleep(1)) {
    const now = read();
    if (now.done === after.done) continue;
    after = now;
    quiet = ended = performance.now();
  }
  return {
    seconds: (ended - started) / 1000,
    sent: after.sent - before.sent,
    done: after.done - before.done,
    resets: after.resets - before.resets,
  };
}

const object = await prepare();
const { link } = object.program('client').attachXdp(addon.interfaceIndex(INTERFACE), 'native');
try {
  tell({ type: 'result', result: await run(object) });
} finally {
  link.detach();
}
