/**
 * Debian's OpenStack client against the gateway, as application teams use it: log in, make a load balancer piece by piece, change and
 * delete it; after each step connections say whether the data plane has it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ECHO_PORT, HTTP_PORT } from '../../src/lab/backends.js';
import type { Completed } from '../../src/lab/execute.js';
import { GATEWAY_API_PORT } from '../../src/lab/gateway.js';
import { runDirectory } from '../../src/lab/remains.js';
import { runTraffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { DaemonUnderTest, run as runProgram } from '../support/daemon.js';
import { expectClean, PATIENCE, Scene } from './support.js';

const PASSWORD = 'correct horse battery staple';
const WEB_PORT = 8001;
const ECHO_VIP_PORT = 8002;
const L7_PORT = 8004;
/** What curl writes of an answer. */
const WRITTEN = '%{http_code} %{redirect_url}';

const ENDPOINT = `http://127.0.0.1:${GATEWAY_API_PORT}`;
/** In the lab's run directory, which goes with the lab. */
const passwordFile = join(runDirectory('sluice-t-openstack'), 'password');
const scene = new Scene('openstack', {
  gateway: {
    api: { auth: 'identity', admin_password_file: passwordFile },
    subnets: [{ name: 'vips', cidr: '198.18.200.0/24', allocation_pools: ['198.18.200.1-198.18.200.4'] }],
  },
  prepare: async () => writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 }),
});

/** A row of the client's JSON. */
// biome-ignore lint/suspicious/noExplicitAny: the client's own forms
type Row = any;

function loginAs(user: string, project: string): Record<string, string> {
  return {
    OS_AUTH_URL: `${ENDPOINT}/identity/v3`,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: user,
    OS_PASSWORD: PASSWORD,
    OS_PROJECT_NAME: project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
}

const ADMIN = loginAs('admin', 'admin');

function run(env: Record<string, string>, ...argv: string[]): Promise<Completed> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return scene.lab.run('gateway', ['env', ...variables, 'openstack', ...argv]);
}

/** @throws Error with the client's words */
async function openstack(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(ADMIN, ...argv);
  if (code !== 0) {
    throw new Error(`openstack ${argv.join(' ')}: ${stderr}`);
  }
  return stdout;
}

async function read(...argv: string[]): Promise<Row> {
  return JSON.parse(await openstack(...argv, '-f', 'json'));
}

const lb = (...argv: string[]) => openstack('loadbalancer', ...argv);
const readLb = (...argv: string[]): Promise<Row> => read('loadbalancer', ...argv);

/** One connection from each source to the listener; who answered how often. */
async function connections(port: number, protocol: 'http' | 'udp' = 'http') {
  return await runTraffic(scene.lab, {
    address: vip,
    port,
    protocol,
    connections: 30,
    concurrency: 5,
    timeoutMs: 3000,
    bytes: 16,
  });
}

/** Status and target of a redirect, of a request to the HTTP listener. */
async function answered(path: string): Promise<string> {
  const url = `http://${vip}:${L7_PORT}${path}`;
  return await scene.lab.runOrThrow('client1', ['curl', '-sS', '-o', '/dev/null', '-w', WRITTEN, url]);
}

let vip = '';

beforeAll(() => scene.start());
afterAll(() => scene.stop());

describe('the OpenStack client', () => {
  test('logs in with a password and finds the services in the catalogue', async () => {
    const catalogue: Row[] = await read('catalog', 'list');
    expect(catalogue.map(({ Type }) => Type).sort()).toEqual(['identity', 'load-balancer', 'network']);
    const refused = await run({ ...ADMIN, OS_PASSWORD: 'wrong' }, 'loadbalancer', 'list');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('HTTP 401')]);
  });

  test('makes a load balancer on a subnet, piece by piece, and it serves', async () => {
    const created = await readLb('create', '--name', 'web', '--vip-subnet-id', 'vips', '--flavor', 'small-1', '--wait');
    expect(created).toMatchObject({ provisioning_status: 'ACTIVE', name: 'web', provider: 'sluice' });
    vip = created.vip_address;
    expect(scene.lab.plan.vips).toContain(vip);

    await lb(
      'listener',
      'create',
      '--name',
      'http',
      '--protocol',
      'TCP',
      '--protocol-port',
      String(WEB_PORT),
      'web',
      '--wait',
    );
    await lb(
      'pool',
      'create',
      '--name',
      'servers',
      '--protocol',
      'TCP',
      '--lb-algorithm',
      'ROUND_ROBIN',
      '--listener',
      'http',
    );
    await lb(
      'healthmonitor',
      'create',
      '--name',
      'check',
      '--type',
      'TCP',
      '--delay',
      '1',
      '--timeout',
      '1',
      '--max-retries',
      '1',
      'servers',
    );
    for (const { name, address } of scene.members()) {
      await lb(
        'member',
        'create',
        '--name',
        name,
        '--address',
        address,
        '--protocol-port',
        String(HTTP_PORT),
        'servers',
        '--wait',
      );
    }
    await until(
      async () => (await readLb('show', 'web')).operating_status === 'ONLINE' && (await scene.gateway.allHealthy()),
      PATIENCE,
      'the load balancer to be ONLINE',
    );
    const result = await connections(WEB_PORT);
    expectClean(result);
    expect(new Set(Object.keys(result.backends))).toEqual(new Set(['backend1', 'backend2', 'backend3']));
  });

  test('shows what came of it: statuses and figures', async () => {
    const { loadbalancer } = JSON.parse(await lb('status', 'show', 'web'));
    const [listener] = loadbalancer.listeners;
    expect([loadbalancer.operating_status, listener.operating_status]).toEqual(['ONLINE', 'ONLINE']);
    expect(listener.pools[0].members.map((member: Row) => member.operating_status)).toEqual([
      'ONLINE',
      'ONLINE',
      'ONLINE',
    ]);
    expect((await readLb('stats', 'show', 'web')).total_connections).toBeGreaterThan(0);
    expect((await readLb('listener', 'stats', 'show', 'http')).bytes_in).toBeGreaterThan(0);
    const ports: Row[] = await read('port', 'list', '--device-owner', 'Octavia');
    expect(ports[0]['Fixed IP Addresses']).toMatchObject([{ ip_address: vip }]);
  });

  test('drains a member, and takes it back', async () => {
    await lb('member', 'set', '--weight', '0', 'servers', 'backend2', '--wait');
    expect((await readLb('member', 'show', 'servers', 'backend2')).operating_status).toBe('DRAINING');
    const drained = await connections(WEB_PORT);
    expectClean(drained);
    expect(Object.keys(drained.backends).sort()).toEqual(['backend1', 'backend3']);
    await lb('member', 'unset', '--weight', 'servers', 'backend2');
    expect(Object.keys((await connections(WEB_PORT)).backends)).toContain('backend2');
  });

  test('closes a listener to strangers, and opens it again', async () => {
    await lb('listener', 'set', '--allowed-cidr', '203.0.113.0/24', 'http', '--wait');
    expect((await readLb('listener', 'show', 'http')).allowed_cidrs).toContain('203.0.113.0/24');
    expect((await connections(WEB_PORT)).requests).toBe(0);
    await lb('listener', 'unset', '--allowed-cidrs', 'http', '--wait');
    expectClean(await connections(WEB_PORT));
  });

  test('switches a listener off and on', async () => {
    await lb('listener', 'set', '--disable', 'http');
    expect((await connections(WEB_PORT)).requests).toBe(0);
    await lb('listener', 'set', '--enable', 'http');
    expectClean(await connections(WEB_PORT));
  });

  test('serves UDP beside TCP', async () => {
    await lb(
      'listener',
      'create',
      '--name',
      'echo',
      '--protocol',
      'UDP',
      '--protocol-port',
      String(ECHO_VIP_PORT),
      'web',
    );
    await lb(
      'pool',
      'create',
      '--name',
      'echoers',
      '--protocol',
      'UDP',
      '--lb-algorithm',
      'SOURCE_IP',
      '--listener',
      'echo',
    );
    const [member] = scene.members();
    await lb(
      'member',
      'create',
      '--address',
      member!.address,
      '--protocol-port',
      String(ECHO_PORT),
      'echoers',
      '--wait',
    );
    const { errors, requests } = await connections(ECHO_VIP_PORT, 'udp');
    expect([errors, requests > 0]).toEqual([{}, true]);
  });

  test('reads a refusal in one line', async () => {
    const twice = await run(
      ADMIN,
      'loadbalancer',
      'listener',
      'create',
      '--protocol',
      'TCP',
      '--protocol-port',
      String(WEB_PORT),
      'web',
    );
    expect(twice.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/already using .* \(HTTP 409\) \(Request-ID: req-/),
    ]);
    const parent = await run(ADMIN, 'loadbalancer', 'delete', 'web');
    expect(parent.stderr).toMatch(/it has children.*\(HTTP 400\)/);
  });

  test('is told what the data plane cannot serve', async () => {
    const argv = ['listener', 'create', '--name', 'sctp', '--protocol', 'SCTP', '--protocol-port', '8003', 'web'];
    const { code, stderr } = await run(ADMIN, 'loadbalancer', ...argv);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/SCTP listeners; write one of TCP, UDP, HTTP, .* \(HTTP 501\)/),
    ]);
  });

  test('keeps quotas, flavors and availability zones', async () => {
    expect(await readLb('quota', 'set', '--loadbalancer', '1', 'admin')).toMatchObject({ load_balancer: 1 });
    const second = await run(ADMIN, 'loadbalancer', 'create', '--vip-subnet-id', 'vips');
    expect(second.stderr).toMatch(/Quota has been met.*\(HTTP 403\)/);
    await lb('quota', 'reset', 'admin');

    await lb(
      'flavorprofile',
      'create',
      '--name',
      'tiny',
      '--provider',
      'sluice',
      '--flavor-data',
      '{"connections": 5}',
    );
    await lb('flavor', 'create', '--name', 'tiny', '--flavorprofile', 'tiny', '--enable');
    await lb('flavor', 'delete', 'tiny');
    await lb('flavorprofile', 'delete', 'tiny');
    await lb(
      'availabilityzoneprofile',
      'create',
      '--name',
      'z',
      '--provider',
      'sluice',
      '--availability-zone-data',
      '{}',
    );
    await lb('availabilityzone', 'create', '--name', 'here', '--availabilityzoneprofile', 'z', '--enable');
    expect(await readLb('availabilityzone', 'list')).toMatchObject([{ name: 'here' }]);
    expect((await readLb('provider', 'list')).map(({ name }: Row) => name)).toContain('sluice');
  });

  test('keeps projects apart, and readers from writing', async () => {
    await openstack('project', 'create', 'shop');
    for (const [user, role] of [
      ['rita', 'reader'],
      ['mona', 'member'],
    ] as const) {
      await openstack('user', 'create', '--password', PASSWORD, user);
      await openstack('role', 'add', '--user', user, '--project', 'shop', role);
    }
    const list = await run(loginAs('mona', 'shop'), 'loadbalancer', 'list', '-f', 'json');
    expect(JSON.parse(list.stdout)).toEqual([]);
    const written = await run(loginAs('rita', 'shop'), 'loadbalancer', 'create', '--vip-subnet-id', 'vips');
    expect(written.stderr).toContain('HTTP 403');
    const own = await run(
      loginAs('mona', 'shop'),
      'loadbalancer',
      'create',
      '--name',
      'hers',
      '--vip-subnet-id',
      'vips',
      '-f',
      'json',
    );
    expect(JSON.parse(own.stdout).vip_address).not.toBe(vip);
    expect((await readLb('list')).map(({ name }: Row) => name)).toEqual(['web', 'hers']);
  });

  test('works with HTTP basic authentication against the bare endpoint too', async () => {
    const { stdout } = await scene.lab.run('gateway', [
      'openstack',
      ...[
        '--os-auth-type',
        'http_basic',
        '--os-username',
        'admin',
        '--os-password',
        PASSWORD,
        '--os-endpoint',
        ENDPOINT,
      ],
      ...['loadbalancer', 'list', '-f', 'json'],
    ]);
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  test('makes HTTP listeners with policies and rules, and they do what they say', async () => {
    await lb('listener', 'create', '--name', 'l7', '--protocol', 'HTTP', '--protocol-port', String(L7_PORT), 'web');
    const pool = ['--name', 'apps', '--protocol', 'HTTP', '--lb-algorithm', 'ROUND_ROBIN', '--listener', 'l7'];
    await lb('pool', 'create', ...pool);
    for (const { name, address } of scene.members()) {
      const member = ['--name', name, '--address', address, '--protocol-port', String(HTTP_PORT), 'apps'];
      await lb('member', 'create', ...member, '--wait');
    }
    const away = ['--name', 'away', '--action', 'REDIRECT_TO_URL', '--redirect-url', 'http://example.org/', 'l7'];
    await lb('l7policy', 'create', ...away);
    const rule = ['--type', 'PATH', '--compare-type', 'STARTS_WITH', '--value', '/heal', 'away'];
    await lb('l7rule', 'create', ...rule);
    expect(await answered('/health')).toBe('302 http://example.org/');
    expect(await answered('/')).toBe('200 ');
    await lb('l7policy', 'set', '--disable', 'away', '--wait');
    expect(await answered('/health')).toBe('200 ');
    // Figures are read from HAProxy every few seconds.
    const counted = async () => (await readLb('listener', 'stats', 'show', 'l7')).total_connections >= 3;
    await until(counted, PATIENCE, 'the connections to be counted');
  });

  test('deletes all of it at once, and nothing answers any more', async () => {
    await lb('delete', 'web', '--cascade', '--wait');
    expect((await readLb('list')).map(({ name }: Row) => name)).toEqual(['hers']);
    expect(await readLb('pool', 'list')).toEqual([]);
    expect((await connections(WEB_PORT)).requests).toBe(0);
  });
});

describe('the OpenStack client at a gateway without a data plane', () => {
  const daemon = new DaemonUnderTest();
  // A loopback address of its own: the machine may run a daemon already.
  const listen = `127.${process.pid & 0x7f}.${(process.pid >> 7) & 0xff}.11:9876`;
  const anonymous = ['openstack', '--os-auth-type', 'none', '--os-endpoint', `http://${listen}`, 'loadbalancer'];

  beforeAll(async () => {
    daemon.configure(
      { name: 'none', dataplane: 'none' },
      { api: { socket: daemon.socket, listen, auth: 'none' }, subnets: [{ name: 'vips', cidr: '198.18.200.0/24' }] },
    );
    await daemon.start();
  });
  afterAll(() => daemon.remove());

  /** @throws Error with the client's words */
  async function ask(...argv: string[]): Promise<Row> {
    const { code, stdout, stderr } = await runProgram([...anonymous, ...argv, '-f', 'json']);
    if (code !== 0) {
      throw new Error(`openstack loadbalancer ${argv.join(' ')}: ${stderr}`);
    }
    return JSON.parse(stdout);
  }

  test('makes HTTP listeners with policies and rules', async () => {
    await ask('create', '--name', 'web', '--vip-subnet-id', 'vips', '--wait');
    await ask('listener', 'create', '--name', 'l7', '--protocol', 'HTTP', '--protocol-port', '80', 'web');
    const policy = ['--name', 'away', '--action', 'REDIRECT_TO_URL', '--redirect-url', 'http://example.org/', 'l7'];
    expect(await ask('l7policy', 'create', ...policy)).toMatchObject({ position: 1, redirect_http_code: 302 });
    await ask('l7rule', 'create', '--type', 'PATH', '--compare-type', 'STARTS_WITH', '--value', '/old', 'away');
    expect(await ask('l7rule', 'list', 'away')).toMatchObject([{ type: 'PATH', value: '/old' }]);
    const [rule] = await ask('l7rule', 'list', 'away');
    expect((await runProgram([...anonymous, 'l7rule', 'delete', 'away', rule.id])).code).toBe(0);
    expect((await runProgram([...anonymous, 'l7policy', 'delete', 'away'])).code).toBe(0);
    expect(await ask('l7policy', 'list')).toEqual([]);
  });
});
