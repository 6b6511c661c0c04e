/**
 * The client's address at the member: unmodified programs behind gateway and receiver see it at every accept, and nothing a client
 * sends makes them see another one.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isListening, nginxConfig, startBackend } from '../../src/lab/backends.js';
import type { Lab } from '../../src/lab/lab.js';
import type { LabProcess } from '../../src/lab/process.js';
import { runTraffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { bothCalls } from '../support/receiver.js';
import { type Connection, type ConnectOptions, HandmadeClient } from '../support/receiver-client.js';
import { nop, toa } from '../support/tcp-options.js';
import { compile, expectClean, PATIENCE, Scene, type Service } from './support.js';

const PORT = { nginx: 8080, python: 8081, node: 8082, native: 8083, nativeIpv6: 8084, deferred: 8085 };

const scene = new Scene('address', { programs: false });
const { lab } = scene;
let server: string;
let accessLog: string;
let python: LabProcess;

/** One member: what it sees is then easy to find. */
const serve = (index: number, port: number, listener = {}): Promise<Service> =>
  scene.serve({ members: [scene.member(index, { protocol_port: port })], listener });

async function startProgram(index: number, port: number, argv: string[]): Promise<LabProcess> {
  const program = await lab.spawn(`backend${index}`, argv);
  const listening = () => {
    program.requireRunning();
    return isListening(lab, `backend${index}`, port);
  };
  await until(listening, PATIENCE, `${argv[0]} to open port ${port}`);
  return program;
}

/** nginx that writes down whom it saw. */
async function startNginx(index: number): Promise<void> {
  const directory = join(lab.runDirectory, 'access-nginx');
  mkdirSync(join(directory, 'files'), { recursive: true });
  accessLog = join(directory, 'access.log');
  const config = nginxConfig({ name: `backend${index}`, port: PORT.nginx, workers: 2, directory }).replace(
    'access_log off;',
    `log_format seen '$remote_addr:$remote_port'; access_log ${accessLog} seen;`,
  );
  writeFileSync(join(directory, 'nginx.conf'), config);
  await startProgram(index, PORT.nginx, ['nginx', '-p', directory, '-c', join(directory, 'nginx.conf')]);
}

beforeAll(async () => {
  await scene.start();
  server = compile(lab, 'receiver-server.c');
  await startNginx(1);
  python = await startProgram(2, PORT.python, ['python3', '-u', '-m', 'http.server', String(PORT.python)]);
  await startBackend(lab, 'backend3', { host: '::', httpPort: PORT.node });
  await startProgram(1, PORT.native, [server, String(PORT.native)]);
  await startProgram(1, PORT.nativeIpv6, [server, String(PORT.nativeIpv6), 'ipv6']);
  await startProgram(1, PORT.deferred, [server, String(PORT.deferred), 'defer']);
});
afterAll(() => scene.stop());

const FIRST_LINES = `
import socket, sys
address, port, *sources = sys.argv[1:]
for number in range(100):
    with socket.create_connection((address, int(port)), 20, (sources[number % len(sources)], 0)) as connection:
        print("%s:%d" % connection.getsockname(), connection.makefile().readline().strip())
`;

/** Opens a hundred connections and resolves to the client's own idea of its address beside the server's first line. */
async function firstLines(service: Service, client: string): Promise<Array<[own: string, line: string]>> {
  const { address, port } = service.to;
  const argv = ['python3', '-c', FIRST_LINES, address, String(port), ...lab.host(client).addresses];
  const lines = (await lab.runOrThrow(client, argv)).trim().split('\n');
  return lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

/** Whom the C server names in a line; accept4() and getpeername() have to agree. */
function peerIn(line: string): string {
  const [, accept, peer] = /^accept=(\S+) peer=(\S+)$/.exec(line) ?? [];
  expect([line, accept]).toEqual([line, peer]);
  return accept ?? '';
}

const addressOf = (endpoint: string) => endpoint.slice(0, endpoint.lastIndexOf(':'));

describe('at every accept', () => {
  test("nginx's access log names the client of every connection", async () => {
    const service = await serve(1, PORT.nginx);
    const result = await runTraffic(lab, { ...service.to, connections: 500, concurrency: 20, firstPort: 20_000 });
    expectClean(result, { connections: 1500 });
    const logged = () => readFileSync(accessLog, 'utf8').trim().split('\n');
    await until(() => logged().length >= 1500, PATIENCE, 'the log to be written');
    const clients = lab.plan.clients.flatMap(({ addresses }) =>
      Array.from({ length: 500 }, (_, i) => `${addresses[i % 8]}:${20_000 + Math.floor(i / 8)}`),
    );
    expect(logged().sort()).toEqual(clients.sort());
  });

  test("Python's http.server logs the clients", async () => {
    const service = await serve(2, PORT.python);
    const counts: Record<string, number> = {};
    for (const { name, addresses } of lab.plan.clients) {
      for (const address of addresses.slice(0, 4)) {
        await lab.runOrThrow(name, ['curl', '-sS', '-o', '/dev/null', '--interface', address, `${service.url}?[1-5]`]);
        counts[address] = 5;
      }
    }
    const seen: Record<string, number> = {};
    for (const [, address] of python.log().matchAll(/^(\S+) - - \[/gm)) seen[address!] = (seen[address!] ?? 0) + 1;
    expect(seen).toEqual(counts);
  });

  test('a Node server on :: sees address and port of every client, at each request of a kept connection', async () => {
    const service = await serve(3, PORT.node);
    const result = await runTraffic(lab, { ...service.to, connections: 300, concurrency: 20, requests: 5 });
    expectClean(result, { requests: 4500 });
    expect(result.seen.right).toBe(4500);
  });

  test.each([
    ['a C server', PORT.native, ''],
    ['a C server on an IPv6 socket', PORT.nativeIpv6, '::ffff:'],
  ])('%s gets the same from accept4() and getpeername()', async (_, port, mapped) => {
    const service = await serve(1, port);
    for (const { name } of lab.plan.clients) {
      for (const [own, line] of await firstLines(service, name)) expect(line).toBe(bothCalls(`${mapped}${own}`));
    }
  });

  test('is the gateway where the listener says client_address: none', async () => {
    const service = await serve(1, PORT.native, { client_address: 'none' });
    for (const [, line] of await firstLines(service, 'client1')) {
      expect(lab.plan.locals).toContain(addressOf(peerIn(line)));
    }
  });
});

describe('a client that says it is somebody else', () => {
  const FORGED = toa('203.0.113.7:51515');
  const CLIENT = 'client3';
  let handmade: HandmadeClient;
  let ports = 40_000;

  beforeAll(async () => {
    await dropResets(lab, CLIENT);
    handmade = new HandmadeClient(lab.host(CLIENT).namespace);
  });
  afterAll(() => handmade?.stop());

  /** A connection, and the address it really comes from. */
  async function connect(service: Service, options: Partial<ConnectOptions>): Promise<[Connection, string]> {
    const source = lab.host(CLIENT).addresses[0]!;
    const connection = await handmade.connect({ to: service.to.address, port: service.port, source, ...options });
    return [connection, `${source}:${++ports}`];
  }

  const cases: Array<[string, Uint8Array]> = [
    ['the option', FORGED],
    ['the option behind padding', Uint8Array.from([...nop, ...nop, ...FORGED])],
    ['the option twice', Uint8Array.from([...FORGED, ...FORGED])],
    ['the option as kind 253', toa('203.0.113.7:51515', 253)],
    ['both kinds', Uint8Array.from([...toa('203.0.113.7:1', 253), ...FORGED])],
    [
      'as many as fit',
      Uint8Array.from(
        Array(4)
          .fill([...FORGED])
          .flat(),
      ),
    ],
  ];

  describe.each(['toa', 'none'])('client_address: %s', (mode) => {
    /** Whom the member may see: the client itself, or the gateway. Never 203.0.113.7. */
    const expectTrue = (line: string, own: string) => {
      const seen = peerIn(line);
      if (mode === 'toa') expect(seen).toBe(own);
      else expect(lab.plan.locals).toContain(addressOf(seen));
    };

    test.each(cases)('%s on SYN, ACK and data is not believed', async (_, options) => {
      for (const [port, early] of [
        [PORT.native, true],
        [PORT.deferred, false],
      ] as const) {
        const service = await serve(1, port, { client_address: mode });
        const [connection, own] = await connect(service, { syn: options, ack: options });
        if (early) expectTrue(await connection.line(), own);
        await connection.send('x', options);
        expectTrue(await connection.line(), own);
        await connection.send('y', options);
        expectTrue(await connection.line(), own);
        await connection.close();
      }
    });
  });
});

/** The kernel knows nothing of the connections that the hand-made client opens, and would reset them. */
async function dropResets(lab: Lab, client: string): Promise<void> {
  const chain = 'chain out { type filter hook output priority 0; tcp flags & rst == rst drop; }';
  await lab.runOrThrow(client, ['nft', `table inet sluice { ${chain}; }`]);
}
