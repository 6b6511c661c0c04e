/** The daemon and the command line as processes of their own, in the built form that users get. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtScript } from '../../src/lab/paths.js';
import { until } from '../../src/lab/wait.js';
import type { StatusDocument } from '../../src/observe/status.js';

const PROTECTION_MS = 60_000;

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, whatever its exit code. */
export function run(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [program = '', ...rest] = argv;
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(program, rest, { env, maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

/** A directory with a host file, a daemon that runs by it, and the tool that talks to it. */
export class DaemonUnderTest {
  readonly directory = mkdtempSync(join(tmpdir(), 'sluice-dmn-'));
  readonly socket = join(this.directory, 'sluice.sock');
  readonly hostFile = join(this.directory, 'sluice.yaml');
  #process: ChildProcess | undefined;
  #log = '';

  /** @param prefix put in front of every command: `nsenter …` */
  constructor(private readonly prefix: readonly string[] = []) {}

  /** Writes the host file; `gateway` is its section without state_dir. */
  configure(gateway: object, more: object = {}): void {
    const api = { socket: this.socket, listen: '127.0.0.1:9876' };
    const file = { gateway: { state_dir: join(this.directory, 'state'), ...gateway }, api, ...more };
    writeFileSync(this.hostFile, JSON.stringify(file));
  }

  write(name: string, value: object): string {
    const path = join(this.directory, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  }

  /** Starts the daemon; resolves when it is ready, rejects with its words when it ends instead. */
  async start(...flags: string[]): Promise<void> {
    this.#log = '';
    const [program = '', ...rest] = this.#argv(['serve', '--config', this.hostFile, ...flags]);
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.#process = child;
    await until(
      () => {
        if (child.exitCode !== null) {
          throw new Error(`the daemon ended with ${child.exitCode}: ${this.#log}`);
        }
        return this.#log.includes('"msg":"ready"');
      },
      PROTECTION_MS,
      () => `the daemon to be ready: ${this.#log}`,
    );
  }

  /** Runs `serve` where it is expected to end by itself. */
  async serveFails(...flags: string[]): Promise<Ended> {
    return await run(this.#argv(['serve', '--config', this.hostFile, ...flags]));
  }

  /** Everything the daemon has logged since its start. */
  get log(): string {
    return this.#log;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await ended;
    }
  }

  /** Runs the command line tool against this daemon. */
  async sluice(...argv: string[]): Promise<Ended> {
    return await run(this.#argv(argv), { SLUICE_SOCKET: this.socket });
  }

  async status(): Promise<StatusDocument> {
    return JSON.parse((await this.sluice('status', '-o', 'json')).stdout) as StatusDocument;
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    if (existsSync(this.directory)) {
      rmSync(this.directory, { recursive: true });
    }
  }

  #argv(argv: readonly string[]): string[] {
    return [...this.prefix, process.execPath, builtScript('cli/main.js'), ...argv];
  }
}

/** One load balancer `web` with a TCP listener on port 80. */
export function webBalancer(vip: string, members: string[]): object {
  const pool = {
    name: 'servers',
    protocol: 'TCP',
    lb_algorithm: 'ROUND_ROBIN',
    members: members.map((address) => ({ address, protocol_port: 8080 })),
  };
  const listener = { name: 'http', protocol: 'TCP', protocol_port: 80, default_pool: pool };
  return { loadbalancers: [{ name: 'web', vip_address: vip, listeners: [listener] }] };
}
