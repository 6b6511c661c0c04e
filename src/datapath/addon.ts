/**
 * The native addon over libbpf: its types, where it is, where the BPF objects are. Bytes go in and come out; layouts.ts
 * knows what they mean. Only `src/datapath` imports this module.
 *
 * What blocks returns a promise and runs off the main thread. What the system refuses throws, or rejects with, a
 * `NativeError`; what makes no sense (wrong type, wrong length) throws a `TypeError` that says what was expected.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Refused by the kernel or by libbpf. */
export interface NativeError extends Error {
  /** Name of the error number: `EPERM`, `ENOENT`, … */
  readonly code: string;
  /** The error number, positive. */
  readonly errno: number;
  /** What was tried: `map.put`, `object.load`, … */
  readonly operation: string;
  /** End of what libbpf and the verifier had to say, at most 16 KiB; only where they said something. */
  readonly detail?: string;
}

export interface Addon {
  /**
   * Reads and parses a compiled BPF object. The kernel is asked by `load` only.
   * @param name replaces the file name in the names of internal maps (`NAME.bss`).
   */
  openObject(path: string, name?: string): BpfObject;
  /** A map of its own, beside those of objects. It lives on while it is pinned, a program uses it, or another map holds it. */
  createMap(options: CreateMapOptions): BpfMap;
  /** A map by its id, which a map of maps gives as its value. @throws NativeError `ENOENT` */
  openMap(id: number): BpfMap;
  /** @throws NativeError `ENOENT`; `EINVAL` when something else than a map is pinned there. */
  openPinnedMap(path: string): BpfMap;
  /** @throws NativeError `ENOENT`; `EINVAL` when something else than a link is pinned there. */
  openPinnedLink(path: string): BpfLink;
  /** CPUs the kernel may ever bring up: how many values an element of a per-CPU map has. */
  possibleCpus(): number;
  /** In the network namespace of this process. @throws NativeError `ENODEV` */
  interfaceIndex(name: string): number;
  /** Runs an iterator program over a map again and again in a thread of its own. */
  startIteration(options: PumpOptions): Pump;
  /**
   * One pass of an iterator program over a map. What it writes comes in chunks of `readSize` bytes, the last one shorter:
   * with a multiple of the record size no record is split.
   * @param readSize 1 to 67,108,864
   */
  openIteration(program: BpfProgram, map: BpfMap, readSize: number): Iteration;
  /** A thread that waits for records of a `BPF_MAP_TYPE_RINGBUF` map and hands them over in batches, one call each. */
  openRingBuffer(map: BpfMap, onRecord: (record: Uint8Array) => void): RingBuffer;
  /** A thread that does any number of probes over TCP, UDP and ICMP. Their news come in batches, one call each. */
  openProber(onNews: (id: number, news: ProbeNews) => void): Prober;
  /**
   * Makes the named pipe of a `LogReader` (0600) where there is none. While anybody has it open it keeps up to 16 MiB of lines that
   * nobody has read yet; fs.pipe-max-size without CAP_SYS_RESOURCE.
   * @throws NativeError `EINVAL`: something else than a pipe is there
   */
  makeLogPipe(path: string): void;
  /** A thread that reads, counts and writes out what HAProxy logs; see {@link LogReaderOptions}. */
  openLogReader(options: LogReaderOptions): LogReader;
  /** Where datagrams go, one for each line. @throws NativeError */
  openLineSender(options: LineSenderOptions): LineSender;
}

/** A compiled object file. Everything but `btf`, `maps`, `programs` and `close` belongs either before or after `load`. */
export interface BpfObject {
  programs(): string[];
  maps(): string[];
  /** Before `load`. */
  setMaxEntries(map: string, entries: number): void;
  /**
   * Before `load`: pins the map there. What is pinned there already is used instead when type, sizes, entries and flags
   * agree; when they do not, `load` fails with `EINVAL` and names the path.
   */
  setPinPath(map: string, path: string): void;
  /** Before `load`: whether the program is loaded with the rest. */
  setAutoload(program: string, on: boolean): void;
  /** Creates maps, verifies programs. Once; after a failure the object has to be opened again. */
  load(): Promise<void>;
  /** After `load`. The handle is independent of the object's life. */
  map(name: string): BpfMap;
  /** After `load`. The handle is independent of the object's life. */
  program(name: string): BpfProgram;
  /** Raw BTF of the object. */
  btf(): Uint8Array;
  close(): void;
}

export interface BpfMap {
  /** Of maps opened by path only the first 15 characters. */
  readonly name: string;
  /** `enum bpf_map_type` */
  readonly type: number;
  readonly keySize: number;
  /** Bytes of one value here: in per-CPU maps one value, rounded up to 8 bytes, for each possible CPU. */
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly id: number;
  /** `BPF_F_…` */
  readonly flags: number;
  /** `undefined`: no such key. */
  get(key: Uint8Array): Uint8Array | undefined;
  /**
   * @param mode `create` refuses an existing key with `EEXIST`, `replace` a missing one with `ENOENT`; default `any`.
   * @throws NativeError `E2BIG`: full
   */
  put(key: Uint8Array, value: Uint8Array, mode?: 'any' | 'create' | 'replace'): void;
  /** `false`: was not there. */
  delete(key: Uint8Array): boolean;
  /**
   * Up to `count` elements (1 to 16,777,216), more where a hash bucket holds more. Start without a cursor, go on with the one
   * returned; none returned: that was the end. Elements that come or go meanwhile may be missed or seen twice.
   */
  getBatch(count: number, cursor?: Uint8Array): Promise<Batch>;
  /** Writes `count` elements. Some may have been written when it rejects; the message says how many. */
  putBatch(keys: Uint8Array, values: Uint8Array, count: number): Promise<void>;
  /** Deletes `count` keys; resolves to how many of them existed. */
  deleteBatch(keys: Uint8Array, count: number): Promise<number>;
  /**
   * Puts a map into a map of maps, in place of the one there; without one empties the place. Resolves once no program sees what was
   * there before.
   * @throws NativeError `EINVAL`: not of the kind that the map of maps was made for
   */
  putMap(key: Uint8Array, map?: BpfMap): Promise<void>;
  /**
   * The values of an array with `BPF_F_MMAPABLE`, as the kernel and programs see them at any moment; element `i` starts at
   * `i` × the value size rounded up to 8. Closing the map detaches the buffer.
   */
  mmap(): ArrayBuffer;
  pin(path: string): void;
  unpin(path: string): void;
  /** The map lives on while it is pinned or a program uses it. */
  close(): void;
}

/** What makes a map; see bpf(2). */
export interface CreateMapOptions {
  /** `enum bpf_map_type` */
  type: number;
  /** At most 15 letters, digits, dots and underscores. */
  name: string;
  /** Bytes, 1 to 512. */
  keySize: number;
  /** Bytes, 1 to 1,048,576. */
  valueSize: number;
  maxEntries: number;
  /** `BPF_F_…`; default none. */
  flags?: number;
}

export interface Batch {
  keys: Uint8Array;
  values: Uint8Array;
  count: number;
  /** Where to go on; absent at the end. */
  cursor?: Uint8Array;
}

export type XdpMode = 'native' | 'generic';

export interface BpfProgram {
  readonly name: string;
  readonly id: number;
  /**
   * `auto` tries the driver first and falls back to generic XDP.
   * @throws NativeError `EBUSY`: another program is attached; `ENODEV`; `EOPNOTSUPP`: not with this driver (mode `native`)
   */
  attachXdp(ifindex: number, mode: XdpMode | 'auto'): { link: BpfLink; mode: XdpMode };
  /** With the attach type of the program's section. */
  attachCgroup(cgroupPath: string): BpfLink;
  testRun(options: TestRunOptions): Promise<TestRunResult>;
  pin(path: string): void;
  /** The program lives on while it is attached or pinned. */
  close(): void;
}

export interface TestRunOptions {
  /** The packet. */
  data?: Uint8Array;
  /** `struct xdp_md` (24 bytes): data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex. */
  context?: Uint8Array;
  /** Room for the packet that comes out, bytes; default: 256 more than went in. Too little: `ENOSPC`. */
  outputSize?: number;
  /** How often; 1 by default. The same packet memory is used again, as the previous run left it. */
  repeat?: number;
  /** XDP only: frames take the way their verdict says instead of being thrown away. Nothing comes back. */
  liveFrames?: boolean;
  /** With `liveFrames`: frames per burst, 1 to 256; 64 by default. */
  batchSize?: number;
}

export interface TestRunResult {
  /** What the program returned last. */
  retval: number;
  /** Mean of all runs, ns. */
  duration: number;
  /** The packet after the last run. */
  data: Uint8Array;
}

/** Keeps a program attached: until `detach`, or until neither a handle nor a pin is left. */
export interface BpfLink {
  pin(path: string): void;
  unpin(path: string): void;
  /** Replaces the program without a packet passing in between. */
  update(program: BpfProgram): void;
  info(): LinkInfo;
  detach(): void;
  close(): void;
}

export interface LinkInfo {
  id: number;
  programId: number;
  /** XDP links, while the interface exists. */
  ifindex?: number;
  /** XDP links, when asked in the network namespace of the interface. */
  mode?: XdpMode;
}

export interface Iteration {
  /** `undefined`: the end. One call at a time. */
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

export interface PumpOptions {
  /** `SEC("iter/bpf_map_elem")` */
  program: BpfProgram;
  map: BpfMap;
  /** From the start of a sweep to the start of the next, 1 to 3,600,000 ms; a sweep that took longer is followed by one period of rest. */
  periodMs: number;
  /** Bytes per read, 1 to 16,777,216: after writing that much the program is left until the next read. */
  readSize: number;
  /** Rest after each read that brought a pause mark, 0 (default) to 1,000,000 µs. Needs `transmit`. */
  pauseMicroseconds?: number;
  /**
   * What the program writes are frames, each behind a `struct frame_record` (u32 ifindex, u32 length): send them. Records with
   * ifindex 0 are pause marks. Frames leave from the network namespace of this process.
   */
  transmit?: boolean;
  /** Gets, with `transmit`, every record (sent or not), else whatever a read returned. */
  onRecord?: (record: Uint8Array) => void;
}

export interface Pump {
  stats(): PumpStats;
  /** Resolves when the thread has ended. */
  stop(): Promise<void>;
}

export interface PumpStats {
  /** Finished passes over the map. */
  sweeps: number;
  /** Frames sent. */
  frames: number;
  /** Of the frames sent; without `transmit`: written by the program. */
  bytes: number;
  /** Frames that could not be sent and passes that failed. */
  errors: number;
  /** errno of the last of them; 0: none. */
  lastError: number;
  /** How long the last pass took, pauses included. */
  lastSweepMicroseconds: number;
}

export interface RingBuffer {
  /** No calls after this. */
  close(): void;
}

export interface Prober {
  /** Begins a probe; its id. No probe keeps the process from ending. */
  begin(options: ProbeOptions): number;
  /** After news with `bytes`: read on. Ids of probes that have ended are ignored. */
  resume(id: number): void;
  /** Ends a probe at once; no news of it after this. */
  end(id: number): void;
  /** No news of any probe after this. */
  close(): void;
}

export interface ProbeOptions {
  /**
   * `connect`: whether a TCP port answers; SYN, SYN-ACK, RST, with nothing for its application to accept. `stream`: sends and reads
   * over a TCP connection, which ends with RST: no TIME-WAIT stays behind. `datagram`: the same over UDP. `echo`: ICMP echo, needs
   * CAP_NET_RAW.
   */
  kind: 'connect' | 'stream' | 'datagram' | 'echo';
  /** 4 or 16 bytes. */
  address: Uint8Array;
  /** Not with `echo`. */
  port?: number;
  /** 1 to 86,400,000. */
  timeoutMs: number;
  /** `datagram`, `echo`: sent again this often until there is an answer; once only by default. */
  resendMs?: number;
  /** `stream`, `datagram`: what is sent; nothing, or an empty datagram, by default. */
  send?: Uint8Array;
}

/** With `bytes`: up to 8,192 of a stream, or a datagram, and nothing more is read before `resume`. Without: the probe has ended. */
export type ProbeNews = ProbeBytes | ProbeEnd;

export interface ProbeBytes {
  bytes: Uint8Array;
  /** Since the probe began. */
  microseconds: number;
}

export interface ProbeEnd {
  bytes?: undefined;
  /** 0: it answered (`connect`, `echo`) or closed (`stream`); else the error number: `ETIMEDOUT`, `ECONNREFUSED`, … */
  errno: number;
  microseconds: number;
  /** The error is this host's (no descriptor, no free port, its own packet filter): it says nothing about the other side. */
  local?: boolean;
  /** `stream`: the connection stood. */
  connected?: boolean;
  /** The ICMP message behind the error, where there was one; `fromTarget`: the probed host sent it itself. */
  icmp?: { type: number; code: number; fromTarget: boolean };
}

export interface LogReaderOptions {
  /** The named pipe; it is made where there is none. */
  path: string;
  /** What lines look like; without it they are counted only. */
  format?: 'json' | 'line';
  /** Gets whole lines as bytes, at most about 256 KiB and 200 ms after the first of them, and how many they are. */
  onLines: (bytes: Uint8Array, lines: number) => void;
}

export interface LogReader {
  /** Begins to read: names that were told before are in the first line. Once. */
  start(): void;
  /** What a listener and its load balancer are called from the next line on. Names may be empty. */
  nameListener(id: string, name: string, loadbalancer: string, loadbalancerId: string, projectId: string): void;
  namePool(id: string, name: string): void;
  /** Forgets the name of a listener or pool, and what was counted for it. */
  removeName(id: string): void;
  /** Since the reader was opened: listener ids, and for each of them a row of as many numbers as {@link LOG_FIGURES} has names. */
  counters(): { listeners: string[]; figures: Float64Array };
  /**
   * `lines` were finished, of these `lost` thrown away because this thread did not take them; `unreadable` began as lines of ours
   * and were cut.
   */
  stats(): { lines: number; lost: number; unreadable: number };
  /** Hands over what is finished; what was not read stays in the pipe for the next reader. */
  close(): void;
}

/** The columns of `LogReader.counters`, as in native/log_counters.h. All but `sampled` are sums. */
export const LOG_FIGURES = [
  'requests',
  'status_2xx',
  'status_3xx',
  'status_4xx',
  'status_5xx',
  'status_other',
  'status_404',
  'status_499',
  'status_502',
  'timed',
  'milliseconds',
  'member_milliseconds',
  'failed_handshakes',
  'sampled',
] as const;

/** Either a Unix datagram socket or an address with a UDP port. */
export type LineSenderOptions = { path: string } | { address: Uint8Array; port: number };

export interface LineSender {
  /**
   * Sends each line of the block as a datagram: the prefix, then the line without its newline. Resolves to how many bytes of the block
   * are done with: all of them, or less when the other side takes no more for 200 ms or is not there, with the error number. Lines
   * too long for a datagram are left out and counted. One call at a time.
   */
  send(block: Uint8Array, prefix: Uint8Array): Promise<{ bytes: number; tooLong: number; errno: number }>;
  /** After the last call of `send` has settled. */
  close(): void;
}

interface NodeGypBuild {
  (root: string): Addon;
  resolve(root: string): string;
}

const require = createRequire(import.meta.url);
const nodeGypBuild = require('node-gyp-build') as NodeGypBuild;
let loaded: Addon | undefined;

/**
 * The addon: of this working tree when it was built, else the one the package brought.
 * @throws Error when there is none for this platform
 */
export function loadAddon(): Addon {
  loaded ??= require(addonPath()) as Addon;
  return loaded;
}

/**
 * Path of a compiled BPF object, by the name of its source without `.bpf.c`. It lies beside the addon, in the working tree as
 * in the package.
 * @throws Error when it is missing
 */
export function bpfObjectPath(name: string): string {
  const path = join(dirname(addonPath()), `${name}.bpf.o`);
  if (!existsSync(path)) throw new Error(`${path} is missing: build it with "npm run build:native"`);
  return path;
}

/** All chunks of one pass, see `Addon.openIteration`. Leaving the loop early ends the pass. */
export async function* readIteration(program: BpfProgram, map: BpfMap, readSize: number): AsyncGenerator<Uint8Array> {
  const iteration = loadAddon().openIteration(program, map, readSize);
  try {
    for (let chunk = await iteration.next(); chunk; chunk = await iteration.next()) yield chunk;
  } finally {
    iteration.close();
  }
}

function addonPath(): string {
  try {
    return nodeGypBuild.resolve(packageRoot());
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(`There is no native addon for ${platform}: build it with "npm run build:native"`, { cause });
  }
}

/** The nearest directory above this file that has a package.json. */
function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json')) && directory !== '/') directory = dirname(directory);
  return directory;
}
