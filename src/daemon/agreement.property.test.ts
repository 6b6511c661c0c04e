/** Whatever is asked of a daemon, and whatever fails meanwhile: API, store, data plane and statuses agree after every request. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import {
  expectAudited,
  expectEffect,
  expectReadable,
  expectStored,
  expectTruthfulStatuses,
  expectWithinQuotas,
  withoutStatuses,
} from '../../test/support/api-agreement.js';
import { ApiClient, type Configuration } from '../../test/support/api-client.js';
import { FaultyStore, KernelInMemory } from '../../test/support/api-faults.js';
import { type Ground, NOBODY, type Numbers } from '../../test/support/api-step.js';
import { STEPS } from '../../test/support/api-steps.js';
import { expectedTables, shownTables } from '../../test/support/api-tables.js';
import { MemoryLayer7 } from '../../test/support/memory-layer7.js';
import { parseHostFile } from '../config/host-file.js';
import type { ControlPlane } from '../control/control-plane.js';
import { createListener } from '../control/index.js';
import { socketCaller } from '../identity/index.js';
import { bodies } from '../schema/index.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { Sluice } from './sluice.js';

const LOCALS = ['198.18.2.100', '198.18.2.101'];
const SUBNET = 'b1f1c0c6-d2a8-4a0e-9a0c-5d2f7e0b6a11';
/** Of its own: test files run at the same time. */
const LISTEN = `127.${process.pid & 0x7f}.${(process.pid >> 7) & 0xff}.99:9876`;

interface Fault {
  /** The data plane refuses an operation after so many. */
  dataplane?: number;
  /** It goes on refusing until it is mended. */
  lasting?: boolean;
  /** The store refuses so many commits after so many others. */
  store?: { after: number; count: number };
}

interface Turn {
  requests: { name: string; numbers: Numbers }[];
  fault: Fault;
  restart: boolean;
}

/** A turn in which nothing fails. */
const QUIET = { fault: {}, restart: false };

class Gateway {
  readonly datapath = new KernelInMemory();
  readonly layer7 = new MemoryLayer7();
  store!: FaultyStore;
  readonly api: ApiClient;
  ground: Ground = {
    vips: ['198.18.0.10', '198.18.0.11', '198.18.0.12', '198.18.1.13'],
    foreign: '203.0.113.1',
    servers: ['198.18.2.11', '198.18.2.12', '198.18.2.13', '198.18.2.14'],
    subnetId: SUBNET,
    projects: [],
    http: false,
    monitors: true,
  };
  #sluice!: Sluice;

  /** @param dataplane without one HTTP is there too */
  constructor(
    readonly directory: string,
    readonly dataplane: boolean,
  ) {
    this.api = new ApiClient(join(directory, 'sluice.sock'));
    this.ground.http = !dataplane;
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
      // Members with a monitor stay what they were when they got it.
      connect: () => new Promise(() => undefined),
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

const anyRequest = fc.record({
  name: fc.constantFrom(...Object.keys(STEPS)),
  numbers: fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)),
});

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.record({ dataplane: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ dataplane: fc.nat(3), lasting: fc.constant(true) }) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        dataplane: fc.nat(12),
        store: fc.record({ after: fc.nat(2), count: fc.integer({ min: 1, max: 5 }) }),
      },
      { requiredKeys: ['store'] },
    ),
  },
);

const anyTurn: fc.Arbitrary<Turn> = fc.record({
  requests: fc.oneof(
    { weight: 5, arbitrary: fc.array(anyRequest, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(anyRequest, { minLength: 2, maxLength: 5 }) },
  ),
  fault: anyFault,
  restart: fc.nat(15).map((number) => number === 0),
});

/** API, store and tables tell the same. */
async function expectAgreement(gateway: Gateway): Promise<Configuration> {
  const configuration = await gateway.configuration();
  expectStored(gateway.store.load(), configuration);
  const failing = configuration.loadbalancers.some((one) => one.provisioning_status === 'ERROR');
  expectTruthfulStatuses(configuration, { failing, reporting: gateway.dataplane });
  if (!failing && gateway.dataplane) {
    expect(shownTables(gateway.datapath.tables)).toEqual(expectedTables(configuration, LOCALS));
  }
  return configuration;
}

async function take(
  gateway: Gateway,
  { requests, fault, restart }: Turn,
  before: Configuration,
): Promise<Configuration> {
  const world = { ...gateway.ground, configuration: before };
  const asked = requests.map(({ name, numbers }) => STEPS[name]!(world, numbers));
  gateway.datapath.failAfter = fault.dataplane;
  gateway.datapath.lasting = fault.lasting ?? false;
  gateway.store.fail(fault.store);
  const answers = await Promise.all(asked.map((request) => gateway.api.send(request)));
  await gateway.settle();
  gateway.datapath.failAfter = undefined;
  gateway.store.mend();
  const faults = [...(gateway.datapath.refused ? [500] : []), ...(gateway.store.refused ? [503] : [])];
  asked.forEach((request, index) => {
    expectReadable(request, answers[index]!, faults);
  });
  await mend(gateway);
  const after = await expectAgreement(gateway);
  expectWithinQuotas(before, after);
  if (asked.length === 1) {
    expectEffect(asked[0]!, answers[0]!, before, after);
  }
  if (!gateway.store.refused) {
    asked.forEach((request, index) => {
      expectAudited(request, answers[index]!, gateway.store.audit({ limit: 20 }));
    });
  }
  return restart ? await restarted(gateway, after) : after;
}

/** Ends faults, after a look at what a lasting one is like. */
async function mend(gateway: Gateway): Promise<void> {
  if (gateway.datapath.broken) {
    await expectAgreement(gateway);
  }
  gateway.datapath.mend();
  if (gateway.store.refused) {
    // A write that changes nothing makes up for one that was to be taken back and could not be.
    await gateway.api.expect('DELETE', `/v2/lbaas/quotas/${NOBODY}`);
  }
  const [any] = await gateway.api.expect('GET', '/v2/lbaas/loadbalancers');
  if (any?.provisioning_status === 'ERROR') {
    await gateway.api.expect('PUT', `/v2/lbaas/loadbalancers/${any.id}/failover`);
  }
}

async function restarted(gateway: Gateway, before: Configuration): Promise<Configuration> {
  await gateway.stop();
  gateway.datapath.log.splice(0);
  await gateway.start();
  // Packets notice nothing.
  expect(gateway.datapath.log).toEqual(gateway.dataplane ? ['open', 'apply 0', 'attach'] : []);
  const after = await expectAgreement(gateway);
  expect(withoutStatuses(after)).toEqual(withoutStatuses(before));
  return after;
}

/** A gateway that has started, until the test is done. */
async function withGateway(run: (gateway: Gateway) => Promise<void>, dataplane = true): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-agree-'));
  const gateway = new Gateway(directory, dataplane);
  await gateway.start();
  try {
    await run(gateway);
  } finally {
    await gateway.stop();
    await rm(directory, { recursive: true });
  }
}

/** Shorter ones are tried for a while when one fails. */
const anyTurns = fc.limitShrink(fc.array(anyTurn, { minLength: 15, maxLength: 60, size: 'max' }), 40);

it.each([
  ['with a data plane', true, 5],
  ['without a data plane', false, 2],
])(
  'any requests in any order, with any failures, leave everything in agreement, %s',
  async (_where, dataplane, numRuns) => {
    const run = (turns: Turn[]) =>
      withGateway(async (gateway) => {
        let configuration = await gateway.configuration();
        for (const numbers of [
          [0, 0, 0],
          [1, 2, 0],
        ] as const) {
          configuration = await take(gateway, { requests: [{ name: 'createTree', numbers }], ...QUIET }, configuration);
        }
        for (const turn of turns) {
          configuration = await take(gateway, turn, configuration);
        }
        await restarted(gateway, configuration);
      }, dataplane);
    await fc.assert(fc.asyncProperty(anyTurns, run), { numRuns });
  },
);

it('a change that the data plane refuses does not stand in the way of those that came at the same time', () =>
  withGateway(async (gateway) => {
    const { api, control, datapath } = gateway;
    const { id } = await api.expect('POST', '/v2/lbaas/loadbalancers', {
      loadbalancer: { vip_address: '198.18.0.10' },
    });
    datapath.refuses = (operation) => operation.table === 'services' && operation.key.port === 83;
    const ports = [80, 81, 82, 83, 84, 85, 86];
    const wanted = ports.map((protocol_port) => ({ loadbalancer_id: id, protocol: 'TCP', protocol_port }));
    const operations = wanted.map((body) => createListener(bodies.listener.create.read(body)));
    const done = await Promise.allSettled(operations.map((operation) => control.change(socketCaller(), operation)));
    const codes = done.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'));
    expect(codes).toEqual(ports.map((port) => (port === 83 ? 'dataplane_failed' : 'done')));
    const { listeners } = await expectAgreement(gateway);
    expect(listeners.map((listener) => listener.protocol_port).sort()).toEqual(ports.filter((port) => port !== 83));
  }));
