import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../model/testing/refusal.js';
import { type AuthBody, readAuthBody } from './auth-body.js';

const PASSWORD = {
  methods: ['password'],
  password: { user: { name: 'alice', password: 'x', domain: { name: 'Default' } } },
};
const ALICE: AuthBody['credentials'] = { method: 'password', user: { name: 'alice' }, password: 'x' };
const body = (identity: unknown, scope?: unknown) => ({
  auth: { identity, ...(scope === undefined ? {} : { scope }) },
});

describe('a login is read', () => {
  it.each<[string, unknown, AuthBody]>([
    ['with a password by name', body(PASSWORD), { credentials: ALICE, scope: undefined }],
    [
      'with a password by id, as gophercloud writes it',
      body({ methods: ['password'], password: { user: { id: 'u1', password: 'x' } } }, { project: { id: 'p1' } }),
      { credentials: { ...ALICE, user: { id: 'u1' } }, scope: { kind: 'project', project: { id: 'p1' } } },
    ],
    [
      'for a project by name',
      body(PASSWORD, { project: { name: 'shop', domain: { id: 'default' } } }),
      { credentials: ALICE, scope: { kind: 'project', project: { name: 'shop' } } },
    ],
    [
      'for a project by name without its domain',
      body(PASSWORD, { project: { name: 'shop' } }),
      { credentials: ALICE, scope: { kind: 'project', project: { name: 'shop' } } },
    ],
    ['for the system', body(PASSWORD, { system: { all: true } }), { credentials: ALICE, scope: { kind: 'system' } }],
    [
      'for the domain',
      body(PASSWORD, { domain: { id: 'default' } }),
      { credentials: ALICE, scope: { kind: 'domain' } },
    ],
    [
      'for nothing, as keystoneauth writes it',
      body(PASSWORD, 'unscoped'),
      { credentials: ALICE, scope: { kind: 'unscoped' } },
    ],
    [
      'for nothing, as Keystone writes it',
      body(PASSWORD, { unscoped: {} }),
      { credentials: ALICE, scope: { kind: 'unscoped' } },
    ],
    [
      'with a token',
      body({ methods: ['token'], token: { id: 't' } }),
      { credentials: { method: 'token', token: 't' }, scope: undefined },
    ],
    [
      'with an application credential by id',
      body({ methods: ['application_credential'], application_credential: { id: 'c', secret: 's' } }),
      { credentials: { method: 'application_credential', credential: { id: 'c' }, secret: 's' }, scope: undefined },
    ],
    [
      'with an application credential by name',
      body({
        methods: ['application_credential'],
        application_credential: { name: 'c', secret: 's', user: { name: 'alice', domain: { id: 'default' } } },
      }),
      {
        credentials: {
          method: 'application_credential',
          credential: { name: 'c' },
          secret: 's',
          user: { name: 'alice' },
        },
        scope: undefined,
      },
    ],
    [
      'as nobody from another domain',
      body({ methods: ['password'], password: { user: { name: 'alice', password: 'x', domain: { name: 'other' } } } }),
      { credentials: { ...ALICE, user: { id: '' } }, scope: undefined },
    ],
  ])('%s', (_sentence, value, expected) => {
    expect(readAuthBody(value)).toEqual(expected);
  });

  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['auth', 'auth.identity', 'auth.identity.methods']],
    ['a text', 'x', ['auth', 'auth.identity', 'auth.identity.methods']],
    ['an unknown method', body({ methods: ['totp'] }), ['auth.identity.methods']],
    ['two methods', body({ ...PASSWORD, methods: ['password', 'token'] }), ['auth.identity.methods']],
    [
      'no user',
      body({ methods: ['password'], password: {} }),
      ['auth.identity.password.user', 'auth.identity.password.user.password', 'auth.identity.password.user.name'],
    ],
    [
      'a number as password',
      body({ methods: ['password'], password: { user: { id: 'u', password: 5 } } }),
      ['auth.identity.password.user.password'],
    ],
    [
      'a secret without an end',
      body({ methods: ['token'], token: { id: 'x'.repeat(5000) } }),
      ['auth.identity.token.id'],
    ],
    [
      "an application credential by name and nobody's",
      body({ methods: ['application_credential'], application_credential: { name: 'c', secret: 's' } }),
      ['auth.identity.application_credential.user', 'auth.identity.application_credential.user.name'],
    ],
    ['an unknown scope', body(PASSWORD, { 'OS-TRUST:trust': { id: 't' } }), ['auth.scope']],
    ['a scope that is a list', body(PASSWORD, []), ['auth.scope']],
  ])('refuses %s', (_sentence, value, paths) => {
    const error = refusalOf(() => readAuthBody(value));
    expect(error).toMatchObject({ code: 'invalid_configuration' });
    expect(error.faults.map(({ path }) => path)).toEqual(paths);
  });

  it('never quotes a secret in a fault', () => {
    const secrets = { password: { hunter2: 'hunter2' }, name: ['hunter2'] };
    const error = refusalOf(() => readAuthBody(body({ methods: ['password'], password: { user: secrets } })));
    expect(error.message).not.toContain('hunter2');
  });

  it('knows no projects of other domains', () => {
    expect(readAuthBody(body(PASSWORD, { project: { name: 'shop', domain: { id: 'other' } } })).scope).toEqual({
      kind: 'project',
      project: { id: '' },
    });
    expect(refusalOf(() => readAuthBody(body(PASSWORD, { domain: { id: 'other' } })))).toMatchObject({ status: 401 });
  });
});
