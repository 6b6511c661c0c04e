/**
 * The lab: clients, a gateway and backends as network namespaces on this host, with the programs that run in them.
 * up() and down() are the whole life; everything in between is started through run() and spawn() and ends with down().
 */
import { join } from 'node:path';
import { labCgroup, makeCgroup } from './cgroup.js';
import { labError } from './errors.js';
import {
  type Completed,
  execute,
  executeOrThrow,
  inCgroup,
  inNamespace,
  type RunOptions,
  settingsArguments,
} from './execute.js';
import { builtFile } from './paths.js';
import { LabProcess } from './process.js';
import { claim, disown, makePinDirectory, pinDirectory, removeRemains, requireRoot, runDirectory } from './remains.js';
import { type Host, type LabOptions, type LabPlan, type Offloads, planLab } from './topology.js';
import {
  cableBatch,
  endProgramBatch,
  hostBatch,
  hostSettings,
  namespaceBatch,
  offloadArguments,
  type Settings,
} from './wiring.js';

export interface SpawnOptions {
  /** For the log file and messages; default: host and a number. */
  name?: string;
  /** Standard input and output as streams instead of the log file. Default false. */
  pipe?: boolean;
  env?: Record<string, string>;
}

const GRACE_MS = 5000;

export class Lab {
  readonly plan: LabPlan;
  /** Logs, configuration and sockets. */
  readonly runDirectory: string;
  /** For BPF objects pinned by whoever uses the lab; removed by down(). */
  readonly pinDirectory: string;
  #processes = new Set<LabProcess>();
  #up = false;
  #rising: Promise<void> | undefined;
  #counter = 0;

  /** @throws LabError `lab.option` */
  constructor(options: LabOptions = {}) {
    this.plan = planLab(options);
    this.runDirectory = runDirectory(this.plan.prefix);
    this.pinDirectory = pinDirectory(this.plan.prefix);
  }

  /**
   * Makes the namespaces and connects them. What a crashed lab of the same prefix left is removed first.
   * @throws LabError `lab.root`, `lab.busy` (a lab of this prefix is in use), `lab.tool`, `lab.command`
   */
  up(): Promise<void> {
    this.#rising = this.#raise();
    return this.#rising;
  }

  /**
   * Ends every program and removes all traces; waits for an up() under way. Does nothing when the lab is not up, and
   * nothing can be started in it afterwards.
   */
  async down(): Promise<void> {
    await this.#rising?.catch(() => undefined);
    if (!this.#up) return;
    this.#up = false;
    await removeRemains(this.plan.prefix, GRACE_MS);
    await Promise.all([...this.#processes].map((process) => process.ended));
  }

  /** Leaves the lab and its programs behind when this process ends; `removeRemains(prefix)` removes it. */
  keep(): void {
    disown(this.plan.prefix);
    for (const process of this.#processes) process.unref();
    this.#up = false;
  }

  /** @param name `gateway`, `switch`, `client1`…, `backend1`… */
  host(name: string): Host {
    const host = this.plan.hosts.find((candidate) => candidate.name === name);
    if (host) return host;
    const hosts = this.plan.hosts.map((candidate) => candidate.name).join(', ');
    throw labError('lab.option', `the lab has no host "${name}": ${hosts}`);
  }

  /** The cgroup of a host; without a name the one above all backends, which a receiver is attached to. */
  cgroup(hostName?: string): string {
    const lab = labCgroup(this.plan.prefix);
    if (hostName === undefined) return join(lab, 'backends');
    return this.host(hostName).role === 'backend' ? join(lab, 'backends', hostName) : join(lab, hostName);
  }

  /** Command line that runs a program on one of the lab's hosts. */
  argv(hostName: string, argv: readonly string[]): string[] {
    return inCgroup(this.cgroup(hostName), inNamespace(this.host(hostName).namespace, argv));
  }

  /** Runs a program on a host to its end. */
  run(hostName: string, argv: readonly string[], options: RunOptions = {}): Promise<Completed> {
    return execute(this.argv(hostName, argv), options);
  }

  /** The same; anything but exit code 0 is an error. Resolves to standard output. */
  runOrThrow(hostName: string, argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return executeOrThrow(this.argv(hostName, argv), options);
  }

  /** Starts a program on a host; it ends with down() at the latest. */
  async spawn(hostName: string, argv: readonly string[], options: SpawnOptions = {}): Promise<LabProcess> {
    return this.#start(this.argv(hostName, argv), { name: `${hostName}-${++this.#counter}`, ...options });
  }

  /** The same in the network of the machine itself, for what connects people to the lab. */
  async spawnOutside(argv: readonly string[], options: SpawnOptions = {}): Promise<LabProcess> {
    const cgroup = join(labCgroup(this.plan.prefix), 'outside');
    makeCgroup(cgroup);
    return this.#start(inCgroup(cgroup, argv), { name: `outside-${++this.#counter}`, ...options });
  }

  async #start(argv: string[], options: SpawnOptions & { name: string }): Promise<LabProcess> {
    if (!this.#up) throw labError('lab.down', `the lab ${this.plan.prefix} is not up`);
    const logFile = join(this.runDirectory, 'log', `${options.name}.log`);
    const process = await LabProcess.start({ ...options, logFile, argv });
    this.#processes.add(process);
    void process.ended.then(() => this.#processes.delete(process));
    return process;
  }

  /** Sets kernel settings (`net.ipv4.ip_forward`: 1) in the namespace of a host. */
  async set(hostName: string, settings: Settings): Promise<void> {
    await executeOrThrow(inNamespace(this.host(hostName).namespace, settingsArguments(settings)));
  }

  /** Runs `ip` with these lines on a host. */
  async ip(hostName: string, lines: readonly string[]): Promise<void> {
    const { namespace } = this.host(hostName);
    await executeOrThrow(['ip', '-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  /** Changes the offloads of every veth while the lab is up. */
  async setOffloads(offloads: Offloads): Promise<void> {
    const ends = this.plan.hosts.flatMap((host) => host.ports.map((port) => ({ host, port })));
    await Promise.all(
      ends.map(({ host, port }) => {
        const features = offloadArguments(host.role, offloads);
        return executeOrThrow(inNamespace(host.namespace, ['ethtool', '-K', port.name, ...features]));
      }),
    );
  }

  /**
   * Whether the far ends of the gateway's cables take frames sent with XDP_TX (`ends.bpf.c` says why they need help). On in
   * a new lab. Contestants that work in the kernel switch it off: it costs them copies and large segments.
   */
  async setEndPrograms(on: boolean): Promise<void> {
    const changes = endProgramBatch(this.plan, on ? builtFile('ends.bpf.o') : null);
    await Promise.all(changes.map(({ host, line }) => this.ip(host.name, [line])));
  }

  async #raise(): Promise<void> {
    requireRoot();
    await claim(this.plan.prefix);
    try {
      for (const host of this.plan.hosts) makeCgroup(this.cgroup(host.name));
      await makePinDirectory(this.plan.prefix);
      await this.#wire();
      this.#up = true;
    } catch (error) {
      await removeRemains(this.plan.prefix, 0);
      throw error;
    }
  }

  async #wire(): Promise<void> {
    const { plan } = this;
    const batch = (lines: string[]) => executeOrThrow(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
    await batch(namespaceBatch(plan));
    await Promise.all(plan.hosts.map((host) => this.set(host.name, hostSettings(host.role))));
    await batch(cableBatch(plan));
    const neighbours = plan.resolveNeighbours ? plan.neighbours : [];
    await Promise.all(plan.hosts.map((host) => this.ip(host.name, hostBatch(host, neighbours))));
    await this.setOffloads(plan.offloads);
    await this.setEndPrograms(true);
  }
}
