import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SysctlKeeper } from './sysctl.js';

describe('SysctlKeeper', () => {
  let directory: string;
  let root: string;
  let keeper: SysctlKeeper;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-sysctl-'));
    root = join(directory, 'sys');
    keeper = new SysctlKeeper(directory, root);
    await set('all', { rp_filter: '0' });
    await set('eth0', { forwarding: '0', accept_local: '0', rp_filter: '0' });
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function set(name: string, values: Record<string, string>): Promise<void> {
    const conf = join(root, 'net/ipv4/conf', name);
    await mkdir(conf, { recursive: true });
    for (const [file, value] of Object.entries(values)) {
      await writeFile(join(conf, file), `${value}\n`);
    }
  }

  async function get(name: string): Promise<string> {
    const conf = join(root, 'net/ipv4/conf', name);
    const values = ['forwarding', 'accept_local', 'rp_filter'].map((file) => readFile(join(conf, file), 'utf8'));
    return (await Promise.all(values)).map((value) => value.trim()).join(' ');
  }

  it('sets forwarding and accept_local and says what they were', async () => {
    const changes = await keeper.prepare('eth0');
    expect(await get('eth0')).toBe('1 1 0');
    expect(changes.map(({ name, before, after }) => `${name} ${before} ${after}`)).toEqual([
      'net/ipv4/conf/eth0/forwarding 0 1',
      'net/ipv4/conf/eth0/accept_local 0 1',
    ]);
  });

  it.each([
    ['strict on the interface', '0', '1', '1 1 2'],
    ['strict on all', '1', '0', '1 1 2'],
    ['loose on the interface', '1', '2', '1 1 2'],
    ['loose on all', '2', '1', '1 1 1'],
  ])('makes rp_filter loose when it is strict in effect: %s', async (_sentence, all, own, after) => {
    await set('all', { rp_filter: all });
    await set('eth0', { rp_filter: own });
    await keeper.prepare('eth0');
    expect(await get('eth0')).toBe(after);
  });

  it('changes nothing the second time and restores what the first start found', async () => {
    await keeper.prepare('eth0');
    expect(await keeper.prepare('eth0')).toEqual([]);
    await keeper.restore();
    expect(await get('eth0')).toBe('0 0 0');
    expect(await keeper.restore()).toEqual([]);
  });

  it('skips interfaces that are gone when it restores', async () => {
    await set('eth1', { forwarding: '0', accept_local: '0', rp_filter: '0' });
    await keeper.prepare('eth0');
    await keeper.prepare('eth1');
    await rm(join(root, 'net/ipv4/conf/eth0'), { recursive: true });
    await keeper.restore();
    expect(await get('eth1')).toBe('0 0 0');
  });
});
