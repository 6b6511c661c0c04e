/** What the tests of the native addon share. They need root, and leave nothing behind. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Addon, type BpfObject, bpfObjectPath, loadAddon, type NativeError } from '../../src/datapath/addon.js';

if (process.getuid?.() !== 0) throw new Error('the tests of the native addon need root: they load BPF programs');

export const addon = loadAddon();
export const addonPath = join(dirname(bpfObjectPath('fixture')), 'sluice.node');

/** The fixture object, loaded; `prepare` may change it before. Closed after the tests of the file. */
export async function loadFixture(prepare: (object: BpfObject) => void = () => {}): Promise<BpfObject> {
  const object = addon.openObject(bpfObjectPath('fixture'));
  prepare(object);
  await object.load();
  opened.push(object);
  return object;
}

const opened: BpfObject[] = [];
afterAll(() => {
  for (const object of opened.splice(0)) object.close();
});

export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

export function u64(...values: number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

export function asU32(bytes: Uint8Array): number[] {
  return [...new Uint32Array(bytes.slice().buffer)];
}

/** The error that `action` throws or rejects with. */
export async function errorOf(action: () => unknown): Promise<NativeError> {
  try {
    await action();
  } catch (error) {
    return error as NativeError;
  }
  throw new Error('nothing was thrown');
}

/** Waits until `probe` answers something; vitest's own time-out ends it otherwise. */
export async function until<T>(probe: () => T | undefined | false): Promise<T> {
  for (;;) {
    const answer = probe();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A directory in the BPF file system for the tests of one file. */
export function usePinDirectory(name: string): string {
  const directory = `/sys/fs/bpf/sluice-native-${name}`;
  beforeAll(() => {
    if (execFileSync('stat', ['-f', '-c', '%T', '/sys/fs/bpf'], { encoding: 'utf8' }).trim() !== 'bpf_fs') {
      execFileSync('mount', ['-t', 'bpf', 'bpf', '/sys/fs/bpf']);
    }
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A network namespace for the tests of one file, with `lo` up. */
export function useNamespace(name: string): string {
  const namespace = `sluice-native-${name}`;
  beforeAll(() => {
    spawnSync('ip', ['netns', 'del', namespace]);
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  });
  afterAll(() => ip('netns', 'del', namespace));
  return namespace;
}

export function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}

/**
 * Runs a function in a Node process of its own. It gets the addon and `facts`, may use nothing else from outside, and returns
 * something that JSON can carry.
 * @param wrapper words before the command, `nsenter …` for example
 */
export function inProcess<Facts, Result>(
  facts: Facts,
  action: (addon: Addon, facts: Facts) => Promise<Result>,
  wrapper: string[] = [],
): Result {
  const script = `
    const addon = require(${JSON.stringify(addonPath)});
    const give = (answer) => require('node:fs').writeSync(3, JSON.stringify(answer));
    (${action.toString()})(addon, ${JSON.stringify(facts)}).then((value) => give({ value }), (error) => give({
      error: { message: String(error.message), code: error.code, operation: error.operation },
    }));`;
  const [command, ...words] = [...wrapper, process.execPath, '--expose-gc', '-e', script];
  const child = spawnSync(command!, words, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'], encoding: 'utf8' });
  const text = child.output[3];
  if (child.status !== 0 || !text) throw new Error(`the process ended with ${child.status ?? child.signal}`);
  const answer = JSON.parse(text) as { value: Result; error?: object };
  if (answer.error) throw Object.assign(new Error(), answer.error);
  return answer.value;
}

/** `inProcess`, inside the namespace. */
export function inNamespace<Facts, Result>(
  namespace: string,
  facts: Facts,
  action: (addon: Addon, facts: Facts) => Promise<Result>,
): Result {
  return inProcess(facts, action, ['nsenter', `--net=/run/netns/${namespace}`]);
}
