/** Connections of real kernels through the gateway: none fails, every byte arrives, the right address is seen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ECHO_PORT } from '../../src/lab/backends.js';
import type { Lab } from '../../src/lab/lab.js';
import { runTraffic, Traffic } from '../../src/lab/traffic.js';
import { expectClean, Scene, type Service } from './support.js';

const MEGABYTE = 1_000_000;

describe.each(['two-armed', 'one-armed'] as const)('%s', (topology) => {
  const scene = new Scene('connections', { topology });
  let web: Service;

  beforeAll(async () => {
    await scene.start();
    web = await scene.serve({ members: scene.members() });
  });
  afterAll(() => scene.stop());

  test('ten thousand connections: none fails, members get the same number each', async () => {
    const order = { ...web.to, connections: 3400, concurrency: 60, firstPort: 20_000 };
    const result = await runTraffic(scene.lab, order);

    expectClean(result, { connections: 10_200, requests: 10_200 });
    expect(result.backends).toEqual({ backend1: 3400, backend2: 3400, backend3: 3400 });
    expect(await scene.drops()).toEqual({});
  });

  test('the requests of a kept connection all reach the same member, which keeps seeing the client', async () => {
    const order = { ...web.to, connections: 60, concurrency: 20, requests: 100 };
    expectClean(await runTraffic(scene.lab, order), { connections: 180, requests: 18_000 });
  });

  test.each(['download', 'upload'] as const)('%s of 1 byte to 100 MB arrives as it was sent', async (operation) => {
    for (const [bytes, connections] of [
      [1, 30],
      [1440, 30],
      [65_537, 30],
      [5 * MEGABYTE, 4],
      [100 * MEGABYTE, 1],
    ] as const) {
      const order = { ...web.to, operation, bytes, connections, concurrency: 10, requests: 2, timeoutMs: 120_000 };
      const clients = bytes > 10 * MEGABYTE ? ['client1'] : ['client1', 'client2'];
      const result = await runTraffic(scene.lab, order, clients);
      const requests = 2 * connections * clients.length;

      expectClean(result, { connections: connections * clients.length, requests });
      expect(result.bytes).toBe(requests * bytes);
    }
  });

  test('large uploads and downloads at the same time do not disturb each other', async () => {
    const order = { ...web.to, bytes: 20 * MEGABYTE, connections: 3, concurrency: 3, timeoutMs: 120_000 };
    const running = await Promise.all([
      Traffic.start(scene.lab, 'client1', { ...order, operation: 'download' }),
      Traffic.start(scene.lab, 'client2', { ...order, operation: 'upload' }),
    ]);
    for (const traffic of running) expectClean(await traffic.result(), { requests: 3 });
  });

  test('UDP datagrams of any size up to the MTU come back unchanged, those of a socket from one member', async () => {
    const dns = await scene.serve({ protocol: 'UDP', members: scene.members({ protocol_port: ECHO_PORT }) });
    // What the member adds to the datagram has to fit into one packet as well.
    for (const bytes of [16, 511, 1400]) {
      const order = { ...dns.to, connections: 200, concurrency: 20, requests: 5, bytes };
      const { errors, failures, requests } = await runTraffic(scene.lab, order);
      expect({ errors, failures, requests }).toEqual({ errors: {}, failures: [], requests: 3000 });
    }
  });
});

/** Puts a bridge, whose driver has no native XDP, between the gateway and its cable. */
async function bridgeGateway(lab: Lab): Promise<void> {
  const { name, mac, addresses } = lab.plan.gateway.ports[0]!;
  await lab.ip('gateway', [
    'link add plain type bridge',
    `link set plain address ${mac}`,
    `link set ${name} master plain`,
    `addr flush dev ${name}`,
    `addr add ${addresses[0]} dev plain`,
    'link set plain up',
  ]);
}

describe('in generic mode', () => {
  const gateway = { interfaces: ['plain'] };
  const scene = new Scene('connections', { topology: 'one-armed', gateway, prepare: bridgeGateway });

  beforeAll(() => scene.start());
  afterAll(() => scene.stop());

  test('connections and payloads are the same, also in segments larger than the MTU', async () => {
    expect((await scene.status()).gateway.interfaces).toEqual([{ name: 'plain', mode: 'generic' }]);
    const web = await scene.serve({ members: scene.members() });
    const many = { ...web.to, connections: 300, concurrency: 20, requests: 3 };
    expectClean(await runTraffic(scene.lab, many), { requests: 2700 });
    for (const operation of ['download', 'upload'] as const) {
      const large = { ...web.to, operation, bytes: 10 * MEGABYTE, connections: 3, timeoutMs: 120_000 };
      expectClean(await runTraffic(scene.lab, large), { requests: 9 });
    }
    expect(await scene.drops()).toEqual({});
  });
});
