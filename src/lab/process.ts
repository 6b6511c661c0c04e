/** A long-running program in the lab. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { labError } from './errors.js';
import { exitCode, startFailure } from './execute.js';

export interface ProcessOptions {
  /** For messages and the log's file name. */
  name: string;
  argv: readonly string[];
  /** Standard error, and standard output unless piped, are appended here. */
  logFile: string;
  /** Standard input and output as streams. Default false. */
  pipe?: boolean;
  env?: Record<string, string>;
}

export class LabProcess {
  readonly name: string;
  readonly logFile: string;
  /** Exit code; 128 + signal where a signal ended it. Never rejects. */
  readonly ended: Promise<number>;
  #child: ChildProcess;
  #code: number | undefined;

  private constructor(options: ProcessOptions, child: ChildProcess) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#code = exitCode(code, signal);
        resolve(this.#code);
      });
    });
  }

  /** Starts it in a session of its own, so that Ctrl-C at the terminal reaches the lab's owner and nobody else. */
  static async start(options: ProcessOptions): Promise<LabProcess> {
    const log = openSync(options.logFile, 'a');
    try {
      const child = spawn(options.argv[0]!, options.argv.slice(1), {
        stdio: options.pipe ? ['pipe', 'pipe', log] : ['ignore', log, log],
        detached: true,
        ...(options.env ? { env: { ...process.env, ...options.env } } : {}),
      });
      const started = new LabProcess(options, child);
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) => reject(startFailure(options.argv[0]!, error)));
      });
      return started;
    } finally {
      closeSync(log);
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Exit code, or absent while it runs. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Present when started with `pipe`. */
  get stdin(): Writable {
    return this.#child.stdin!;
  }

  get stdout(): Readable {
    return this.#child.stdout!;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#code === undefined) this.#child.kill(signal);
  }

  /** SIGTERM, after the grace time (milliseconds) SIGKILL. Resolves to the exit code. */
  async stop(graceMs = 5000): Promise<number> {
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    this.kill('SIGTERM');
    const code = await this.ended;
    clearTimeout(timer);
    return code;
  }

  /** What it has written so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Throws when it is no longer running, with the end of its log. @throws LabError `lab.command` */
  requireRunning(): void {
    if (this.#code === undefined) return;
    throw labError('lab.command', `${this.name} ended with code ${this.#code}: ${this.log().trim().slice(-2000)}`);
  }

  /** Lets this process end while the program goes on. */
  unref(): void {
    this.#child.unref();
  }
}
