/** The access log, from the request of a client to the line in the file; what is counted of requests. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDirectory } from '../../src/lab/remains.js';
import { until } from '../../src/lab/wait.js';
import { startApp } from '../l7/support/apps.js';
import { PATIENCE, type Served, WebScene } from '../l7/support/scene.js';
import type { Json } from '../support/api-client.js';
import { http, https } from './bodies.js';

const NAME = 'sluice-e2e-access-log';
const file = join(runDirectory(NAME), 'access.log');
const scene = new WebScene('access-log', {
  backends: 1,
  gateway: { sections: { access_log: { target: 'file', path: file, format: 'json' } } },
});
const { lab } = scene;
const client = lab.plan.clients[0]!.addresses[0]!;
let served: Served;

beforeAll(async () => {
  await scene.start();
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const closed = { ...scene.apps[0]!, name: 'closed', port: 8090 };
  const proxied = await startApp(lab, 'backend1', { port: 8081, name: 'proxied', proxyProtocol: true });
  const pool = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [
      scene.pool('apps'),
      scene.pool('closed', [closed]),
      scene.pool('proxied', [proxied], { protocol: 'PROXY' }),
    ],
    listeners: [
      http('web', 80, { ...pool, compression: true, timeout_member_data: 1000 }),
      http('silent', 81, { ...pool, access_log: false }),
      http('down', 82, { default_pool: { name: 'closed' } }),
      https('secure', 443, certificate, pool),
      { name: 'tcp', protocol: 'TCP', protocol_port: 9001, default_pool: { name: 'proxied' } },
      { name: 'metrics', protocol: 'PROMETHEUS', protocol_port: 9100 },
    ],
  });
});
afterAll(() => scene.stop());

let serial = 0;

/** A path that no other request has. */
function fresh(query = ''): string {
  return `/logged/${++serial}${query && `?${query}`}`;
}

function lines(): Json[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Lines that the daemon says were lost. */
async function lost(): Promise<number> {
  const { text } = await scene.api.get('/metrics');
  const found = [...text.matchAll(/^sluice_access_log_lost_lines_total\{[^}]*\} (\d+)$/gm)];
  expect(found).not.toEqual([]);
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The line of a request, once it is there. */
async function line(path: string): Promise<Json> {
  const find = () => lines().find(({ request_uri }) => request_uri === path);
  await until(() => find() !== undefined, 10_000, `a line of ${path}`);
  return find();
}

describe('a line', () => {
  test('has all there is to know of a request', async () => {
    const path = fresh('bytes=5000');
    const before = Date.now();
    const headers = { 'User-Agent': 'tester "1"', Referer: 'http://from.example/', 'X-Forwarded-For': '203.0.113.7' };
    await served.get(`http://shop.example${path}`, { headers });
    const [app] = scene.apps;
    const found = await line(path);
    expect(found).toMatchObject({
      type: 'request',
      remote_addr: client,
      remote_port: expect.any(Number),
      status: 200,
      request_method: 'GET',
      scheme: 'http',
      host: 'shop.example',
      server_protocol: 'HTTP/1.1',
      http_user_agent: 'tester "1"',
      http_referer: 'http://from.example/',
      http_x_forwarded_for: '203.0.113.7',
      body_bytes_sent: 5000,
      upstream_status: 200,
      upstream_addr: `${app!.address}:${app!.port}`,
      loadbalancer_name: served.name,
      listener_name: 'web',
      listener_id: await served.id('listeners', 'web'),
      pool_name: 'apps',
      vip_address: served.vip,
      vip_port: 80,
    });
    expect(found.bytes_sent).toBeGreaterThan(5000);
    expect(found.request_length).toBeGreaterThan(100);
    expect(found.tcpinfo_rtt).toBeGreaterThan(0);
    expect(Date.parse(found.time_iso8601)).toBeGreaterThanOrEqual(before - 1);
  });

  test('has times that add up', async () => {
    const path = fresh('delay=300');
    await served.get(path);
    const found = await line(path);
    expect(Number(found.request_time)).toBeGreaterThanOrEqual(0.3);
    expect(Number(found.upstream_header_time)).toBeGreaterThanOrEqual(0.3);
    expect(Number(found.upstream_response_time)).toBeGreaterThanOrEqual(Number(found.upstream_header_time));
    expect(Number(found.upstream_connect_time)).toBeLessThan(0.3);
  });

  test('tells TLS, its name and HTTP/2', async () => {
    const path = fresh();
    await served.get(`https://shop.example${path}`, { options: ['--http2'] });
    expect(await line(path)).toMatchObject({
      scheme: 'https',
      server_protocol: 'HTTP/2.0',
      ssl_protocol: 'TLSv1.3',
      ssl_cipher: expect.stringMatching(/^TLS_/),
      ssl_server_name: 'shop.example',
      vip_port: 443,
    });
  });

  test('keeps what a client makes up within its field', async () => {
    const path = fresh();
    const evil = 'a","status":418,"b":"\u00e9\t\\';
    await served.get(path, { headers: { 'User-Agent': evil } });
    expect(await line(path)).toMatchObject({ status: 200, http_user_agent: expect.stringContaining('","status":418') });
  });

  test.each([
    ['404 of the member', 'status=404', 404, 404],
    ['504 for a member that is too slow', 'hang', 504, null],
    ['502 for one that breaks off', 'abort=now', 502, null],
  ])('%s', async (_, query, status, upstream) => {
    const path = fresh(query);
    await served.get(path);
    const found = await line(path);
    expect([found.status, found.upstream_status ?? null]).toEqual([status, upstream]);
  });

  test('499 for a client that went away', async () => {
    const path = fresh('delay=800');
    await served.get(path, { options: ['--max-time', '0.2'] });
    expect((await line(path)).status).toBe(499);
  });

  test('503 where no member takes it', async () => {
    const path = fresh();
    await served.get(`http://any:82${path}`);
    expect((await line(path)).status).toBe(503);
  });

  test('connections of TCP listeners that tell the client', async () => {
    await served.get('http://any:9001/');
    await until(
      () => lines().some(({ listener_name }) => listener_name === 'tcp'),
      PATIENCE,
      'a line of the connection',
    );
    const found = lines().find(({ listener_name }) => listener_name === 'tcp');
    expect(found).toMatchObject({ type: 'connection', remote_addr: client, vip_port: 9001 });
  });

  test('of each request, also of many at a time, and none of a listener that is left out', async () => {
    const [many, silent] = [fresh(), fresh()];
    await lab.runOrThrow('client1', ['h2load', '--h1', '-n', '3000', '-c', '8', `http://${served.vip}:81${silent}`]);
    const said = await lab.runOrThrow('client1', [
      'h2load',
      '--h1',
      '-n',
      '3000',
      '-c',
      '8',
      `http://${served.vip}${many}`,
    ]);
    const good = Number(/(\d+) 2xx/.exec(said)![1]);
    const count = (path: string) => lines().filter(({ request_uri }) => request_uri === path).length;
    // What is lost under load is counted: none goes missing without a word.
    const accounted = async () => count(many) + (await lost());
    await until(
      async () => (await accounted()) >= good,
      PATIENCE,
      () => `${good} lines, there are ${count(many)}`,
    );
    expect([await accounted(), count(silent)]).toEqual([good, 0]);
  });
});

test('the PROMETHEUS listener tells of this load balancer', async () => {
  const { status, body } = await served.get('http://any:9100/metrics');
  expect(status).toBe(200);
  expect(body).toContain(served.name);
});

test('statistics of a listener count its requests', async () => {
  const path = `/v2/lbaas/listeners/${await served.id('listeners', 'secure')}/stats`;
  const total = async () => (await scene.api.expect('GET', path)).total_connections as number;
  const before = await total();
  for (let index = 0; index < 5; index++) await served.get('https://shop.example/');
  await until(async () => (await total()) >= before + 5, PATIENCE, 'five connections more');
});
