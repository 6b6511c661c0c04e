import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listener, Pool } from '../../model/resources.js';
import type { Specification } from '../../model/state.js';
import { freePort, type RunningProxy, withProxy } from './testing/haproxy.js';
import { compiled, FEATURES, listener, loadBalancer, pool } from './testing/samples.js';
import { EchoServer, get } from './testing/traffic.js';

let server: EchoServer;
let members: Pool;

beforeAll(async () => {
  server = await EchoServer.start('a');
  members = pool([server.member()]);
});

afterAll(() => server.stop());

async function http(fields: Partial<Listener> = {}): Promise<Listener> {
  return listener('HTTP', await freePort(), { default_pool_id: members.id, ...fields });
}

function configOf(listeners: Listener[], specification?: Specification) {
  const specifications = new Map(specification ? [['small', specification]] : []);
  return compiled([loadBalancer(listeners, [members], { flavor_id: 'small' })], { specifications });
}

/** A connection that stays: undefined where it was reset instead of answered. */
function open(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
    socket.once('data', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  });
}

async function openSome(ports: number[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (const port of ports) {
    const socket = await open(port);
    sockets.push(...(socket ? [socket] : []));
  }
  return sockets;
}

/** Waits until a connection is let in. */
async function untilOpen(port: number): Promise<Socket> {
  for (;;) {
    const socket = await open(port);
    if (socket) {
      return socket;
    }
  }
}

function close(sockets: readonly (Socket | undefined)[]): void {
  for (const socket of sockets) {
    socket?.destroy();
  }
}

const set = (proxy: RunningProxy, map: string, key: string, value: number) =>
  proxy.command(`set map ${proxy.path(`{{RUN}}/maps/${map}.map`)} ${key} ${value}`);

describe('limits of a listener', () => {
  it('refuse connections beyond the number, let in as many as go, and change at run time', async () => {
    const one = await http({ connection_limit: 2 });
    await withProxy(configOf([one]), async (proxy) => {
      const port = one.protocol_port;
      const first = await openSome([port, port, port, port]);
      expect(first).toHaveLength(2);
      close(first.slice(0, 1));
      const next = await untilOpen(port);
      expect(await openSome([port])).toHaveLength(0);
      await set(proxy, `l_${one.id}_limits`, 'connections', 5);
      const more = await openSome([port, port, port, port]);
      expect(more).toHaveLength(3);
      close([...first, next, ...more]);
    });
  });

  it('let nobody in where the number is 0', async () => {
    const one = await http({ connection_limit: 0 });
    await withProxy(configOf([one]), async () => {
      expect(await openSome([one.protocol_port])).toHaveLength(0);
    });
  });

  it('refuse connections beyond the rate', async () => {
    const one = await http({ session_rate_limit: 5 });
    await withProxy(configOf([one]), async (proxy) => {
      const sockets = await openSome(Array<number>(20).fill(one.protocol_port));
      expect(sockets.length).toBeGreaterThanOrEqual(5);
      expect(sockets.length).toBeLessThan(20);
      await set(proxy, `l_${one.id}_limits`, 'sessions', 1000);
      const more = await openSome(Array<number>(20).fill(one.protocol_port));
      expect(more).toHaveLength(20);
      close([...sockets, ...more]);
    });
  });

  it('answer 429 beyond the rate of requests, while as many as allowed pass', async () => {
    const one = await http({ request_rate_limit: 20 });
    const other = await http();
    await withProxy(configOf([one, other]), async (proxy) => {
      const statuses = async (port: number, count: number) =>
        (await Promise.all(Array.from({ length: count }, () => get(port, '/')))).map(({ status }) => status);
      const some = await statuses(one.protocol_port, 100);
      expect(new Set(some)).toEqual(new Set([200, 429]));
      expect(some.filter((status) => status === 200).length).toBeGreaterThanOrEqual(20);
      // Refused ones do not count: the next second has its share although there was no pause.
      let passed = 0;
      for (const end = Date.now() + 1500; Date.now() < end; ) {
        passed += (await statuses(one.protocol_port, 10)).filter((status) => status === 200).length;
      }
      expect(passed).toBeGreaterThanOrEqual(10);
      expect(new Set(await statuses(other.protocol_port, 50))).toEqual(new Set([200]));
      await set(proxy, `l_${one.id}_limits`, 'requests', 10_000);
      expect(new Set(await statuses(one.protocol_port, 50))).toEqual(new Set([200]));
    });
  });

  it('cost nothing where there are none', () => {
    const one = listener('HTTP', 80, { default_pool_id: members.id });
    const { frontends, maps, backends } = configOf([one]);
    expect([...frontends.values()][0]).not.toMatch(/tcp-request|track-sc|gpc/);
    expect(maps.size).toBe(0);
    expect([...backends.keys()]).toEqual([`p_${members.id}`]);
  });

  it('of bandwidth need a HAProxy that has them', () => {
    const one = listener('HTTP', 80, { bandwidth_limit: 8, name: 'web' });
    const old = configOf([one]);
    expect(old.warnings).toMatchObject([{ code: 'unsupported', path: 'listener "web"' }]);
    const features = { ...FEATURES, version: [2, 8] as const, bandwidthLimits: true };
    const { warnings, frontends, backends } = compiled([loadBalancer([one], [])], { features });
    expect(warnings).toEqual([]);
    expect(frontends.get(`l_${one.id}`)).toContain(
      `filter bwlim-out download limit 1000000 key int(1) table w_${one.id}`,
    );
    expect(backends.get(`w_${one.id}`)?.text).toContain('bytes_out_rate(1s)');
  });
});

describe('limits of a load balancer', () => {
  const none: Specification = { connections: null, connections_per_second: null, queries_per_second: null };

  it('hold for all its listeners together', async () => {
    const [one, other] = [await http(), await http()];
    await withProxy(configOf([one, other], { ...none, connections: 3 }), async () => {
      const [a, b] = [one.protocol_port, other.protocol_port];
      const sockets = await openSome([a, b, a, b, a, b]);
      expect(sockets).toHaveLength(3);
      close(sockets.slice(0, 1));
      close([...sockets, await untilOpen(b)]);
    });
  });

  it('are of new connections and of requests as well', async () => {
    const one = await http();
    await withProxy(configOf([one], { ...none, connections_per_second: 4 }), async () => {
      const sockets = await openSome(Array<number>(20).fill(one.protocol_port));
      expect(sockets.length).toBeGreaterThanOrEqual(4);
      expect(sockets.length).toBeLessThan(20);
      close(sockets);
    });
    await withProxy(configOf([one], { ...none, queries_per_second: 4 }), async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => get(one.protocol_port, '/')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    });
  });

  it('change in their map alone', () => {
    const one = listener('HTTP', 80);
    const balancer = loadBalancer([one], [], { flavor_id: 'small' });
    const config = (connections: number) =>
      compiled([balancer], { specifications: new Map([['small', { ...none, connections }]]) });
    expect(config(5).frontends).toEqual(config(6).frontends);
    expect(config(5).maps.get(`b_${balancer.id}`)).toEqual(['balancer_connections 5']);
  });
});
