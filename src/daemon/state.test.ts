import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import { parseTree } from '../config/tree.js';
import { hashOf, StateFile } from './state.js';

const specs = parseTree(`
loadbalancers:
- name: web
  vip_address: 198.18.0.10
  listeners:
  - name: http
    protocol: TCP
    protocol_port: 80
    default_pool:
      name: servers
      protocol: TCP
      lb_algorithm: ROUND_ROBIN
      members:
      - { address: 198.18.2.11, protocol_port: 8080 }
      healthmonitor: { type: TCP, delay: 5, timeout: 5, max_retries: 3 }
`);
const { tree } = mergeTree({ loadbalancers: [] }, specs);

describe('StateFile', () => {
  let root: string;
  let file: StateFile;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-state-'));
    file = new StateFile(join(root, 'state'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('starts with an empty tree', async () => {
    expect(await file.load()).toEqual({ tree: { loadbalancers: [] } });
  });

  it('reads the same tree with the same ids', async () => {
    await file.load();
    await file.save({ tree, hostFileHash: 'abc' });
    expect(await file.load()).toEqual({ tree, hostFileHash: 'abc' });
  });

  it('is readable by its owner only and leaves no temporary file', async () => {
    await file.load();
    await file.save({ tree });
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    await expect(readFile(`${file.path}.new`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['text that is not JSON', '{"version": 1, "loadb'],
    ['another version', '{"version": 9, "loadbalancers": []}'],
    ['a tree with faults', '{"version": 1, "loadbalancers": [{"name": "web"}]}'],
  ])('refuses %s and says what to do', async (_sentence, text) => {
    await file.load();
    await writeFile(file.path, text);
    await expect(file.load()).rejects.toMatchObject({
      code: 'state_unreadable',
      message: expect.stringContaining('restore it from a backup'),
    });
  });
});

describe('hashOf', () => {
  it('tells lists apart and is the same for the same list', () => {
    const changed = structuredClone(specs);
    changed[0]!.description = 'other';
    expect(hashOf(structuredClone(specs))).toBe(hashOf(specs));
    expect(hashOf(changed)).not.toBe(hashOf(specs));
  });
});
