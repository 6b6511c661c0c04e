import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactnessOf } from '../../model/policy-order.js';
import type { L7Policy, L7Rule, Listener, Pool } from '../../model/resources.js';
import { exactnessLines } from './exactness.js';
import { freePort, RunningProxy } from './testing/haproxy.js';
import { compiled, listener, loadBalancer, policy, pool, rule } from './testing/samples.js';
import { EchoServer, get } from './testing/traffic.js';

const host = (value: string, compare_type: L7Rule['compare_type'] = 'EQUAL_TO') =>
  rule({ type: 'HOST_NAME', value, compare_type });
const path = (value: string, compare_type: L7Rule['compare_type'] = 'EQUAL_TO') =>
  rule({ type: 'PATH', value, compare_type });

let servers: EchoServer[];
let pools: Pool[];

beforeAll(async () => {
  servers = await Promise.all(['default', 'a', 'b', 'c'].map((name) => EchoServer.start(name)));
  pools = servers.map((server) => pool([server.member()]));
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** What a request leads to: the name of a member, or the status and where it is sent. */
async function outcome(port: number, hostName: string | undefined, url: string): Promise<string> {
  const answer = await get(port, url, hostName === undefined ? {} : { Host: hostName });
  return answer.member ?? `${answer.status} ${answer.headers.location ?? ''}`.trim();
}

async function withListeners(listeners: Listener[], work: (proxy: RunningProxy) => Promise<void>): Promise<void> {
  const proxy = await RunningProxy.start(compiled([loadBalancer(listeners, pools)]));
  try {
    await work(proxy);
  } finally {
    await proxy.stop();
  }
}

const to = (index: number): Pick<L7Policy, 'action' | 'redirect_pool_id'> => ({
  action: 'REDIRECT_TO_POOL',
  redirect_pool_id: pools[index]!.id,
});

describe('policies by exactness', () => {
  it('lead a request to the one with the most exact host, then the most exact path', async () => {
    const port = await freePort();
    const one = listener('HTTP', port, {
      default_pool_id: pools[0]!.id,
      l7policies: [
        policy(1, { ...to(1), rules: [path('/shop', 'STARTS_WITH')] }),
        policy(2, { ...to(2), rules: [path('/shop/cart', 'STARTS_WITH')] }),
        policy(3, { ...to(3), rules: [path('/shop/cart')] }),
        policy(4, { ...to(1), rules: [path('\\.(jpg|png)$', 'REGEX')] }),
        policy(5, { ...to(2), rules: [path('^/img/', 'REGEX')] }),
        policy(6, { ...to(1), rules: [host('www.example.com')] }),
        policy(7, { ...to(2), rules: [host('WWW.example.com:8080'), path('^/x$', 'REGEX')] }),
        policy(8, { ...to(3), rules: [host('*.example.com')] }),
        policy(9, { ...to(2), rules: [host('*.deep.example.com'), path('/only', 'STARTS_WITH')] }),
        policy(10, { ...to(1), rules: [host('*.a.b.c.d.example.org')] }),
        policy(11, { ...to(3), admin_state_up: false, rules: [host('off.example.org')] }),
      ],
    });
    await withListeners([one], async () => {
      const cases: [host: string, url: string, expected: string][] = [
        ['h', '/', 'default'],
        ['h', '/shop', 'a'],
        ['h', '/shop/car', 'a'],
        ['h', '/shop/carts?x=1', 'b'],
        ['h', '/shop/cart?x=1', 'c'],
        ['h', '/img/x.jpg', 'a'],
        ['h', '/img/x.gif', 'b'],
        ['h', '/shop/x.jpg', 'a'],
        ['h', '/x/img/', 'default'],
        ['www.example.com', '/shop/cart', 'a'],
        ['www.example.com', '/x', 'b'],
        ['www.example.com', '/xy', 'a'],
        ['WwW.Example.Com.:99', '/x', 'b'],
        ['www.example.com/evil', '/x', 'b'],
        ['ftp.example.com', '/x', 'c'],
        ['a.b.example.com', '/shop', 'c'],
        ['example.com', '/nothing', 'default'],
        ['x.deep.example.com', '/only/this', 'b'],
        ['x.deep.example.com', '/else', 'c'],
        ['z.a.b.c.d.example.org', '/', 'a'],
        ['z.b.c.d.example.org', '/', 'default'],
        ['off.example.org', '/', 'default'],
      ];
      for (const [name, url, expected] of cases) {
        expect([name, url, await outcome(port, name, url)]).toEqual([name, url, expected]);
      }
    });
  });

  it('refuse, redirect and keep host, path and query', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const https = listener('TERMINATED_HTTPS', other, { admin_state_up: false });
    const https443 = listener('TERMINATED_HTTPS', 443, { admin_state_up: false });
    const url = 'https://new.example.com/%41?a=%20{b'.replace('{', '%7B');
    const one = listener('HTTP', port, {
      l7policies: [
        policy(1, { action: 'REJECT', rules: [path('/reject', 'STARTS_WITH')] }),
        policy(2, { action: 'REDIRECT_TO_URL', redirect_url: url, redirect_http_code: 308, rules: [path('/url')] }),
        policy(3, {
          action: 'REDIRECT_PREFIX',
          redirect_prefix: 'https://old.example.com:8443/x',
          redirect_http_code: 303,
          rules: [path('/prefix', 'STARTS_WITH')],
        }),
        policy(4, {
          action: 'REDIRECT_TO_LISTENER',
          redirect_listener_id: https443.id,
          redirect_http_code: 307,
          rules: [path('/443')],
        }),
        policy(5, { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: https.id, redirect_http_code: 301 }),
      ],
    });
    await withListeners([one, https, https443], async () => {
      expect(await outcome(port, 'h', '/reject/x')).toBe('403');
      expect(await outcome(port, 'h', '/url?b=c')).toBe(`308 ${url}`);
      expect(await outcome(port, 'h', '/prefix/1?b=%3d')).toBe('303 https://old.example.com:8443/x/prefix/1?b=%3d');
      expect(await outcome(port, 'Www.example.com:80', '/443')).toBe('307 https://www.example.com/443');
      expect(await outcome(port, 'www.example.com:80', '/a/b?c=d&e')).toBe(
        `301 https://www.example.com:${other}/a/b?c=d&e`,
      );
    });
  });

  it('compare suffixes that begin within a label, the longest first', async () => {
    const port = await freePort();
    const one = listener('HTTP', port, {
      default_pool_id: pools[0]!.id,
      policy_order: 'EXACTNESS',
      l7policies: [
        policy(1, { ...to(1), rules: [host('example.com', 'ENDS_WITH')] }),
        policy(2, { ...to(2), rules: [host('-api.example.com', 'ENDS_WITH'), path('/v2', 'STARTS_WITH')] }),
        policy(3, { ...to(3), rules: [host('*.www.example.com')] }),
      ],
    });
    await withListeners([one], async () => {
      expect(await outcome(port, 'example.com', '/')).toBe('a');
      expect(await outcome(port, 'badexample.com', '/')).toBe('a');
      expect(await outcome(port, 'x-api.example.com', '/')).toBe('a');
      expect(await outcome(port, 'x-api.example.com', '/v2')).toBe('b');
      expect(await outcome(port, 'x.www.example.com', '/v2')).toBe('c');
      expect(await outcome(port, 'example.org', '/v2')).toBe('default');
    });
  });

  it('change, come and go by lines of a map alone', () => {
    const before = listener('HTTP', 80, {
      l7policies: [
        policy(1, { ...to(1), rules: [host('a.example.com'), path('/a')] }),
        policy(2, { ...to(1), rules: [host('*.example.com'), path('/a', 'STARTS_WITH')] }),
      ],
    });
    const more = [
      policy(3, { ...to(2), rules: [host('c.d.example.org')] }),
      policy(4, { ...to(1), rules: [host('*.b.example.com'), path('/c')] }),
      policy(5, { action: 'REJECT', rules: [host('*.example.net')] }),
      policy(6, { action: 'REDIRECT_TO_URL', redirect_url: 'http://x/', redirect_http_code: 302, rules: [host('x')] }),
    ];
    const word = (one: L7Policy): string => one.id;
    const first = exactnessLines(before, word);
    const second = exactnessLines({ ...before, l7policies: [...before.l7policies, ...more] }, word);
    expect(second.lines).toEqual(first.lines);
    expect([...second.maps.values()][0]!.slice(0, 2)).toEqual([...first.maps.values()][0]);
    expect([...second.maps.values()][0]).toHaveLength(6);
  });

  const HOSTS = ['a.test', 'b.a.test', 'c.b.a.test', 'x.test', 'test', 'ba.test'];
  const PATHS = ['/', '/a', '/a/', '/a/b', '/ab', '/a/b/c', '/b', '/b/a'];
  const anyHost = fc.oneof(
    fc.constantFrom(...HOSTS).map((value) => host(value)),
    fc.constantFrom('*.a.test', '*.test', '*.b.a.test').map((value) => host(value)),
    fc.constantFrom('.a.test', '.test').map((value) => host(value, 'ENDS_WITH')),
  );
  const anyWithin = fc.constantFrom('a.test', 'est').map((value) => host(value, 'ENDS_WITH'));
  const anyPath = fc.oneof(
    fc.constantFrom(...PATHS).map((value) => path(value)),
    fc.constantFrom(...PATHS).map((value) => path(value, 'STARTS_WITH')),
    fc
      .constantFrom('^/a', 'b$', 'a.*b', '^/(b|ab)$', '/a/?$', '(?i)/A/B', '^/a b', '[^x]b')
      .map((value) => path(value, 'REGEX')),
  );
  const rulesOf = (hosts: fc.Arbitrary<L7Rule>) =>
    fc
      .tuple(fc.option(hosts), fc.option(anyPath))
      .map((rules) => rules.filter((one) => one !== null))
      .filter((rules) => rules.length > 0);
  const policySet = fc
    .boolean()
    .chain((within) =>
      fc.array(rulesOf(within ? fc.oneof(anyHost, anyWithin) : anyHost), { minLength: 1, maxLength: 12 }),
    );

  it('are found like by looking at all of them', async () => {
    const sets = fc.sample(policySet, { numRuns: 60, seed: 1 });
    const listeners = await Promise.all(
      sets.map(async (set) =>
        listener('HTTP', await freePort(), {
          policy_order: 'EXACTNESS',
          l7policies: set.map((rules, index) =>
            index % 2 === 0
              ? policy(index + 1, {
                  action: 'REDIRECT_TO_URL',
                  redirect_url: `http://${index}/`,
                  redirect_http_code: 302,
                  rules,
                })
              : policy(index + 1, { ...to((index % 3) + 1), rules }),
          ),
        }),
      ),
    );
    await withListeners(listeners, async () => {
      const requests = HOSTS.flatMap((name) => PATHS.map((url) => [name, url] as const));
      for (const one of listeners) {
        await Promise.all(
          requests.map(async ([name, url]) => {
            const best = bestOf(one.l7policies, name, url);
            const expected = best === undefined ? '503' : nameOf(best);
            expect([name, url, await outcome(one.protocol_port, name, url), one.l7policies]).toEqual([
              name,
              url,
              expected,
              one.l7policies,
            ]);
          }),
        );
      }
    });
  });

  function nameOf(best: L7Policy): string {
    const index = pools.findIndex(({ id }) => id === best.redirect_pool_id);
    return index < 0 ? `302 ${best.redirect_url}` : servers[index]!.name;
  }
});

/** The policy for a request, by comparing it with each. */
function bestOf(policies: readonly L7Policy[], name: string, url: string): L7Policy | undefined {
  const rank = (one: L7Policy): number[] | undefined => {
    const { host, path } = exactnessOf(one)!;
    const hostRank = host === null ? 0 : host.kind === 'exact' ? 1000 : host.value.length;
    const met = host === null || (host.kind === 'exact' ? name === host.value : name.endsWith(host.value));
    if (!met) {
      return undefined;
    }
    switch (path?.kind) {
      case undefined:
        return [hostRank, 0, 0, -one.position];
      case 'regex': {
        const [, flags, source] = /^(?:\(\?(\w)\))?(.*)$/.exec(path.value)!;
        return new RegExp(source!, flags ?? '').test(url) ? [hostRank, 1, 0, -one.position] : undefined;
      }
      case 'prefix':
        return url.startsWith(path.value) ? [hostRank, 2, path.value.length, -one.position] : undefined;
      case 'exact':
        return url === path.value ? [hostRank, 3, 0, -one.position] : undefined;
    }
  };
  const ranked = policies.flatMap((one) => {
    const value = rank(one);
    return value ? [{ one, value }] : [];
  });
  ranked.sort((a, b) => b.value.map((number, index) => number - a.value[index]!).find((number) => number !== 0) ?? 0);
  return ranked[0]?.one;
}
