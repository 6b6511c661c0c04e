import { chmodSync, existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/datapath/addon.js';
import { parseInterfaces } from '../../src/datapath/host.js';
import { DaemonUnderTest, run, webBalancer } from '../support/daemon.js';
import { AS_NOBODY } from '../support/nobody.js';
import { plantSessions } from '../support/planted-sessions.js';

const NAMESPACE = 'sluice-dmn';
const GATEWAY = 'sluice-dmn-test';
const PINS = `/sys/fs/bpf/sluice/${GATEWAY}`;
const VIP = '198.18.0.10';
const MEMBERS = ['198.18.2.11', '198.18.2.12'];

async function must(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  if (code !== 0) {
    throw new Error(`${argv.join(' ')}: ${stderr}`);
  }
  return stdout;
}

describe('a daemon without a data plane', () => {
  let daemon: DaemonUnderTest;

  beforeEach(() => {
    daemon = new DaemonUnderTest();
    // A loopback address of its own: the machine may run a daemon already.
    const listen = `127.${process.pid & 0x7f}.${(process.pid >> 7) & 0xff}.9:9876`;
    daemon.configure({ name: 'none', dataplane: 'none' }, { api: { socket: daemon.socket, listen } });
  });
  afterEach(() => daemon.remove());

  test('takes a tree, keeps it over a restart, and refuses bad input without changing anything', async () => {
    await daemon.start();
    const applied = await daemon.sluice('apply', '-f', daemon.write('web.json', webBalancer(VIP, MEMBERS)));
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain('+ loadbalancer web');

    const bad = await daemon.sluice('apply', '-f', daemon.write('bad.json', webBalancer('198.18.0.400', ['nowhere'])));
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/bad\.json: 2 faults; nothing was changed/);
    expect(bad.stderr).not.toMatch(/\n\s+at /);

    const before = await daemon.status();
    expect(before.loadbalancers[0]?.listeners[0]?.members).toHaveLength(2);
    await daemon.end('SIGKILL');
    await daemon.start();
    expect((await daemon.status()).loadbalancers).toEqual(before.loadbalancers);
  });

  test('dry run shows the change and makes none', async () => {
    await daemon.start();
    const file = daemon.write('web.json', webBalancer(VIP, MEMBERS));
    expect((await daemon.sluice('apply', '-f', file, '--dry-run')).stdout).toContain('nothing was changed');
    expect((await daemon.status()).loadbalancers).toEqual([]);
  });

  test('exit codes tell usage, input and reachability apart', async () => {
    expect((await daemon.sluice('status')).code).toBe(3);
    expect((await daemon.sluice('nonsense')).code).toBe(2);
    expect((await daemon.sluice('apply', '-f', join(daemon.directory, 'missing.yaml'))).code).toBe(2);
    expect((await daemon.sluice('--help')).code).toBe(0);
    await daemon.start();
    expect((await daemon.sluice('status')).code).toBe(0);
    expect((await daemon.sluice('sessions')).code).toBe(2);
  });

  test('a second daemon on the same socket is refused', async () => {
    await daemon.start();
    const second = await daemon.serveFails();
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('a daemon already serves');
  });

  test('SIGTERM ends it with 0 and removes its socket', async () => {
    await daemon.start();
    await daemon.end('SIGTERM');
    expect(existsSync(daemon.socket)).toBe(false);
  });
});

describe('a daemon with the data plane', () => {
  let daemon: DaemonUnderTest;
  const gateway = { name: GATEWAY, interfaces: ['d0', 'd1'], local_addresses: ['198.18.2.128/30'], sessions: 4096 };

  beforeEach(async () => {
    await cleanUp();
    await must('ip', 'netns', 'add', NAMESPACE);
    await must('ip', '-n', NAMESPACE, 'link', 'set', 'lo', 'up');
    // Routed here, as far as the daemon can tell.
    await must('ip', '-n', NAMESPACE, 'address', 'add', `${VIP}/32`, 'dev', 'lo');
    for (const [name, peer, address] of [
      ['d0', 'p0', '198.18.1.1/24'],
      ['d1', 'p1', '198.18.2.1/24'],
    ] as const) {
      await must('ip', '-n', NAMESPACE, 'link', 'add', name, 'type', 'veth', 'peer', 'name', peer);
      await must('ip', '-n', NAMESPACE, 'address', 'add', address, 'dev', name);
      await must('ip', '-n', NAMESPACE, 'link', 'set', name, 'up');
      await must('ip', '-n', NAMESPACE, 'link', 'set', peer, 'up');
    }
    daemon = new DaemonUnderTest(['nsenter', `--net=/run/netns/${NAMESPACE}`]);
    daemon.configure(gateway);
  });
  afterEach(async () => {
    await daemon.end('SIGKILL');
    await daemon.sluice('detach', '--config', daemon.hostFile);
    await daemon.remove();
    await cleanUp();
  });

  async function cleanUp(): Promise<void> {
    await run(['rm', '-rf', PINS]);
    await run(['ip', 'netns', 'delete', NAMESPACE]);
  }

  /** Ids of the XDP programs on the interfaces; 0: none. */
  async function programs(): Promise<number[]> {
    const interfaces = parseInterfaces(await must('ip', '-n', NAMESPACE, '-json', '-details', 'address', 'show'));
    return ['d0', 'd1'].map((name) => interfaces.get(name)?.xdpProgram ?? 0);
  }

  async function sysctl(name: string): Promise<string> {
    const argv = ['nsenter', `--net=/run/netns/${NAMESPACE}`, 'sysctl', '-n', `net.ipv4.conf.${name}`];
    return (await must(...argv)).trim();
  }

  async function plant(count: number): Promise<void> {
    const where = { vip: 0xc612000a, local: 0xc6120280, member: 0xc612020b, target: 0, idleTimeout: 3600 };
    await plantSessions(`${PINS}/maps/sessions4`, count, where);
  }

  test('says how it is attached, and sets and restores kernel parameters', async () => {
    await must('nsenter', `--net=/run/netns/${NAMESPACE}`, 'sysctl', '-qw', 'net.ipv4.conf.d1.rp_filter=1');
    await daemon.start();
    expect((await daemon.status()).gateway.interfaces).toEqual([
      { name: 'd0', mode: 'native' },
      { name: 'd1', mode: 'native' },
    ]);
    expect([await sysctl('d0.forwarding'), await sysctl('d1.rp_filter')]).toEqual(['1', '2']);
    await daemon.end('SIGTERM');
    const detached = await daemon.sluice('detach', '--config', daemon.hostFile);
    expect(detached).toMatchObject({ code: 0, stdout: 'detached from d0, d1\n' });
    expect([await sysctl('d0.forwarding'), await sysctl('d1.rp_filter')]).toEqual(['0', '1']);
    expect(existsSync(PINS)).toBe(false);
    expect(await programs()).toEqual([0, 0]);
  });

  test('after SIGKILL links and sessions stay, and the next start adopts them', async () => {
    await daemon.start();
    await daemon.sluice('apply', '-f', daemon.write('web.json', webBalancer(VIP, MEMBERS)));
    await plant(1000);
    const before = await programs();
    const links = readdirSync(`${PINS}/links`).map((name) => loadAddon().openPinnedLink(`${PINS}/links/${name}`));
    const ids = links.map((link) => link.info().id);

    await daemon.end('SIGKILL');
    expect(await programs()).toEqual(before);

    await daemon.start();
    expect(daemon.log).toContain('adopted the tables');
    expect(links.map((link) => link.info().id)).toEqual(ids);
    const after = await programs();
    expect(after).not.toContain(0);
    expect(after).not.toEqual(before);
    for (const link of links) {
      link.close();
    }
    expect((await daemon.sluice('sessions', '--count')).stdout).toBe('1000\n');
    expect((await daemon.status()).loadbalancers[0]?.operating_status).toBe('ONLINE');
  });

  test('finds nothing to do when the same tree is applied again, and undoes what a removed one needed', async () => {
    await daemon.start();
    const file = daemon.write('web.json', webBalancer(VIP, MEMBERS));
    expect((await daemon.sluice('apply', '-f', file)).stdout).toContain('+ member 198.18.2.12:8080');
    await daemon.end('SIGTERM');
    await daemon.start();
    const again = JSON.parse((await daemon.sluice('apply', '-f', file, '-o', 'json')).stdout);
    expect(again).toMatchObject({ unchanged: ['web'], changes: [] });
    const empty = daemon.write('empty.json', { loadbalancers: [] });
    const removed = JSON.parse((await daemon.sluice('apply', '-f', empty, '--prune', '-o', 'json')).stdout);
    expect(removed.deleted).toEqual(['web']);
    expect(removed.changes).toContain('- VIP 198.18.0.10');
    const services = loadAddon().openPinnedMap(`${PINS}/maps/services`);
    expect((await services.getBatch(64)).count).toBe(0);
    services.close();
  });

  test('lists, filters and counts sessions', async () => {
    await daemon.start();
    await daemon.sluice('apply', '-f', daemon.write('web.json', webBalancer(VIP, MEMBERS)));
    await plant(3000);
    const listed = (await daemon.sluice('sessions', '-o', 'json')).stdout.trim().split('\n');
    expect(new Set(listed.map((line) => JSON.parse(line).client)).size).toBe(3000);
    const one = (await daemon.sluice('sessions', '--client', '10.0.0.7', '-o', 'json')).stdout;
    expect(JSON.parse(one)).toMatchObject({
      protocol: 'tcp',
      client: '10.0.0.7',
      vip: VIP,
      vip_port: 80,
      local: '198.18.2.128',
      local_port: 1031,
      member: '198.18.2.11',
      member_port: 8080,
      state: 'established',
      listener: 'web/http',
      packets_in: 3,
      bytes_out: 180,
    });
    const filters: [string[], string][] = [
      [['--listener', 'web/http'], '3000'],
      [['--member', '198.18.2.11:8080', '--protocol', 'tcp'], '3000'],
      [['--member', '198.18.2.12'], '0'],
      [['--local', ':1024'], '1'],
      [['--protocol', 'udp'], '0'],
    ];
    for (const [flags, count] of filters) {
      expect([flags, (await daemon.sluice('sessions', '--count', ...flags)).stdout]).toEqual([flags, `${count}\n`]);
    }
    const limited = (await daemon.sluice('sessions', '--limit', '5')).stdout.trim().split('\n');
    expect(limited).toHaveLength(6);
  });

  test('leaves an interface that is configured no more', async () => {
    await daemon.start();
    await daemon.end('SIGTERM');
    daemon.configure({ ...gateway, interfaces: ['d1'] });
    await daemon.start();
    const [first, second] = await programs();
    expect(first).toBe(0);
    expect(second).not.toBe(0);
  });

  test('attaches again when an interface was made anew', async () => {
    await daemon.start();
    await daemon.end('SIGTERM');
    await must('ip', '-n', NAMESPACE, 'link', 'delete', 'd0');
    await must('ip', '-n', NAMESPACE, 'link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'p0');
    await daemon.start();
    expect(await programs()).not.toContain(0);
  });

  test('keeps a table of another size, until told to discard its sessions', async () => {
    await daemon.start();
    await plant(10);
    await daemon.end('SIGTERM');
    daemon.configure({ ...gateway, sessions: 8192 });
    await daemon.start();
    expect(daemon.log).toContain('--discard-sessions');
    expect((await daemon.status()).gateway.sessions?.capacity).toBe(4096);
    expect((await daemon.sluice('sessions', '--count')).stdout).toBe('10\n');
    await daemon.end('SIGTERM');
    await daemon.start('--discard-sessions');
    expect((await daemon.status()).gateway.sessions?.capacity).toBe(8192);
    expect((await daemon.sluice('sessions', '--count')).stdout).toBe('0\n');
    expect(await programs()).not.toContain(0);
  });

  test('refuses tables of another layout before anything is lost', async () => {
    await daemon.start();
    await daemon.end('SIGTERM');
    const before = await programs();
    const [hash = ''] = readdirSync(`${PINS}/layout`);
    renameSync(`${PINS}/layout/${hash}`, `${PINS}/layout/0123456789abcdef`);
    const refused = await daemon.serveFails();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('sluice serve --discard-sessions');
    expect(await programs()).toEqual(before);
    await daemon.start('--discard-sessions');
    expect(readdirSync(`${PINS}/layout`)).toEqual([hash]);
  });

  test('refuses to detach under a running daemon', async () => {
    await daemon.start();
    const refused = await daemon.sluice('detach', '--config', daemon.hostFile);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('stop it first');
    expect(await programs()).not.toContain(0);
  });

  test('names interfaces that are missing and those there are', async () => {
    daemon.configure({ ...gateway, interfaces: ['d0', 'eth7'] });
    const refused = await daemon.serveFails();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/names eth7, which this host does not have; it has .*d0/);
    expect(await programs()).toEqual([0, 0]);
  });

  test('leaves no half gateway when another program holds an interface', async () => {
    await daemon.start();
    await daemon.end('SIGTERM');
    const held = loadAddon().openPinnedLink(`${PINS}/links/d1`);
    await daemon.sluice('detach', '--config', daemon.hostFile);
    const refused = await daemon.serveFails();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('d1 already runs another XDP program');
    expect((await programs())[0]).toBe(0);
    held.close();
  });

  test('says what is missing when it does not run as root', async () => {
    chmodSync(daemon.directory, 0o777);
    const asNobody = new DaemonUnderTest(AS_NOBODY);
    chmodSync(asNobody.directory, 0o777);
    asNobody.configure({ ...gateway, name: 'sluice-dmn-nobody' });
    const refused = await asNobody.serveFails();
    await asNobody.remove();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('the data plane needs root (missing: CAP_NET_ADMIN');
  });
});
