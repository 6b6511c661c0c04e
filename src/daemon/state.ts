/** The saved configuration: `state.json` in the state directory. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeTree } from '../config/merge.js';
import { readTree } from '../config/tree.js';
import { writeFileDurably } from '../datapath/files.js';
import { SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec, Tree } from '../model/resources.js';

/** What survives a restart. */
export interface SavedState {
  tree: Tree;
  /** Hash of the host file's `loadbalancers` when they were last taken in; undefined: never. */
  hostFileHash?: string;
}

const VERSION = 1;

export class StateFile {
  readonly path: string;

  constructor(private readonly directory: string) {
    this.path = join(directory, 'state.json');
  }

  /**
   * The saved state; an empty tree on the first start. Makes the directory.
   * @throws SluiceError `state_unreadable` with what to do
   */
  async load(): Promise<SavedState> {
    await this.#makeDirectory();
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
        return { tree: { loadbalancers: [] } };
      }
      throw this.#unreadable(cause);
    }
    try {
      return parseState(text);
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  /** Replaces the saved state; a crash leaves the old one or the new one. */
  async save(state: SavedState): Promise<void> {
    const { tree, hostFileHash } = state;
    const document = { version: VERSION, host_file_hash: hostFileHash, ...tree };
    await writeFileDurably(this.path, `${JSON.stringify(document)}\n`);
  }

  async #makeDirectory(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      const { message } = cause as Error;
      throw new SluiceError(
        'state_unreadable',
        `cannot make the state directory ${this.directory} (${message}); check gateway.state_dir and who runs the daemon`,
        { cause },
      );
    }
  }

  #unreadable(cause: unknown): SluiceError {
    const { message } = cause as Error;
    return new SluiceError(
      'state_unreadable',
      `cannot read ${this.path} (${message}); restore it from a backup, or move it away and apply the configuration again`,
      { cause },
    );
  }
}

/** Identifies a list of load balancers: any change to it makes another hash. */
export function hashOf(loadbalancers: readonly LoadBalancerSpec[]): string {
  return createHash('sha256').update(JSON.stringify(loadbalancers)).digest('hex').slice(0, 32);
}

function parseState(text: string): SavedState {
  const document = JSON.parse(text) as Record<string, unknown>;
  if (document.version !== VERSION) {
    throw new Error(
      `it was written by a release with state version ${String(document.version)}, this one has ${VERSION}`,
    );
  }
  const specs = readTree({ loadbalancers: document.loadbalancers }, { source: 'saved configuration' });
  return {
    tree: mergeTree({ loadbalancers: [] }, specs).tree,
    ...(typeof document.host_file_hash === 'string' ? { hostFileHash: document.host_file_hash } : {}),
  };
}
