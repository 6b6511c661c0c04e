/**
 * Every packet case as a test. They run in one process of their own: the routing and neighbour tables that the program asks are
 * those of a network namespace, and test workers cannot change theirs.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES } from './cases/index.js';
import { ResultReader } from './tap.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const reader = new ResultReader();
let runner: ChildProcess | undefined;
let errors = '';

beforeAll(async () => {
  execFileSync('npx', ['--no-install', 'tsc', '-p', 'test/tsconfig.json'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  // Without a name, so that the namespace is gone with the runner however that ends.
  const command = ['--net', process.execPath, '--enable-source-maps', 'build/test/test/bpf/run.js'];
  const child = spawn('unshare', command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  runner = child;
  createInterface({ input: child.stdout }).on('line', (line) => reader.read(line));
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
});

afterAll(() => {
  runner?.kill('SIGKILL');
});

describe('packets through the gateway', () => {
  for (const { sentence } of CASES) test(sentence, () => demand(sentence));

  test('the runner comes to its end, and no two cases share a sentence', () => {
    expect(reader.incomplete(), errors).toBeUndefined();
    expect(new Set(CASES.map(({ sentence }) => sentence)).size).toBe(CASES.length);
  });
});

/** Throws what the case threw in the runner, so that the report points into the case. */
function demand(sentence: string): void {
  const result = reader.results.find((each) => each.sentence === sentence);
  if (!result) throw new Error(`no result: ${reader.incomplete() ?? 'lost on the way'}\n${errors}`);
  if (result.passed) return;
  const trace = result.details.findIndex((line) => /^ +at /.test(line));
  const words = trace < 0 ? result.details : result.details.slice(0, trace);
  const error = new Error(words.join('\n').replace(/^Error: /, ''));
  error.stack = result.details.join('\n');
  throw error;
}
