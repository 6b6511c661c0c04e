/** Whatever is asked of a daemon, and whatever fails meanwhile: API, store, data plane, proxy and statuses agree after every request. */
import fc from 'fast-check';
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
import type { Configuration } from '../../test/support/api-client.js';
import { expectProxied } from '../../test/support/api-proxy.js';
import { NOBODY, type Numbers } from '../../test/support/api-step.js';
import { STEPS } from '../../test/support/api-steps.js';
import { expectedTables, shownTables } from '../../test/support/api-tables.js';
import { type FaultyGateway, LOCALS, withGateway } from '../../test/support/faulty-gateway.js';
import { createListener } from '../control/index.js';
import { socketCaller } from '../identity/index.js';
import { bodies } from '../schema/index.js';

interface Fault {
  /** The data plane refuses an operation after so many. */
  dataplane?: number;
  /** The proxy refuses a configuration after so many. */
  proxy?: number;
  /** They go on refusing until they are mended. */
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

/** What there is before random requests come. */
const BEGINNING: Turn['requests'] = [
  { name: 'createCertificate', numbers: [0, 0, 0] },
  { name: 'createCertificate', numbers: [1, 0, 0] },
  { name: 'createCertificate', numbers: [3, 0, 0] },
  { name: 'createTree', numbers: [0, 0, 0] },
  { name: 'createTree', numbers: [1, 2, 0] },
];

const anyRequest = fc.record({
  name: fc.constantFrom(...Object.keys(STEPS)),
  numbers: fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)),
});

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.record({ dataplane: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ dataplane: fc.nat(3), lasting: fc.constant(true) }) },
  { weight: 2, arbitrary: fc.record({ proxy: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ proxy: fc.nat(1), lasting: fc.constant(true) }) },
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

/** Whether tables or proxy may not be what they have to be. */
async function isFailing({ api }: FaultyGateway): Promise<boolean> {
  const { warnings } = (await api.get('/status')).body;
  return warnings.some((warning: string) => warning.startsWith('the data plane is not up to date'));
}

/** API, store, tables and proxy tell the same. */
async function expectAgreement(gateway: FaultyGateway): Promise<Configuration> {
  const configuration = await gateway.configuration();
  expectStored(gateway.store.load(), configuration);
  const failing = await isFailing(gateway);
  expectTruthfulStatuses(configuration, { failing, reporting: gateway.dataplane });
  if (!failing && gateway.dataplane) {
    expect(shownTables(gateway.datapath.tables)).toEqual(expectedTables(configuration, LOCALS));
    expectProxied(gateway.layer7, gateway.store.load(), configuration);
  }
  return configuration;
}

async function take(
  gateway: FaultyGateway,
  { requests, fault, restart }: Turn,
  before: Configuration,
): Promise<Configuration> {
  const world = { ...gateway.ground, configuration: before };
  const asked = requests.map(({ name, numbers }) => STEPS[name]!(world, numbers));
  gateway.datapath.failAfter = fault.dataplane;
  gateway.layer7.failAfter = fault.proxy;
  gateway.datapath.lasting = gateway.layer7.lasting = fault.lasting ?? false;
  gateway.store.fail(fault.store);
  const answers = await Promise.all(asked.map((request) => gateway.api.send(request)));
  await gateway.settle();
  gateway.datapath.failAfter = gateway.layer7.failAfter = undefined;
  gateway.store.mend();
  const refused = gateway.datapath.refused || gateway.layer7.refused;
  const faults = [...(refused ? [500] : []), ...(gateway.store.refused ? [503] : [])];
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
async function mend(gateway: FaultyGateway): Promise<void> {
  if (gateway.datapath.broken || gateway.layer7.broken) {
    await expectAgreement(gateway);
  }
  gateway.datapath.mend();
  gateway.layer7.mend();
  if (gateway.store.refused) {
    // A write that changes nothing makes up for one that was to be taken back and could not be.
    await gateway.api.expect('DELETE', `/v2/lbaas/quotas/${NOBODY}`);
  }
  if (await isFailing(gateway)) {
    // There may be no load balancer to ask for it.
    await gateway.control.failover(socketCaller(), NOBODY);
  }
}

async function restarted(gateway: FaultyGateway, before: Configuration): Promise<Configuration> {
  await gateway.stop();
  gateway.datapath.log.splice(0);
  gateway.layer7.log.splice(0);
  await gateway.start();
  // Packets and requests notice nothing.
  expect(gateway.datapath.log).toEqual(gateway.dataplane ? ['open', 'apply 0', 'attach'] : []);
  expect(gateway.layer7.log).toEqual(gateway.dataplane ? ['open', 'apply 0'] : []);
  const after = await expectAgreement(gateway);
  expect(withoutStatuses(after)).toEqual(withoutStatuses(before));
  return after;
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
        for (const request of BEGINNING) {
          configuration = await take(gateway, { requests: [request], ...QUIET }, configuration);
        }
        for (const turn of turns) {
          configuration = await take(gateway, turn, configuration);
        }
        await restarted(gateway, configuration);
      }, dataplane);
    await fc.assert(fc.asyncProperty(anyTurns, run), { numRuns });
  },
);

/** Refuses whatever a listener at this port needs. */
const REFUSALS: [
  who: string,
  protocol: string,
  code: string,
  refuse: (gateway: FaultyGateway, port: number) => void,
][] = [
  [
    'the data plane',
    'TCP',
    'dataplane_failed',
    ({ datapath }, port) => {
      datapath.refuses = (operation) => operation.table === 'services' && operation.key.port === port;
    },
  ],
  [
    'the proxy',
    'HTTP',
    'proxy_failed',
    ({ layer7 }, port) => {
      const isThere = new RegExp(`\\bbind 198\\.18\\.0\\.10:${port}\\b`);
      layer7.refuses = (config) => [...(config?.frontends.values() ?? [])].some((text) => isThere.test(text));
    },
  ],
];

it.each(REFUSALS)(
  'a change that %s refuses does not stand in the way of those that came at the same time',
  (_who, protocol, code, refuse) =>
    withGateway(async (gateway) => {
      const { api, control } = gateway;
      const { id } = await api.expect('POST', '/v2/lbaas/loadbalancers', {
        loadbalancer: { vip_address: '198.18.0.10' },
      });
      refuse(gateway, 83);
      const ports = [80, 81, 82, 83, 84, 85, 86];
      const wanted = ports.map((protocol_port) => ({ loadbalancer_id: id, protocol, protocol_port }));
      const operations = wanted.map((body) => createListener(bodies.listener.create.read(body)));
      const done = await Promise.allSettled(operations.map((operation) => control.change(socketCaller(), operation)));
      const codes = done.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'));
      expect(codes).toEqual(ports.map((port) => (port === 83 ? code : 'done')));
      const { listeners } = await expectAgreement(gateway);
      expect(listeners.map((listener) => listener.protocol_port).sort()).toEqual(ports.filter((port) => port !== 83));
    }),
);
