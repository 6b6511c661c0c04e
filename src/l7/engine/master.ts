/** The command socket of the HAProxy master: which processes there are, reloads, and questions to workers that finish. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cli } from './cli-connection.js';

/** How often the master is asked whether it is back; it does not listen while it reads its configuration, ms. */
const POLL_MS = 5;
/** A master that has just started may ignore a reload: one that still answers the same after this was not heard, ms. */
const UNHEARD_MS = 1000;
/** A configuration of 1,000 frontends and 10,000 servers is read in half a second, ms. */
const RELOAD_MS = 60_000;

export interface Worker {
  pid: number;
  version: string;
}

export interface Processes {
  master: { pid: number; reloads: number; failed: number; version: string };
  /** The worker that serves; undefined while there is none. */
  worker: Worker | undefined;
  /** Those that finish their connections since a reload. */
  old: readonly Worker[];
}

/** Sends one command and reads until the master closes. */
export function askMaster(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    const pieces: string[] = [];
    socket.setEncoding('utf8');
    socket.setTimeout(RELOAD_MS, () => socket.destroy(new Error('the HAProxy master does not answer')));
    socket.on('connect', () => socket.end(`${command}\n`));
    socket.on('data', (piece: string) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(pieces.join('')));
  });
}

export async function processes(path: string): Promise<Processes> {
  const text = await askMaster(path, 'show proc');
  const found = parseProcesses(text);
  if (found === undefined) {
    throw new Error(`the HAProxy master answered ${JSON.stringify(text.slice(0, 200))}`);
  }
  return found;
}

/** @returns undefined where the text is no answer to `show proc` */
export function parseProcesses(text: string): Processes | undefined {
  const found: Processes = { master: { pid: 0, reloads: 0, failed: 0, version: '' }, worker: undefined, old: [] };
  const old: Worker[] = [];
  let isOld = false;
  for (const line of text.split('\n')) {
    isOld = line.startsWith('#') ? line.startsWith('# old workers') : isOld;
    const match = /^(\d+)\s+(master|worker)\s+(\d+)\s+(?:\[failed: (\d+)\]\s+)?\S+\s+(\S+)/.exec(line);
    if (match === null) {
      continue;
    }
    const [, pid, type, reloads, failed, version] = match;
    if (type === 'master') {
      found.master = { pid: Number(pid), reloads: Number(reloads), failed: Number(failed ?? 0), version: version! };
    } else if (isOld) {
      old.push({ pid: Number(pid), version: version! });
    } else {
      found.worker = { pid: Number(pid), version: version! };
    }
  }
  return found.master.pid === 0 ? undefined : { ...found, old };
}

/**
 * Reloads and waits for the new worker; the master is deaf in between.
 * @param signal ends the wait: the master died
 * @returns undefined where the configuration was not taken: the worker of before goes on
 */
export async function reload(path: string, before: Processes, signal: AbortSignal): Promise<Processes | undefined> {
  let unheard = performance.now() + UNHEARD_MS;
  await askMaster(path, 'reload');
  const hasReloaded = (now: Processes) => {
    const done = now.master.reloads !== before.master.reloads;
    if (!done && performance.now() > unheard) {
      unheard = performance.now() + UNHEARD_MS;
      askMaster(path, 'reload').catch(() => undefined);
    }
    return done;
  };
  const after = await untilAnswered(path, hasReloaded, signal);
  const isNew = after.worker !== undefined && after.worker.pid !== before.worker?.pid;
  return isNew ? after : undefined;
}

/**
 * Asks until there is an answer that is as wanted.
 * @param signal ends it early
 * @throws Error after a minute, or when ended early
 */
export async function untilAnswered(
  path: string,
  wanted: (processes: Processes) => boolean,
  signal?: AbortSignal,
): Promise<Processes> {
  const end = Date.now() + RELOAD_MS;
  let last: unknown = new Error('the HAProxy master has no new worker');
  while (Date.now() < end && signal?.aborted !== true) {
    try {
      const now = await processes(path);
      if (wanted(now)) {
        return now;
      }
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  }
  throw last;
}

/** A worker that finishes, asked through the master: its own socket belongs to its successor. */
export class MasterRelay implements Cli {
  constructor(
    private readonly path: string,
    private readonly pid: number,
  ) {}

  async ask(commands: readonly string[]): Promise<string[]> {
    const answers: string[] = [];
    for (const command of commands) {
      answers.push((await askMaster(this.path, `@!${this.pid} ${command}`)).trimEnd());
    }
    return answers;
  }

  close(): void {
    // There is nothing to close: every question has a connection of its own.
  }
}
