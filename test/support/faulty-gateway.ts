/** A daemon over a kernel, a proxy and a store in memory or on disk that fail when they are told to, and its API. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseHostFile } from '../../src/config/host-file.js';
import type { ControlPlane } from '../../src/control/control-plane.js';
import { Sluice } from '../../src/daemon/sluice.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { ApiClient, type Configuration } from './api-client.js';
import { FaultyStore, KernelInMemory, ProxyInMemory } from './api-faults.js';
import type { Ground } from './api-step.js';
import { uploads } from './api-uploads.js';

const ECONNREFUSED = 111;

export const LOCALS = ['198.18.2.100', '198.18.2.101'];
const SUBNET = 'b1f1c0c6-d2a8-4a0e-9a0c-5d2f7e0b6a11';
/** Of its own: test files run at the same time. */
const LISTEN = `127.${process.pid & 0x7f}.${(process.pid >> 7) & 0xff}.99:9876`;

export class FaultyGateway {
  readonly datapath = new KernelInMemory();
  readonly layer7 = new ProxyInMemory();
  store!: FaultyStore;
  readonly api: ApiClient;
  ground: Ground = {
    vips: ['198.18.0.10', '198.18.0.11', '198.18.0.12', '198.18.1.13'],
    foreign: '203.0.113.1',
    servers: ['198.18.2.11', '198.18.2.12', '198.18.2.13', '198.18.2.14'],
    subnetId: SUBNET,
    projects: [],
    uploads: uploads(),
    monitors: true,
  };
  /** Members that have a monitor answer its checks; null: they stay what they were when they got it. */
  answering: ReadonlySet<string> | null = null;
  #sluice!: Sluice;

  constructor(
    readonly directory: string,
    readonly dataplane: boolean,
  ) {
    this.api = new ApiClient(join(directory, 'sluice.sock'));
  }

  async start(): Promise<void> {
    const config = parseHostFile(`
gateway: { name: gw1, interfaces: [eth0], local_addresses: [${LOCALS}], state_dir: ${this.directory}/state,
  dataplane: ${this.dataplane ? 'xdp' : 'none'} }
api: { listen: "${LISTEN}", socket: ${this.directory}/sluice.sock, auth: none }
subnets:
- { name: front, cidr: 198.18.0.0/24, allocation_pools: [198.18.0.10-198.18.0.12], id: ${SUBNET} }
- { name: public, cidr: 198.18.1.0/24, allocation_pools: [198.18.1.20-198.18.1.22], public: true }
`);
    this.store = new FaultyStore(new SqliteStore(config.gateway.state_dir));
    const sluice = new Sluice({
      config,
      version: '1.0.0',
      datapath: this.dataplane ? this.datapath : undefined,
      layer7: this.layer7.wired,
      connect: async (address) => {
        const { answering } = this;
        const never = new Promise<never>(() => undefined);
        return answering ? { errno: answering.has(address) ? 0 : ECONNREFUSED, microseconds: 10 } : await never;
      },
      store: this.store,
      log: pino({ level: 'silent' }),
    });
    await sluice.start();
    this.#sluice = sluice;
    const own = this.store.load().find(({ kind }) => kind === 'project')!.id;
    this.ground = { ...this.ground, projects: [own, 'another'] };
  }

  get control(): ControlPlane {
    return this.#sluice.control;
  }

  async stop(): Promise<void> {
    await this.#sluice.stop();
  }

  /** Resolves when what was queued has been done. */
  async settle(): Promise<void> {
    await this.api.expect('POST', '/apply?dry_run=true', []);
  }

  configuration(): Promise<Configuration> {
    return this.api.configuration();
  }
}

/** A gateway that has started, until the test is done. */
export async function withGateway(run: (gateway: FaultyGateway) => Promise<void>, dataplane = true): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-agree-'));
  const gateway = new FaultyGateway(directory, dataplane);
  await gateway.start();
  try {
    await run(gateway);
  } finally {
    await gateway.stop();
    await rm(directory, { recursive: true });
  }
}
