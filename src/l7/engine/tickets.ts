/**
 * Keys of TLS session tickets. HAProxy holds three: the newest only decrypts until it is known everywhere, the second encrypts, the
 * oldest decrypts what was encrypted before. A ticket is good for 300 s; a key that is exchanged every 300 s encrypts for that long
 * and decrypts for as long afterwards, so no ticket loses its key early and no key is used for more than 15 minutes.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Cli } from './cli-connection.js';
import { type Command, setTicketKey } from './commands.js';
import { writeAtomic } from './files.js';

const KEYS = 3;
/** AES-256 and HMAC-SHA256. */
const KEY_BYTES = 80;
const ROTATION_MS = 300_000;

/** Makes the file where there is none; HAProxy reads it at its start. */
export function ensureTicketKeys(path: string): void {
  if (!existsSync(path)) {
    writeAtomic(path, `${Array.from({ length: KEYS }, newKey).join('\n')}\n`);
  }
}

/** Time until the keys are due, ms; 0 when they are. */
export function rotationDue(path: string, now: number = Date.now()): number {
  return Math.max(0, statSync(path).mtimeMs + ROTATION_MS - now);
}

/**
 * Drops the oldest key for a new one, on disk. A worker that starts in between knows the same keys in the same order.
 * @returns what tells it to a running worker
 */
export function rotateTicketKeys(path: string): Command {
  const key = newKey();
  const keys = readFileSync(path, 'utf8').trim().split('\n');
  writeAtomic(path, `${[...keys, key].slice(-KEYS).join('\n')}\n`);
  return setTicketKey(path, key);
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** Exchanges the keys when they are due, those of an earlier daemon included. */
export class TicketRotation {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string,
    /** Alone with the worker; undefined while none runs. */
    private readonly withWorker: (work: (cli: Cli | undefined) => Promise<void>) => Promise<void>,
  ) {}

  start(): void {
    ensureTicketKeys(this.path);
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(() => void this.#rotate(), rotationDue(this.path));
    this.#timer.unref();
  }

  async #rotate(): Promise<void> {
    await this.withWorker(async (cli) => {
      const command = rotateTicketKeys(this.path);
      // Refused where no listener has tickets; a worker that could not be asked reads the file when it starts.
      await cli?.ask([command.text]).catch(() => {});
    });
    this.#arm();
  }
}
