/** The HAProxy master as a process: found again after a restart of the daemon, started, watched, ended. */
import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../model/errors.js';
import { refused } from './check.js';
import { programPath } from './features.js';
import { type Processes, processes, untilAnswered } from './master.js';
import type { ProxyPaths } from './paths.js';

/** How often the life of a process that is not our child is looked at, ms. */
const WATCH_MS = 100;
/** A master that is told to end does so within milliseconds, ms. */
const END_MS = 5000;
const POLL_MS = 5;

export interface Identity {
  pid: number;
  /** Clock ticks after boot at which it began: a process id that is used again is not taken for it. */
  began: string;
  /** Process group: the master and all its workers. */
  group: number;
}

/** @returns undefined where there is no such process, or only what is left of one */
export function identify(pid: number): Identity | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may contain anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : { pid, began: fields[19]!, group: Number(fields[2]) };
  } catch {
    return undefined;
  }
}

export class ProxyProcess {
  private constructor(
    readonly identity: Identity,
    private readonly paths: ProxyPaths,
  ) {}

  /** The master that serves this run directory; undefined where none does. */
  static async find(paths: ProxyPaths): Promise<ProxyProcess | undefined> {
    const pid = pidFrom(paths) ?? (await pidFromMaster(paths));
    const identity = pid === undefined ? undefined : identify(pid);
    return identity !== undefined && isMaster(identity.pid, paths) ? new ProxyProcess(identity, paths) : undefined;
  }

  /**
   * Starts a master in a session of its own, so that nothing that ends the daemon ends it.
   * @throws SluiceError with HAProxy's own reason when it does not come up
   */
  static async start(binary: string, paths: ProxyPaths, logPipe?: () => number): Promise<ProxyProcess> {
    rmSync(paths.log, { force: true });
    // Appended to, so that it can be cut while HAProxy has it open.
    const log = openSync(paths.log, 'a', 0o600);
    const argv = ['-W', '-S', `${paths.master},mode,600`, '-f', paths.config, '-p', paths.pid];
    const outputs = logPipe ? [log, log, logPipe()] : [log, log];
    const stdio: StdioOptions = ['ignore', ...outputs];
    const child = spawn(programPath(binary), argv, { detached: true, stdio, cwd: '/', env: {} });
    for (const descriptor of new Set(outputs)) {
      closeSync(descriptor);
    }
    const ended = new Promise<Error>((resolve) => {
      child.once('error', resolve);
      child.once('exit', () => resolve(refused(logText(paths), paths)));
    });
    child.unref();
    // A socket of an earlier master may still be there: only our own child's answer counts.
    const given = new AbortController();
    const isOurs = (now: Processes) => now.master.pid === child.pid && now.worker !== undefined;
    const ready = untilAnswered(paths.master, isOurs, given.signal).then(
      () => undefined,
      (error: Error) => error,
    );
    const problem = await Promise.race([ended, ready]);
    given.abort();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (problem !== undefined || identity === undefined) {
      throw problem ?? new SluiceError('proxy_failed', 'HAProxy ended as soon as it was there');
    }
    return new ProxyProcess(identity, paths);
  }

  get alive(): boolean {
    return identify(this.identity.pid)?.began === this.identity.began;
  }

  processes(): Promise<Processes> {
    return processes(this.paths.master);
  }

  /** Calls back when it has ended. @returns what ends the watch */
  watch(onEnd: () => void): () => void {
    const timer = setInterval(() => {
      if (!this.alive) {
        clearInterval(timer);
        onEnd();
      }
    }, WATCH_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** Ends it and its workers, open connections included; by force after 5 s. */
  async end(): Promise<void> {
    const { pid, group } = this.identity;
    signal(pid, 'SIGTERM');
    const last = Date.now() + END_MS;
    while (this.alive && Date.now() < last) {
      await delay(POLL_MS);
    }
    // Workers that outlived their master are in its group still; where the group is not its own, they are not ours to end.
    if (group === pid) {
      signal(-group, 'SIGKILL');
    }
    while (this.alive) {
      await delay(POLL_MS);
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/** Nothing where somebody removed the log. */
function logText(paths: ProxyPaths): string {
  return existsSync(paths.log) ? readFileSync(paths.log, 'utf8') : '';
}

function pidFrom(paths: ProxyPaths): number | undefined {
  try {
    const pid = Number(readFileSync(paths.pid, 'utf8').trim());
    return Number.isInteger(pid) && pid > 1 && isMaster(pid, paths) ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function pidFromMaster(paths: ProxyPaths): Promise<number | undefined> {
  return processes(paths.master).then(
    ({ master }) => master.pid,
    () => undefined,
  );
}

/** Whether the process was started with our configuration and our socket; a reload keeps both in its command line. */
function isMaster(pid: number, paths: ProxyPaths): boolean {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return argv.includes(paths.config) && argv.includes(`${paths.master},mode,600`) && argv.includes('-W');
  } catch {
    return false;
  }
}
