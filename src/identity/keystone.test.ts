import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { KEYSTONE_DEFAULTS, KeystoneClient, type KeystoneSettings } from './keystone.js';

const EXPIRES = '2026-01-31T13:00:00.000000Z';
const START = Date.UTC(2026, 0, 31, 12);
const SHOP = { id: 'p1', name: 'shop', domain: { id: 'default', name: 'Default' } };
const MEMBER = { user: { id: 'u1', name: 'alice' }, project: SHOP, roles: [{ name: 'member' }], expires_at: EXPIRES };

/** A Keystone that knows some tokens. Answers of `broken`, if any, come first. */
class FakeKeystone {
  readonly tokens = new Map<string, object>([['good', MEMBER]]);
  /** `POST` and `GET TOKEN`, in order. */
  readonly asked: string[] = [];
  logins = 0;
  serviceToken = 'service-1';
  broken: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const subject = String(request.headers['x-subject-token'] ?? '');
    this.asked.push(`${request.method} ${subject}`.trim());
    if (this.broken) {
      this.broken(request, response);
    } else if (request.method === 'POST') {
      this.logins++;
      response.writeHead(201, { 'x-subject-token': this.serviceToken }).end('{"token": {}}');
    } else if (request.headers['x-auth-token'] !== this.serviceToken) {
      response.writeHead(401).end('{}');
    } else {
      const token = this.tokens.get(subject);
      response.writeHead(token ? 200 : 404).end(JSON.stringify({ token }));
    }
  }
}

const running: FakeKeystone[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((keystone) => keystone.stop()));
});

async function setUp(settings: Partial<KeystoneSettings> = {}, suffix = '') {
  const keystone = new FakeKeystone();
  running.push(keystone);
  const clock = { now: START };
  const auth_url = `${await keystone.start()}${suffix}`;
  const full = { ...KEYSTONE_DEFAULTS, auth_url, username: 'sluice', password: 'x', ...settings };
  const client = new KeystoneClient(full, () => clock.now);
  return { keystone, clock, validate: (token: string) => client.validate(token, '192.0.2.1') };
}

describe('an external Keystone', () => {
  it.each(['', '/', '/v3', '/v3/'])('tells who has a token (auth_url with "%s")', async (suffix) => {
    const { validate } = await setUp({}, suffix);
    expect(await validate('good')).toEqual({
      user: { id: 'u1', name: 'alice' },
      project: { id: 'p1', name: 'shop' },
      roles: ['member'],
      from: '192.0.2.1',
    });
  });

  it.each<[string, object, object]>([
    [
      'roles in any case, others passed over',
      { roles: [{ name: 'Member' }, { name: 'swift' }, {}] },
      { roles: ['member'] },
    ],
    [
      'a token for the whole cloud',
      { project: undefined, system: { all: true }, roles: [{ name: 'admin' }, { name: 'member' }] },
      { project: null, roles: ['admin'] },
    ],
    [
      'a token for a domain: no roles',
      { project: undefined, domain: { id: 'd' }, roles: [{ name: 'admin' }] },
      { project: null, roles: [] },
    ],
    ['a token without a scope: no roles', { project: undefined, roles: undefined }, { project: null, roles: [] }],
  ])('gives %s', async (_sentence, changes, expected) => {
    const { keystone, validate } = await setUp();
    keystone.tokens.set('good', { ...MEMBER, ...changes });
    expect(await validate('good')).toMatchObject(expected);
  });

  it('is asked once for a burst, and again after the seconds configured', async () => {
    const { keystone, clock, validate } = await setUp({ cache_seconds: 10 });
    await Promise.all([validate('good'), validate('good'), validate('good')]);
    await validate('good');
    expect(keystone.asked).toEqual(['POST', 'GET good']);
    clock.now += 10_000;
    keystone.tokens.delete('good');
    await expect(validate('good')).rejects.toMatchObject({ status: 401 });
    expect(keystone.asked).toEqual(['POST', 'GET good', 'GET good']);
  });

  it('is not believed longer than the token is good for', async () => {
    const { keystone, clock, validate } = await setUp({ cache_seconds: 3600 });
    keystone.tokens.set('good', { ...MEMBER, expires_at: new Date(START + 2000).toISOString() });
    await validate('good');
    clock.now += 2000;
    await expect(validate('good')).rejects.toMatchObject({ status: 401 });
  });

  it.each(['unknown', '', 'line\nbreak', 'ünknown', 'x'.repeat(20_000)])('does not vouch for others', async (token) => {
    const { validate } = await setUp();
    await expect(validate(token)).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
  });

  it('is logged in to again when our own token has ended', async () => {
    const { keystone, clock, validate } = await setUp();
    await validate('good');
    keystone.serviceToken = 'service-2';
    clock.now += 10_000;
    expect(await validate('good')).toMatchObject({ roles: ['member'] });
    expect(keystone.logins).toBe(2);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['fails', (_request, response) => response.writeHead(500).end('{}')],
    ['refuses our login', (_request, response) => response.writeHead(401).end('{}')],
    ['hangs up', (request) => request.socket.destroy()],
    ['leads elsewhere', (_request, response) => response.writeHead(302, { location: 'http://192.0.2.9/' }).end()],
    [
      'answers nonsense',
      (request, response) =>
        response.writeHead(request.method === 'POST' ? 201 : 200, { 'x-subject-token': 's' }).end('<html>'),
    ],
    ['does not answer', () => {}],
  ])('that %s makes requests fail with 503, and works again later', async (_sentence, broken) => {
    const { keystone, validate } = await setUp({ timeout: 0.2 });
    keystone.broken = broken;
    await expect(validate('good')).rejects.toMatchObject({ status: 503, retryAfter: 5 });
    keystone.broken = undefined;
    keystone.serviceToken = 'service-2';
    expect(await validate('good')).toMatchObject({ roles: ['member'] });
  });

  it('that is not there makes requests fail with 503', async () => {
    const { keystone, validate } = await setUp();
    await keystone.stop();
    await expect(validate('good')).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
