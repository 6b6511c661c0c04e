import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { L7Policy, Listener, LoadBalancer, Pool, Tree } from '../model/resources.js';
import { formatTree } from './format.js';
import { mergeTree } from './merge.js';
import { parseTree, readTree } from './tree.js';

const EMPTY: Tree = { loadbalancers: [] };
const yamlOf = (tree: Tree) => stringify(formatTree(tree));

describe('formatTree', () => {
  it('leaves out what a reader fills in', () => {
    const text =
      'loadbalancers:\n' +
      '  - name: web\n' +
      '    vip_address: 198.18.0.10\n' +
      '    listeners:\n' +
      '      - protocol: HTTP\n' +
      '        protocol_port: 80\n' +
      '        default_pool:\n' +
      '          protocol: HTTP\n' +
      '          lb_algorithm: ROUND_ROBIN\n' +
      '          session_persistence:\n' +
      '            type: HTTP_COOKIE\n' +
      '          members:\n' +
      '            - address: 198.18.2.1\n' +
      '              protocol_port: 80\n' +
      '              weight: 5\n' +
      '          healthmonitor:\n' +
      '            type: HTTP\n' +
      '            url_path: /ok\n';
    expect(yamlOf(mergeTree(EMPTY, parseTree(text)).tree)).toBe(text);
  });

  it('writes ids where nothing else tells objects apart', () => {
    const pool = (algorithm: string) => ({ protocol: 'HTTP', lb_algorithm: algorithm });
    const policy = (algorithm: string) => ({ name: 'p', action: 'REDIRECT_TO_POOL', redirect_pool: pool(algorithm) });
    const l7policies = [policy('SOURCE_IP'), policy('ROUND_ROBIN')];
    const listeners = [{ protocol: 'HTTP', protocol_port: 80, l7policies, default_pool: pool('LEAST_CONNECTIONS') }];
    const { tree } = mergeTree(EMPTY, readTree([{ name: 'w', vip_address: '198.18.0.1', listeners }]));
    const [only] = formatTree(tree).loadbalancers as Array<{ listeners: Array<Record<string, unknown>> }>;
    const [before] = tree.loadbalancers;
    expect(only!.listeners[0]!.default_pool).toEqual(pool('LEAST_CONNECTIONS'));
    expect(only!.listeners[0]!.l7policies).toMatchObject(
      before!.listeners[0]!.l7policies.map(({ id, redirect_pool_id }) => ({
        id,
        redirect_pool: { id: redirect_pool_id },
      })),
    );
  });

  it('names the listener that a policy leads to, or writes its id where nothing else tells it apart', () => {
    const https = { protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: 'c' };
    const l7policies = [{ action: 'REDIRECT_TO_LISTENER', redirect_listener: { name: 'https' } }];
    const http = { name: 'http', protocol: 'HTTP', protocol_port: 80, l7policies };
    const loadbalancer = { name: 'w', vip_address: '198.18.0.1', listeners: [http, { name: 'https', ...https }] };
    const [only] = mergeTree(EMPTY, readTree([loadbalancer])).tree.loadbalancers;
    expect(formatTree({ loadbalancers: [only!] }).loadbalancers).toEqual([loadbalancer]);
    const [first, second] = only!.listeners;
    const unnamed = { ...only!, listeners: [first!, { ...second!, name: '' }] };
    expect(formatTree({ loadbalancers: [unnamed] }).loadbalancers[0]).toMatchObject({
      listeners: [{ l7policies: [{ redirect_listener_id: second!.id }] }, { id: second!.id }],
    });
  });

  it('says POSITION for policies about the same that were left over', () => {
    const rules = [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }];
    const l7policies = [
      { action: 'REJECT', rules },
      { action: 'REJECT', rules },
    ];
    const listener = { protocol: 'HTTP', protocol_port: 80, policy_order: 'POSITION', l7policies };
    const [only] = mergeTree(EMPTY, readTree([{ name: 'w', vip_address: '198.18.0.1', listeners: [listener] }])).tree
      .loadbalancers;
    const left = { ...only!, listeners: only!.listeners.map((one) => ({ ...one, policy_order: null })) };
    expect(formatTree({ loadbalancers: [left] })).toEqual(formatTree({ loadbalancers: [only!] }));
  });

  it('applied where it came from, changes nothing', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(mergeTree(tree, parseTree(yamlOf(tree))).tree).toBe(tree);
      }),
    );
  });

  it('applied where there is nothing, makes the same load balancers', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const copy = mergeTree(EMPTY, readTree(formatTree(tree))).tree;
        expect(copy.loadbalancers.map(shape)).toEqual(tree.loadbalancers.map(shape));
      }),
    );
  });
});

/** A load balancer without ids, times and owners; pools stand where they are used, and all of them in an order of their own. */
function shape({ listeners, pools, ...fields }: LoadBalancer): unknown {
  const poolOf = (id: string | null) => pools.find((pool) => pool.id === id) ?? null;
  const portOf = (id: string | null) => listeners.find((one) => one.id === id)?.protocol_port ?? null;
  return withoutMade({
    ...fields,
    listeners: listeners.map(({ default_pool_id, l7policies, ...listener }) => ({
      ...listener,
      default_pool: poolOf(default_pool_id),
      l7policies: l7policies.map(({ redirect_pool_id, redirect_listener_id, ...policy }) => ({
        ...policy,
        redirect_listener: portOf(redirect_listener_id),
        redirect_pool: poolOf(redirect_pool_id),
      })),
    })),
    pools: pools.map((pool) => JSON.stringify(withoutMade(pool))).sort(),
  });
}

const MADE = ['id', 'project_id', 'created_at', 'updated_at', 'managed_by', 'vip_port_id'];

function withoutMade<T>(object: T): T {
  return JSON.parse(JSON.stringify(object, (key, value) => (MADE.includes(key) ? undefined : value))) as T;
}

/** Few, so that some objects have the same and some have none. */
const name = fc.constantFrom('', 'a', 'b', 'c');
const flag = fc.boolean();

function some<T>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>;
}

const member = fc.tuple(
  fc.record({
    address: fc.ipV4().map((address) => address.replace(/^\d+/, '10')),
    protocol_port: fc.integer({ min: 1, max: 65_535 }),
  }),
  some({ weight: fc.integer({ min: 0, max: 256 }), backup: flag, tags: fc.constantFrom([], ['k=v', 'word']), name }),
);
const monitor = fc.tuple(
  fc.constantFrom(
    { type: 'TCP' },
    { type: 'HTTP', url_path: '/x' },
    { type: 'HTTPS', expected_codes: '2xx' },
    { type: 'PING' },
  ),
  some({ delay: fc.integer({ min: 1, max: 60 }), timeout: fc.integer({ min: 1, max: 60 }) }),
);
const persistence = fc.constantFrom(
  { type: 'SOURCE_IP' },
  { type: 'SOURCE_IP', persistence_timeout: 60 },
  { type: 'HTTP_COOKIE' },
  { type: 'HTTP_COOKIE', cookie_mode: 'REWRITE', cookie_name: 'sid' },
  { type: 'APP_COOKIE', cookie_name: 'sid', persistence_timeout: 60 },
);
const pool = fc
  .tuple(
    fc.record({
      protocol: fc.constantFrom('HTTP', 'PROXY'),
      lb_algorithm: fc.constantFrom('SOURCE_IP', 'ROUND_ROBIN'),
    }),
    some({
      members: fc.uniqueArray(member.map(merged), { maxLength: 3, selector: ({ address }) => address }),
      healthmonitor: monitor.map(merged),
      session_persistence: persistence,
      tls_enabled: flag,
    }),
  )
  .map(merged);
const rule = fc.constantFrom(
  { type: 'PATH', compare_type: 'STARTS_WITH', value: '/x' },
  { type: 'HEADER', compare_type: 'EQUAL_TO', key: 'X-A', value: 'b', invert: true },
);
const policy = fc.tuple(
  fc.constantFrom(
    { action: 'REJECT' },
    { action: 'REDIRECT_TO_URL', redirect_url: 'https://www.example.com/' },
    { action: 'REDIRECT_PREFIX', redirect_prefix: 'https://www.example.com', redirect_http_code: 301 },
    { action: 'REDIRECT_TO_POOL', redirect_pool: true },
    { action: 'REDIRECT_TO_LISTENER', redirect_listener: true },
  ),
  some({ rules: fc.array(rule, { maxLength: 2 }), admin_state_up: flag }),
);
const listener = fc.tuple(
  fc.record({ protocol: fc.constantFrom('HTTP', 'TERMINATED_HTTPS'), with_pool: flag }),
  fc.array(policy.map(merged), { maxLength: 3 }),
  some({
    description: fc.string({ maxLength: 20 }),
    connection_limit: fc.integer({ min: -1, max: 100 }),
    timeout_client_data: fc.constantFrom(60_000, 1000),
    allowed_cidrs: fc.constantFrom([], ['10.0.0.0/8', '2001:db8::/32']),
    insert_headers: fc.constantFrom({}, { 'X-Forwarded-For': 'true', 'X-Own': '1' }),
    client_address: fc.constant('none'),
    policy_order: fc.constant('POSITION'),
    compression: flag,
    preserve_host: flag,
    keepalive_requests: fc.constantFrom(100, 0),
  }),
);

function merged<A extends object, B extends object>([first, second]: [A, B]): A & B {
  return { ...first, ...second };
}

interface Body {
  pools: Array<{ name: string }>;
  listeners: unknown[];
}

/** A create body whose listeners and policies use pools by their place among `pools`. */
const body = fc
  .tuple(
    fc.array(pool, { minLength: 1, maxLength: 4 }),
    fc.array(listener, { maxLength: 3 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([pools, listeners, choices]): Body => {
    const choose = () => ({ name: `pool ${choices.next().value! % pools.length}` });
    return {
      pools: pools.map((one, index) => ({ ...one, name: `pool ${index}` })),
      listeners: listeners.map(([{ protocol, with_pool }, policies, rest], index) => ({
        ...rest,
        name: `listener ${index}`,
        protocol,
        protocol_port: 80 + index,
        ...(protocol === 'TERMINATED_HTTPS' ? { default_tls_container_ref: 'cert', tls_policy: 'OLD' } : {}),
        ...(with_pool ? { default_pool: choose() } : {}),
        l7policies: policies.map((one, place) => {
          const target = listeners.findIndex(([to], other) => to.protocol === 'TERMINATED_HTTPS' && other !== index);
          const rules = [{ type: 'PATH', compare_type: 'EQUAL_TO', value: `/${place}` }, ...(one.rules ?? [])];
          if ('redirect_listener' in one) {
            const redirect_listener = { name: `listener ${target}` };
            return target < 0 ? { action: 'REJECT' } : { ...one, rules, redirect_listener };
          }
          return 'redirect_pool' in one ? { ...one, rules, redirect_pool: choose() } : { ...one, rules };
        }),
      })),
    };
  });

/** Trees as the API and files together make them: names that occur twice or not at all, pools in any order. */
const trees = fc
  .tuple(fc.array(body, { maxLength: 3 }), fc.infiniteStream(name), fc.constantFrom('api', 'apply'))
  .map(([bodies, names, managed_by]): Tree => {
    const written = bodies.map((one, index) => ({ ...one, name: `lb ${index}`, vip_address: `198.18.0.${index + 1}` }));
    const { tree } = mergeTree(EMPTY, readTree({ loadbalancers: written }), { manager: managed_by as 'api' });
    const renamed = <T extends Listener | Pool | L7Policy | LoadBalancer>(object: T): T => {
      return { ...object, name: names.next().value! };
    };
    return {
      loadbalancers: tree.loadbalancers.map((one) => ({
        ...renamed(one),
        pools: one.pools.map(renamed).reverse(),
        listeners: one.listeners.map((listener) => ({
          ...renamed(listener),
          l7policies: listener.l7policies.map(renamed),
        })),
      })),
    };
  });
