/** Access lists and limits with real connections: LI-3 to LI-5, LB-6. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Limits } from '../../src/datapath/layouts.js';
import { HTTP_PORT } from '../../src/lab/backends.js';
import { runTraffic, Traffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { expectClean, PATIENCE, Scene, type Service } from './support.js';

const scene = new Scene('limits');
const { lab } = scene;
const CLIENTS = ['client1', 'client2', 'client3'] as const;
/** A client that is not let in gives up after this time, ms: a retransmission of its SYN is among it. */
const GIVE_UP = 2500;

beforeAll(() => scene.start());
afterAll(() => scene.stop());

/** Calls the API, which the Unix socket has as well; the object it answers with. */
async function api(method: string, path: string, body: Record<string, object>): Promise<{ id: string }> {
  const answer = await scene.gateway.request(method, path, JSON.stringify(body));
  return Object.values(JSON.parse(answer) as Record<string, { id: string }>)[0]!;
}

/** A load balancer with listeners that share a pool. */
function balancerOf(listeners: readonly { address: string; port: number }[], fields: object): object {
  const pool = { name: 'shared', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members: scene.members() };
  return {
    name: 'tiny',
    vip_address: listeners[0]!.address,
    pools: [pool],
    listeners: listeners.map(({ port }) => ({
      protocol: 'TCP',
      protocol_port: port,
      default_pool: { name: 'shared' },
    })),
    ...fields,
  };
}

async function countOf(outcome: string): Promise<number> {
  return (await scene.status()).outcomes[outcome] ?? 0;
}

/** Connections of the listener's clients that backends have. */
async function connectionsAtBackends(): Promise<number> {
  const lists = await Promise.all(
    lab.plan.backends.map(({ name }) => scene.sockets(name, `sport = :${HTTP_PORT}`, 'established')),
  );
  return lists.flat().length;
}

/** Clients that keep as many connections as they get, asking now and then. */
function hold(service: Pick<Service, 'to'>, clients: readonly string[], connections: number): Promise<Traffic[]> {
  const order = { ...service.to, connections, concurrency: connections, requests: null, pauseMs: 200 };
  return Promise.all(clients.map((client) => Traffic.start(lab, client, { ...order, timeoutMs: GIVE_UP })));
}

const established = (all: readonly Traffic[]): number =>
  all.reduce((sum, { progress }) => sum + progress.established, 0);

/** Ends traffic; nothing went wrong with the connections that had been let in. */
async function endWell(all: readonly Traffic[]): Promise<void> {
  for (const traffic of all) {
    const { failures } = await traffic.stop();
    expect(failures.filter(({ request }) => request > 0)).toEqual([]);
  }
  await until(async () => (await connectionsAtBackends()) === 0, PATIENCE, 'the connections to be gone');
}

describe('a limit of connections', () => {
  const LIMIT = 100;

  test('is exact while three hosts try at once, and those let in go on undisturbed', async () => {
    const service = await scene.serve({ members: scene.members(), listener: { connection_limit: LIMIT } });
    const before = await countOf('drop_connection_limit');
    const all = await hold(service, CLIENTS, LIMIT);
    await until(
      async () => established(all) === LIMIT,
      PATIENCE,
      () => `${LIMIT} connections, not ${established(all)}`,
    );
    const refused = async () => (await countOf('drop_connection_limit')) - before >= 2 * LIMIT;
    await until(refused, PATIENCE, 'everybody else to be refused');
    expect([established(all), await connectionsAtBackends()]).toEqual([LIMIT, LIMIT]);
    await endWell(all);
    const order = { ...service.to, connections: 30, concurrency: 30 };
    expectClean(await runTraffic(lab, order), { connections: 90 });
  });

  test('counts on over a crash of the daemon, and follows a change at once', async () => {
    const service = await scene.serve({ members: scene.members(), listener: { connection_limit: 30 } });
    const all = await hold(service, ['client1'], 30);
    await until(async () => established(all) === 30, PATIENCE, '30 connections');
    await scene.gateway.kill();
    await scene.gateway.start();
    const order = { ...service.to, connections: 10, concurrency: 10, timeoutMs: GIVE_UP };
    expect((await runTraffic(lab, order, ['client2'])).errors).toEqual({ timeout: 10 });
    await service.change({ listener: { connection_limit: 40 } });
    expectClean(await runTraffic(lab, order, ['client2']), { connections: 10 });
    await service.change({ listener: { connection_limit: 1 } });
    expect(established(all)).toBe(30);
    await endWell(all);
  });

  test('one client cannot keep the others out', async () => {
    const service = await scene.serve({ members: scene.members(), listener: { connection_limit: 80 } });
    const [source] = lab.host('client1').addresses;
    const greedy = {
      ...service.to,
      sources: [source!],
      connections: 100,
      concurrency: 100,
      requests: null,
      pauseMs: 200,
    };
    const others = { ...service.to, connections: 1, concurrency: 1, requests: null, pauseMs: 200 };
    const first = await Traffic.start(lab, 'client2', others);
    await first.reached(({ established }) => established === 1);
    const all = [first, await Traffic.start(lab, 'client1', { ...greedy, timeoutMs: GIVE_UP })];
    const refused = async () => (await countOf('drop_connection_limit')) > 0 && established(all) >= 70;
    await until(refused, PATIENCE, 'the greedy client to have what it gets');
    expect(established(all)).toBe(70);
    expectClean(await runTraffic(lab, { ...service.to, connections: 5, concurrency: 5 }, ['client3']));
    await endWell(all);
  });

  test('of a flavor is shared by the listeners of its load balancer', async () => {
    const flavor_data = JSON.stringify({ connections: 20, connections_per_second: null, queries_per_second: null });
    const profile = await api('POST', '/v2/lbaas/flavorprofiles', {
      flavorprofile: { name: 'tiny', provider_name: 'sluice', flavor_data },
    });
    const flavor = await api('POST', '/v2/lbaas/flavors', {
      flavor: { name: 'tiny', flavor_profile_id: profile.id },
    });
    const [first, second] = [80, 81].map((port) => ({
      to: { address: lab.plan.vips[0]!, port, protocol: 'http' as const },
    }));
    await scene.gateway.apply({ loadbalancers: [balancerOf([first!.to, second!.to], { flavor_id: flavor.id })] });
    const all = await hold(first!, ['client1'], 12);
    await until(async () => established(all) === 12, PATIENCE, '12 connections of the first listener');
    all.push(...(await hold(second!, ['client2'], 20)));
    await until(async () => established(all) === 20, PATIENCE, 'eight of the second one');
    await until(async () => (await countOf('drop_flavor_connections')) >= 12, PATIENCE, 'the rest to be refused');
    expect(established(all)).toBe(20);
    await endWell(all);
  });
});

test('new connections of no second are more than the listener may begin', async () => {
  const rate = 150;
  const service = await scene.serve({ members: scene.members(), listener: { session_rate_limit: rate } });
  const order = { ...service.to, connections: 300, concurrency: 100, timeoutMs: PATIENCE };
  const result = await runTraffic(lab, order);
  expectClean(result, { connections: 900 });
  const { sessions } = await service.status();
  expect(sessions).toBeGreaterThanOrEqual(900);
  // Begun seconds count as whole ones, at both ends.
  expect(sessions).toBeLessThanOrEqual(rate * (result.seconds + 2));
  expect(await countOf('drop_rate_limit')).toBeGreaterThan(0);
});

describe('a bandwidth peak', () => {
  const MEGABITS = 40;
  const BYTES = 20_000_000;
  const BURST_SECONDS = Limits.BURST_NANOSECONDS / 1e9;

  test.each(['download', 'upload'] as const)('holds for one connection and for many: %s', async (operation) => {
    const service = await scene.serve({ members: scene.members(), listener: { bandwidth_limit: MEGABITS } });
    for (const connections of [1, 4]) {
      const bytes = BYTES / connections;
      const order = { ...service.to, operation, bytes, connections, concurrency: connections, timeoutMs: PATIENCE };
      const result = await runTraffic(lab, order, ['client1']);
      expectClean(result, { connections });
      const megabits = (8 * BYTES) / 1e6;
      expect(megabits).toBeLessThanOrEqual(MEGABITS * (result.seconds + BURST_SECONDS));
      // A single connection gets all of the peak but headers and what is sent again.
      if (connections === 1) expect(megabits / result.seconds).toBeGreaterThan(MEGABITS * 0.7);
    }
    expect(await countOf('drop_bandwidth')).toBeGreaterThan(0);
  });

  test('is followed by connections that exist', async () => {
    const service = await scene.serve({ members: scene.members() });
    const order = {
      ...service.to,
      operation: 'download' as const,
      bytes: 1_000_000,
      requests: null,
      timeoutMs: PATIENCE,
    };
    const traffic = await Traffic.start(lab, 'client1', order);
    await traffic.reached(({ requests }) => requests >= 3);
    const before = await countOf('drop_bandwidth');
    await service.change({ listener: { bandwidth_limit: 5 } });
    await until(async () => (await countOf('drop_bandwidth')) > before, PATIENCE, 'the connection to be limited');
    await service.change({ listener: {} });
    const { requests } = traffic.progress;
    await traffic.reached((progress) => progress.requests > requests + 2);
    expectClean(await traffic.stop());
  });
});

describe('access lists', () => {
  const denied = lab.host('client1').addresses.map((address) => `${address}/32`);

  async function gets(service: Service, expected: Record<string, object>): Promise<void> {
    const order = { ...service.to, connections: 8, concurrency: 8, timeoutMs: GIVE_UP };
    for (const [client, errors] of Object.entries(expected))
      expect([client, (await runTraffic(lab, order, [client])).errors]).toEqual([client, errors]);
  }

  test('allowed_cidrs let in their clients, whose connections go on when they are taken off', async () => {
    const service = await scene.serve({ members: scene.members(), listener: { allowed_cidrs: denied } });
    await gets(service, { client1: {}, client2: { timeout: 8 } });
    const all = await hold(service, ['client1'], 5);
    await until(async () => established(all) === 5, PATIENCE, 'five connections');
    await service.change({ listener: { allowed_cidrs: ['203.0.113.0/24'] } });
    await gets(service, { client1: { timeout: 8 }, client2: { timeout: 8 } });
    const { requests } = all[0]!.progress;
    await all[0]!.reached((progress) => progress.requests > requests + 5);
    expect(established(all)).toBe(5);
    await endWell(all);
  });

  test('a deny-list of 100,000 blocks keeps out whom it lists, for every listener that has it', async () => {
    const blocks = Array.from({ length: 100_000 - denied.length }, (_, index) => {
      return `10.${index >> 12}.${(index >> 4) & 0xff}.${(index & 0xf) << 4}/28`;
    });
    const list = await api('POST', '/v2/sluice/accesslists', {
      accesslist: { name: 'many', cidrs: [...blocks, ...denied] },
    });
    const listener = { access_list_id: list.id, access_list_action: 'deny' };
    const services = [
      await scene.serve({ members: scene.members(), listener }),
      await scene.serve({ members: scene.members(), listener }),
    ];
    for (const service of services) await gets(service, { client1: { timeout: 8 }, client2: {}, client3: {} });
    await api('PUT', `/v2/sluice/accesslists/${list.id}`, { accesslist: { cidrs: blocks } });
    for (const service of services) await gets(service, { client1: {}, client2: {} });
  });
});
