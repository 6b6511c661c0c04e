/**
 * A backend with a receiver, for tests: two namespaces joined by a veth pair, a cgroup for the backend's programs, the tool
 * sluice-receiver with a pin directory of its own. Nothing of it touches the rest of the host, and what a killed run left behind is
 * removed at the next start.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { type Connection, type ConnectOptions, HandmadeClient } from './receiver-client.js';

/** ms; only bounds how long a broken test takes to say so. */
export const PATIENCE = 20_000;

export const SERVER = '198.18.200.10';
/** Source that the tests put on the allow-list. */
export const GATEWAY = '198.18.200.2';
/** Source that they do not. */
export const STRANGER = '198.18.200.3';

export interface ToolResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** `sluice-receiver status -o json`. */
export interface ReceiverStatus {
  state: 'attached' | 'incomplete' | 'detached';
  cgroup: string | null;
  kind: number;
  gateways: string[];
  pinned_under: string;
  faults: string[];
  connections: Record<'translated' | 'without_option' | 'not_allowed' | 'malformed' | 'no_memory', number> | null;
}

/** What the C server says when accept4() and getpeername() agree. */
export const bothCalls = (seen: string) => `accept=${seen} peer=${seen}`;

/** The same for a connection that is shown as it came, from that address. */
export const fromSource = (address: string) => {
  const endpoint = `${address.replaceAll('.', '\\.')}:\\d+`;
  return expect.stringMatching(`^${bothCalls(endpoint)}$`);
};

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The tool under test: SLUICE_RECEIVER, or what the build made. */
function findTool(): string {
  const tool = process.env.SLUICE_RECEIVER ?? here('../../build/Release/sluice-receiver');
  if (!existsSync(tool))
    throw new Error(`${tool} is missing: build first (npx cmake-js compile), or set SLUICE_RECEIVER`);
  return tool;
}

function cgroupRoot(): string {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const fields = line.split(' ');
    if (line.includes(' - cgroup2 ') && fields[3] === '/' && fields[4]) return fields[4];
  }
  throw new Error('no cgroup v2 is mounted');
}

/** Removes a cgroup and those below it; throws while processes are in it. */
function removeCgroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  rmdirSync(path);
}

/** Namespaces of one test file, which begin with its name: files run at the same time. */
class Network {
  readonly client: string;
  readonly server: string;

  constructor(name: string) {
    this.client = `${name}-client`;
    this.server = `${name}-server`;
  }

  make(): void {
    run('ip', 'netns', 'add', this.client);
    run('ip', 'netns', 'add', this.server);
    const client = (...args: string[]) => run('ip', '-n', this.client, ...args);
    const server = (...args: string[]) => run('ip', '-n', this.server, ...args);
    client('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.server);
    for (const address of [GATEWAY, STRANGER]) client('address', 'add', `${address}/24`, 'dev', 'eth0');
    server('address', 'add', `${SERVER}/24`, 'dev', 'eth0');
    for (const link of ['lo', 'eth0']) {
      client('link', 'set', link, 'up');
      server('link', 'set', link, 'up');
    }
    // The client's kernel knows nothing of the connections that the hand-made client opens, and would reset them.
    const rules =
      'table inet sluice { chain out { type filter hook output priority 0; tcp flags & rst == rst drop; }; }';
    run('ip', 'netns', 'exec', this.client, 'nft', rules);
  }

  remove(): void {
    for (const namespace of [this.client, this.server])
      if (existsSync(join('/run/netns', namespace))) run('ip', 'netns', 'delete', namespace);
  }
}

/** A program of the backend: in its namespace and cgroup. */
export class Program {
  output = '';

  constructor(readonly process: ChildProcess) {
    for (const stream of [process.stdout!, process.stderr!])
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
  }
}

export class Backend {
  readonly cgroup: string;
  readonly pins: string;
  readonly directory: string;
  readonly tool = findTool();
  readonly #network: Network;
  #client: HandmadeClient | undefined;

  /** @param name of the test file: what is made is called after it, and what a killed run of it left is found by it */
  constructor(name: string) {
    const prefix = `sluice-rcv-${name}`;
    this.cgroup = join(cgroupRoot(), prefix);
    this.pins = join('/sys/fs/bpf', prefix);
    this.directory = join(tmpdir(), prefix);
    this.#network = new Network(prefix);
  }

  /** Acquires everything; `stop` gives it back. */
  async start(): Promise<void> {
    await this.#clean();
    this.#network.make();
    mkdirSync(this.cgroup);
    mkdirSync(this.directory);
    run('cc', '-O1', '-o', join(this.directory, 'server'), here('receiver-server.c'));
    this.#client = new HandmadeClient(this.#network.client);
  }

  async stop(): Promise<void> {
    await this.#client?.stop();
    await this.#clean();
  }

  async #clean(): Promise<void> {
    await this.receiver('detach');
    if (existsSync(this.cgroup)) {
      writeFileSync(join(this.cgroup, 'cgroup.kill'), '1');
      await vi.waitFor(() => removeCgroup(this.cgroup), PATIENCE);
    }
    this.#network.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Runs `sluice-receiver` with this backend's pin directory. */
  receiver(...args: string[]): Promise<ToolResult> {
    return new Promise((resolve) => {
      execFile(this.tool, [...args, '--pin', this.pins], (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  }

  /** Attaches to this backend's cgroup for GATEWAY, whatever was attached before. */
  async attach(...args: string[]): Promise<void> {
    const result = await this.receiver('attach', '--replace', '--cgroup', this.cgroup, '--gateway', GATEWAY, ...args);
    if (result.code !== 0) throw new Error(result.stderr);
  }

  async status(): Promise<ReceiverStatus> {
    return JSON.parse((await this.receiver('status', '-o', 'json')).stdout);
  }

  setSysctl(name: string, value: string): void {
    run('ip', 'netns', 'exec', this.#network.server, 'sysctl', '-qw', `${name}=${value}`);
  }

  /** A cgroup below the backend's; gone at the next `stop` at the latest. */
  makeCgroup(name: string): string {
    const path = join(this.cgroup, name);
    mkdirSync(path);
    return path;
  }

  removeCgroup(path: string): void {
    rmdirSync(path);
  }

  /** Starts a program and waits until it listens on the port. */
  async serve(port: number, command: string, ...args: string[]): Promise<Program> {
    const enter = 'echo $$ > "$0/cgroup.procs" && exec nsenter --net="$@"';
    const program = new Program(
      spawn('bash', ['-c', enter, this.cgroup, `/run/netns/${this.#network.server}`, command, ...args], {
        cwd: this.directory,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    await vi.waitFor(() => {
      const sockets = run('ip', 'netns', 'exec', this.#network.server, 'ss', '-Hltn', `sport = :${port}`);
      if (!sockets) throw new Error(`${command} does not listen on port ${port}: ${program.output}`);
    }, PATIENCE);
    return program;
  }

  /** Starts the C server of receiver-server.c. */
  serveNative(port: number, ...modes: string[]): Promise<Program> {
    return this.serve(port, join(this.directory, 'server'), String(port), ...modes);
  }

  /** Opens a connection by hand. */
  connect(options: ConnectOptions): Promise<Connection> {
    return this.#client!.connect({ to: SERVER, source: GATEWAY, ...options });
  }

  /** Opens a connection to the C server, takes its first line, closes. */
  async ask(options: ConnectOptions): Promise<string> {
    const connection = await this.connect(options);
    const line = await connection.line();
    await connection.close();
    return line;
  }
}
