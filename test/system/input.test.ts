/** Bad input and bad surroundings: what people are told, and that a running gateway does not mind. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hostFile } from '../../src/lab/gateway.js';
import { builtScript } from '../../src/lab/paths.js';
import type { LabProcess } from '../../src/lab/process.js';
import { runTraffic, Traffic } from '../../src/lab/traffic.js';
import { until } from '../../src/lab/wait.js';
import { AS_NOBODY } from '../support/nobody.js';
import { expectClean, PATIENCE, Scene, type Service } from './support.js';

const scene = new Scene('input');
const { lab, gateway } = scene;
const CLI = [process.execPath, builtScript('cli/main.js')];
/** A host that no gateway runs on. */
const SPARE = 'backend3';
/** Readable for everybody: the lab's own directory is not. */
const files = mkdtempSync(join(tmpdir(), 'sluice-t-input-'));
let web: Service;
let traffic: Traffic;

beforeAll(async () => {
  chmodSync(files, 0o755);
  await scene.start();
  // The lab's own program would be in the way of a gateway there.
  await lab.ip(SPARE, ['link set dev eth0 xdp off']);
  web = await scene.serve({ members: [scene.member(1), scene.member(2)] });
});
afterAll(async () => {
  await scene.stop();
  rmSync(files, { recursive: true });
});

/** Everything here happens under load, and the load does not notice. */
beforeEach(async () => {
  traffic = await Traffic.start(lab, 'client1', { ...web.to, connections: null, concurrency: 5, requests: 3 });
  await traffic.reached(({ requests }) => requests > 100);
});
afterEach(async () => {
  const wanted = traffic.progress.requests + 100;
  await traffic.reached(({ requests }) => requests > wanted);
  expectClean(await traffic.stop());
});

function write(name: string, content: object | string): string {
  const path = join(files, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('sluice apply', () => {
  const load = (fields: object) => ({ loadbalancer: { name: 'new', vip_address: lab.plan.vips[2], ...fields } });
  const listener = (fields: object) => ({ name: 'l', protocol: 'TCP', protocol_port: 80, ...fields });

  const cases: Array<[sentence: string, tree: () => object | string, told: RegExp[]]> = [
    [
      'a field that does not exist',
      () => load({ listeners: [listener({ protocl_port: 81 })] }),
      [/listeners\[0\]\.protocl_port/, /did you mean "?protocol_port/],
    ],
    [
      'an address and port that are taken',
      () => load({ vip_address: web.vip, listeners: [listener({ protocol_port: web.port })] }),
      [/TCP 198\.18\.200\.64:\d+ is taken by "t1"/, /another port or VIP/],
    ],
    [
      'one port twice',
      () => load({ listeners: [listener({}), listener({})] }),
      [/listeners\[1\]\.protocol_port: TCP 198\.18\.200\.3:80 is taken/],
    ],
    [
      'a VIP in no network of the gateway',
      () => load({ vip_address: '203.0.113.1' }),
      [/vip_address: 203\.0\.113\.1 is in no network of .*client1/, /ip addr add 203\.0\.113\.1\/32 dev lo/],
    ],
    [
      'a local address as VIP',
      () => load({ vip_address: lab.plan.locals[3] }),
      [/198\.19\.200\.3 is a local address of the gateway/, /another VIP/],
    ],
    [
      'three faults at once',
      () => load({ colour: 'red', listeners: [listener({ protocol: 'QUIC', protocol_port: 70_000 })] }),
      [/3 faults; nothing was changed/, /colour/, /"?QUIC"?.*(TCP)/, /70000.*65,?535/],
    ],
    ['text that is not YAML', () => 'loadbalancers: [', [/1:\d+|2:\d+/, /nothing was changed/]],
  ];

  test.each(cases)('%s: says where and what to write', async (_, tree, told) => {
    const before = await scene.status();
    const { code, stderr } = await gateway.sluice(['apply', '-f', write('tree.yaml', tree())]);
    expect([code, stderr]).toEqual([2, expect.any(String)]);
    for (const pattern of told) expect(stderr).toMatch(pattern);
    const names = ({ loadbalancers }: typeof before) => loadbalancers.map(({ name }) => name);
    expect(names(await scene.status())).toEqual(names(before));
  });

  test('a file that is not there', async () => {
    const { code, stderr } = await gateway.sluice(['apply', '-f', join(files, 'missing.yaml')]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/missing\.yaml.*(does not exist|no such file)/i)]);
  });

  test('somebody who may not: is told to use sudo or the group', async () => {
    const argv = [...CLI, '--socket', gateway.socket, 'status'];
    const { code, stderr } = await lab.run('gateway', [...AS_NOBODY, ...argv]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/sudo|root|group/)]);
  });
});

describe('sluice serve', () => {
  interface HostFile {
    gateway: Record<string, unknown>;
    api: Record<string, unknown>;
    [section: string]: unknown;
  }

  const NAME = `${lab.plan.prefix}-spare`;

  /** A host file for the spare host, right but for `changes`. */
  function spareFile(changes: object = {}, sections: object = {}): HostFile {
    const { gateway: section } = hostFile(lab, '') as HostFile;
    return {
      gateway: {
        ...section,
        name: NAME,
        interfaces: ['eth0'],
        local_addresses: ['198.19.3.100'],
        state_dir: join(files, 'state'),
        ...changes,
      },
      api: { socket: join(files, 'spare.sock'), listen: '127.0.0.1:9877' },
      ...sections,
    };
  }

  const isReady = (daemon: LabProcess) => daemon.log().includes('"msg":"ready"');
  const detach = (config: string) => lab.runOrThrow(SPARE, [...CLI, 'detach', '--config', config]);

  /** Runs the daemon until it ends by itself. Exit code `ready`: it did not, but began to serve. */
  async function serve(
    content: object | string,
    before: string[] = [],
  ): Promise<[code: number | 'ready', log: string]> {
    const config = write('sluice.yaml', content);
    const daemon = await lab.spawn(SPARE, [...before, ...CLI, 'serve', '--config', config]);
    await until(() => daemon.code !== undefined || isReady(daemon), PATIENCE, 'the daemon to end');
    if (!isReady(daemon)) return [await daemon.ended, daemon.log()];
    await daemon.stop();
    await detach(config);
    return ['ready', daemon.log()];
  }

  /** Starts it for good, hands over what it writes, and takes all of it back. */
  async function whileServing(content: object, look: (log: string) => Promise<void>): Promise<void> {
    const config = write('sluice.yaml', content);
    const daemon = await lab.spawn(SPARE, [...CLI, 'serve', '--config', config]);
    try {
      await until(() => isReady(daemon) || daemon.code !== undefined, PATIENCE, 'the daemon to be ready');
      daemon.requireRunning();
      await look(daemon.log());
    } finally {
      await daemon.stop();
      await detach(config);
    }
  }

  const loadbalancers = (vip_address: string) => [
    {
      name: 'web',
      vip_address,
      listeners: [
        {
          protocol: 'TCP',
          protocol_port: 80,
          default_pool: {
            protocol: 'TCP',
            lb_algorithm: 'ROUND_ROBIN',
            members: [{ address: '198.19.3.1', protocol_port: 80 }],
          },
        },
      ],
    },
  ];

  const cases: Array<[sentence: string, file: () => object | string, code: number, told: RegExp[]]> = [
    [
      'fields that do not exist',
      () => spareFile({ interfases: ['eth0'] }, { apl: {} }),
      2,
      [/2 faults/, /gateway\.interfases/, /did you mean "?interfaces/, /apl/],
    ],
    [
      'an interface that does not exist',
      () => spareFile({ interfaces: ['eth0', 'eth7'] }),
      2,
      [/eth7/, /it has .*eth0/],
    ],
    ['no local address', () => spareFile({ local_addresses: [] }), 2, [/local_addresses is empty/, /source addresses/]],
    [
      'a local address in no network',
      () => spareFile({ local_addresses: ['203.0.113.9'] }),
      2,
      [/203\.0\.113\.9 is in no network of eth0/],
    ],
    [
      'a VIP in no network',
      () => spareFile({}, { loadbalancers: loadbalancers('203.0.113.8') }),
      2,
      [/203\.0\.113\.8 is in no network of eth0/],
    ],
    ['nothing at all', () => '', 2, [/empty/, /examples\/sluice\.yaml/]],
  ];

  test.each(cases)('%s: says what to do, and leaves nothing behind', async (_, file, code, told) => {
    const [outcome, log] = await serve(file());
    expect([outcome, log]).toEqual([code, expect.any(String)]);
    for (const pattern of told) expect(log).toMatch(pattern);
    expect(await xdpModes()).toEqual({});
  });

  test('without root: says so before anything is touched', async () => {
    const [code, log] = await serve(spareFile({ state_dir: join(files, 'nobody') }), [...AS_NOBODY]);
    expect([code, log]).toEqual([1, expect.stringMatching(/needs root .*cap_net_admin.*run as root/i)]);
  });

  test('for a host file that is not there: names it', async () => {
    const { code, stderr } = await lab.run(SPARE, [...CLI, 'serve', '--config', join(files, 'none.yaml')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('none.yaml')]);
  });

  test('fewer local addresses than the session table needs: warns with the number to list', async () => {
    const sections = { loadbalancers: loadbalancers('198.19.3.200') };
    await whileServing(spareFile({ sessions: 200_000 }, sections), async (log) => {
      expect(log).toMatch(/local address.*64,512/);
    });
  });

  test('an interface without native XDP: runs in generic mode and says so', async () => {
    await lab.ip(SPARE, ['link add plain type bridge', 'link set plain up']);
    await whileServing(spareFile({ interfaces: ['eth0', 'plain'] }), async (log) => {
      expect(await xdpModes()).toEqual({ eth0: 'native', plain: 'generic' });
      expect(log).toMatch(/plain.*generic mode, which is slower|generic mode, which is slower.*plain/);
    });
    await lab.ip(SPARE, ['link del plain']);
    expect(await xdpModes()).toEqual({});
  });

  test('a second daemon for the same socket is refused', async () => {
    const argv = [...CLI, 'serve', '--config', gateway.hostFile];
    const { code, stderr } = await lab.run('gateway', argv, { timeoutMs: PATIENCE });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/a daemon already serves .*sluice\.sock/)]);
  });

  test('a running gateway restarted with a broken host file goes on with what it had', async () => {
    const broken = write('broken.yaml', { ...hostFile(lab, gateway.socket), loadbalancers: [{ nam: 'x' }] });
    await gateway.stop();
    const argv = [...CLI, 'serve', '--config', broken];
    const { code, stderr } = await lab.run('gateway', argv, { timeoutMs: PATIENCE });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/loadbalancers\[0\]\.nam/)]);
    expectClean(await runTraffic(lab, { ...web.to, connections: 100 }));
    await gateway.start();
    expect((await web.status()).members).toHaveLength(2);
  });

  /** Interfaces of the spare host on which the gateway's program runs, by the mode that the kernel says. */
  async function xdpModes(): Promise<Record<string, string>> {
    const text = await lab.runOrThrow(SPARE, ['ip', '-json', '-details', 'link', 'show']);
    const links = JSON.parse(text) as Array<{ ifname: string; xdp?: { mode: number; prog: { name?: string } } }>;
    // IFLA_XDP_MODE: 1 native, 2 generic.
    const modes = ['', 'native', 'generic'];
    const running = links.filter(({ xdp }) => xdp?.prog.name === 'gateway');
    return Object.fromEntries(running.map(({ ifname, xdp }) => [ifname, modes[xdp!.mode]!]));
  }
});
