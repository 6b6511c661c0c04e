/** A file that is begun anew at a size, keeps its predecessors as `.1`, `.2`, …, and follows when somebody else moves it away. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IncompleteWrite, type Target, wholeLines } from './target.js';

export interface FileTargetOptions {
  path: string;
  /** Bytes at which the next block begins a new file. */
  rotateBytes: number;
  /** Old files that stay; 0: none. */
  keep: number;
  /** ms between looks whether the file is still the one at its path; default 1,000. */
  lookMs?: number;
}

const { O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;

export class FileTarget implements Target {
  readonly label: string;
  readonly #options: Required<FileTargetOptions>;
  #file: FileHandle | undefined;
  /** Bytes of the file, as far as known here. */
  #size = 0;
  #looked = 0;

  constructor(options: FileTargetOptions) {
    this.#options = { lookMs: 1000, ...options };
    this.label = `file ${options.path}`;
  }

  async write(block: Uint8Array): Promise<number> {
    await this.#follow();
    this.#file ??= await this.#open();
    if (this.#size > 0 && this.#size + block.length > this.#options.rotateBytes) {
      await this.#rotate();
      this.#file = await this.#open();
    }
    await this.#append(this.#file, block);
    return 0;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Lets go of a file that was moved or removed: by logrotate, for example. One that was cut in place is only smaller now. */
  async #follow(): Promise<void> {
    const now = performance.now();
    if (this.#file === undefined || now - this.#looked < this.#options.lookMs) {
      return;
    }
    this.#looked = now;
    const ours = await this.#file.stat();
    const there = await stat(this.#options.path).catch(() => undefined);
    this.#size = ours.size;
    if (there?.ino !== ours.ino || there.dev !== ours.dev) {
      await this.close();
    }
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    // O_NONBLOCK: a pipe at this path without a reader is an error at once, not a thread that waits.
    const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o640);
    const status = await file.stat();
    if (!status.isFile()) {
      await file.close();
      throw new Error(`${path} is no regular file; write another path, or target: stdout`);
    }
    this.#size = status.size;
    this.#looked = performance.now();
    return file;
  }

  async #append(file: FileHandle, block: Uint8Array): Promise<void> {
    const before = this.#size;
    let written = 0;
    try {
      while (written < block.length) {
        written += (await file.write(block, written)).bytesWritten;
      }
      this.#size += written;
    } catch (cause) {
      // What comes next must begin on a line of its own.
      const done = wholeLines(block, written);
      if (done < written) {
        await file.truncate(before + done).catch(() => undefined);
      }
      await this.close().catch(() => undefined);
      throw new IncompleteWrite(done, cause as Error);
    }
  }

  async #rotate(): Promise<void> {
    const { path, keep } = this.#options;
    await this.close();
    if (keep === 0) {
      await rm(path, { force: true });
      return;
    }
    for (let number = keep - 1; number >= 1; number--) {
      await rename(`${path}.${number}`, `${path}.${number + 1}`).catch(unlessMissing);
    }
    await rename(path, `${path}.1`).catch(unlessMissing);
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
