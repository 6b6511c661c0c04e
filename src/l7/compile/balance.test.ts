import { Agent, type RequestOptions, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from '../../model/resources.js';
import { freePort, type RunningProxy, withProxy } from './testing/haproxy.js';
import { compiled, listener, loadBalancer, member, pool } from './testing/samples.js';
import { EchoServer } from './testing/traffic.js';

let servers: EchoServer[];

beforeAll(async () => {
  servers = await Promise.all(['a', 'b', 'c'].map((name) => EchoServer.start(name)));
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function withPool<T>(one: Pool, work: (port: number, proxy: RunningProxy) => Promise<T>): Promise<T> {
  const http = listener('HTTP', await freePort(), { default_pool_id: one.id });
  return withProxy(compiled([loadBalancer([http], [one])]), (proxy) => work(http.protocol_port, proxy));
}

/** The member that answers a client. */
function memberOf(port: number, from: RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent: false, ...from }, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.headers['x-member'])));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const clients = Array.from({ length: 200 }, (_, index) => `127.${index}.7.${(index * 37) % 250}`);

async function byClient(port: number): Promise<string[]> {
  const found: string[] = [];
  for (const client of clients) {
    found.push(await memberOf(port, { localAddress: client }));
  }
  return found;
}

function shares(found: readonly string[]): Record<string, number> {
  return Object.fromEntries(['a', 'b', 'c'].map((name) => [name, found.filter((one) => one === name).length]));
}

describe('round robin', () => {
  it('is exact and interleaved by weight', async () => {
    const one = pool(servers.map((server, index) => server.member({ weight: index + 1 })));
    const found: string[] = [];
    await withPool(one, async (port) => {
      for (let index = 0; index < 60; index++) {
        found.push(await memberOf(port));
      }
    });
    expect(shares(found)).toEqual({ a: 10, b: 20, c: 30 });
    expect(shares(found.slice(0, 12)).c).toBeLessThanOrEqual(7);
  });

  it('of more members than HAProxy’s own takes has a static one', () => {
    const many = pool(Array.from({ length: 4096 }, (_, index) => member(`10.0.${index >> 8}.${index & 255}`, 80)));
    const http = listener('HTTP', 80, { default_pool_id: many.id });
    const backend = compiled([loadBalancer([http], [many])]).backends.get(`p_${many.id}`)!;
    expect([backend.dynamic, backend.text.includes('balance static-rr')]).toEqual([false, true]);
  });
});

describe('the hash of the source address', () => {
  it('keeps a client, shares by weight, and moves only clients of a member that goes', async () => {
    const one = pool(
      servers.map((server) => server.member()),
      { lb_algorithm: 'SOURCE_IP' },
    );
    await withPool(one, async (port, proxy) => {
      const before = await byClient(port);
      expect(await byClient(port)).toEqual(before);
      for (const share of Object.values(shares(before))) {
        expect(share).toBeGreaterThan(200 / 3 / 2);
      }
      await proxy.command(`set server p_${one.id}/127.0.0.1:${servers[0]!.port} state maint`);
      const after = await byClient(port);
      expect(after.filter((name, index) => before[index] !== 'a' && name !== before[index])).toEqual([]);
      expect(after).not.toContain('a');
    });
  });

  it('with the port tells connections of one client apart', async () => {
    const one = pool(
      servers.map((server) => server.member()),
      { lb_algorithm: 'SOURCE_IP_PORT' },
    );
    await withPool(one, async (port) => {
      const found: string[] = [];
      for (let index = 0; index < 60; index++) {
        found.push(await memberOf(port));
      }
      expect(new Set(found).size).toBe(3);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const connection = [
        await memberOf(port, { agent }),
        await memberOf(port, { agent }),
        await memberOf(port, { agent }),
      ];
      expect(new Set(connection).size).toBe(1);
      agent.destroy();
    });
  });

  it('has weights that fit, in the same proportions', () => {
    const weights = (...all: number[]) => {
      const one = pool(
        all.map((weight, index) => member('127.0.0.1', index + 1, { weight })),
        { lb_algorithm: 'SOURCE_IP' },
      );
      const http = listener('HTTP', 80, { default_pool_id: one.id });
      const { servers: found } = compiled([loadBalancer([http], [one])]).backends.get(`p_${one.id}`)!;
      return [...found.values()].map(({ weight }) => weight);
    };
    expect(weights(1, 2, 0)).toEqual([8, 16, 0]);
    expect(weights(1, 32)).toEqual([8, 256]);
    expect(weights(1, 256)).toEqual([1, 256]);
  });
});

describe('least connections', () => {
  it('gives a busy member nothing while others are idle', async () => {
    let asked = 0;
    const busy = await EchoServer.start('busy', () => {
      asked += 1;
    });
    const one = pool([busy.member(), servers[0]!.member()], { lb_algorithm: 'LEAST_CONNECTIONS' });
    await withPool(one, async (port) => {
      const all = Array.from({ length: 2 }, () => memberOf(port).catch(() => 'busy'));
      await Promise.race(all);
      for (let index = 0; index < 10; index++) {
        expect(await memberOf(port)).toBe('a');
      }
      expect(asked).toBe(1);
      await busy.stop();
      await Promise.all(all);
    });
  });
});
