import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  L7_RULE_COMPARE_TYPES,
  type L7Policy,
  type L7Rule,
  type L7RuleType,
  type Listener,
  type Pool,
} from '../../model/resources.js';
import { checkRule } from '../../schema/l7-rules.js';
import { complaints, freePort, RunningProxy } from './testing/haproxy.js';
import { compiled, listener, loadBalancer, policy, pool, rule } from './testing/samples.js';
import { EchoServer, exchange, get } from './testing/traffic.js';

let servers: EchoServer[];
let pools: Pool[];

beforeAll(async () => {
  servers = await Promise.all(['default', 'a', 'b'].map((name) => EchoServer.start(name)));
  pools = servers.map((server) => pool([server.member()]));
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function withListeners(listeners: Listener[], work: () => Promise<void>): Promise<void> {
  const proxy = await RunningProxy.start(compiled([loadBalancer(listeners, pools)]));
  try {
    await work();
  } finally {
    await proxy.stop();
  }
}

/** A listener that refuses what meets these rules. */
async function refusing(rules: L7Rule[]): Promise<Listener> {
  const l7policies = [policy(1, { rules })];
  return listener('HTTP', await freePort(), { default_pool_id: pools[0]!.id, policy_order: 'POSITION', l7policies });
}

describe('rules', () => {
  const cases: [rule: Parameters<typeof rule>[0], met: Sent, unmet: Sent][] = [
    [{ type: 'HOST_NAME', value: 'www.Example.com' }, { host: 'WWW.example.com.:81' }, { host: 'example.com' }],
    [{ type: 'HOST_NAME', value: '*.example.com' }, { host: 'a.b.example.com' }, { host: 'example.com' }],
    [{ type: 'HOST_NAME', value: 'example', compare_type: 'CONTAINS' }, { host: 'an.example.com' }, { host: 'x' }],
    [{ type: 'HOST_NAME', value: '^w+\\.', compare_type: 'REGEX' }, { host: 'WW.x' }, { host: 'aw.x' }],
    [{ type: 'HOST_NAME', value: '.org:80', compare_type: 'ENDS_WITH' }, { host: 'a.org' }, { host: 'a.com' }],
    [{ type: 'PATH', value: '/a' }, { path: '/a?b' }, { path: '/A' }],
    [{ type: 'PATH', value: 'b c', compare_type: 'CONTAINS' }, null, { path: '/b%20c' }],
    [{ type: 'PATH', value: '/x', compare_type: 'ENDS_WITH' }, { path: '/a/x?y' }, { path: '/x/y' }],
    [{ type: 'FILE_TYPE', value: 'jpg' }, { path: '/a.b/c.jpg?d=e.f' }, { path: '/jpg' }],
    [{ type: 'FILE_TYPE', value: '.jpg' }, { path: '/c.jpg' }, { path: '/a.jpg/c' }],
    [{ type: 'FILE_TYPE', value: '^(jpe?g|png)$', compare_type: 'REGEX' }, { path: '/c.jpeg' }, { path: '/png' }],
    [{ type: 'HEADER', key: 'X-A', value: 'one' }, { 'X-A': 'zero, one' }, { 'X-A': 'ones' }],
    [{ type: 'HEADER', key: 'X-A', value: 'b, c', compare_type: 'CONTAINS' }, { 'X-A': 'a, b, c' }, { 'X-A': 'c, b' }],
    [{ type: 'HEADER', key: 'x-a', value: '^b, c$', compare_type: 'REGEX' }, { 'X-A': 'b, c' }, { 'X-A': 'a, b, c' }],
    [
      { type: 'COOKIE', key: 'sid', value: 'a', compare_type: 'STARTS_WITH' },
      { Cookie: 'x=a; sid=ab' },
      { Cookie: 'sid=b' },
    ],
    [{ type: 'PATH', value: '/a', invert: true }, { path: '/b' }, { path: '/a' }],
    [{ type: 'SSL_CONN_HAS_CERT', value: 'true', invert: true }, { path: '/' }, null],
  ];
  type Sent = Record<string, string> | null;

  it('are met by what they say and by nothing else', async () => {
    const listeners = await Promise.all(cases.map(([fields]) => refusing([rule(fields)])));
    await withListeners(listeners, async () => {
      for (const [index, [fields, met, unmet]] of cases.entries()) {
        const statuses = [];
        for (const sent of [met, unmet]) {
          const { host, path = '/', ...headers } = sent ?? {};
          const all = host === undefined ? headers : { ...headers, Host: host };
          statuses.push(sent && (await get(listeners[index]!.protocol_port, path, all)).status);
        }
        expect([fields, ...statuses]).toEqual([fields, met && 403, unmet && 200]);
      }
    });
  });

  it('are all to be met; those out of use count as met, and none at all are met by nothing', async () => {
    const a = rule({ type: 'PATH', value: '/a', compare_type: 'STARTS_WITH' });
    const off = rule({ type: 'PATH', value: '/never', admin_state_up: false });
    const b = rule({ type: 'PATH', value: '/b', compare_type: 'ENDS_WITH', invert: true });
    const listeners = [await refusing([a, off, b]), await refusing([off]), await refusing([])];
    await withListeners(listeners, async () => {
      expect((await get(listeners[0]!.protocol_port, '/a/c')).status).toBe(403);
      expect((await get(listeners[0]!.protocol_port, '/a/b')).status).toBe(200);
      expect((await get(listeners[0]!.protocol_port, '/c')).status).toBe(200);
      expect((await get(listeners[1]!.protocol_port, '/never')).status).toBe(200);
      expect((await get(listeners[2]!.protocol_port, '/')).status).toBe(200);
    });
  });

  it('may be fifty in one policy', async () => {
    const rules = Array.from({ length: 50 }, (_, index) =>
      rule({ type: 'PATH', compare_type: 'CONTAINS', value: `/${index}`, invert: index % 2 === 0 }),
    );
    const actions: Partial<L7Policy>[] = [
      { action: 'REJECT' },
      { action: 'REDIRECT_TO_POOL', redirect_pool_id: pools[1]!.id },
      { action: 'REDIRECT_PREFIX', redirect_prefix: 'https://x.example', redirect_http_code: 301 },
      { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: null },
    ];
    const l7policies = actions.map((action, index) =>
      policy(index + 1, { ...action, rules: rules.map((one) => ({ ...one, id: `${one.id}${index}` })) }),
    );
    const one = listener('HTTP', 80, { l7policies, policy_order: 'POSITION' });
    expect(await complaints(compiled([loadBalancer([one], pools)]))).toBe('');
  });
});

describe('policies by position', () => {
  it('are refusals first, then redirects, then pools', async () => {
    const all = rule({ type: 'PATH', value: '/', compare_type: 'STARTS_WITH' });
    const some = (value: string) => [
      { ...all, id: value.slice(1) },
      rule({ type: 'PATH', value, compare_type: 'CONTAINS' }),
    ];
    const port = await freePort();
    const https = listener('TERMINATED_HTTPS', await freePort(), { admin_state_up: false });
    const one = listener('HTTP', port, {
      policy_order: 'POSITION',
      l7policies: [
        policy(1, { action: 'REDIRECT_TO_POOL', redirect_pool_id: pools[1]!.id, rules: some('/pool') }),
        policy(2, { action: 'REDIRECT_TO_POOL', redirect_pool_id: pools[2]!.id, rules: some('/po') }),
        policy(3, {
          action: 'REDIRECT_PREFIX',
          redirect_prefix: 'http://p%25.example',
          redirect_http_code: 302,
          rules: some('/prefix'),
        }),
        policy(4, {
          action: 'REDIRECT_TO_URL',
          redirect_url: "https://u.example/it's?a=%20b&c=$HOME;",
          redirect_http_code: 301,
          rules: some('/redirect'),
        }),
        policy(5, {
          action: 'REDIRECT_TO_LISTENER',
          redirect_listener_id: https.id,
          redirect_http_code: 308,
          rules: some('/tls'),
        }),
        policy(6, { action: 'REJECT', rules: some('/reject') }),
      ],
    });
    await withListeners([one, https], async () => {
      const outcome = async (url: string) => {
        const { member, status, headers } = await get(port, url, { Host: 'H.example:1' });
        return member ?? `${status} ${headers.location ?? ''}`.trim();
      };
      expect(await outcome('/pool/tls/redirect/prefix/reject')).toBe('403');
      expect(await outcome('/pool/tls/redirect/prefix?a')).toBe('302 http://p%25.example/pool/tls/redirect/prefix?a');
      expect(await outcome('/pool/tls/redirect')).toBe("301 https://u.example/it's?a=%20b&c=$HOME;");
      expect(await outcome('/pool/tls?x=1')).toBe(`308 https://h.example:${https.protocol_port}/pool/tls?x=1`);
      expect(await outcome('/pool')).toBe('a');
      expect(await outcome('/po')).toBe('b');
      expect(await outcome('/')).toBe('503');
    });
  });

  const CHARACTER = fc.oneof(
    fc.constantFrom(...`'"\\$%{}()[]#;,=&|-+*.?^ !@~<>\`:/`),
    fc.stringMatching(/^[a-z0-9äß€\u{1f600}]$/u),
  );
  const TEXT = fc.array(CHARACTER, { minLength: 1, maxLength: 40 }).map((all) => all.join(''));
  const WORDS = fc.constantFrom(
    '}',
    '{',
    '--',
    '-f',
    '-m',
    'if',
    'unless',
    '||',
    'or',
    '!',
    "'",
    '"',
    '\\',
    '%[src]',
    '$HOME',
    '#',
  );
  const KEY = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
  const VALUE = fc.oneof(TEXT, WORDS);

  it('mean what was written, whatever it is', async () => {
    const LITERAL = L7_RULE_COMPARE_TYPES.filter((one) => one !== 'REGEX');
    const rules = fc.sample(
      fc.record({
        key: KEY,
        value: VALUE.filter((text) => text.trim() === text),
        compare_type: fc.constantFrom(...LITERAL),
      }),
      { numRuns: 150, seed: 7 },
    );
    const listeners = await Promise.all(
      rules.map((fields) => refusing([rule({ type: 'HEADER', ...fields, key: `x${fields.key}` })])),
    );
    await withListeners(listeners, async () => {
      for (const [index, { key, value, compare_type }] of rules.entries()) {
        const ask = async (text: string): Promise<string> => {
          const request = `GET / HTTP/1.1\r\nHost: h\r\nx${key}: ${text}\r\nConnection: close\r\n\r\n`;
          return (await exchange(listeners[index]!.protocol_port, Buffer.from(request))).slice(9, 12);
        };
        const before = compare_type === 'ENDS_WITH' || compare_type === 'CONTAINS' ? 'q' : '';
        const after = compare_type === 'STARTS_WITH' || compare_type === 'CONTAINS' ? 'q' : '';
        expect([key, value, compare_type, await ask(`${before}${value}${after}`)]).toEqual([
          key,
          value,
          compare_type,
          '403',
        ]);
        const other = value.length > 1 ? value.slice(1) : 'q';
        expect([key, value, compare_type, await ask(other)]).toEqual([
          key,
          value,
          compare_type,
          isMet(compare_type, other, value) ? '403' : '200',
        ]);
      }
    });
  });

  it('are taken by HAProxy, whatever the schema lets through', async () => {
    const KEYED: readonly L7RuleType[] = ['HEADER', 'COOKIE'];
    const TYPES: L7RuleType[] = ['HOST_NAME', 'PATH', 'FILE_TYPE', 'HEADER', 'COOKIE', 'SSL_DN_FIELD'];
    const rules = fc
      .sample(
        fc.record({
          type: fc.constantFrom(...TYPES),
          key: KEY,
          value: VALUE,
          compare_type: fc.constantFrom(...L7_RULE_COMPARE_TYPES),
        }),
        { numRuns: 600, seed: 11 },
      )
      .filter(({ compare_type }) => compare_type !== 'REGEX')
      .map((one) =>
        rule({ ...one, key: KEYED.includes(one.type) ? one.key : one.type === 'SSL_DN_FIELD' ? 'OU' : null }),
      )
      .filter((one) => {
        let faults = 0;
        checkRule(one, () => {
          faults += 1;
        });
        return faults === 0;
      });
    expect(rules.length).toBeGreaterThan(200);
    const listeners = (['POSITION', 'EXACTNESS'] as const).map((policy_order, index) =>
      listener('HTTP', 8080 + index, {
        policy_order,
        l7policies: rules
          .filter(({ type }) => policy_order === 'POSITION' || type === 'HOST_NAME' || type === 'PATH')
          .map((one, at) => policy(at + 1, { rules: [one] })),
      }),
    );
    expect(await complaints(compiled([loadBalancer(listeners, [], { name: '#"\'\\' })]))).toBe('');
  });
});

function isMet(compare: L7Rule['compare_type'], text: string, value: string): boolean {
  // Header values lose white space around them; other elements of a list are compared on their own.
  const texts = value.includes(',') ? [text.trim()] : text.split(',').map((part) => part.trim());
  const tests = {
    STARTS_WITH: (one: string) => one.startsWith(value),
    ENDS_WITH: (one: string) => one.endsWith(value),
    CONTAINS: (one: string) => one.includes(value),
    EQUAL_TO: (one: string) => one === value,
    REGEX: () => false,
  };
  return texts.some(tests[compare]);
}
