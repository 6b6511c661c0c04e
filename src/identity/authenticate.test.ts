import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { State } from '../model/state.js';
import { identityAuthenticator, openAuthenticator, type RequestFacts } from './authenticate.js';
import type { LoginContext } from './login.js';
import { cheapPasswords, loginContext } from './testing/logins.js';
import { ALICE, BANK, SHOP, stateWith, tokenFor } from './testing/people.js';

const cheap = cheapPasswords();
const HASH = await cheap.hash('right: with a colon');
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const RIGHT = basic('alice:right: with a colon');

let state: State;
let now: number;
let context: LoginContext;
const ask = (headers: RequestFacts['headers']) => identityAuthenticator(context)({ headers, address: '192.0.2.1' });

function setUser(changes: Partial<typeof ALICE>): void {
  const user = { ...state.users.get(ALICE.id)!, ...changes };
  state = { ...state, users: new Map([[user.id, user]]) };
}

beforeEach(() => {
  now = 5000;
  state = stateWith([{ project: SHOP, role: 'member' }]);
  setUser({ password_hash: HASH });
  context = loginContext(
    cheap,
    () => state,
    () => now,
  );
});

describe('who asks', () => {
  const alice = {
    user: { id: ALICE.id, name: 'alice' },
    project: { id: SHOP.id, name: 'shop' },
    roles: ['member'],
    from: '192.0.2.1',
  };

  it('is told by X-Auth-Token, by a bearer token and by basic authentication', async () => {
    const text = context.tokens.sign(tokenFor());
    expect(await ask({ 'x-auth-token': text })).toEqual(alice);
    expect(await ask({ authorization: `Bearer ${text}` })).toEqual(alice);
    expect(await ask(RIGHT)).toEqual(alice);
  });

  it.each<[string, RequestFacts['headers']]>([
    ['nothing', {}],
    ['an empty token', { 'x-auth-token': '' }],
    ['a wrong token, even beside the right password', { 'x-auth-token': 'x', ...RIGHT }],
    ['a wrong password', basic('alice:wrong')],
    ['no password', basic('alice')],
    ['no user', basic(':right')],
    ['basic authentication that is no base64', { authorization: 'Basic \u0000' }],
    ['another scheme', { authorization: 'Digest username="alice"' }],
  ])('is not told by %s', async (_sentence, headers) => {
    await expect(ask(headers)).rejects.toMatchObject({ status: 401 });
  });

  it('is in the default project with basic authentication, else in the only one, else in none', async () => {
    const both = stateWith([
      { project: SHOP, role: 'member' },
      { project: BANK, role: 'reader' },
    ]);
    state = { ...both, users: state.users };
    expect((await ask(RIGHT)).project).toBeNull();
    expect((await ask(RIGHT)).roles).toEqual([]);
    setUser({ default_project_id: BANK.id });
    expect(await ask(RIGHT)).toMatchObject({ project: { name: 'bank' }, roles: ['reader'] });
  });

  it('is not hashed for each request, but again after a minute, and when the password has changed', async () => {
    const verify = vi.spyOn(context.passwords, 'verify');
    const authenticate = identityAuthenticator(context);
    const request = { headers: RIGHT, address: '192.0.2.1' };
    await authenticate(request);
    await authenticate(request);
    expect(verify).toHaveBeenCalledTimes(1);
    now += 60_000;
    await authenticate(request);
    expect(verify).toHaveBeenCalledTimes(2);
    setUser({ password_hash: await cheap.hash('new') });
    await expect(authenticate(request)).rejects.toMatchObject({ status: 401 });
    expect(verify).toHaveBeenCalledTimes(3);
  });

  it('is refused at once when the user is disabled, also with a password that was right a moment ago', async () => {
    const authenticate = identityAuthenticator(context);
    const request = { headers: RIGHT, address: '192.0.2.1' };
    await authenticate(request);
    setUser({ enabled: false });
    await expect(authenticate(request)).rejects.toMatchObject({ status: 401 });
  });
});

describe('who asks where nobody is asked', () => {
  const open = (headers: RequestFacts['headers']) => openAuthenticator(() => state)({ headers, address: '127.0.0.1' });

  it.each<[string, RequestFacts['headers']]>([
    ['an address', { host: '127.0.0.1:9876' }],
    ['an IPv6 address', { host: '[::1]:9876' }],
    ['localhost', { host: 'localhost:9876' }],
    ['no host', {}],
    ['a page of its own', { host: '127.0.0.1:9876', origin: 'http://127.0.0.1:9876' }],
  ])('may everything, by %s', async (_sentence, headers) => {
    expect(await open(headers)).toMatchObject({
      user: { name: 'anonymous' },
      roles: expect.arrayContaining(['admin']),
    });
  });

  it.each<[string, RequestFacts['headers']]>([
    ['a name that leads to loopback', { host: 'rebound.example.com:9876' }],
    ['a page from elsewhere', { host: '127.0.0.1:9876', origin: 'https://evil.example.com' }],
    ['a page without an origin', { host: '127.0.0.1:9876', origin: 'null' }],
  ])('is refused by %s', async (_sentence, headers) => {
    await expect(open(headers)).rejects.toMatchObject({ code: 'permission_denied' });
  });
});
