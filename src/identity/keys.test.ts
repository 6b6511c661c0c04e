import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTokenKeys, rotateTokenKeys } from './keys.js';

let directory: string;
const path = () => join(directory, 'token.key');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-keys-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('token keys', () => {
  it('are made at the first start, for their owner only, and stay', async () => {
    const first = await loadTokenKeys(directory);
    expect(first.current).toHaveLength(32);
    expect(first.previous).toBeNull();
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await loadTokenKeys(directory)).toEqual(first);
  });

  it('keep the previous one when they are rotated, and only that', async () => {
    const first = await loadTokenKeys(directory);
    const second = await rotateTokenKeys(directory);
    expect(second.previous).toEqual(first.current);
    const third = await rotateTokenKeys(directory);
    expect(third.previous).toEqual(second.current);
    expect(await loadTokenKeys(directory)).toEqual(third);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it('are refused when others may have read them', async () => {
    await loadTokenKeys(directory);
    await chmod(path(), 0o640);
    await expect(loadTokenKeys(directory)).rejects.toMatchObject({ code: 'state_unreadable' });
  });

  it.each([
    ['an empty file', ''],
    ['a short key', 'c2hvcnQ=\n'],
    ['something else', 'hello, world\n'],
    ['three keys', `${`${Buffer.alloc(32).toString('base64')}\n`.repeat(3)}`],
  ])('are refused where there is %s', async (_sentence, content) => {
    await writeFile(path(), content, { mode: 0o600 });
    await expect(loadTokenKeys(directory)).rejects.toMatchObject({ code: 'state_unreadable' });
    expect(await readFile(path(), 'utf8')).toBe(content);
  });
});
