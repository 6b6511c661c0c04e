import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putStateFileAside, readStateFile } from './state-file.js';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-earlier-'));
  path = join(directory, 'state.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('readStateFile', () => {
  it('has nothing to say about a new state directory', () => {
    expect(readStateFile(directory)).toBeUndefined();
  });

  it('gives the load balancers as they were written', () => {
    const loadbalancers = [{ id: 'web', name: 'web', vip_address: '198.18.0.10', listeners: [], pools: [] }];
    writeFileSync(path, JSON.stringify({ version: 1, host_file_hash: 'abc', loadbalancers }));
    expect(readStateFile(directory)).toEqual({ path, loadbalancers, hostFileHash: 'abc' });
  });

  it('knows no hash where the host file named no load balancers', () => {
    writeFileSync(path, '{"version":1,"loadbalancers":[]}\n');
    expect(readStateFile(directory)?.hostFileHash).toBeNull();
  });

  it.each([
    ['text that is not JSON', '{"version": 1, "loadb'],
    ['another version', '{"version": 9, "loadbalancers": []}'],
    ['a file without load balancers', '{"version": 1}'],
    ['null', 'null'],
  ])('refuses %s and says what to do', (_, text) => {
    writeFileSync(path, text);
    expect(() => readStateFile(directory)).toThrow(
      expect.objectContaining({
        code: 'state_unreadable',
        message: expect.stringContaining(`cannot take over the earlier release's ${path}`),
      }),
    );
  });
});

describe('putStateFileAside', () => {
  it('keeps the file under another name, where it is not read again', () => {
    writeFileSync(path, '{"version":1,"loadbalancers":[]}\n');
    const aside = putStateFileAside(readStateFile(directory)!);
    expect(existsSync(aside)).toBe(true);
    expect(readStateFile(directory)).toBeUndefined();
  });
});
