import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileTarget, type FileTargetOptions } from './file.js';

let directory: string;
let path: string;
let target: FileTarget;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-file-'));
  path = join(directory, 'log', 'access.log');
  open();
});
afterEach(async () => {
  await target.close();
  rmSync(directory, { recursive: true });
});

function open(options: Partial<FileTargetOptions> = {}): void {
  target = new FileTarget({ path, rotateBytes: 1000, keep: 2, lookMs: 0, ...options });
}

const write = (text: string) => target.write(Buffer.from(text));
const content = (name = path) => readFileSync(name, 'utf8');

describe('a file', () => {
  it('is made with its directory, for root and its group', async () => {
    await write('a\n');
    await write('b\n');
    expect(content()).toBe('a\nb\n');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('that is there is continued', async () => {
    await write('a\n');
    await target.close();
    open();
    await write('b\n');
    expect(content()).toBe('a\nb\n');
  });

  it('is begun anew at its size, and as many old ones stay as are kept', async () => {
    open({ rotateBytes: 10 });
    for (const letter of ['a', 'b', 'c', 'd', 'e']) await write(`${letter.repeat(6)}\n`);
    expect(readdirSync(join(directory, 'log')).sort()).toEqual(['access.log', 'access.log.1', 'access.log.2']);
    expect([path, `${path}.1`, `${path}.2`].map(content)).toEqual(['eeeeee\n', 'dddddd\n', 'cccccc\n']);
  });

  it('leaves nothing behind when none are kept', async () => {
    open({ rotateBytes: 10, keep: 0 });
    await write('aaaaaa\n');
    await write('bbbbbb\n');
    expect(readdirSync(join(directory, 'log'))).toEqual(['access.log']);
    expect(content()).toBe('bbbbbb\n');
  });

  it('takes a block larger than its size', async () => {
    open({ rotateBytes: 3 });
    await write('aaaaaa\n');
    expect(content()).toBe('aaaaaa\n');
  });

  it('counts what was in it before', async () => {
    await write('aaaaaa\n');
    await target.close();
    open({ rotateBytes: 10 });
    await write('bbbbbb\n');
    expect(content(`${path}.1`)).toBe('aaaaaa\n');
  });
});

describe('when somebody else', () => {
  it('moves it away, a new one is begun', async () => {
    await write('a\n');
    renameSync(path, `${path}-moved`);
    await write('b\n');
    expect([content(`${path}-moved`), content()]).toEqual(['a\n', 'b\n']);
  });

  it('removes it with its directory, both are made again', async () => {
    await write('a\n');
    rmSync(join(directory, 'log'), { recursive: true });
    await write('b\n');
    expect(content()).toBe('b\n');
  });

  it('cuts it, its size is what it is now', async () => {
    open({ rotateBytes: 10 });
    await write('aaaaaa\n');
    truncateSync(path);
    await write('bbbbbb\n');
    expect(content()).toBe('bbbbbb\n');
    expect(existsSync(`${path}.1`)).toBe(false);
  });
});

describe('a path that cannot be written', () => {
  it('is an error each time, until it can', async () => {
    mkdirSync(path, { recursive: true });
    await expect(write('a\n')).rejects.toThrow('EISDIR');
    await expect(write('a\n')).rejects.toThrow('EISDIR');
    rmSync(path, { recursive: true });
    await write('a\n');
    expect(content()).toBe('a\n');
  });

  it('must not be a pipe', async () => {
    mkdirSync(join(directory, 'log'));
    execFileSync('mkfifo', [path]);
    await expect(write('a\n')).rejects.toThrow('ENXIO');
  });
});
