/** Commands beside the verbs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { SqliteStore } from '../store/sqlite-store.js';
import { startEach } from './testing/each-test.js';
import type { FakeGateway } from './testing/fake-gateway.js';
import { sluice } from './testing/run.js';
import { IDS, scene } from './testing/scene.js';

let gateway: FakeGateway;
const run = startEach(scene, (started) => {
  gateway = started;
});

describe('sluice show status', () => {
  it('is a tree; pools that nothing uses come last', async () => {
    const statuses = { provisioning_status: 'ACTIVE', operating_status: 'ONLINE' };
    const member = {
      id: 'm',
      name: '',
      address: '10.0.0.5',
      protocol_port: 80,
      provisioning_status: 'ACTIVE',
      operating_status: 'ERROR',
    };
    const pool = {
      id: 'p',
      name: 'app',
      ...statuses,
      health_monitor: { id: 'h', name: '', type: 'TCP', ...statuses },
      members: [member],
    };
    const spare = { id: 's', name: 'spare', ...statuses, members: [] };
    const listener = { id: 'l', name: 'http', ...statuses, pools: [pool], l7policies: [] };
    const loadbalancer = { id: 'w', name: 'web', ...statuses, listeners: [listener], pools: [pool, spare] };
    gateway.answer(`GET /v2.0/lbaas/loadbalancers/${IDS.web}/status`, { body: { statuses: { loadbalancer } } });
    expect((await run('show', 'status', 'web')).out.split('\n')).toEqual([
      'OBJECT                    PROVISIONING  OPERATING',
      'loadbalancer web          ACTIVE        ONLINE',
      '  listener http           ACTIVE        ONLINE',
      '    pool app              ACTIVE        ONLINE',
      '      healthmonitor TCP   ACTIVE        ONLINE',
      '      member 10.0.0.5:80  ACTIVE        ERROR',
      '  pool spare              ACTIVE        ONLINE',
      '',
    ]);
  });
});

describe('sluice show health', () => {
  it('tells why a member is down', async () => {
    const since = new Date(Date.now() - 3 * 3600 * 1000).toISOString();
    const down = {
      id: 'm',
      name: '',
      address: '10.0.0.5',
      protocol_port: 80,
      operating_status: 'ERROR',
      cause: 'connection refused',
    };
    const members = [
      { ...down, since, flapping: true, history: [{ at: since, up: false, cause: 'connection refused' }] },
    ];
    gateway.answer(`GET /v2/sluice/pools/${IDS.webApp}/health`, { body: { members } });
    expect((await run('show', 'health', 'web/app')).out).toBe(
      'MEMBER       STATUS  FOR  CHANGES  CAUSE\n10.0.0.5:80  ERROR   3 h        1  flapping: connection refused\n',
    );
  });
});

describe('sluice stats', () => {
  const counters = (total: number) => ({
    body: {
      stats: {
        active_connections: 2,
        total_connections: total,
        bytes_in: 1500,
        bytes_out: 2_000_000,
        request_errors: 0,
      },
    },
  });
  beforeEach(() => {
    gateway
      .answer(`GET /v2.0/lbaas/loadbalancers/${IDS.web}/stats`, counters(12_345))
      .answer(`GET /v2.0/lbaas/loadbalancers/${IDS.shop}/stats`, counters(1))
      .answer(`GET /v2.0/lbaas/listeners/${IDS.shopHttp}/stats`, counters(1))
      .answer(`GET /v2.0/lbaas/listeners/${IDS.webHttp}/stats`, counters(10))
      .answer(`GET /v2.0/lbaas/listeners/${IDS.dns}/stats`, counters(20));
  });

  const cases: [string, string[], string[]][] = [
    ['every load balancer', [], ['web', 'shop']],
    ['one with its listeners', ['web'], ['web', 'web/http', 'web/dns']],
    ['a listener', ['web/http'], ['web/http']],
  ];
  it.each(cases)('counts %s', async (_sentence, names, counted) => {
    const { out } = await run('stats', ...names, '-o', 'json');
    expect(JSON.parse(out).map(({ name }: { name: string }) => name)).toEqual(counted);
  });

  it('prints human units', async () => {
    expect((await run('stats', 'shop')).out.split('\n')[1]).toMatch(/^shop +2 +1 +1\.5 kB +2\.0 MB +0$/);
  });
});

describe('sluice failover', () => {
  it('asks for each load balancer', async () => {
    for (const id of [IDS.web, IDS.shop]) {
      gateway.answer(`PUT /v2.0/lbaas/loadbalancers/${id}/failover`, { status: 202 });
    }
    const { out } = await run('failover', 'lb', 'web', 'shop', '-q');
    expect(out).toBe(`${IDS.web}\n${IDS.shop}\n`);
    expect(gateway.changes).toEqual([
      [`PUT /v2.0/lbaas/loadbalancers/${IDS.web}/failover`],
      [`PUT /v2.0/lbaas/loadbalancers/${IDS.shop}/failover`],
    ]);
  });

  it('is for load balancers only', async () => {
    expect(await run('failover', 'listener', 'http')).toMatchObject({
      code: 2,
      err: expect.stringContaining('sluice failover loadbalancer NAME'),
    });
  });
});

describe('roles', () => {
  const path = `/identity/v3/projects/${IDS.project}/users/${IDS.alice}/roles/r1`;
  beforeEach(() => {
    gateway.answer('GET /identity/v3/roles?name=member', { body: { roles: [{ id: 'r1', name: 'member' }] } });
    gateway.answer('GET /identity/v3/roles?name=king', { body: { roles: [] } });
    gateway.answer(`PUT ${path}`, {}).answer(`DELETE ${path}`, {});
  });

  it.each([
    ['create', 'PUT', 'alice is member of web-team'],
    ['delete', 'DELETE', 'alice is no member of web-team any more'],
  ])('%s', async (verb, method, told) => {
    expect((await run(verb, 'role', 'member', '--user', 'alice', '--project', 'web-team')).out).toBe(`${told}\n`);
    expect(gateway.changes).toEqual([[`${method} ${path}`]]);
  });

  it('are listed with names', async () => {
    const assignment = { role: { name: 'member' }, user: { name: 'alice' }, scope: { project: { name: 'web-team' } } };
    gateway.answer(`GET /identity/v3/role_assignments?include_names=true&user.id=${IDS.alice}`, {
      body: { role_assignments: [assignment] },
    });
    expect((await run('get', 'roles', '--user', 'alice')).out).toBe('USER   PROJECT   ROLE\nalice  web-team  member\n');
  });

  it('that do not exist are told with those that do', async () => {
    const { code, err } = await run('create', 'role', 'king', '--user', 'alice', '--project', 'web-team');
    expect([code, err]).toEqual([
      4,
      expect.stringContaining('there is no role "king"; there are reader, member, admin'),
    ]);
  });
});

describe('sluice export', () => {
  const tree = { loadbalancers: [{ name: 'web', vip_address: '198.18.0.10' }] };

  it('prints what apply takes back', async () => {
    gateway.answer('GET /export', { body: tree });
    expect((await run('export')).out).toBe('loadbalancers:\n  - name: web\n    vip_address: 198.18.0.10\n');
  });

  it('writes some load balancers to a file', async () => {
    gateway.answer(`GET /export?id=${IDS.web}&id=${IDS.shop}`, { body: tree });
    const file = gateway.file('web.json');
    expect(await run('export', 'web', 'shop', '-o', 'json', '-f', file)).toEqual({ code: 0, out: '', err: '' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(tree);
  });

  it('copies spreadsheets byte by byte', async () => {
    gateway.answer('GET /v2/sluice/loadbalancers/export?format=csv', { body: 'id,name\r\n' });
    expect((await run('export', '-o', 'csv')).out).toBe('id,name\r\n');
  });

  it('does not fill a terminal with a spreadsheet', async () => {
    const ran = await sluice(['--socket', gateway.socket, 'export', '-o', 'xlsx'], { terminal: true });
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('name a file with -f')]);
  });

  it('names a file that cannot be written', async () => {
    gateway.answer('GET /export', { body: tree });
    expect(await run('export', '-f', '/nowhere/x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot write /nowhere/x'),
    });
  });
});

describe('backup and restore', () => {
  let config: string;
  let copy: string;
  let store: SqliteStore;
  beforeEach(() => {
    const state = gateway.file('state');
    config = gateway.file('sluice.yaml');
    copy = gateway.file('copy.db');
    writeFileSync(config, JSON.stringify({ gateway: { state_dir: state, dataplane: 'none' } }));
    store = new SqliteStore(state);
  });

  it('bring back what was configured', async () => {
    store.open();
    expect(await sluice(['backup', copy, '-c', config])).toEqual({ code: 0, out: `wrote ${copy}\n`, err: '' });
    store.close();
    const { code, out } = await sluice(['restore', copy, '-c', config]);
    const told = /^restored 0 load balancers; .*\nwhat was configured before is in .*before-restore/;
    expect([code, out]).toEqual([0, expect.stringMatching(told)]);
  });

  it('do not pull the store away under a daemon', async () => {
    store.open();
    await sluice(['backup', copy, '-c', config]);
    const { code, err } = await sluice(['restore', copy, '-c', config]);
    expect([code, err]).toEqual([1, expect.stringContaining('stop the daemon first')]);
    store.close();
  });

  it('say where they looked when there is nothing to copy', async () => {
    const { code, err } = await sluice(['backup', copy, '-c', config]);
    expect([code, err]).toEqual([
      4,
      expect.stringContaining(`${store.path} does not exist; does the daemon run by ${config}?`),
    ]);
  });
});
