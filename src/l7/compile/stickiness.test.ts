import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { site } from '../../certificates/testing/authority.js';
import type { Listener, Pool, SessionPersistence } from '../../model/resources.js';
import { freePort, type RunningProxy, withProxy } from './testing/haproxy.js';
import { certificate, compiled, listener, loadBalancer, monitor, pool } from './testing/samples.js';
import { EchoServer, get } from './testing/traffic.js';

let servers: EchoServer[];

beforeAll(async () => {
  servers = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      EchoServer.start(name, (request, response) => {
        const own = /own=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
        if (request.url === '/login') {
          response.setHeader('Set-Cookie', `own=${'x'.repeat(100)}-${name}; Path=/`);
        }
        response.end(JSON.stringify({ name, own, headers: request.headers }));
      }),
    ),
  );
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

const NONE = { cookie_name: null, cookie_mode: null, persistence_timeout: 3600, persistence_granularity: null };

function sticky(
  fields: Partial<SessionPersistence> & Pick<SessionPersistence, 'type'>,
  more: Partial<Pool> = {},
): Pool {
  const members = servers.map((server) => server.member());
  return pool(members, { session_persistence: { ...NONE, ...fields }, ...more });
}

async function withPool(one: Pool, work: (port: number, proxy: RunningProxy, listener: Listener) => Promise<void>) {
  const http = listener('HTTP', await freePort(), { default_pool_id: one.id });
  const config = compiled([loadBalancer([http], [one])]);
  await withProxy(config, (proxy) => work(http.protocol_port, proxy, http));
}

/** Who answers some requests. */
async function members(port: number, headers: Record<string, string>, count = 6): Promise<Set<string | undefined>> {
  const found = new Set<string | undefined>();
  for (let index = 0; index < count; index++) {
    found.add((await get(port, '/', headers)).member);
  }
  return found;
}

const nameIn = (one: Pool, member: string | undefined) => {
  const at = servers.findIndex(({ name }) => name === member);
  return `p_${one.id}/${one.members[at]!.address}:${one.members[at]!.protocol_port}`;
};

describe('a cookie of the gateway', () => {
  it('keeps a client at its member, and moves it for good when that is not up', async () => {
    const one = sticky({ type: 'HTTP_COOKIE' });
    await withPool(one, async (port, proxy) => {
      const first = await get(port, '/');
      const cookie = first.headers['set-cookie']![0]!;
      expect(cookie).toMatch(/^SRV[0-9a-f]{8}=[0-9a-f]{16}\|\S+; path=\/; HttpOnly$/i);
      const Cookie = cookie.split(';')[0]!;
      expect(await members(port, { Cookie: `a=b; ${Cookie}` })).toEqual(new Set([first.member]));
      expect((await get(port, '/', { Cookie: `a=b; ${Cookie}` })).seen.headers.cookie).toBe('a=b');
      await proxy.command(`set server ${nameIn(one, first.member)} state maint`);
      const moved = await get(port, '/', { Cookie });
      expect(moved.member).not.toBe(first.member);
      expect(moved.headers['set-cookie']).toHaveLength(1);
      await proxy.command(`set server ${nameIn(one, first.member)} state ready`);
      const next = moved.headers['set-cookie']![0]!.split(';')[0]!;
      expect(await members(port, { Cookie: next })).toEqual(new Set([moved.member]));
    });
  });

  it('has the chosen name, is only sent over TLS where all listeners are TLS, and is the same after a restart', async () => {
    const one = sticky({ type: 'HTTP_COOKIE', cookie_name: 'Where_2', persistence_timeout: 60 });
    const { leaf, chain } = site();
    const shown = certificate('SERVER', chain, leaf.key);
    const https = listener('TERMINATED_HTTPS', 443, { default_pool_id: one.id, default_tls_container_ref: shown.id });
    const http = listener('HTTP', 80, { default_pool_id: one.id });
    const backend = (listeners: Listener[]) =>
      compiled([loadBalancer(listeners, [one])], { certificates: [shown] }).backends.get(`p_${one.id}`)!;
    expect(backend([http]).text).toContain('cookie Where_2 insert indirect nocache httponly maxidle 60s\n');
    expect(backend([https]).text).toContain('cookie Where_2 insert indirect nocache httponly secure maxidle 60s\n');
    expect(backend([http, https]).text).not.toContain('secure');
    expect(backend([http]).servers).toEqual(backend([http]).servers);
    expect(backend([http]).dynamic).toBe(false);
    expect([...backend([http]).servers.values()].map(({ options }) => options).join()).not.toMatch(/127\.0\.0\.1/);
  });

  it('can be the application’s, whose value it keeps', async () => {
    const one = sticky({ type: 'HTTP_COOKIE', cookie_name: 'own', cookie_mode: 'REWRITE' });
    await withPool(one, async (port) => {
      expect((await get(port, '/')).headers['set-cookie']).toBeUndefined();
      const login = await get(port, '/login');
      const [cookie] = login.headers['set-cookie']![0]!.split(';');
      expect(cookie).toMatch(/^own=[0-9a-f]{16}~x{100}-[abc]$/);
      expect(await members(port, { Cookie: cookie! })).toEqual(new Set([login.member]));
      expect((await get(port, '/', { Cookie: cookie! })).body).toContain(`"own":"${'x'.repeat(100)}-${login.member}"`);
    });
  });
});

describe('a cookie of the application', () => {
  it('is learned from answers, long ones as well, and moves with its client', async () => {
    const one = sticky({ type: 'APP_COOKIE', cookie_name: 'own' });
    await withPool(one, async (port, proxy) => {
      const logins = [await get(port, '/login'), await get(port, '/login'), await get(port, '/login')];
      expect(new Set(logins.map(({ member }) => member)).size).toBe(3);
      const cookies = logins.map(({ headers }) => headers['set-cookie']![0]!.split(';')[0]!);
      for (const [index, Cookie] of cookies.entries()) {
        expect(await members(port, { Cookie })).toEqual(new Set([logins[index]!.member]));
      }
      const Cookie = cookies[0]!;
      await proxy.command(`set server ${nameIn(one, logins[0]!.member)} state maint`);
      const moved = (await get(port, '/', { Cookie })).member;
      expect(moved).not.toBe(logins[0]!.member);
      await proxy.command(`set server ${nameIn(one, logins[0]!.member)} state ready`);
      expect(await members(port, { Cookie })).toEqual(new Set([moved]));
    });
  });

  it('that clients make up takes no room', async () => {
    const one = sticky({ type: 'APP_COOKIE', cookie_name: 'own', persistence_timeout: 60 });
    await withPool(one, async (port, proxy) => {
      await members(port, { Cookie: 'own=made-up' });
      expect(await proxy.command(`show table t_${one.id}`)).toMatch(/used:0/);
      await get(port, '/login');
      const table = await proxy.command(`show table t_${one.id}`);
      expect(table).toMatch(/used:1/);
      expect(Number(/exp=(\d+)/.exec(table)![1])).toBeLessThanOrEqual(60_000);
    });
  });
});

describe('the address of a client', () => {
  it('keeps it at its member, and moves it when that is not up', async () => {
    const one = sticky({ type: 'SOURCE_IP' });
    await withPool(one, async (port, proxy) => {
      const [member] = await members(port, {});
      expect(await members(port, {})).toEqual(new Set([member]));
      await proxy.command(`set server ${nameIn(one, member)} state maint`);
      const [next, ...others] = await members(port, {});
      expect(others).toEqual([]);
      expect(next).not.toBe(member);
      await proxy.command(`set server ${nameIn(one, member)} state ready`);
      expect(await members(port, {})).toEqual(new Set([next]));
    });
  });

  it('is remembered for the whole pool, however listeners use it', async () => {
    const one = sticky({ type: 'SOURCE_IP' });
    const [port, other] = [await freePort(), await freePort()];
    const listeners = [
      listener('HTTP', port, { default_pool_id: one.id }),
      listener('HTTP', other, { default_pool_id: one.id, timeout_member_data: 1000, preserve_host: false }),
    ];
    const config = compiled([loadBalancer(listeners, [one])]);
    expect([...config.backends.keys()].sort()).toEqual(
      [`p_${one.id}`, `p_${one.id}_5000_1000_host`, `t_${one.id}`].sort(),
    );
    await withProxy(config, async () => {
      const found = [...(await members(port, {})), ...(await members(other, {}))];
      expect(new Set(found).size).toBe(1);
    });
  });
});

describe('members', () => {
  it('take nothing while they are disabled, drained, unhealthy or not yet checked', () => {
    const checked = pool(
      [
        servers[0]!.member({ id: 'up' }),
        servers[1]!.member({ id: 'down' }),
        servers[2]!.member({ id: 'unknown' }),
        servers[0]!.member({ id: 'drained', protocol_port: 1, weight: 0 }),
        servers[0]!.member({ id: 'disabled', protocol_port: 2, admin_state_up: false }),
      ],
      { healthmonitor: monitor() },
    );
    const health = new Map([
      ...['up', 'drained', 'disabled'].map((id) => [id, 'up'] as const),
      ['down', 'down'] as const,
    ]);
    const states = (one: Pool) => {
      const http = listener('HTTP', 80, { default_pool_id: one.id });
      const { backends } = compiled([loadBalancer([http], [one])], { health });
      return [...backends.get(`p_${one.id}`)!.servers.values()].filter(({ up }) => up).map(({ memberId }) => memberId);
    };
    expect(states(checked)).toEqual(['up']);
    expect(states({ ...checked, healthmonitor: null })).toEqual(['up', 'down', 'unknown']);
    expect(states({ ...checked, healthmonitor: monitor({ admin_state_up: false }) })).toEqual([
      'up',
      'down',
      'unknown',
    ]);
    expect(states({ ...checked, admin_state_up: false })).toEqual([]);
  });
});
