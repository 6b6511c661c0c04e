/**
 * Where programs' maps and links stay when no process holds them:
 *
 *     /sys/fs/bpf/sluice/<gateway>/maps/<map>
 *     /sys/fs/bpf/sluice/<gateway>/links/<interface>     %2E for a dot in its name
 *     /sys/fs/bpf/sluice/<gateway>/layout/<hash>     a directory: says which layout the maps have
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../model/errors.js';

const run = promisify(execFile);

export const BPF_FILE_SYSTEM = '/sys/fs/bpf';
const BPF_FS_MAGIC = 0xcafe4a11;

/** The pins of one gateway. */
export class Pins {
  readonly directory: string;

  /** @param gateway name of the gateway: the pins of several do not meet */
  constructor(gateway: string, fileSystem: string = BPF_FILE_SYSTEM) {
    this.directory = join(fileSystem, 'sluice', gateway);
  }

  map(name: string): string {
    return join(this.directory, 'maps', name);
  }

  link(interfaceName: string): string {
    return join(this.directory, 'links', escapeName(interfaceName));
  }

  maps(): string[] {
    return list(join(this.directory, 'maps'));
  }

  links(): string[] {
    return list(join(this.directory, 'links')).map(decodeURIComponent);
  }

  /** Layout hash of the pinned maps; undefined when nothing is pinned. */
  layout(): string | undefined {
    return list(join(this.directory, 'layout'))[0];
  }

  /** Makes the directories and writes down the layout. */
  create(layout: string): void {
    for (const directory of ['maps', 'links', join('layout', layout)]) {
      mkdirSync(join(this.directory, directory), { recursive: true, mode: 0o700 });
    }
  }

  /** Forgets the maps. Programs that are attached keep theirs until they are replaced. */
  removeMaps(): void {
    for (const name of this.maps()) {
      rmSync(this.map(name));
    }
    for (const hash of list(join(this.directory, 'layout'))) {
      rmdirSync(join(this.directory, 'layout', hash));
    }
  }

  /** Ends the attachment to an interface, unless a process still holds the link. */
  removeLink(interfaceName: string): void {
    rmSync(this.link(interfaceName), { force: true });
  }

  /** Ends everything: after this no packet is balanced and no session remembered. */
  removeAll(): void {
    for (const name of this.links()) {
      this.removeLink(name);
    }
    this.removeMaps();
    for (const directory of ['maps', 'links', 'layout', '']) {
      removeDirectory(join(this.directory, directory));
    }
  }
}

/**
 * Makes sure that there is a BPF file system to pin in, mounting one where it is missing.
 * @throws SluiceError `kernel_unsupported` with the command to run
 */
export async function ensureBpfFileSystem(path: string = BPF_FILE_SYSTEM): Promise<{ mounted: boolean }> {
  if (isBpfFileSystem(path)) {
    return { mounted: false };
  }
  try {
    await run('mount', ['-t', 'bpf', 'bpf', path]);
  } catch (cause) {
    const message = `${path} is not a BPF file system, and mounting one failed; run: mount -t bpf bpf ${path}`;
    throw new SluiceError('kernel_unsupported', message, { cause });
  }
  return { mounted: true };
}

function isBpfFileSystem(path: string): boolean {
  try {
    return statfsSync(path).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

/** The BPF file system refuses dots, which names of VLAN interfaces have. */
function escapeName(name: string): string {
  return name.replace(/[%.]/g, (character) => (character === '.' ? '%2E' : '%25'));
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

function removeDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
}
