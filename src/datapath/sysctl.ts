/**
 * Kernel parameters the data plane needs, because the kernel forwards the first packets towards a neighbour whose MAC is not known
 * yet. Every value that is changed is kept, so that `sluice detach` puts it back.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../model/errors.js';
import { writeFileDurably } from './files.js';

/** One parameter that was changed, for the log. */
export interface SysctlChange {
  name: string;
  before: string;
  after: string;
  why: string;
}

/** Where parameters live; tests use a directory of their own. */
const PROC_SYS = '/proc/sys';

/**
 * Values the interfaces were found with, by parameter name, in `<directory>/sysctl.json`.
 * @param root of the parameter files
 */
export class SysctlKeeper {
  constructor(
    private readonly directory: string,
    private readonly root: string = PROC_SYS,
  ) {}

  /**
   * Sets what an interface needs.
   * @returns what was changed; empty when everything was right
   * @throws SluiceError `permission_denied` or `dataplane_failed`
   */
  async prepare(interfaceName: string): Promise<SysctlChange[]> {
    const conf = `net/ipv4/conf/${interfaceName}`;
    const changes: SysctlChange[] = [];
    const want = async (name: string, after: string, why: string): Promise<void> => {
      const before = await this.#read(name);
      if (before !== after) {
        changes.push({ name, before, after, why });
      }
    };
    await want(`${conf}/forwarding`, '1', 'the kernel forwards packets while a neighbour is unknown');
    await want(`${conf}/accept_local`, '1', 'such packets may carry a VIP of this host as source');
    // The stricter of both rules: a strict interface drops what the kernel is to forward for another one.
    const filters = [await this.#read('net/ipv4/conf/all/rp_filter'), await this.#read(`${conf}/rp_filter`)];
    if (Math.max(...filters.map(Number)) === 1) {
      await want(`${conf}/rp_filter`, '2', 'strict reverse-path filtering drops translated packets');
    }
    await this.#remember(changes);
    for (const change of changes) {
      await this.#write(change.name, change.after);
    }
    return changes;
  }

  /** Puts every remembered value back; interfaces that are gone are skipped. */
  async restore(): Promise<SysctlChange[]> {
    const changes: SysctlChange[] = [];
    for (const [name, after] of Object.entries(await this.#remembered())) {
      const before = await this.#read(name).catch(() => after);
      if (before !== after) {
        await this.#write(name, after);
        changes.push({ name, before, after, why: 'the value before Sluice' });
      }
    }
    await rm(this.#file, { force: true });
    return changes;
  }

  get #file(): string {
    return join(this.directory, 'sysctl.json');
  }

  /** A value remembered once stays: what a second start finds is what the first one set. */
  async #remember(changes: readonly SysctlChange[]): Promise<void> {
    if (changes.length === 0) {
      return;
    }
    const values = Object.fromEntries(changes.map(({ name, before }) => [name, before]));
    await writeFileDurably(this.#file, `${JSON.stringify({ ...values, ...(await this.#remembered()) }, null, 2)}\n`);
  }

  async #remembered(): Promise<Record<string, string>> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as Record<string, string>;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
        return {};
      }
      throw new SluiceError('state_unreadable', `cannot read ${this.#file}: ${(cause as Error).message}`, { cause });
    }
  }

  async #read(name: string): Promise<string> {
    return (await readFile(join(this.root, name), 'utf8')).trim();
  }

  async #write(name: string, value: string): Promise<void> {
    try {
      await writeFile(join(this.root, name), value);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
      throw new SluiceError(
        denied ? 'permission_denied' : 'dataplane_failed',
        `cannot set ${name.replaceAll('/', '.')} to ${value} (${message}); run as root, with /proc/sys writable`,
        { cause },
      );
    }
  }
}
