/**
 * Who gets a connection: every algorithm and source-IP stickiness, counted at the members. Client ports of exact counts are set, and
 * used once: a port that comes back keeps its member while the gateway remembers the closed session.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ECHO_PORT, HTTP_PORT, setBackendHealth } from '../../src/lab/backends.js';
import type { TrafficResult } from '../../src/lab/protocol.js';
import { runTraffic, Traffic, type TrafficSpec } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { expectClean, PATIENCE, Scene, type Service } from './support.js';

const CLIENTS = 3;
const SOURCES = 100;

const scene = new Scene('distribution', { clients: CLIENTS, backends: 4, sourcesPerClient: SOURCES });
/** The first three backends; some tests add the fourth. */
const three = (fields: object = {}) => scene.members(fields).slice(0, 3);

let nextPort = 20_000;

/** Connections from ports never used before, a number of them from each source address of the clients. */
async function connections(service: Service, spec: Partial<TrafficSpec>, clients?: string[]): Promise<TrafficResult> {
  const firstPort = nextPort;
  nextPort += Math.ceil((spec.connections ?? 1) / SOURCES);
  const result = await runTraffic(scene.lab, { ...service.to, concurrency: 20, firstPort, ...spec }, clients);
  expectClean(result);
  return result;
}

/** The one member of each source address. Fails when an address has reached several. */
function memberBySource({ sources }: TrafficResult): Map<string, string> {
  const entries = Object.entries(sources).map(([source, members]): [string, string] => {
    expect([source, Object.keys(members)]).toEqual([source, [expect.any(String)]]);
    return [source, Object.keys(members)[0]!];
  });
  return new Map(entries);
}

function moved(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...before.keys()].filter((source) => before.get(source) !== after.get(source));
}

beforeAll(() => scene.start());
afterAll(() => scene.stop());

describe('weighted round robin', () => {
  const weighted = () => [
    scene.member(1, { weight: 5 }),
    scene.member(2, { weight: 3 }),
    scene.member(3, { weight: 1 }),
  ];

  test('gives every cycle of nine connections 5, 3 and 1', async () => {
    const service = await scene.serve({ members: weighted() });
    for (let cycle = 0; cycle < 5; cycle++) {
      const { backends } = await connections(service, { connections: 9, concurrency: 1 }, ['client1']);
      expect(backends).toEqual({ backend1: 5, backend2: 3, backend3: 1 });
    }
  });

  test('stays exact with many clients at a time', async () => {
    const service = await scene.serve({ members: weighted() });
    const { backends } = await connections(service, { connections: 900 });
    expect(backends).toEqual({ backend1: 1500, backend2: 900, backend3: 300 });
  });

  test('follows changed weights at once; weight 0 gets nothing', async () => {
    const service = await scene.serve({ members: weighted() });
    await service.change({
      members: [scene.member(1, { weight: 0 }), scene.member(2, { weight: 2 }), scene.member(3)],
    });
    const { backends } = await connections(service, { connections: 300 });
    expect(backends).toEqual({ backend2: 600, backend3: 300 });
  });

  test('spreads datagrams of new sockets as well', async () => {
    const members = weighted().map((member) => ({ ...member, protocol_port: ECHO_PORT }));
    const service = await scene.serve({ protocol: 'UDP', members });
    const order = { ...service.to, connections: 300, concurrency: 10, firstPort: 50_000 };
    const { backends, errors } = await runTraffic(scene.lab, order);
    expect([errors, backends]).toEqual([{}, { backend1: 500, backend2: 300, backend3: 100 }]);
  });
});

describe('least connections', () => {
  /** Opens connections one after the other and keeps them. */
  async function hold(service: Service, count: number): Promise<Traffic> {
    const firstPort = nextPort++;
    const order = { ...service.to, connections: count, concurrency: count, requests: null, pauseMs: 100, firstPort };
    const traffic = await Traffic.start(scene.lab, 'client1', order);
    await traffic.reached(({ established }) => established === count);
    return traffic;
  }

  const active = async (service: Service) => (await service.status()).members.map((member) => member.active);

  test('evens out what is held, by weight', async () => {
    const members = [scene.member(1, { weight: 2 }), scene.member(2), scene.member(3)];
    const service = await scene.serve({ algorithm: 'LEAST_CONNECTIONS', members });
    const held = await hold(service, 40);
    expect(await active(service)).toEqual([20, 10, 10]);
    expectClean(await held.stop());
  });

  test('gives a member that was added what the others hold already', async () => {
    const service = await scene.serve({ algorithm: 'LEAST_CONNECTIONS', members: [scene.member(1)] });
    const before = await hold(service, 12);
    await service.change({ members: three() });
    const after = await hold(service, 24);
    expect(await active(service)).toEqual([12, 12, 12]);
    const { backends } = await after.stop();
    expect(backends).toEqual({ backend2: 12, backend3: 12 });
    expectClean(await before.stop());
    await until(
      async () => (await active(service)).every((count) => count === 0),
      PATIENCE,
      'closed connections to end',
    );
  });
});

describe('source hash', () => {
  test('SOURCE_IP: a client keeps its member; one of four that is added takes about a quarter of the clients', async () => {
    const service = await scene.serve({ algorithm: 'SOURCE_IP', members: three() });
    const first = memberBySource(await connections(service, { connections: 2 * SOURCES }));
    const again = memberBySource(await connections(service, { connections: 2 * SOURCES }));
    expect(first.size).toBe(CLIENTS * SOURCES);
    expect(moved(first, again)).toEqual([]);

    await service.change({ members: scene.members() });
    const four = memberBySource(await connections(service, { connections: SOURCES }));
    const gone = moved(first, four);
    // A quarter is 75 of 300; the hash deals them out at random with a standard deviation of 7.5.
    expect(gone.length).toBeGreaterThan(45);
    expect(gone.length).toBeLessThan(110);
    expect(gone.filter((source) => four.get(source) !== 'backend4').length).toBeLessThanOrEqual(gone.length / 10);

    await service.change({ members: three() });
    expect(moved(first, memberBySource(await connections(service, { connections: SOURCES })))).toEqual([]);
  });

  test('SOURCE_IP: a member that is removed takes along its own clients, nearly nobody else', async () => {
    const service = await scene.serve({ algorithm: 'SOURCE_IP', members: scene.members() });
    const first = memberBySource(await connections(service, { connections: SOURCES }));
    await service.change({ members: three() });
    const after = memberBySource(await connections(service, { connections: SOURCES }));
    const orphans = [...first].filter(([, member]) => member === 'backend4').length;
    const others = moved(first, after).filter((source) => first.get(source) !== 'backend4');
    expect(orphans).toBeGreaterThan(45);
    expect(others.length).toBeLessThanOrEqual(orphans / 5);
  });

  test('SOURCE_IP_PORT: one client spreads by port, the same port comes back to its member', async () => {
    const members = three({ protocol_port: ECHO_PORT });
    const listener = { timeout_client_data: 1000 };
    const service = await scene.serve({ protocol: 'UDP', algorithm: 'SOURCE_IP_PORT', members, listener });
    const ports = Array.from({ length: 12 }, (_, index) => 40_000 + index);
    const memberByPort = async () => {
      const answers: string[] = [];
      for (const firstPort of ports) {
        const order = { ...service.to, sources: ['198.18.1.2'], firstPort };
        answers.push(...Object.keys((await runTraffic(scene.lab, order, ['client1'])).backends));
      }
      return answers;
    };
    const first = await memberByPort();
    expect(new Set(first).size).toBeGreaterThan(1);
    await until(async () => (await service.sessionCount()) === 0, PATIENCE, 'idle sessions to end');
    expect(await memberByPort()).toEqual(first);
  });
});

describe('source-IP stickiness with weighted round robin', () => {
  const pool = { session_persistence: { type: 'SOURCE_IP', persistence_timeout: 3600 } };
  const sticky = (service: Service) => connections(service, { connections: SOURCES }).then(memberBySource);
  const onlyTheClientsOf = (member: string, before: Map<string, string>) =>
    [...before].filter(([, own]) => own === member).map(([source]) => source);

  test('new clients are dealt out by weight, and stay', async () => {
    const members = [scene.member(1, { weight: 2 }), scene.member(2)];
    const service = await scene.serve({ members, pool });
    const { backends, sources } = await connections(service, { connections: SOURCES });
    expect(backends).toEqual({ backend1: 200, backend2: 100 });
    const first = memberBySource({ sources } as TrafficResult);
    const again = await connections(service, { connections: 3 * SOURCES });
    expect(moved(first, memberBySource(again))).toEqual([]);

    await service.change({ members: scene.members({ weight: 5 }) });
    expect(moved(first, await sticky(service))).toEqual([]);
  });

  test.each([
    ['drained', () => [scene.member(1, { weight: 0 }), scene.member(2), scene.member(3)]],
    ['disabled', () => [scene.member(1, { admin_state_up: false }), scene.member(2), scene.member(3)]],
    ['removed', () => [scene.member(2), scene.member(3)]],
  ])('clients of a member that is %s move, once, and nobody else does', async (_, members) => {
    const service = await scene.serve({ members: three(), pool });
    const first = await sticky(service);
    await service.change({ members: members() });
    const second = await sticky(service);
    expect(moved(first, second)).toEqual(onlyTheClientsOf('backend1', first));

    await service.change({ members: three() });
    expect(moved(second, await sticky(service))).toEqual([]);
  });

  test('clients of a member that turns unhealthy move, and nobody else does', async () => {
    const healthmonitor = {
      type: 'HTTP',
      url_path: '/health',
      delay: 1,
      timeout: 1,
      max_retries: 1,
      max_retries_down: 1,
    };
    const service = await scene.serve({ members: three(), pool: { ...pool, healthmonitor } });
    for (const { name } of three()) await service.memberIs(name, 'ONLINE');
    const first = await sticky(service);
    await setBackendHealth(scene.lab, scene.backends[0]!, 503);
    await service.memberIs('backend1', 'ERROR');
    const second = await sticky(service);
    expect(moved(first, second)).toEqual(onlyTheClientsOf('backend1', first));

    await setBackendHealth(scene.lab, scene.backends[0]!, 200);
    await service.memberIs('backend1', 'ONLINE');
    expect(moved(second, await sticky(service))).toEqual([]);
  });

  test('holds for UDP', async () => {
    const service = await scene.serve({ protocol: 'UDP', members: three({ protocol_port: ECHO_PORT }), pool });
    const ask = async (firstPort: number) => {
      const order = { ...service.to, connections: SOURCES, concurrency: 10, firstPort };
      return memberBySource(await runTraffic(scene.lab, order, ['client1']));
    };
    const first = await ask(30_000);
    expect(new Set(first.values()).size).toBe(3);
    expect(moved(first, await ask(30_001))).toEqual([]);
  });
});

test('two listeners that share a pool deal out on their own', async () => {
  const vip = scene.lab.plan.vips[1]!;
  const members = three({ protocol_port: HTTP_PORT });
  const listener = (port: number) => ({ protocol: 'TCP', protocol_port: port, default_pool: { name: 'shared' } });
  const pools = [{ name: 'shared', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members }];
  await scene.gateway.apply({
    loadbalancers: [{ name: 'shared', vip_address: vip, pools, listeners: [listener(80), listener(81)] }],
  });
  for (const port of [80, 81]) {
    const order = { address: vip, port, connections: 30, firstPort: 30_000 };
    const { errors, backends } = await runTraffic(scene.lab, order);
    expect([errors, backends]).toEqual([{}, { backend1: 30, backend2: 30, backend3: 30 }]);
  }
});
