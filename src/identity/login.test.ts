import { beforeEach, describe, expect, it } from 'vitest';
import type { State } from '../model/state.js';
import { type Credentials, type LoginContext, login, type ScopeRequest } from './login.js';
import { cheapPasswords, loginContext } from './testing/logins.js';
import { ALICE, BANK, ROBOT, SHOP, stateWith } from './testing/people.js';

const cheap = cheapPasswords();
const HASHES = { password: await cheap.hash('right'), secret: await cheap.hash('robotic') };
const PASSWORD: Credentials = { method: 'password', user: { name: 'alice' }, password: 'right' };
const SECRET: Credentials = { method: 'application_credential', credential: { id: ROBOT.id }, secret: 'robotic' };
const project = (id: string): ScopeRequest => ({ kind: 'project', project: { id } });
const FROM = '192.0.2.1';

let state: State;
let now: number;
let context: LoginContext;

beforeEach(() => {
  now = 5000;
  state = stateWith(
    [
      { project: SHOP, role: 'member' },
      { project: SHOP, role: 'reader' },
    ],
    {
      users: new Map([[ALICE.id, { ...ALICE, password_hash: HASHES.password }]]),
      applicationcredentials: new Map([[ROBOT.id, { ...ROBOT, secret_hash: HASHES.secret }]]),
    },
  );
  context = loginContext(
    cheap,
    () => state,
    () => now,
  );
});

describe('login', () => {
  it.each<[string, Credentials, ScopeRequest | undefined, object, string[]]>([
    [
      'by name, for a project by id',
      PASSWORD,
      project(SHOP.id),
      { kind: 'project', project_id: SHOP.id },
      ['reader', 'member'],
    ],
    [
      'by id, for a project by name',
      { ...PASSWORD, user: { id: ALICE.id } },
      { kind: 'project', project: { name: 'shop' } },
      { kind: 'project', project_id: SHOP.id },
      ['reader', 'member'],
    ],
    ['without a scope', PASSWORD, undefined, { kind: 'unscoped' }, []],
    ['by application credential', SECRET, undefined, { kind: 'project', project_id: SHOP.id }, ['reader']],
    [
      "by an application credential's name and user",
      { ...SECRET, credential: { name: 'robot' }, user: { name: 'alice' } },
      project(SHOP.id),
      { kind: 'project', project_id: SHOP.id },
      ['reader'],
    ],
  ])('%s', async (_sentence, credentials, scope, expected, roles) => {
    const { session, text } = await login(context, credentials, scope, FROM);
    expect(session.token.scope).toEqual(expected);
    expect(session.roles).toEqual(roles);
    expect(session.token).toMatchObject({ issued_at: 5000, expires_at: 65_000, methods: [credentials.method] });
    expect(context.tokens.verify(text, now)).toEqual(session.token);
  });

  it('is for the default project where no scope is asked for, and for none where that is not open to the user', async () => {
    const user = { ...state.users.get(ALICE.id)!, default_project_id: SHOP.id };
    state = { ...state, users: new Map([[user.id, user]]) };
    expect((await login(context, PASSWORD, undefined, FROM)).session.project).toEqual(SHOP);
    expect((await login(context, PASSWORD, { kind: 'unscoped' }, FROM)).session.project).toBeNull();
    state = { ...state, users: new Map([[user.id, { ...user, default_project_id: BANK.id }]]) };
    expect((await login(context, PASSWORD, undefined, FROM)).session.project).toBeNull();
  });

  it.each<[string, Credentials, ScopeRequest | undefined]>([
    ['a wrong password', { ...PASSWORD, password: 'wrong' }, undefined],
    ['an unknown user', { ...PASSWORD, user: { name: 'bob' } }, undefined],
    ['an unknown id', { ...PASSWORD, user: { id: 'alice' } }, undefined],
    ['a project where the user has no role', PASSWORD, project(BANK.id)],
    ['a project that does not exist', PASSWORD, project('nowhere')],
    ['the system', PASSWORD, { kind: 'system' }],
    ['something that is no token', { method: 'token', token: 's1.x.y' }, undefined],
    ['a wrong secret', { ...SECRET, secret: 'wrong' }, undefined],
    ['an unknown application credential', { ...SECRET, credential: { id: 'c-x' } }, undefined],
    [
      "somebody else's application credential",
      { ...SECRET, credential: { name: 'robot' }, user: { name: 'bob' } },
      undefined,
    ],
    ['an application credential in another project', SECRET, project(BANK.id)],
    ['an application credential without a scope', SECRET, { kind: 'unscoped' }],
  ])('is refused for %s, always in the same words', async (_sentence, credentials, scope) => {
    const refusal = { code: 'unauthorized', status: 401, message: expect.stringContaining('valid credentials') };
    await expect(login(context, credentials, scope, FROM)).rejects.toMatchObject(refusal);
  });

  it('is refused for a disabled user and for one without a password', async () => {
    for (const changes of [{ enabled: false }, { password_hash: '' }]) {
      const user = { ...state.users.get(ALICE.id)!, ...changes };
      state = { ...state, users: new Map([[user.id, user]]) };
      const password = 'enabled' in changes ? 'right' : '';
      await expect(login(context, { ...PASSWORD, password }, undefined, FROM)).rejects.toMatchObject({ status: 401 });
    }
  });

  it('is refused when the password changes while the old one is being hashed', async () => {
    const user = { ...state.users.get(ALICE.id)!, password_hash: await cheap.hash('new'), tokens_valid_from: 6000 };
    const pending = login(context, PASSWORD, undefined, FROM);
    state = { ...state, users: new Map([[user.id, user]]) };
    await expect(pending).rejects.toMatchObject({ status: 401 });
  });

  it('by token ends with that token, and with it', async () => {
    const first = await login(context, PASSWORD, { kind: 'unscoped' }, FROM);
    now = 20_000;
    const second = await login(context, { method: 'token', token: first.text }, project(SHOP.id), FROM);
    expect(second.session.token).toMatchObject({
      issued_at: 20_000,
      expires_at: 65_000,
      methods: ['password', 'token'],
      audit_ids: [expect.any(String), first.session.token.audit_ids[0]],
    });
    const third = await login(context, { method: 'token', token: second.text }, project(SHOP.id), FROM);
    expect(third.session.token.audit_ids[1]).toBe(first.session.token.audit_ids[0]);
  });

  it('by a token of an application credential stays within that', async () => {
    const { text } = await login(context, SECRET, undefined, FROM);
    const { session } = await login(context, { method: 'token', token: text }, undefined, FROM);
    expect(session).toMatchObject({ roles: ['reader'], application_credential: { id: ROBOT.id } });
    for (const scope of [{ kind: 'unscoped' } as const, project(BANK.id)]) {
      await expect(login(context, { method: 'token', token: text }, scope, FROM)).rejects.toMatchObject({
        status: 401,
      });
    }
  });

  it('is put off after failures, for unknown users like for known ones, before anything is hashed', async () => {
    for (const name of ['alice', 'nobody']) {
      const wrong: Credentials = { method: 'password', user: { name }, password: 'wrong' };
      for (let i = 0; i < 5; i++) {
        await expect(login(context, wrong, undefined, FROM)).rejects.toMatchObject({ status: 401 });
      }
      const right: Credentials = { ...wrong, password: 'right' };
      await expect(login(context, right, undefined, FROM)).rejects.toMatchObject({ status: 429, retryAfter: 1 });
    }
    await expect(login(context, PASSWORD, undefined, '192.0.2.2')).resolves.toBeDefined();
    now += 1000;
    await expect(login(context, PASSWORD, undefined, FROM)).resolves.toBeDefined();
  });

  it('counts failures that come in while others wait for their hash', async () => {
    const wrong: Credentials = { ...PASSWORD, password: 'wrong' };
    const attempts = Array.from({ length: 20 }, () =>
      login(context, wrong, undefined, FROM).catch((error) => error.status),
    );
    const answers = await Promise.all(attempts);
    // Two are hashed at a time, so that one more than the five free ones may get through.
    expect(answers.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
    expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(14);
  });
});
