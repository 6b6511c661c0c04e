/**
 * The lab's place in the cgroup v2 hierarchy. Everything the lab starts lives below one cgroup of its own: the receiver is
 * attached to that part only, and whatever a crashed lab left running is found again, children included, without
 * trusting process ids that may belong to somebody else by now.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labError } from './errors.js';
import { until } from './wait.js';

/** Mount point of cgroup v2 from the text of /proc/self/mountinfo; absent when there is none. */
export function cgroupMount(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    if (after?.startsWith('cgroup2 ')) return unescapeMount(before!.split(' ')[4]!);
  }
  return undefined;
}

/** @throws LabError `lab.cgroup` when cgroup v2 is not mounted. */
export function labCgroup(prefix: string): string {
  const mount = cgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (!mount) throw labError('lab.cgroup', 'cgroup v2 is not mounted: mount -t cgroup2 none /sys/fs/cgroup/unified');
  return join(mount, prefix);
}

export function makeCgroup(path: string): void {
  mkdirSync(path, { recursive: true });
}

/**
 * Ends every process below a cgroup and removes it.
 * @param graceMs How long processes get between SIGTERM and SIGKILL; 0 kills at once.
 */
export async function removeCgroup(path: string, graceMs: number): Promise<void> {
  if (!existsSync(path)) return;
  if (graceMs > 0) {
    for (const pid of processesBelow(path)) signalQuietly(pid, 'SIGTERM');
    await until(() => !isPopulated(path), graceMs).catch(() => undefined);
  }
  await until(() => killAndRemove(path), 10_000, `processes in ${path} to end`);
}

/** Whether it is gone. A program may be entering at this moment, so both steps are repeated until nothing is in it. */
function killAndRemove(path: string): boolean {
  writeFileSync(join(path, 'cgroup.kill'), '1');
  if (isPopulated(path)) return false;
  try {
    removeTree(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

/** Ids of all processes in a cgroup and below it. */
export function processesBelow(path: string): number[] {
  if (!existsSync(path)) return [];
  const own = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  return [...own, ...children(path).flatMap(processesBelow)];
}

function isPopulated(path: string): boolean {
  return readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 1');
}

function removeTree(path: string): void {
  for (const child of children(path)) removeTree(child);
  rmdirSync(path);
}

function children(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(path, entry.name));
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between reading the list and now.
  }
}

function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
