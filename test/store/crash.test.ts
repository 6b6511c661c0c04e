/** The store's process killed at any instant, the power cut at any byte of its log, the disk full: what was promised is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtScript } from '../../src/lab/paths.js';
import { SqliteStore, STORE_FILE } from '../../src/store/sqlite-store.js';
import type { StoreWrite } from '../../src/store/store.js';
import { run } from '../support/daemon.js';
import { Random } from '../support/random.js';
import { entry } from './conformance.js';

/** Writes that a store holds at a time: each adds a pair of objects and removes the pair of the write this many before. */
const WINDOW = 20;
const ROUNDS = 30;
/** Commits that a writer is let make at most: enough for its log to be copied into the file on the way. */
const COMMITS = 300;

let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
  directory = join(root, 'state');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Commits numbered writes one after the other, the first one after what the store holds, and says each one's number. */
const WRITER = `
  const { writeSync } = await import('node:fs');
  const { SqliteStore } = await import(process.argv[1]);
  const window = Number(process.argv[3]);
  const store = new SqliteStore(process.argv[2]);
  store.open();
  const pair = (number) => ['a', 'b'].map((name) => ({ kind: 'member', id: name + number }));
  const last = store.load().find(({ kind }) => kind === 'setting');
  for (let number = (last?.document ?? 0) + 1; ; number += 1) {
    const put = pair(number).map((key) => ({ ...key, parent: 'pool', document: { number, text: 'x'.repeat(number % 3000) } }));
    store.commit({
      put: [...put, { kind: 'setting', id: 'last', parent: null, document: number }],
      remove: pair(number - window),
      audit: [{ ...JSON.parse(process.argv[4]), id: String(number), at: Date.now() }],
    });
    writeSync(1, number + '\\n');
  }
`;

describe('a process that is killed', () => {
  it(`leaves every commit it has told of and no half one, ${ROUNDS} times in a row`, async () => {
    const random = new Random(20260131);
    let told = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // Every third one is killed while it starts.
      const commits = round % 3 === 0 ? 0 : random.between(1, COMMITS);
      told = Math.max(told, await writeUntilKilled(commits, random.between(0, commits === 0 ? 300 : 10)));
      const { last, audited } = checkWhole();
      expect(last, `round ${round}`).toBeGreaterThanOrEqual(told);
      // One that was saved may have had no time to say so.
      expect(last, `round ${round}`).toBeLessThanOrEqual(told + 1);
      expect(audited, `round ${round}`).toEqual(last === 0 ? [] : [String(last)]);
      told = last;
    }
    expect(told).toBeGreaterThan(ROUNDS);
  });
});

/**
 * Starts a writer and kills it.
 * @param milliseconds from that many commits on
 * @returns the last number it has told, 0: none
 */
async function writeUntilKilled(commits: number, milliseconds: number): Promise<number> {
  const argv = [builtScript('store/sqlite-store.js'), directory, String(WINDOW), JSON.stringify(entry(''))];
  const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = 0;
  let count = 0;
  const lines = createInterface({ input: writer.stdout });
  const enough = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      told = Number(line);
      count += 1;
      if (count === commits) {
        resolve();
      }
    });
  });
  const closed = once(lines, 'close');
  await (commits === 0 ? undefined : Promise.race([enough, closed]));
  await after(milliseconds);
  writer.kill('SIGKILL');
  await Promise.all([once(writer, 'exit'), closed]);
  return told;
}

/** Reads the store; the numbers in it must be those that its last write leaves. */
function checkWhole(where = directory): { last: number; audited: string[] } {
  const store = new SqliteStore(where);
  store.open();
  try {
    const objects = store.load();
    const last = Number(objects.find(({ kind }) => kind === 'setting')?.document ?? 0);
    const numbers = objects.filter(({ kind }) => kind === 'member').map(({ id }) => id);
    const first = Math.max(1, last - WINDOW + 1);
    const expected = Array.from({ length: last - first + 1 }, (_, index) => [`a${first + index}`, `b${first + index}`]);
    expect(numbers).toEqual(expected.flat());
    return { last, audited: store.audit({ limit: 1 }).map(({ id }) => id) };
  } finally {
    store.close();
  }
}

describe('a log that is cut off', () => {
  it('holds the commits up to the cut, whole', () => {
    const ends = writeSome(40);
    const random = new Random(7);
    for (let round = 0; round < 150; round += 1) {
      const cut = random.between(0, ends.at(-1)!);
      const { last } = checkWhole(copyOf(round, (log) => log.subarray(0, cut)));
      expect(last, `cut at ${cut}`).toBe(ends.filter((end) => end <= cut).length - 1);
    }
  });

  it('holds the commits before the first damaged byte, whole', () => {
    const ends = writeSome(40);
    const random = new Random(8);
    for (let round = 0; round < 150; round += 1) {
      // Behind the log's own header of 32 bytes.
      const position = random.between(32, ends.at(-1)! - 1);
      const flip = (log: Buffer) => {
        log[position]! ^= 1 << random.between(0, 7);
        return log;
      };
      const { last } = checkWhole(copyOf(round, flip));
      expect(last, `byte ${position}`).toBe(ends.filter((end) => end <= position).length - 1);
    }
  });
});

/** Saves numbered writes, never the log. @returns the log's length before the first and after each of them */
function writeSome(count: number): number[] {
  const store = new SqliteStore(directory);
  store.open();
  store.close();
  store.open();
  const length = () => statSync(`${store.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const ends = [length()];
  for (let number = 1; number <= count; number += 1) {
    store.commit(numberedWrite(number));
    ends.push(length());
  }
  // As they are on the disk, before the orderly end.
  copyFileSync(store.path, join(root, 'file'));
  copyFileSync(`${store.path}-wal`, join(root, 'log'));
  store.close();
  return ends;
}

function numberedWrite(number: number): StoreWrite {
  const pair = ['a', 'b'].map((name) => ({
    kind: 'member' as const,
    id: `${name}${number}`,
    parent: null,
    document: {},
  }));
  return {
    put: [...pair, { kind: 'setting', id: 'last', parent: null, document: number }],
    remove: ['a', 'b'].map((name) => ({ kind: 'member', id: `${name}${number - WINDOW}` })),
  };
}

/** The saved files in a directory of their own, the log changed. */
function copyOf(round: number, change: (log: Buffer) => Buffer): string {
  const copy = join(root, `copy-${round}`);
  mkdirSync(copy);
  copyFileSync(join(root, 'file'), join(copy, STORE_FILE));
  writeFileSync(join(copy, `${STORE_FILE}-wal`), change(readFileSync(join(root, 'log'))));
  return copy;
}

/** Commits until the disk is full, makes room, commits once more; says what came of it. */
const FILLER = `
  const { rmSync, writeFileSync } = await import('node:fs');
  const { SqliteStore } = await import(process.argv[1]);
  const directory = process.argv[2];
  writeFileSync(directory + '/filler', Buffer.alloc(300_000));
  const store = new SqliteStore(directory);
  store.open();
  const object = (id) => ({ kind: 'member', id: String(id), parent: null, document: 'x'.repeat(3000) });
  let saved = 0;
  let refusal;
  while (!refusal) {
    try {
      store.commit({ put: [object(saved + 1)], remove: [] });
      saved += 1;
    } catch (error) {
      refusal = error;
    }
  }
  const held = store.load().length;
  rmSync(directory + '/filler');
  store.commit({ put: [object('afterwards')], remove: [] });
  const { code, message } = refusal;
  console.log(JSON.stringify({ saved, code, message, held, afterwards: store.load().length }));
`;

describe('a full disk', () => {
  it('refuses the change and keeps everything else going', async () => {
    mkdirSync(directory);
    // The file system is seen by this program alone and goes with it.
    const mount = 'mount -t tmpfs -o size=1m sluice-full "$1" && shift && exec "$@"';
    const node = [
      process.execPath,
      '--input-type=module',
      '-e',
      FILLER,
      builtScript('store/sqlite-store.js'),
      directory,
    ];
    const { stdout, stderr } = await run(['unshare', '--mount', 'sh', '-c', mount, 'sh', directory, ...node]);
    expect(stderr).toBe('');
    const result = JSON.parse(stdout) as {
      saved: number;
      code: string;
      message: string;
      held: number;
      afterwards: number;
    };
    expect(result.message).toMatch(
      /^cannot save to the store .*; the disk is full: nothing was changed; free some space/,
    );
    expect(result.saved).toBeGreaterThan(10);
    expect(result.held).toBe(result.saved);
    expect(result.afterwards).toBe(result.saved + 1);
  });
});
