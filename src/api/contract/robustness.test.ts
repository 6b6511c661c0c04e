/** Whatever clients send, in whatever order: no defect, no answer that clients cannot read, no tree that contradicts itself. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../http/route.js';
import { routeGroups } from '../index.js';
import { type Answered, type Json, startApi, type TestApi } from '../testing/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});

const ROUTES = routeGroups({}, { document: () => ({}), page: undefined }).flatMap(({ prefix, routes }) =>
  routes.map((route): Route & { url: string } => ({ ...route, url: `${prefix}${route.path}` || '/' })),
);
const UNKNOWN = '99999999-9999-4999-8999-999999999999';

/** Every refusal is the client's, and readable. */
function expectReadable(request: string, { status, body, text }: Answered): void {
  const defect = status >= 500 && status !== 501;
  expect([request, defect ? text : '']).toEqual([request, '']);
  if (status >= 400) {
    expect(body).toMatchObject({ faultcode: 'Client', faultstring: expect.any(String), debuginfo: null });
    expect(body.faultstring).not.toMatch(/\n/);
  }
}

/** Values that have surprised somebody before. */
const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    '0',
    -1,
    0,
    1e308,
    2 ** 53,
    1.5,
    true,
    'True',
    [],
    {},
    [null],
    [[]],
    '__proto__',
  ),
  fc.constantFrom(
    '198.18.0.1',
    '::1',
    '0.0.0.0',
    '198.18.1.1/33',
    UNKNOWN,
    'TCP',
    'HTTP',
    '\u0000',
    '💥',
    'x'.repeat(5000),
  ),
);

/** The attributes of a route's body with odd values, or a body that has nothing to do with it. */
function oddBody({ body }: Route): fc.Arbitrary<unknown> {
  const [root = 'x', inner] = Object.entries((body as Json)?.properties ?? {})[0] ?? [];
  const names = Object.keys((inner as Json)?.properties ?? (inner as Json)?.items?.properties ?? { x: 1 });
  const object = fc.dictionary(fc.constantFrom(...names), oddValue, { maxKeys: 6 });
  const wrapped = fc.oneof(object, fc.array(object, { maxLength: 2 }), oddValue).map((value) => ({ [root]: value }));
  return fc.oneof({ weight: 4, arbitrary: wrapped }, { weight: 1, arbitrary: oddValue });
}

function oddQuery({ query = [] }: Route): fc.Arbitrary<string> {
  const names = [...query.map(({ name }) => name), 'colour', 'project_id'];
  const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', '1', 'True', 'name:desc', 'id', UNKNOWN, '%'));
  return fc
    .array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 4 })
    .map((pairs) => new URLSearchParams(pairs).toString());
}

describe('odd requests', () => {
  it.each(ROUTES.map((route) => [`${route.method} ${route.url}`, route] as const))('%s', async (_name, route) => {
    api.reset();
    const web = await api.createWeb();
    const ids = [UNKNOWN, 'nonsense', ...Object.values(web).map(({ id }) => id)];
    await fc.assert(
      fc.asyncProperty(oddQuery(route), oddBody(route), fc.constantFrom(...ids), async (query, body, id) => {
        const path = route.url.replaceAll(/:pool_id/g, web.pool.id).replaceAll(/:\w+/g, id);
        const url = `${path}?${query}`;
        const answer = await api.request(route.method, url, route.method === 'GET' ? undefined : body);
        expectReadable(`${route.method} ${url} ${JSON.stringify(body)}`, answer);
      }),
      { numRuns: 15 },
    );
  });
});

interface World {
  loadbalancers: Json[];
  listeners: Json[];
  pools: Json[];
}

type Step = (world: World) => [method: string, url: string, body?: object];

const pick = <T>(list: T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
const idOf = (object: { id: string } | undefined): string => object?.id ?? UNKNOWN;

const step: fc.Arbitrary<Step> = fc
  .tuple(fc.nat({ max: 11 }), fc.nat({ max: 5 }), fc.nat({ max: 3 }))
  .map(([kind, n, port]) => (world) => {
    const loadbalancer = idOf(pick(world.loadbalancers, n));
    const listener = idOf(pick(world.listeners, n));
    const pool = idOf(pick(world.pools, n));
    const members = [11, 12, 13]
      .slice(port % 3)
      .map((host) => ({ address: `198.18.1.${host}`, protocol_port: 80 + port }));
    const steps: [string, string, object?][] = [
      ['POST', 'loadbalancers', { loadbalancer: { name: `lb${n}`, vip_address: `198.18.0.${10 + n}` } }],
      [
        'POST',
        'listeners',
        { listener: { protocol: port % 2 ? 'TCP' : 'UDP', protocol_port: 80 + port, loadbalancer_id: loadbalancer } },
      ],
      [
        'POST',
        'pools',
        { pool: { protocol: port % 2 ? 'TCP' : 'UDP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: loadbalancer } },
      ],
      ['PUT', `listeners/${listener}`, { listener: { default_pool_id: port === 3 ? null : pool } }],
      ['POST', `pools/${pool}/members`, { member: members[0] }],
      ['PUT', `pools/${pool}/members?additive_only=${port % 2 === 0}`, { members }],
      [
        'POST',
        'healthmonitors',
        { healthmonitor: { type: 'TCP', delay: 5, timeout: 3, max_retries: 2, pool_id: pool } },
      ],
      ['DELETE', `pools/${pool}`],
      ['DELETE', `listeners/${listener}`],
      ['DELETE', `loadbalancers/${loadbalancer}?cascade=${port === 3}`],
      ['PUT', `pools/${pool}`, { pool: { admin_state_up: port % 2 === 0, name: `p${n}` } }],
      ['PUT', 'quotas/shop', { quota: { loadbalancer: 3 + port, member: port === 0 ? 2 : -1 } }],
    ];
    const [method, path, body] = steps[kind]!;
    return body === undefined ? [method, `/v2/lbaas/${path}`] : [method, `/v2/lbaas/${path}`, body];
  });

async function look(): Promise<World> {
  const read = async (many: string): Promise<Json[]> => (await api.get(`/v2/lbaas/${many}`)).body[many];
  return { loadbalancers: await read('loadbalancers'), listeners: await read('listeners'), pools: await read('pools') };
}

/** Each child names its parent and each parent its child; lists and the status tree tell the same. */
async function expectConsistent({ loadbalancers, listeners, pools }: World): Promise<void> {
  const ids = (objects: Json[]): string[] => objects.map(({ id }) => id).sort();
  expect(ids(loadbalancers.flatMap((one) => one.listeners))).toEqual(ids(listeners));
  expect(ids(loadbalancers.flatMap((one) => one.pools))).toEqual(ids(pools));
  for (const listener of listeners) {
    const [parent] = listener.loadbalancers;
    expect(loadbalancers.find(({ id }) => id === parent.id).listeners).toContainEqual({ id: listener.id });
    if (listener.default_pool_id !== null) {
      expect(pools.find(({ id }) => id === listener.default_pool_id).listeners).toContainEqual({ id: listener.id });
    }
  }
  for (const { id, members } of pools) {
    const listed = (await api.get(`/v2/lbaas/pools/${id}/members`)).body.members;
    expect(ids(listed)).toEqual(ids(members));
  }
  for (const { id } of loadbalancers) {
    const tree = (await api.get(`/v2/lbaas/loadbalancers/${id}/status`)).body.statuses.loadbalancer;
    expect(ids(tree.pools)).toEqual(ids(pools.filter(({ loadbalancers: [parent] }) => parent.id === id)));
  }
}

describe('any sequence of changes', () => {
  it('leaves a tree that agrees with itself, and an audit entry for each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        api.reset();
        let world = await look();
        for (const [index, take] of steps.entries()) {
          const [method, url, body] = take(world);
          const answer = await api.request(method, url, body);
          expectReadable(`${method} ${url} ${JSON.stringify(body)}`, answer);
          expect(api.control.entries).toHaveLength(index + 1);
          expect(api.control.entries.at(-1)!.outcome).toBe(answer.status < 400 ? 'success' : 'failure');
          const before = world;
          world = await look();
          if (answer.status >= 400) {
            expect(world).toEqual(before);
          }
        }
        await expectConsistent(world);
      }),
      { numRuns: 25 },
    );
  });
});
