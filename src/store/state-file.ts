/** The earlier release's `state.json`: read once, then put aside. */
import { readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SluiceError } from '../model/errors.js';
import { syncPath } from './database.js';

/** The one version that was ever written. */
const VERSION = 1;

export interface EarlierState {
  path: string;
  /** As that release wrote them: whole load balancers with `listeners` and `pools`; read them as a file of the user is read. */
  loadbalancers: unknown[];
  /** Hash of the host file's load balancers when they were last taken in; null: never. */
  hostFileHash: string | null;
}

/**
 * What the earlier release left in a state directory; undefined: nothing, or it has been put aside.
 * @throws SluiceError `state_unreadable` with what to do
 */
export function readStateFile(directory: string): EarlierState | undefined {
  const path = join(directory, 'state.json');
  try {
    const document = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const { version, loadbalancers, host_file_hash: hash } = document;
    if (version !== VERSION || !Array.isArray(loadbalancers)) {
      throw new Error(`its version is ${JSON.stringify(version)}, this release reads ${VERSION}`);
    }
    return { path, loadbalancers, hostFileHash: typeof hash === 'string' ? hash : null };
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return undefined;
    }
    throw new SluiceError(
      'state_unreadable',
      `cannot take over the earlier release's ${path} (${message}); restore it from a backup, or move it away and apply the configuration again`,
      { cause },
    );
  }
}

/** Renames a state file that the store has taken over, so that it is not read again. @returns its new path */
export function putStateFileAside({ path }: EarlierState): string {
  const aside = `${path}.migrated`;
  renameSync(path, aside);
  syncPath(dirname(path));
  return aside;
}
