import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryDatapath } from '../../test/support/memory-datapath.js';
import { MemoryLayer7 } from '../../test/support/memory-layer7.js';
import { auditEntry } from '../api/http/audit.js';
import { parseHostFile } from '../config/host-file.js';
import { socketCaller } from '../identity/index.js';
import { SqliteStore } from '../store/sqlite-store.js';
import type { StoredObject } from '../store/store.js';
import { Sluice } from './sluice.js';

const WEB = '198.18.0.10|tcp|80';

function balancer(members: string[], extra = ''): string {
  const list = members.map((member) => `      - { address: ${member}, protocol_port: 8080 }`).join('\n');
  return `
- name: web
  vip_address: 198.18.0.10
  listeners:
  - name: http
    protocol: TCP
    protocol_port: 80
    default_pool:
      name: servers
      protocol: TCP
      lb_algorithm: ROUND_ROBIN
      members:
${list}
${extra}`;
}

/** An address of its own: test files run at the same time. */
function loopback(index: number): string {
  return `127.${process.pid & 0x7f}.${(process.pid >> 7) & 0xff}.${index + 2}`;
}

const MONITOR = '      healthmonitor: { type: TCP, delay: 1, timeout: 1, max_retries: 2, max_retries_down: 2 }';
const caller = socketCaller();
const request = { caller, id: 'req-1', method: 'POST', url: new URL('http://gw/apply'), body: '', startedAt: 0 };
const options = {
  caller,
  audit: (response: object) =>
    auditEntry(request, { action: 'apply', kind: 'loadbalancer' }, { status: 200, id: null, name: null, response }),
  source: 'test',
  dryRun: false,
  prune: false,
  adopt: false,
};

describe('Sluice', () => {
  let root: string;
  let datapath: MemoryDatapath;
  let sluice: Sluice;
  let layer7: MemoryLayer7;
  /** Members that answer checks. */
  let alive: Set<string>;
  const running: Sluice[] = [];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-daemon-'));
    datapath = new MemoryDatapath();
    layer7 = new MemoryLayer7();
    alive = new Set(['198.18.2.11', '198.18.2.12']);
    sluice = create();
  });
  afterEach(async () => {
    for (const each of running.splice(0)) {
      await each.stop();
    }
    await rm(root, { recursive: true });
  });

  function create(loadbalancers = '', dataplane: MemoryDatapath | undefined = datapath): Sluice {
    const config = parseHostFile(`
gateway: { name: gw1, interfaces: [eth0], local_addresses: [198.18.2.100], state_dir: ${root}/state }
api: { listen: "${loopback(running.length)}:9876", socket: ${root}/sluice.sock, auth: none }
loadbalancers: ${loadbalancers || '[]'}
`);
    const connect = async (address: string) => ({ errno: alive.has(address) ? 0 : 111, microseconds: 10 });
    const log = pino({ level: 'silent' });
    const store = new SqliteStore(config.gateway.state_dir);
    const created = new Sluice({
      config,
      version: '1.0.0',
      datapath: dataplane,
      layer7: layer7.wired,
      connect,
      store,
      log,
    });
    running.push(created);
    return created;
  }

  /** What a daemon that starts now would find. */
  function stored(): StoredObject[] {
    const store = new SqliteStore(`${root}/state`);
    store.open();
    try {
      return store.load();
    } finally {
      store.close();
    }
  }

  async function restart(loadbalancers = ''): Promise<void> {
    await running.splice(0)[0]?.stop();
    sluice = create(loadbalancers);
    await sluice.start();
  }

  async function fetch(path: string): Promise<{ status: number; body: string }> {
    return await new Promise((resolve, reject) => {
      const sent = httpRequest({ socketPath: `${root}/sluice.sock`, path }, async (response) => {
        resolve({ status: response.statusCode ?? 0, body: await text(response) });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it('opens tables, fills them, and only then attaches: no packet meets half a configuration', async () => {
    await sluice.start();
    expect(datapath.log.map((line) => line.split(' ')[0])).toEqual(['open', 'apply', 'attach']);
  });

  it('applies a tree and says what it did', async () => {
    await sluice.start();
    const summary = await sluice.apply(balancer(['198.18.2.11', '198.18.2.12']), options);
    expect(summary).toMatchObject({ dry_run: false, created: ['web'], updated: [], deleted: [] });
    expect(summary.changes.join('\n')).toContain('+ listener web/http');
    expect(summary.warnings).toEqual([]);
    expect(datapath.usable(WEB)).toEqual(['198.18.2.11:8080', '198.18.2.12:8080']);
  });

  it('tells what would change and changes nothing when asked to', async () => {
    await sluice.start();
    const summary = await sluice.apply(balancer(['198.18.2.11']), { ...options, dryRun: true });
    expect(summary).toMatchObject({ dry_run: true, created: ['web'] });
    expect(datapath.tables.services.size).toBe(0);
    expect(sluice.status().loadbalancers).toEqual([]);
  });

  it('refuses a VIP that no packet can arrive for, and says how one could', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    const elsewhere = balancer(['198.18.2.11']).replace('198.18.0.10', '203.0.113.10');
    await expect(sluice.apply(elsewhere, options)).rejects.toThrow(
      /vip_address: 203\.0\.113\.10 is in no network of eth0 and on no interface.*ip addr add 203\.0\.113\.10\/32 dev lo/,
    );
    expect(sluice.status().loadbalancers.map(({ vip_address }) => vip_address)).toEqual(['198.18.0.10']);
  });

  it('keeps the old configuration when input has faults', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    const saved = stored();
    await expect(sluice.apply(balancer(['198.18.2.300']), options)).rejects.toMatchObject({
      code: 'invalid_configuration',
    });
    await expect(sluice.apply(balancer(['fd00::1']), options)).rejects.toMatchObject({ code: 'unsupported' });
    expect(datapath.usable(WEB)).toEqual(['198.18.2.11:8080']);
    expect(stored()).toEqual(saved);
  });

  it('puts the old configuration back when the kernel refuses in the middle', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    const saved = stored();
    datapath.failAfter = 3;
    await expect(sluice.apply(balancer(['198.18.2.12', '198.18.2.13']), options)).rejects.toMatchObject({
      code: 'dataplane_failed',
    });
    await vi.waitFor(() => expect(datapath.usable(WEB)).toEqual(['198.18.2.11:8080']));
    await vi.waitFor(() => expect(datapath.log.at(-1)).toMatch(/^apply/));
    expect(stored()).toEqual(saved);
    expect((await sluice.control.audit({ limit: 10 })).map(({ outcome }) => outcome)).toEqual(['success']);
  });

  it('does changes one after the other', async () => {
    await sluice.start();
    const members = Array.from({ length: 8 }, (_, index) => `198.18.2.${20 + index}`);
    await Promise.all(members.map((_, index) => sluice.apply(balancer(members.slice(0, index + 1)), options)));
    expect(datapath.usable(WEB)).toHaveLength(8);
  });

  it('uses a checked member after its first success and drops it when it dies', async () => {
    await sluice.start();
    alive.delete('198.18.2.12');
    await sluice.apply(balancer(['198.18.2.11', '198.18.2.12'], MONITOR), options);
    expect(datapath.usable(WEB)).toEqual([]);
    await vi.waitFor(() => expect(datapath.usable(WEB)).toEqual(['198.18.2.11:8080']), 5000);
    const second = () => sluice.status().loadbalancers[0]?.listeners[0]?.members[1];
    const dead = { operating_status: 'ERROR', cause: 'refused: nothing listens on that port' };
    await vi.waitFor(() => expect(second()).toMatchObject(dead), 5000);
    alive = new Set(['198.18.2.12']);
    await vi.waitFor(() => expect(datapath.usable(WEB)).toEqual(['198.18.2.12:8080']), 10_000);
  }, 20_000);

  it('keeps serving members on the wheel when it starts again', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11', '198.18.2.12'], MONITOR), options);
    await vi.waitFor(() => expect(datapath.usable(WEB)).toHaveLength(2), 5000);
    await running.splice(0)[0]?.stop();
    datapath.log.splice(0);
    sluice = create();
    await sluice.start();
    expect(datapath.log).toEqual(['open', 'apply 0', 'attach']);
    expect(datapath.usable(WEB)).toHaveLength(2);
  });

  it('keeps members that gain a monitor', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    await sluice.apply(balancer(['198.18.2.11'], MONITOR), options);
    expect(datapath.usable(WEB)).toEqual(['198.18.2.11:8080']);
  });

  it('comes back with the saved tree', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    const before = sluice.status().loadbalancers[0]?.id;
    await restart();
    expect(sluice.status().loadbalancers[0]).toMatchObject({ id: before, name: 'web' });
  });

  it("takes the host file's load balancers in when they changed, and only then", async () => {
    await restart(balancer(['198.18.2.11']));
    expect(datapath.usable(WEB)).toEqual(['198.18.2.11:8080']);
    await sluice.apply(balancer(['198.18.2.12']), { ...options, adopt: true });
    await restart(balancer(['198.18.2.11']));
    expect(datapath.usable(WEB)).toEqual(['198.18.2.12:8080']);
  });

  it('follows a host file that still manages its load balancers', async () => {
    await restart(balancer(['198.18.2.11']));
    await expect(sluice.apply(balancer(['198.18.2.12']), options)).rejects.toMatchObject({ code: 'conflict' });
    await restart(balancer(['198.18.2.13']));
    expect(datapath.usable(WEB)).toEqual(['198.18.2.13:8080']);
  });

  it('starts with what was in force when the host file claims what others took over', async () => {
    await restart(balancer(['198.18.2.11']));
    await sluice.apply(balancer(['198.18.2.12']), { ...options, adopt: true });
    await restart(balancer(['198.18.2.13']));
    expect(datapath.usable(WEB)).toEqual(['198.18.2.12:8080']);
  });

  it('refuses to start beside a daemon on the same socket and leaves the data plane alone', async () => {
    await sluice.start();
    datapath.log.splice(0);
    await expect(create().start()).rejects.toMatchObject({ code: 'already_running' });
    expect(datapath.log.filter((line) => line !== 'close')).toEqual([]);
  });

  it('serves status over the socket with live counts', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    const status = JSON.parse((await fetch('/status')).body);
    expect(status.gateway).toMatchObject({
      name: 'gw1',
      interfaces: [{ name: 'eth0', mode: 'native' }],
      sessions: { used: 3, capacity: 1000 },
    });
    expect(status.loadbalancers[0].listeners[0]).toMatchObject({ active: 2, sessions: 5, refused: 1 });
  });

  it('streams sessions with the name of their listener', async () => {
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11']), options);
    const flow = { protocol: 'tcp', client: '198.18.1.2', vip: '198.18.0.10', vip_port: 80 };
    const session = flow as (typeof datapath.sessions)[number];
    datapath.sessions = [session, { ...session, client: '198.18.1.3' }, { ...session, vip_port: 81 }];
    const lines = (await fetch('/sessions?client=198.18.1.2')).body.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).listener)).toEqual(['web/http', null]);
    expect(await fetch('/sessions?count')).toEqual({ status: 200, body: '{"count":3}' });
    expect((await fetch('/sessions?listener=nothing')).status).toBe(404);
    expect((await fetch('/sessions?listener=web/http&vip=198.18.0.10')).status).toBe(409);
  });

  it('works without a data plane', async () => {
    await running.splice(0)[0]?.stop();
    sluice = new Sluice({
      config: parseHostFile(`
gateway: { name: gw1, dataplane: none, state_dir: ${root}/state }
api: { listen: "${loopback(0)}:9876", socket: ${root}/sluice.sock, auth: none }
`),
      version: '1.0.0',
      datapath: undefined,
      layer7: layer7.wired,
      store: new SqliteStore(`${root}/state`),
      connect: () => Promise.reject(new Error('nothing is checked without a data plane')),
      log: pino({ level: 'silent' }),
    });
    running.push(sluice);
    await sluice.start();
    await sluice.apply(balancer(['198.18.2.11'], MONITOR), options);
    expect(sluice.status()).toMatchObject({ gateway: { sessions: null } });
    expect(sluice.status().loadbalancers[0]?.operating_status).toBe('OFFLINE');
    expect((await fetch('/sessions')).status).toBe(501);
  });
});
