/** How sessions end: silence, closing by either side, and what is left for those who come after. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ECHO_PORT, NGINX_PORT, startNginx } from '../../src/lab/backends.js';
import type { LabProcess } from '../../src/lab/process.js';
import { runTraffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { expectClean, PATIENCE, Scene, type Service } from './support.js';

const SECONDS_2 = { timeout_client_data: 2000 };
/** The only local address of this file's gateway: 64,512 sessions towards each member. */
const LOCAL = '198.19.200.0';

const scene = new Scene('idle', { gateway: { localAddresses: [LOCAL] } });
const { lab } = scene;

beforeAll(async () => {
  await scene.start();
  await startNginx(lab, 'backend1', NGINX_PORT, 2);
});
afterAll(() => scene.stop());

const WAIT_FOR_THE_END = `
import errno, socket, sys
address, port, source, count, size = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
connections = [socket.create_connection((address, port), 60, (source, 0)) for _ in range(count)]
for connection in connections:
    for chunk in [bytes(min(size - at, 16384)) for at in range(0, size, 16384)]:
        connection.sendall(chunk)
        left = len(chunk)
        while left:
            left -= len(connection.recv(left))
print("quiet", flush=True)
for connection in connections:
    try:
        print("data" if connection.recv(1) else "FIN", flush=True)
    except OSError as error:
        print(errno.errorcode.get(error.errno, str(error)), flush=True)
`;

describe('the idle timeout', () => {
  const COUNT = 20;

  /** Echo connections that fall silent after so many bytes each way; its log tells how each of them ended. */
  async function fallSilent(service: Service, size: number): Promise<LabProcess> {
    const source = lab.host('client1').addresses[0]!;
    const { address, port } = service.to;
    const argv = ['python3', '-c', WAIT_FOR_THE_END, address, String(port), source, String(COUNT), String(size)];
    return await lab.spawn('client1', argv);
  }

  test.each([
    ['after the handshake', 0],
    ['after one byte', 1],
    ['after a megabyte each way', 1_000_000],
  ])('%s: client and member get a reset that both accept', async (_, size) => {
    const members = scene.members({ protocol_port: ECHO_PORT });
    const service = await scene.serve({ members, listener: SECONDS_2 });
    const before = (await scene.status()).events.session_ended_idle!;
    const client = await fallSilent(service, size);

    expect([await client.ended, client.log().trim().split('\n')]).toEqual([
      0,
      ['quiet', ...Array(COUNT).fill('ECONNRESET')],
    ]);
    for (const { name } of lab.plan.backends) {
      const gone = async () => (await scene.sockets(name, `sport = :${ECHO_PORT}`, 'connected')).length === 0;
      await until(gone, PATIENCE, `the sockets on ${name} to be gone`);
    }
    expect(await service.sessionCount()).toBe(0);
    expect((await scene.status()).events.session_ended_idle! - before).toBe(COUNT);
    expect((await service.status()).active).toBe(0);
  });

  test('does not end what speaks now and then, and is the listener’s own', async () => {
    const service = await scene.serve({ members: scene.members(), listener: SECONDS_2 });
    const patient = await scene.serve({ members: scene.members() });
    const order = { connections: 20, concurrency: 20 };
    // Pauses shorter than the timeout, together longer; and one pause longer than the timeout of the other listener.
    const results = await Promise.all([
      runTraffic(lab, { ...service.to, ...order, requests: 6, pauseMs: 1000 }, ['client2']),
      runTraffic(lab, { ...patient.to, ...order, requests: 2, pauseMs: 6000 }, ['client3']),
    ]);
    expectClean(results[0]!, { requests: 120 });
    expectClean(results[1]!, { requests: 40 });
  });

  test('ends UDP sessions silently; the next datagram begins a new one', async () => {
    const members = scene.members({ protocol_port: ECHO_PORT });
    const service = await scene.serve({ protocol: 'UDP', members, listener: { timeout_client_data: 1000 } });
    for (let round = 0; round < 2; round++) {
      const order = { ...service.to, connections: 30, firstPort: 40_000 };
      expect((await runTraffic(lab, order, ['client1'])).errors).toEqual({});
      await until(async () => (await service.sessionCount()) === 0, PATIENCE, 'the sessions to end');
    }
    expect((await service.status()).sessions).toBe(60);
  });
});

describe('one member over one local address', () => {
  const script = fileURLToPath(new URL('../support/short-connections.py', import.meta.url));

  async function shortConnections(service: Service, count: number, ending: string, sourcePort = 0) {
    const { address, port } = service.to;
    const argv = ['python3', script, address, String(port), String(count), ending, String(sourcePort)];
    const sources = lab.host('client1').addresses.slice(0, sourcePort ? 1 : undefined);
    return JSON.parse(await lab.runOrThrow('client1', [...argv, ...sources])) as unknown;
  }

  const serveOne = () => scene.serve({ members: [scene.member(1, { protocol_port: NGINX_PORT })] });

  test('more connections than there are local ports: none fails, each is seen as the client it is', async () => {
    const service = await serveOne();
    const memberFirst = await shortConnections(service, 20_000, 'member');
    const clientFirst = await shortConnections(service, 46_000, 'client');

    expect([memberFirst, clientFirst]).toEqual([
      { answered: 20_000, errors: {} },
      { answered: 46_000, errors: {} },
    ]);
    expect((await service.status()).sessions).toBeGreaterThan(64_512);
  });

  test.each(['member', 'reset'])('the same client port again and again, ended by %s', async (ending) => {
    const service = await serveOne();
    const before = (await scene.status()).events.session_reopened!;

    expect(await shortConnections(service, 500, ending, 5000)).toEqual({ answered: 500, errors: {} });
    expect((await scene.status()).events.session_reopened! - before).toBe(499);
  });

  test('closed sessions leave the table', async () => {
    const service = await serveOne();
    expect(await shortConnections(service, 1000, 'client')).toEqual({ answered: 1000, errors: {} });
    await until(async () => (await service.status()).active === 0, PATIENCE, 'no connection to count as active');
    await until(async () => (await service.sessionCount()) === 0, PATIENCE, 'the sessions to be gone');
  });
});
