import { describe, expect, it } from 'vitest';
import type { State } from '../model/state.js';
import { currentSession } from './sessions.js';
import { ALICE, BANK, ROBOT, SHOP, stateWith, tokenFor } from './testing/people.js';
import type { Token } from './tokens.js';

const NOW = 5000;
const MEMBER = stateWith([{ project: SHOP, role: 'member' }]);
const robot = (changes: Partial<typeof ROBOT> = {}) => ({
  applicationcredentials: new Map([[ROBOT.id, { ...ROBOT, ...changes }]]),
});
const OF_ROBOT = tokenFor({ application_credential_id: ROBOT.id, methods: ['application_credential'] });

describe('a token is worth', () => {
  it.each<[string, State, Token, string[]]>([
    ['the roles its user has now', MEMBER, tokenFor(), ['member']],
    [
      'roles given after it was issued',
      stateWith([
        { project: SHOP, role: 'member' },
        { project: SHOP, role: 'admin' },
      ]),
      tokenFor(),
      ['member', 'admin'],
    ],
    ['nothing in a project without a scope', MEMBER, tokenFor({ scope: { kind: 'unscoped' } }), []],
    [
      'for the system, only the roles that reach beyond a project',
      stateWith([
        { project: SHOP, role: 'member' },
        { project: BANK, role: 'load-balancer_global_observer' },
      ]),
      tokenFor({ scope: { kind: 'system' } }),
      ['load-balancer_global_observer'],
    ],
    [
      'as an application credential, the roles that it and its user have',
      stateWith(
        [
          { project: SHOP, role: 'reader' },
          { project: SHOP, role: 'member' },
        ],
        robot({ roles: ['reader', 'admin'] }),
      ),
      OF_ROBOT,
      ['reader'],
    ],
  ])('%s', (_sentence, state, token, roles) => {
    expect(currentSession(state, token, NOW)?.roles).toEqual(roles);
  });

  it.each<[string, State, Token]>([
    ['the user is gone', { ...MEMBER, users: new Map() }, tokenFor()],
    ['the user is disabled', { ...MEMBER, users: new Map([[ALICE.id, { ...ALICE, enabled: false }]]) }, tokenFor()],
    [
      'the password was changed',
      { ...MEMBER, users: new Map([[ALICE.id, { ...ALICE, tokens_valid_from: 1001 }]]) },
      tokenFor(),
    ],
    ['it was revoked', { ...MEMBER, revokedtokens: new Map([['a1', { id: 'a1', expires_at: 10_000 }]]) }, tokenFor()],
    [
      'the login it was made from was revoked',
      { ...MEMBER, revokedtokens: new Map([['a0', { id: 'a0', expires_at: 10_000 }]]) },
      tokenFor({ audit_ids: ['a1', 'a0'] }),
    ],
    ['the project is gone', { ...MEMBER, projects: new Map() }, tokenFor()],
    ['the project is disabled', { ...MEMBER, projects: new Map([[SHOP.id, { ...SHOP, enabled: false }]]) }, tokenFor()],
    ['the last role was taken away', stateWith([{ project: BANK, role: 'admin' }]), tokenFor()],
    ['it is for the system and no role reaches so far', MEMBER, tokenFor({ scope: { kind: 'system' } })],
    ['it is for the domain and no role reaches so far', MEMBER, tokenFor({ scope: { kind: 'domain' } })],
    [
      'the project of the far-reaching role is disabled',
      stateWith([{ project: SHOP, role: 'admin' }], { projects: new Map([[SHOP.id, { ...SHOP, enabled: false }]]) }),
      tokenFor({ scope: { kind: 'system' } }),
    ],
    ['its application credential is gone', stateWith([{ project: SHOP, role: 'reader' }]), OF_ROBOT],
    [
      'its application credential has expired',
      stateWith([{ project: SHOP, role: 'reader' }], robot({ expires_at: new Date(NOW).toISOString() })),
      OF_ROBOT,
    ],
    [
      'its application credential is of somebody else',
      stateWith([{ project: SHOP, role: 'reader' }], robot({ user_id: 'u-bob' })),
      OF_ROBOT,
    ],
    [
      'user and application credential have no role in common',
      stateWith([{ project: SHOP, role: 'member' }], robot()),
      OF_ROBOT,
    ],
  ])('nothing when %s', (_sentence, state, token) => {
    expect(currentSession(state, token, NOW)).toBeUndefined();
  });
});
