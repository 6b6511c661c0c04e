/** Forwarding policies from the client's side: who answers which request. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, WebScene } from '../l7/support/scene.js';
import { host, http, path, toPool } from './bodies.js';

const scene = new WebScene('policies', { backends: 3 });

beforeAll(() => scene.start());
afterAll(() => scene.stop());

/** Pools `one`, `two` and `three` of one backend each, so that the answering backend tells the pool. */
function pools(): object[] {
  return ['one', 'two', 'three'].map((name, index) => scene.pool(name, [scene.apps[index]!]));
}

const NAMES: Record<string, string> = { backend1: 'one', backend2: 'two', backend3: 'three' };

/** The pool that answers, or the status where none does. */
async function pool(served: Served, url: string, headers: Record<string, string> = {}): Promise<string | number> {
  const { status, headers: answered } = await served.get(url, { headers });
  return NAMES[answered['x-backend']?.[0] ?? ''] ?? status;
}

describe('by domain and path', () => {
  let served: Served;

  beforeAll(async () => {
    served = await scene.serve({
      pools: pools(),
      listeners: [
        http('exactness', 80, {
          default_pool: { name: 'one' },
          l7policies: [
            toPool('regex-1', 'two', path('REGEX', '^/api/v[0-9]+/')),
            toPool('regex-2', 'three', path('REGEX', '^/api/')),
            toPool('prefix', 'two', path('STARTS_WITH', '/static')),
            toPool('prefix-long', 'three', path('STARTS_WITH', '/static/images')),
            toPool('exact', 'two', path('EQUAL_TO', '/static/images/logo')),
            toPool('host', 'two', host('shop.example')),
            toPool('host-path', 'three', host('shop.example'), path('STARTS_WITH', '/cart')),
            toPool('wildcard', 'three', host('*.shop.example')),
            toPool('wildcard-exact', 'two', host('eu.shop.example')),
          ],
        }),
      ],
    });
  });

  test.each([
    ['nothing matches: the default pool', 'http://any/', 'one'],
    ['a prefix', 'http://any/static/app.js', 'two'],
    ['the longest prefix', 'http://any/static/images/a', 'three'],
    ['an exact path before the longest prefix', 'http://any/static/images/logo', 'two'],
    ['the query is no part of the path', 'http://any/static/images/logo?size=2', 'two'],
    ['a regular expression', 'http://any/api/v2/users', 'two'],
    ['the next regular expression', 'http://any/api/users', 'three'],
    ['paths are compared with their case', 'http://any/STATIC/app.js', 'one'],
    ['a domain', 'http://shop.example/', 'two'],
    ['a domain in capitals', 'http://SHOP.Example/', 'two'],
    ['a domain with its path', 'http://shop.example/cart/7', 'three'],
    ['a domain before a path of any domain', 'http://shop.example/static/images/a', 'two'],
    ['a wildcard', 'http://us.shop.example/', 'three'],
    ['a wildcard over two labels', 'http://a.us.shop.example/', 'three'],
    ['an exact domain before a wildcard', 'http://eu.shop.example/', 'two'],
    ['a wildcard is not its own domain', 'http://othershop.example/', 'one'],
  ])('%s', async (_, url, expected) => {
    expect(await pool(served, url)).toBe(expected);
  });

  test('the port of the Host header is not part of the domain', async () => {
    expect(await pool(served, '/', { Host: 'shop.example:8080' })).toBe('two');
  });

  test('two policies with the same domain and path are refused', async () => {
    await served.set('listeners', 'exactness', { policy_order: 'EXACTNESS' });
    const listener_id = await served.id('listeners', 'exactness');
    const redirect_pool_id = await served.id('pools', 'one');
    const l7policy = { name: 'again', listener_id, action: 'REDIRECT_TO_POOL', redirect_pool_id };
    const { id } = await scene.api.expect('POST', '/v2/lbaas/l7policies', { l7policy });
    const rules = `/v2/lbaas/l7policies/${id}/rules`;
    const answer = await scene.api.send({ method: 'POST', path: rules, body: { rule: host('Shop.example') } });
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('host')]);
    expect(await pool(served, 'http://shop.example/')).toBe('two');
  });

  test('a policy leads elsewhere as soon as the API has answered', async () => {
    await served.set('l7policies', 'exact', { redirect_pool_id: await served.id('pools', 'three') });
    expect(await pool(served, 'http://any/static/images/logo')).toBe('three');
    await served.set('l7policies', 'exact', { admin_state_up: false });
    expect(await pool(served, 'http://any/static/images/logo')).toBe('three');
    await served.set('l7policies', 'prefix-long', { admin_state_up: false });
    expect(await pool(served, 'http://any/static/images/logo')).toBe('two');
  });
});

describe('by position', () => {
  let served: Served;

  beforeAll(async () => {
    served = await scene.serve({
      pools: pools(),
      listeners: [
        http('position', 80, {
          default_pool: { name: 'one' },
          l7policies: [
            { name: 'reject', action: 'REJECT', rules: [path('STARTS_WITH', '/private')] },
            toPool('header', 'two', { type: 'HEADER', compare_type: 'EQUAL_TO', key: 'X-Beta', value: 'yes' }),
            toPool('cookie', 'three', { type: 'COOKIE', compare_type: 'EQUAL_TO', key: 'plan', value: 'gold' }),
            toPool('file', 'two', { type: 'FILE_TYPE', compare_type: 'EQUAL_TO', value: 'jpg' }),
            toPool('both', 'three', path('STARTS_WITH', '/both'), {
              type: 'HEADER',
              compare_type: 'CONTAINS',
              key: 'User-Agent',
              value: 'Mobile',
              invert: true,
            }),
            toPool('first', 'two', path('STARTS_WITH', '/twice')),
            toPool('second', 'three', path('STARTS_WITH', '/twice/more')),
          ],
        }),
      ],
    });
  });

  test.each<[string, string, Record<string, string>, string | number]>([
    ['a path is rejected', '/private/x', {}, 403],
    ['a header', '/', { 'x-beta': 'yes' }, 'two'],
    ['another value of the header', '/', { 'x-beta': 'no' }, 'one'],
    ['a cookie among others', '/', { cookie: 'a=b; plan=gold; c=d' }, 'three'],
    ['a file type', '/holiday.jpg', {}, 'two'],
    ['a file type is at the end of the path', '/holiday.jpg.html', {}, 'one'],
    ['all rules have to be met', '/both', { 'user-agent': 'Desktop' }, 'three'],
    ['an inverted one is not', '/both', { 'user-agent': 'A Mobile thing' }, 'one'],
    ['the first by position, not the longest', '/twice/more', {}, 'two'],
  ])('%s', async (_, url, headers, expected) => {
    expect(await pool(served, url, headers)).toBe(expected);
  });

  test('a policy that is moved to the front is asked first', async () => {
    await served.set('l7policies', 'second', { position: 1 });
    expect(await pool(served, '/twice/more')).toBe('three');
  });
});

test('without a default pool, and without members, the answer is 503', async () => {
  const served = await scene.serve({
    pools: [scene.pool('empty', [])],
    listeners: [
      http('no-pool', 80, { l7policies: [toPool('to-empty', 'empty', path('STARTS_WITH', '/empty'))] }),
      http('no-members', 81, { default_pool: { name: 'empty' } }),
    ],
  });
  expect((await served.get('/')).status).toBe(503);
  expect((await served.get('/empty')).status).toBe(503);
  expect((await served.get('http://any:81/')).status).toBe(503);
});
