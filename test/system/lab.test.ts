import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  backendStats,
  ECHO_PORT,
  HTTP_PORT,
  setBackendHealth,
  startBackend,
  startBackends,
  startNginx,
} from '../../src/lab/backends.js';
import { labCgroup, processesBelow } from '../../src/lab/cgroup.js';
import { type Service, startForwarding, startHaproxy, startNftables } from '../../src/lab/contestants.js';
import { Lab } from '../../src/lab/lab.js';
import { builtScript } from '../../src/lab/paths.js';
import { gatewayPinDirectory, identify, labNamespaces } from '../../src/lab/remains.js';
import type { LabOptions } from '../../src/lab/topology.js';
import { runTraffic, Traffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';

const PREFIX = 'sluice-labtest';
const SERVICES: Service[] = [
  { protocol: 'tcp', port: 80, memberPort: HTTP_PORT },
  { protocol: 'udp', port: 53, memberPort: ECHO_PORT },
];

const open: Lab[] = [];

async function up(options: LabOptions = {}): Promise<Lab> {
  const lab = new Lab({ prefix: PREFIX, ...options });
  open.push(lab);
  await lab.up();
  return lab;
}

afterEach(async () => {
  for (const lab of open.splice(0)) await lab.down();
});

/** What a lab of that prefix has left on the host. */
function remains(lab: Lab): string[] {
  const { prefix } = lab.plan;
  const places = [lab.runDirectory, lab.pinDirectory, gatewayPinDirectory(prefix), labCgroup(prefix)];
  return [...labNamespaces(prefix), ...places.filter((place) => existsSync(place))];
}

function isRunning(pid: number): boolean {
  return identify(pid) !== undefined;
}

describe.each(['two-armed', 'one-armed'] as const)('%s', (topology) => {
  test('every client and every backend reaches the gateway', async () => {
    const lab = await up({ topology });
    const gateway = await startBackend(lab, 'gateway');
    for (const host of [...lab.plan.clients, ...lab.plan.backends]) {
      const address = lab.plan.gateway.addresses.find((own) => own.startsWith(networkOf(host.addresses[0]!)));
      const result = await runTraffic(lab, { address: address!, port: gateway.port }, [host.name]);
      expect([host.name, result.errors, result.seen.right]).toEqual([host.name, {}, 1]);
    }
  });

  test('down() leaves no namespace, process, cgroup, pin or file', async () => {
    const lab = await up({ topology });
    const programs = [...(await startBackends(lab)), await startNginx(lab, 'backend1')];
    const pids = processesBelow(labCgroup(PREFIX));
    expect(pids.length).toBeGreaterThanOrEqual(programs.length);
    mkdirSync(join(lab.pinDirectory, 'somebody', 'else'), { recursive: true });
    await lab.down();
    expect(remains(lab)).toEqual([]);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('traffic with every answer checked goes through nftables and HAProxy to all backends alike', async () => {
    const lab = await up({ topology });
    await startBackends(lab);
    for (const start of [startNftables, startHaproxy]) {
      const contestant = await start(lab, SERVICES);
      const to = { address: contestant.address, port: contestant.portOf(SERVICES[0]!) };
      const short = await runTraffic(lab, { ...to, connections: 60, concurrency: 10 });
      expect([short.errors, short.backends]).toEqual([{}, { backend1: 60, backend2: 60, backend3: 60 }]);
      for (const operation of ['download', 'upload'] as const) {
        const bulk = await runTraffic(lab, { ...to, operation, bytes: 3_000_000, connections: 2, requests: 2 });
        expect([operation, bulk.errors, bulk.bytes]).toEqual([operation, {}, 36_000_000]);
      }
      await contestant.stop();
    }
  });
});

test('backends do not answer clients whose address leaks through to them', async () => {
  const lab = await up();
  await startBackends(lab);
  const client = lab.plan.clients[0]!;
  await lab.set('gateway', { 'net.ipv4.ip_forward': 1 });
  await lab.ip(client.name, [`route add 198.19.0.0/16 via ${client.routes[0]!.via}`]);
  const to = { address: lab.plan.backends[0]!.addresses[0]!, port: HTTP_PORT, timeoutMs: 300 };
  expect((await runTraffic(lab, to, [client.name])).errors).toEqual({ timeout: 1 });
});

test('plain forwarding shows backends the clients themselves, over TCP and UDP', async () => {
  const lab = await up({ resolveNeighbours: true });
  await startBackends(lab);
  const { address, portOf, stop } = await startForwarding(lab);
  const [tcp, udp] = SERVICES as [Service, Service];
  const web = await runTraffic(lab, { address, port: portOf(tcp), connections: 10, requests: 3 });
  expect([web.requests, web.seen.right, web.seen.wrong, web.errors]).toEqual([90, 90, 0, {}]);
  const echo = await runTraffic(lab, { address, port: portOf(udp), protocol: 'udp', connections: 10, bytes: 1000 });
  expect([echo.requests, echo.seen.right, echo.errors]).toEqual([30, 30, {}]);
  await stop();
});

test('ten thousand connections, a hundred at a time from each client, none fails', async () => {
  const lab = await up();
  await startBackends(lab);
  const { address } = await startNftables(lab, SERVICES);
  const result = await runTraffic(lab, { address, port: 80, firstPort: 2000, connections: 3400, concurrency: 100 });
  expect([result.connections, result.errors]).toEqual([10_200, {}]);
  expect(result.backends).toEqual({ backend1: 3400, backend2: 3400, backend3: 3400 });
});

test('traffic goes on until it is stopped, and stopping breaks nothing', async () => {
  const lab = await up();
  const backend = await startBackend(lab, 'backend1');
  await startForwarding(lab);
  const to = { address: backend.address, port: backend.port };
  const traffic = await Traffic.start(lab, 'client1', { ...to, connections: null, requests: null, concurrency: 20 });
  await traffic.reached(({ established, requests }) => established === 20 && requests > 500);
  const result = await traffic.stop();
  expect([result.connections, result.errors]).toEqual([20, {}]);
});

test('a backend killed under load shows as failed connections with their cause', async () => {
  const lab = await up();
  const backend = await startBackend(lab, 'backend1');
  await startForwarding(lab);
  const to = { address: backend.address, port: backend.port };
  const traffic = await Traffic.start(lab, 'client1', { ...to, connections: null, requests: null, concurrency: 5 });
  await traffic.reached(({ established }) => established === 5);
  backend.process.kill('SIGKILL');
  await traffic.reached(({ failed }) => failed >= 6);
  const { errors, failures } = await traffic.stop();
  expect(errors.ECONNREFUSED).toBeGreaterThan(0);
  expect(failures[0]).toMatchObject({ kind: 'ECONNRESET', source: expect.stringMatching(/^198\.18\.1\./) });
});

test('a backend counts what it saw, and its health can be set', async () => {
  const lab = await up();
  const backend = await startBackend(lab, 'backend2', { host: '::' });
  const to = { address: backend.address, port: backend.port };
  await runTraffic(lab, { ...to, sources: ['198.19.2.1'], connections: 2 }, ['gateway']);
  await setBackendHealth(lab, backend, 503);
  expect(await backendStats(lab, backend)).toMatchObject({ clients: { '198.19.2.1': 2 }, healthChecks: 0 });
  const url = `http://${to.address}:${to.port}/health`;
  const { stdout } = await lab.run('gateway', ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', url]);
  expect(stdout).toBe('503');
  expect(await backendStats(lab, backend)).toMatchObject({ requests: 2, healthChecks: 1 });
});

test('two labs side by side do not see each other', async () => {
  const [one, other] = [await up(), await up({ prefix: `${PREFIX}-2`, topology: 'one-armed' })];
  const backends = [await startBackend(one, 'backend1'), await startBackend(other, 'backend1')];
  await one.down();
  expect(remains(one)).toEqual([]);
  const result = await runTraffic(other, { address: backends[1]!.address, port: backends[1]!.port }, ['client1']);
  expect(result.errors).toEqual({});
});

describe('a lab of the same prefix', () => {
  test('that is in use is not touched', async () => {
    await up();
    await expect(new Lab({ prefix: PREFIX }).up()).rejects.toMatchObject({ code: 'lab.busy' });
    expect(labNamespaces(PREFIX)).toHaveLength(7);
  });

  test('whose owner was killed is removed by the next one, programs included', async () => {
    const pids = await abandonLab();
    expect(pids.filter(isRunning)).toEqual(pids);
    const lab = await up({ clients: 1, backends: 1 });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(labNamespaces(PREFIX)).toHaveLength(3);
    await lab.down();
    expect(remains(lab)).toEqual([]);
  });
});

/** Lets another process bring a lab up, kills it, and returns the ids of the programs it left. */
async function abandonLab(): Promise<number[]> {
  const script = `
    const { Lab } = await import(process.argv[1]);
    const { startBackends } = await import(process.argv[2]);
    const lab = new Lab({ prefix: process.argv[3] });
    await lab.up();
    await startBackends(lab);
    console.log('ready');
  `;
  const modules = [builtScript('lab/lab.js'), builtScript('lab/backends.js')];
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script, ...modules, PREFIX], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data');
  const pids = processesBelow(labCgroup(PREFIX));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await until(() => !isRunning(owner.pid!), 10_000, 'the owner to be gone');
  return pids;
}

function networkOf(address: string): string {
  return address.slice(0, address.lastIndexOf('.') + 1);
}
