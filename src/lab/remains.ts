/**
 * What a lab leaves on the host, how a new one finds out whether it is still in use, and how all of it is removed: by the
 * lab itself, by `sluice lab down` in another process, and by the next lab of that name after a crash.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { labCgroup, processesBelow, removeCgroup } from './cgroup.js';
import { labError } from './errors.js';
import { executeOrThrow } from './execute.js';
import { namespacePattern } from './topology.js';

const RUN_ROOT = '/run/sluice-lab';
const BPF_ROOT = '/sys/fs/bpf';
const BPF_FS_MAGIC = 0xcafe4a11;

/** A process, safe against reuse of its id. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks after boot, from /proc/PID/stat. */
  startTime: string;
}

/** `lab.json` in the run directory. */
export interface LabState {
  prefix: string;
  /** Whose lab it is; null: left running on purpose (`sluice lab up`), it lives as long as its processes do. */
  owner: ProcessIdentity | null;
}

/** Configuration, logs and sockets of a lab. */
export function runDirectory(prefix: string): string {
  return join(RUN_ROOT, prefix);
}

/** Where the lab itself pins BPF objects (receivers). */
export function pinDirectory(prefix: string): string {
  return join(BPF_ROOT, prefix);
}

/** Where a gateway of that name pins its own. */
export function gatewayPinDirectory(gateway: string): string {
  return join(BPF_ROOT, 'sluice', gateway);
}

/** @throws LabError `lab.root` */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw labError('lab.root', 'the lab makes network namespaces and loads BPF programs: run it as root (sudo)');
  }
}

/**
 * Takes the name for this process. Remains of a lab whose owner has died are removed first.
 * @throws LabError `lab.busy` when a lab of that name is in use.
 */
export async function claim(prefix: string): Promise<void> {
  const state = readState(prefix);
  if (state && isInUse(state)) throw busy(state);
  await removeRemains(prefix, 0);
  mkdirSync(RUN_ROOT, { recursive: true });
  const fresh = mkdtempSync(join(RUN_ROOT, '.new-'));
  writeState(fresh, { prefix, owner: identify(process.pid)! });
  mkdirSync(join(fresh, 'log'));
  try {
    renameSync(fresh, runDirectory(prefix));
  } catch (error) {
    rmSync(fresh, { recursive: true });
    throw busy(readState(prefix) ?? { prefix, owner: null }, error);
  }
}

/** From now on the lab outlives this process. */
export function disown(prefix: string): void {
  writeState(runDirectory(prefix), { prefix, owner: null });
}

/** Whether there is a lab of that name, and anybody uses it. */
export function isLabInUse(prefix: string): boolean {
  const state = readState(prefix);
  return state !== undefined && isInUse(state);
}

/**
 * Removes processes, pins, namespaces, cgroup and run directory of a lab, whoever made it. Nothing to remove is no error.
 * @param graceMs How long processes get to end by themselves.
 */
export async function removeRemains(prefix: string, graceMs: number): Promise<void> {
  await removeCgroup(labCgroup(prefix), graceMs);
  for (const pins of [pinDirectory(prefix), gatewayPinDirectory(prefix)])
    rmSync(pins, { recursive: true, force: true });
  const namespaces = labNamespaces(prefix);
  if (namespaces.length > 0) {
    const input = namespaces.map((name) => `netns del ${name}\n`).join('');
    await executeOrThrow(['ip', '-batch', '-'], { input });
  }
  rmSync(runDirectory(prefix), { recursive: true, force: true });
}

/** Namespaces of that lab that exist now. */
export function labNamespaces(prefix: string): string[] {
  if (!existsSync('/run/netns')) return [];
  return readdirSync('/run/netns').filter((name) => namespacePattern(prefix).test(name));
}

/** Mounts the BPF file system where the distribution has not. */
export async function makePinDirectory(prefix: string): Promise<void> {
  if (statfsSync(BPF_ROOT).type !== BPF_FS_MAGIC) await executeOrThrow(['mount', '-t', 'bpf', 'bpf', BPF_ROOT]);
  mkdirSync(pinDirectory(prefix), { recursive: true });
}

/** Identity of a running process; absent when there is none of that id. One that only waits to be reaped is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in field 2 may hold spaces and brackets; what counts begins behind it with field 3, the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : { pid, startTime: fields[19]! };
  } catch {
    return undefined;
  }
}

function isInUse({ prefix, owner }: LabState): boolean {
  if (owner) return identify(owner.pid)?.startTime === owner.startTime;
  return processesBelow(labCgroup(prefix)).length > 0;
}

function busy({ prefix, owner }: LabState, cause?: unknown) {
  const who = owner ? `is in use by process ${owner.pid}: end that` : 'is up already: remove it (sluice lab down)';
  return labError('lab.busy', `the lab ${prefix} ${who}`, cause);
}

function readState(prefix: string): LabState | undefined {
  try {
    return JSON.parse(readFileSync(join(runDirectory(prefix), 'lab.json'), 'utf8')) as LabState;
  } catch {
    // Without a readable state nobody can claim to use it; what is left is removed.
    return undefined;
  }
}

function writeState(directory: string, state: LabState): void {
  const file = join(directory, 'lab.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.new`, file);
}
