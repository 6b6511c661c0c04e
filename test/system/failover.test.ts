/** Members and the daemon come and go under load: whom it concerns, and that it concerns nobody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ECHO_PORT, setBackendHealth, startBackend } from '../../src/lab/backends.js';
import { runTraffic, Traffic, type TrafficSpec } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { expectClean, PATIENCE, Scene, type Service } from './support.js';

const CHECK = { type: 'HTTP', url_path: '/health', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1 };
const HELD = 30;

const scene = new Scene('failover');

beforeAll(() => scene.start());
afterAll(() => scene.stop());

/** Connections that go on asking until they are stopped; none is replaced when it fails. */
async function hold(service: Service, client = 'client1'): Promise<Traffic> {
  const order = { ...service.to, connections: HELD, concurrency: HELD, requests: null, pauseMs: 20 };
  const traffic = await Traffic.start(scene.lab, client, order);
  await traffic.reached(({ established }) => established === HELD);
  return traffic;
}

/** New connections all the time until it is stopped. */
function churn(service: Service, client = 'client2'): Promise<Traffic> {
  return Traffic.start(scene.lab, client, { ...service.to, connections: null, concurrency: 10, requests: 2 });
}

/** So many more requests than it had, with none failing. */
async function goesOn(traffic: Traffic, requests: number): Promise<void> {
  const wanted = traffic.progress.requests + requests;
  await traffic.reached((progress) => progress.requests >= wanted);
}

const FIRST_PORT = 2000;
const LAST_PORT = 30_000;
let nextPort = FIRST_PORT;

/** Connections by member. Each asks from ports of its own: a client that comes again from the same port meets its old member. */
async function ask(service: Service, spec: Partial<TrafficSpec> = {}): Promise<Record<string, number>> {
  const connections = spec.connections ?? 30;
  const firstPort = nextPort;
  nextPort = nextPort + connections > LAST_PORT ? FIRST_PORT : nextPort + connections;
  const result = await runTraffic(scene.lab, { ...service.to, connections, firstPort, ...spec }, ['client3']);
  expectClean(result);
  return result.backends;
}

async function serveChecked(): Promise<Service> {
  for (const backend of scene.backends) await setBackendHealth(scene.lab, backend, 200);
  const service = await scene.serve({ members: scene.members(), pool: { healthmonitor: CHECK } });
  for (const { name } of scene.members()) await service.memberIs(name, 'ONLINE');
  await until(async () => Object.keys(await ask(service)).length === 3, PATIENCE, 'all members to take part');
  return service;
}

describe('a member', () => {
  test('that dies takes its own connections along, leaves, and comes back by itself', async () => {
    const service = await serveChecked();
    const held = await hold(service);
    const victim = (await service.memberStatus('backend2')).active;
    expect(victim).toBe(HELD / 3);

    scene.backends[1]!.process.kill('SIGKILL');
    await service.memberIs('backend2', 'ERROR');
    expect(await service.memberStatus('backend2')).toMatchObject({ cause: expect.stringContaining('refused') });
    expect(await ask(service, { connections: 300, concurrency: 10 })).toEqual({ backend1: 150, backend3: 150 });

    scene.backends[1] = await startBackend(scene.lab, 'backend2');
    await service.memberIs('backend2', 'ONLINE');
    await until(async () => 'backend2' in (await ask(service)), PATIENCE, 'backend2 to take part again');
    await goesOn(held, 500);
    const { failed, backends, seen } = await held.stop();
    expect([failed, backends, seen.wrong]).toEqual([HELD / 3, { backend1: 10, backend2: 10, backend3: 10 }, 0]);
  });

  test('whose health page fails gets nothing new, keeps what it has, and comes back by itself', async () => {
    const service = await serveChecked();
    const held = await hold(service);
    await setBackendHealth(scene.lab, scene.backends[0]!, 503);
    await service.memberIs('backend1', 'ERROR');
    expect(await service.memberStatus('backend1')).toMatchObject({ active: 10, cause: expect.stringContaining('503') });
    expect(await ask(service, { connections: 300, concurrency: 10 })).toEqual({ backend2: 150, backend3: 150 });

    await setBackendHealth(scene.lab, scene.backends[0]!, 200);
    await service.memberIs('backend1', 'ONLINE');
    await until(async () => 'backend1' in (await ask(service)), PATIENCE, 'backend1 to take part again');
    await goesOn(held, 500);
    expectClean(await held.stop(), { connections: HELD });
  });

  test('that is added, drained and removed under load breaks no connection', async () => {
    const service = await scene.serve({ members: [scene.member(1), scene.member(2)] });
    const traffic = [await hold(service), await churn(service)];
    const steps = [
      scene.members(),
      [scene.member(1, { weight: 0 }), scene.member(2), scene.member(3)],
      [scene.member(2), scene.member(3)],
      [scene.member(3)],
      scene.members(),
    ];
    for (const members of steps) {
      await service.change({ members });
      for (const each of traffic) await goesOn(each, 200);
    }
    for (const each of traffic) expectClean(await each.stop());
  });

  test('that is drained finishes what it has and gets nothing new', async () => {
    const service = await scene.serve({ members: scene.members() });
    const held = await hold(service);
    await service.change({ members: [scene.member(1, { weight: 0 }), scene.member(2), scene.member(3)] });
    expect(await service.memberStatus('backend1')).toMatchObject({ operating_status: 'DRAINING', active: 10 });
    expect(await ask(service, { connections: 60 })).toEqual({ backend2: 30, backend3: 30 });
    await goesOn(held, 500);
    expectClean(await held.stop(), { connections: HELD });
    const drained = async () => (await service.memberStatus('backend1')).active === 0;
    await until(drained, PATIENCE, 'backend1 to have no connection left');
  });

  test('that replaced another gets also clients whose port was used before', async () => {
    const service = await scene.serve({ members: [scene.member(1)] });
    const ports = { sources: ['198.18.3.2'], firstPort: 30_000, connections: 10 };
    expect(await ask(service, ports)).toEqual({ backend1: 10 });
    await service.change({ members: [] });
    await service.change({ members: [scene.member(2)] });
    expect(await ask(service, ports)).toEqual({ backend2: 10 });
  });
});

describe('no usable member', () => {
  const none: Array<[string, (service: Service) => Promise<void>]> = [
    ['drained', (service) => service.change({ members: scene.members({ weight: 0 }) })],
    ['disabled', (service) => service.change({ members: scene.members({ admin_state_up: false }) })],
    ['removed', (service) => service.change({ members: [] })],
  ];

  test.each(none)('all %s: new clients are refused, connections go on', async (_, empty) => {
    const service = await scene.serve({ members: scene.members() });
    const held = await hold(service);
    await empty(service);
    const before = (await service.status()).refused;
    const refused = await runTraffic(scene.lab, { ...service.to, connections: 50, concurrency: 5 }, ['client2']);
    expect(refused.errors).toEqual({ ECONNREFUSED: 50 });
    expect((await service.status()).refused - before).toBe(50);
    await goesOn(held, 300);
    expectClean(await held.stop(), { connections: HELD });
    await service.change({ members: scene.members() });
    expect(await ask(service)).toEqual({ backend1: 10, backend2: 10, backend3: 10 });
  });

  test('all unhealthy: new clients are refused until one is healthy again', async () => {
    const service = await serveChecked();
    for (const backend of scene.backends) await setBackendHealth(scene.lab, backend, 500);
    for (const { name } of scene.backends) await service.memberIs(name, 'ERROR');
    const refused = await runTraffic(scene.lab, { ...service.to, connections: 30 }, ['client2']);
    expect(refused.errors).toEqual({ ECONNREFUSED: 30 });
    for (const backend of scene.backends) await setBackendHealth(scene.lab, backend, 200);
    for (const { name } of scene.backends) await service.memberIs(name, 'ONLINE');
    await until(async () => Object.keys(await ask(service)).length === 3, PATIENCE, 'all members to take part');
  });

  test('UDP: the client gets ICMP port unreachable', async () => {
    const service = await scene.serve({ protocol: 'UDP', members: [] });
    const refused = await runTraffic(scene.lab, { ...service.to, connections: 20 }, ['client1']);
    expect(refused.errors).toEqual({ ECONNREFUSED: 20 });
    await service.change({ members: scene.members({ protocol_port: ECHO_PORT }) });
    const { errors, requests } = await runTraffic(scene.lab, { ...service.to, connections: 20 }, ['client1']);
    expect([errors, requests]).toEqual([{}, 20]);
  });
});

describe('the daemon under load', () => {
  let service: Service;
  let running: Traffic[];

  beforeEach(async () => {
    service = await serveChecked();
    running = [await hold(service), await churn(service)];
    for (const traffic of running) await goesOn(traffic, 300);
  });

  /** Everything that ran goes on, nothing has failed, and the gateway does as it is told. */
  async function expectUnharmed(): Promise<void> {
    for (const traffic of running) await goesOn(traffic, 500);
    const [held, churned] = [await running[0]!.stop(), await running[1]!.stop()];
    expectClean(held, { connections: HELD });
    expectClean(churned);
    expect(Object.keys(churned.backends).sort()).toEqual(['backend1', 'backend2', 'backend3']);
    await service.change({ members: [scene.member(1), scene.member(3)] });
    expect(await ask(service, { firstPort: 31_000 })).toEqual({ backend1: 15, backend3: 15 });
  }

  /** Ids of the XDP programs on the gateway's interfaces. */
  async function programs(): Promise<number[]> {
    const text = await scene.lab.runOrThrow('gateway', ['ip', '-json', '-details', 'link', 'show']);
    const links = JSON.parse(text) as Array<{ ifname: string; xdp?: { prog: { id: number } } }>;
    const ids = scene.lab.plan.gatewayInterfaces.map((name) => {
      return links.find(({ ifname }) => ifname === name)?.xdp?.prog.id ?? 0;
    });
    return [...new Set(ids)];
  }

  test('killed and restarted: no connection fails, new ones are right', async () => {
    await scene.gateway.kill();
    for (const traffic of running) await goesOn(traffic, 500);
    await scene.gateway.start();
    await expectUnharmed();
  });

  test('killed again and again, at any moment of its start', async () => {
    for (let round = 0; round < 4; round++) {
      await scene.gateway.kill();
      const starting = scene.gateway.start();
      const outcome = starting.then(
        () => 'up',
        () => 'killed',
      );
      await goesOn(running[1]!, 50 * round);
      await scene.gateway.kill();
      expect(['up', 'killed']).toContain(await outcome);
    }
    await scene.gateway.start();
    await expectUnharmed();
  });

  test('stopped for long: ten thousand connections later everything still works', async () => {
    expect(await scene.gateway.stop()).toBe(0);
    const many = { ...service.to, connections: 10_000, concurrency: 50, firstPort: 40_000 };
    expectClean(await runTraffic(scene.lab, many, ['client3']));
    for (const traffic of running) await goesOn(traffic, 500);
    await scene.gateway.start();
    await expectUnharmed();
  });

  test('upgraded: a new program takes over the sessions of the old one', async () => {
    const before = await programs();
    expect(before).toEqual([expect.any(Number)]);
    await scene.gateway.stop();
    expect(await programs()).toEqual(before);
    await scene.gateway.start();
    const after = await programs();
    expect(after).toEqual([expect.any(Number)]);
    expect(after).not.toEqual(before);
    await expectUnharmed();
  });
});
