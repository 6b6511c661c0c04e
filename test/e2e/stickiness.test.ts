/** Stickiness: a client keeps its member until that cannot serve it any more. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Response } from '../l7/support/curl.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http } from './bodies.js';

const scene = new WebScene('stickiness', { backends: 3, clients: 2 });
/** Requests that would reach all three members if the client did not stick to one. */
const MANY = 9;

beforeAll(() => scene.start());
afterAll(() => scene.stop());

interface Sticky {
  served: Served;
  pool: string;
}

let serial = 0;

/** A listener at port 80 whose pool has that persistence. */
async function sticky(session_persistence: object): Promise<Sticky> {
  const pool = `sticky-${++serial}`;
  const served = await scene.serve({
    pools: [scene.pool(pool, scene.apps, { session_persistence })],
    listeners: [http(`listener-${serial}`, 80, { default_pool: { name: pool } })],
  });
  return { served, pool };
}

/** `NAME=VALUE` of the cookie that an answer sets. @throws Error when it sets none, or several */
function cookieOf({ headers }: Response, name?: string): string {
  const cookies = (headers['set-cookie'] ?? []).filter((cookie) => name === undefined || cookie.startsWith(`${name}=`));
  if (cookies.length !== 1) throw new Error(`cookies: ${JSON.stringify(headers['set-cookie'])}`);
  return cookies[0]!.split(';')[0]!;
}

/** Who answers a client with that cookie. */
function answers({ served }: Sticky, cookie?: string, path = '/'): Promise<Record<string, number>> {
  return served.answers(path, MANY, cookie === undefined ? {} : { headers: { Cookie: cookie } });
}

/** Sets fields of the member that is `backend1`… */
async function setMember({ served, pool }: Sticky, name: string, fields: object): Promise<void> {
  const members = `/v2/lbaas/pools/${await served.id('pools', pool)}/members`;
  const [member] = await scene.api.expect('GET', `${members}?name=${name}`);
  await scene.api.expect('PUT', `${members}/${member.id}`, { member: fields });
}

test('without it, all members answer in turn', async () => {
  const served = await scene.serve({
    pools: [scene.pool('not-sticky')],
    listeners: [http('not-sticky', 80, { default_pool: { name: 'not-sticky' } })],
  });
  expect(await served.answers('/', MANY)).toEqual({ backend1: 3, backend2: 3, backend3: 3 });
});

describe('a cookie that is inserted', () => {
  test('has a name of its own making, is hidden from scripts, and holds the client', async () => {
    const balancer = await sticky({ type: 'HTTP_COOKIE' });
    const first = await balancer.served.get('/');
    expect(first.headers['set-cookie']![0]).toMatch(/^SRV[^=]*=[^;]+;.*httponly/i);
    expect(await answers(balancer, cookieOf(first))).toEqual({ [first.echo().backend]: MANY });
    // A client without the cookie is another client.
    expect(Object.keys(await answers(balancer))).toHaveLength(3);
  });

  test('does not tell the address of the member', async () => {
    const { served } = await sticky({ type: 'HTTP_COOKIE' });
    const response = await served.get('/');
    const { address } = scene.apps.find(({ name }) => name === response.echo().backend)!;
    expect(response.headers['set-cookie']![0]).not.toContain(address);
  });

  test('has the name that was chosen', async () => {
    const balancer = await sticky({ type: 'HTTP_COOKIE', cookie_name: 'shop_member' });
    const cookie = cookieOf(await balancer.served.get('/'));
    expect(cookie).toMatch(/^shop_member=/);
    expect(Object.keys(await answers(balancer, cookie))).toHaveLength(1);
  });

  test('members do not see it', async () => {
    const { served } = await sticky({ type: 'HTTP_COOKIE' });
    const cookie = cookieOf(await served.get('/'));
    const { headers } = (await served.get('/', { headers: { Cookie: `own=1; ${cookie}` } })).echo();
    expect(headers.cookie).toEqual(['own=1']);
  });

  test('a made-up one is no way to a member', async () => {
    const balancer = await sticky({ type: 'HTTP_COOKIE', cookie_name: 'made_up' });
    expect(Object.keys(await answers(balancer, 'made_up=backend1'))).toHaveLength(3);
  });

  test('clients stay when a member is added, and move when theirs is disabled', async () => {
    const balancer = await sticky({ type: 'HTTP_COOKIE' });
    const first = await balancer.served.get('/');
    const cookie = cookieOf(first);
    const { backend } = first.echo();
    const other = scene.apps.find(({ name }) => name !== backend)!.name;
    await setMember(balancer, other, { weight: 5 });
    expect(await answers(balancer, cookie)).toEqual({ [backend]: MANY });
    await setMember(balancer, backend, { admin_state_up: false });
    const moved = await balancer.served.get('/', { headers: { Cookie: cookie } });
    expect(moved.echo().backend).not.toBe(backend);
    expect(await answers(balancer, cookieOf(moved))).toEqual({ [moved.echo().backend]: MANY });
  });
});

test('a cookie of the server is rewritten, and back again for the server', async () => {
  const balancer = await sticky({ type: 'HTTP_COOKIE', cookie_name: 'session', cookie_mode: 'REWRITE' });
  const plain = await balancer.served.get('/');
  expect(plain.headers['set-cookie']).toBeUndefined();
  const first = await balancer.served.get('/?cookie=session=s3cret');
  const cookie = cookieOf(first, 'session');
  expect(cookie).toMatch(/s3cret$/);
  expect(await answers(balancer, cookie)).toEqual({ [first.echo().backend]: MANY });
  const { headers } = (await balancer.served.get('/', { headers: { Cookie: cookie } })).echo();
  expect(headers.cookie).toEqual(['session=s3cret']);
});

test('a cookie of the application is learned', async () => {
  const balancer = await sticky({ type: 'APP_COOKIE', cookie_name: 'JSESSIONID' });
  const first = await balancer.served.get('/?cookie=JSESSIONID=abc123');
  expect(cookieOf(first)).toBe('JSESSIONID=abc123');
  expect(await answers(balancer, 'JSESSIONID=abc123')).toEqual({ [first.echo().backend]: MANY });
  expect(Object.keys(await answers(balancer, 'JSESSIONID=unknown'))).toHaveLength(3);
});

test('a learned cookie is known after a change that makes HAProxy start anew', async () => {
  const balancer = await sticky({ type: 'APP_COOKIE', cookie_name: 'KEPT' });
  const first = await balancer.served.get('/?cookie=KEPT=abc123');
  await balancer.served.set('listeners', `listener-${serial}`, { timeout_client_data: 50_000 });
  expect(await answers(balancer, 'KEPT=abc123')).toEqual({ [first.echo().backend]: MANY });
});

test('clients are recognized by their address', async () => {
  const balancer = await sticky({ type: 'SOURCE_IP' });
  for (const from of ['client1', 'client2']) {
    expect(Object.keys(await balancer.served.answers('/', MANY, { from }))).toHaveLength(1);
  }
  const [backend] = Object.keys(await answers(balancer));
  await setMember(balancer, backend!, { admin_state_up: false });
  expect(Object.keys(await answers(balancer))).toEqual([expect.not.stringMatching(backend!)]);
});

test('a client whose member does not take connections any more is served by another one', async () => {
  const balancer = await sticky({ type: 'HTTP_COOKIE' });
  const first = await balancer.served.get('/');
  const app = scene.apps.find(({ name }) => name === first.echo().backend)!;
  await app.process.stop();
  const moved = await balancer.served.get('/', { headers: { Cookie: cookieOf(first) } });
  expect([moved.status, moved.echo().backend === app.name]).toEqual([200, false]);
});
