import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatapath } from '../../test/support/memory-datapath.js';
import { MemoryLayer7 } from '../../test/support/memory-layer7.js';
import { parseHostFile } from '../config/host-file.js';
import { applyTree } from '../control/index.js';
import { socketCaller } from '../identity/index.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { Sluice } from './sluice.js';

const SAVED = { name: 'web', vip_address: '198.18.0.10', listeners: [], pools: [] };
/** Of its own: test files run at the same time. */
const LISTEN = `127.${process.pid & 0x7f}.${(process.pid >> 7) & 0xff}.98:9876`;

describe('what an earlier release saved', () => {
  let root: string;
  let stateDir: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-earlier-'));
    stateDir = join(root, 'state');
    await mkdir(stateDir);
    const document = { version: 1, loadbalancers: [SAVED], host_file_hash: null };
    await writeFile(join(stateDir, 'state.json'), JSON.stringify(document));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Starts a daemon, has something done with it, and stops it. @returns names of its load balancers before that */
  async function run(datapath: MemoryDatapath, use: (sluice: Sluice) => unknown = () => undefined): Promise<string[]> {
    const config = parseHostFile(`
gateway: { name: gw1, interfaces: [eth0], local_addresses: [198.18.2.100], state_dir: ${stateDir} }
api: { listen: "${LISTEN}", socket: ${root}/sluice.sock, auth: none }
`);
    const connect = async () => ({ errno: 0, microseconds: 1 });
    const [store, log] = [new SqliteStore(stateDir), pino({ level: 'silent' })];
    const sluice = new Sluice({
      config,
      version: '1.0.0',
      datapath,
      layer7: new MemoryLayer7().wired,
      connect,
      store,
      log,
    });
    await sluice.start();
    try {
      const names = sluice.status().loadbalancers.map(({ name }) => name);
      await use(sluice);
      return names;
    } finally {
      await sluice.stop();
    }
  }

  it('is taken over at the first start and is there at all that follow', async () => {
    const datapath = new MemoryDatapath();
    expect(await run(datapath)).toEqual(['web']);
    expect(await readdir(stateDir)).toContain('state.json.migrated');
    expect(await run(datapath)).toEqual(['web']);
    expect([...datapath.tables.addresses.keys()]).toContain('198.18.0.10');
  });

  it('is left where it is when the daemon cannot start, for the next one', async () => {
    const broken = new MemoryDatapath();
    broken.failAfter = 0;
    await expect(run(broken)).rejects.toMatchObject({ code: 'dataplane_failed' });
    expect(await run(new MemoryDatapath())).toEqual(['web']);
  });

  it('does not come back after it was deleted, also when its file could not be put aside', async () => {
    const datapath = new MemoryDatapath();
    await run(datapath, async (sluice) => {
      await copyFile(join(stateDir, 'state.json.migrated'), join(stateDir, 'state.json'));
      await sluice.control.change(socketCaller(), applyTree([], { manager: 'apply', prune: true }));
    });
    expect(await run(datapath)).toEqual([]);
  });
});
