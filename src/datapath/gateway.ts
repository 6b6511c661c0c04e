/** The data plane in the kernel: loads gateway.bpf.o, adopts what is pinned, attaches, expires sessions. */
import type { Logger } from 'pino';
import { SluiceError } from '../model/errors.js';
import type { Operation } from '../plan/order.js';
import type { CurrentTables } from '../plan/tables.js';
import { type Addon, type BpfObject, type BpfProgram, loadAddon, type Pump } from './addon.js';
import { applyOperations } from './apply.js';
import { type Attached, attachInterface } from './attach.js';
import type { Attachment, Datapath, DatapathFacts } from './datapath.js';
import { type HostInterface, readInterfaces } from './host.js';
import { frameRecord } from './layouts.js';
import { loadGateway } from './load.js';
import { GatewayMaps } from './maps.js';
import { ensureBpfFileSystem, Pins } from './pins.js';
import { readActive, readTables } from './read.js';
import { type SessionFilter, SessionLister, type SessionRecord } from './sessions.js';
import { readSockets } from './sockets.js';
import { type CounterSelection, type Counters, readCounters } from './stats.js';
import { type SysctlChange, SysctlKeeper } from './sysctl.js';

export interface GatewayOptions {
  /** Names the directory of the pins. */
  name: string;
  interfaces: readonly string[];
  /** Sessions the table should hold. */
  sessions: number;
  /** Keeps what kernel parameters were. */
  stateDirectory: string;
  /** Drop pinned maps of another layout or size instead of refusing or keeping them. */
  discardSessions: boolean;
}

/** How often sessions are looked through for those to end. */
const REAP_PERIOD_MS = 1000;
/**
 * The reaper leaves the kernel after so many bytes: one pause mark. With more it would gather marks, and sweep a million rows
 * between two rests.
 */
const REAP_READ_BYTES = frameRecord.size;
/** Rest after each pause mark, which comes every 4,096 rows: with a million sessions a sweep takes ten seconds, a tenth of a CPU. */
const REAP_PAUSE_MICROSECONDS = 20_000;

/** What is there from `open` to `close`. */
interface Opened {
  addon: Addon;
  object: BpfObject;
  maps: GatewayMaps;
  programs: Record<'gateway' | 'reap' | 'list_sessions', BpfProgram>;
  lister: SessionLister;
}

/** FullNAT in XDP on interfaces of this host. */
export class XdpDatapath implements Datapath {
  readonly #options: GatewayOptions;
  readonly #log: Logger;
  readonly #pins: Pins;
  #open: Opened | undefined;
  #pump: Pump | undefined;
  #attachments: Attachment[] = [];

  constructor(options: GatewayOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
    this.#pins = new Pins(options.name);
  }

  async open(): Promise<void> {
    await this.#interfaces();
    if ((await ensureBpfFileSystem()).mounted) {
      this.#log.info('mounted the BPF file system at /sys/fs/bpf');
    }
    const adopted = this.#pins.maps().length > 0;
    const addon = loadAddon();
    const object = await loadGateway(addon, this.#pins, this.#options, this.#log);
    const maps = new GatewayMaps(object);
    const programs = {
      gateway: object.program('gateway'),
      reap: object.program('reap'),
      list_sessions: object.program('list_sessions'),
    };
    const lister = new SessionLister(programs.list_sessions, maps);
    this.#open = { addon, object, maps, programs, lister };
    this.#log.info(
      { sessions: maps.get('sessions4').maxEntries / 2, pins: this.#pins.directory },
      adopted ? 'adopted the tables of the running data plane' : 'loaded the data plane',
    );
  }

  async attach(): Promise<void> {
    const { addon, programs } = this.#opened;
    const interfaces = await this.#interfaces();
    await this.#prepareKernel();
    this.#leaveOthers();
    try {
      for (const host of interfaces) {
        const attached = attachInterface(addon, this.#pins, programs.gateway, host);
        this.#attachments.push(attached);
        this.#report(attached);
      }
    } catch (error) {
      this.#undoAttach();
      throw error;
    }
    this.#startReaper();
  }

  async close(): Promise<void> {
    await this.#pump?.stop();
    this.#pump = undefined;
    this.#attachments = [];
    const open = this.#open;
    this.#open = undefined;
    if (open) {
      await open.lister.close();
      for (const program of Object.values(open.programs)) {
        program.close();
      }
      open.maps.close();
      open.object.close();
    }
  }

  attachments(): readonly Attachment[] {
    return this.#attachments;
  }

  async facts(): Promise<DatapathFacts> {
    const all = await readInterfaces();
    const own = this.#options.interfaces.flatMap((name) => all.get(name) ?? []);
    const assigned = [...all.values()].flatMap(({ addresses }) => addresses.map((text) => text.split('/')[0] ?? ''));
    const { maps } = this.#opened;
    return {
      devices: own.map(({ name, ifindex, mac, mtu }) => ({ name, ifindex, mac, mtu })),
      assignedAddresses: new Set(assigned),
      host: { interfaces: [...all.values()], sockets: await readSockets() },
      leaseMask: maps.get('lease_words').maxEntries - 1,
      sessions: maps.get('sessions4').maxEntries / 2,
    };
  }

  async read(localAddresses: readonly string[]): Promise<CurrentTables> {
    return await readTables(this.#opened.maps, localAddresses, (filter) => this.countSessions(filter));
  }

  async apply(operations: readonly Operation[]): Promise<void> {
    await applyOperations(this.#opened.maps, operations);
  }

  counters(selection: CounterSelection): Counters {
    return readCounters(this.#opened.maps, selection);
  }

  active(member: number): number {
    return readActive(this.#opened.maps, member);
  }

  async countSessions(filter: SessionFilter): Promise<number> {
    return await this.#opened.lister.count(filter);
  }

  listSessions(filter: SessionFilter): AsyncIterable<SessionRecord[]> {
    return this.#opened.lister.list(filter);
  }

  get #opened(): Opened {
    if (!this.#open) {
      throw new SluiceError('internal', 'the data plane is not open');
    }
    return this.#open;
  }

  /** The configured interfaces. @throws SluiceError `interface_unusable` naming those that are missing and those there are */
  async #interfaces(): Promise<HostInterface[]> {
    const all = await readInterfaces();
    const missing = this.#options.interfaces.filter((name) => !all.has(name));
    if (missing.length > 0) {
      throw new SluiceError(
        'interface_unusable',
        `gateway.interfaces names ${missing.join(', ')}, which this host does not have; it has ${[...all.keys()].join(', ')}`,
      );
    }
    return this.#options.interfaces.flatMap((name) => all.get(name) ?? []);
  }

  async #prepareKernel(): Promise<void> {
    const keeper = new SysctlKeeper(this.#options.stateDirectory);
    for (const name of this.#options.interfaces) {
      logSysctls(this.#log, await keeper.prepare(name));
    }
  }

  /** Interfaces that were configured once: their packets are the kernel's again. */
  #leaveOthers(): void {
    for (const name of this.#pins.links().filter((link) => !this.#options.interfaces.includes(link))) {
      this.#pins.removeLink(name);
      this.#log.info({ interface: name }, 'left an interface that is not in gateway.interfaces any more');
    }
  }

  /** Half a gateway would take packets in that it cannot send on. */
  #undoAttach(): void {
    for (const { interface: name, adopted } of this.#attachments as Attached[]) {
      if (!adopted) {
        this.#pins.removeLink(name);
      }
    }
    this.#attachments = [];
  }

  #report({ interface: name, mode, adopted }: Attached): void {
    const message = adopted ? 'replaced the running program' : 'attached';
    if (mode === 'native') {
      this.#log.info({ interface: name, mode }, message);
    } else {
      this.#log.warn(
        { interface: name, mode },
        `${message} in generic mode, which is slower: the driver has no native XDP`,
      );
    }
  }

  #startReaper(): void {
    const { addon, maps, programs } = this.#opened;
    this.#pump = addon.startIteration({
      program: programs.reap,
      map: maps.get('sessions4'),
      periodMs: REAP_PERIOD_MS,
      readSize: REAP_READ_BYTES,
      pauseMicroseconds: REAP_PAUSE_MICROSECONDS,
      transmit: true,
    });
  }
}

/**
 * Takes the gateway off its interfaces, forgets its sessions and puts kernel parameters back. For a stopped daemon.
 * @returns the interfaces that were left
 */
export async function detachGateway(name: string, stateDirectory: string, log: Logger): Promise<string[]> {
  const pins = new Pins(name);
  const interfaces = pins.links();
  pins.removeAll();
  logSysctls(log, await new SysctlKeeper(stateDirectory).restore());
  return interfaces;
}

function logSysctls(log: Logger, changes: readonly SysctlChange[]): void {
  for (const { name, before, after, why } of changes) {
    log.info({ sysctl: name.replaceAll('/', '.'), before, after }, `set a kernel parameter: ${why}`);
  }
}
