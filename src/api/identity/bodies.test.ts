import { describe, expect, it } from 'vitest';
import {
  readCredentialCreate,
  readPasswordChange,
  readProjectCreate,
  readProjectPatch,
  readUserCreate,
  readUserPatch,
} from './bodies.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const credential = (fields: object) => readCredentialCreate({ application_credential: { name: 'ci', ...fields } }, NOW);

describe('bodies', () => {
  it.each<[string, unknown, unknown]>([
    [
      'a user with nothing but a name',
      readUserCreate({ user: { name: 'alice' } }),
      { name: 'alice', description: '', email: null, password: null, enabled: true, default_project_id: null },
    ],
    [
      'a user as the OpenStack client writes it',
      readUserCreate({ user: { name: 'alice', password: 'x', enabled: false, options: {}, domain_id: 'default' } }),
      { name: 'alice', description: '', email: null, password: 'x', enabled: false, default_project_id: null },
    ],
    [
      'a user as Terraform writes it',
      readUserCreate({
        user: {
          name: 'alice',
          password: 'x',
          enabled: true,
          options: { ignore_password_expiry: true },
          default_project_id: 'p1',
        },
      }),
      { name: 'alice', description: '', email: null, password: 'x', enabled: true, default_project_id: 'p1' },
    ],
    [
      'a user as dashboards write it, with fields that are empty',
      readUserCreate({ user: { name: 'alice', email: '', description: null, options: null } }),
      { name: 'alice', description: '', email: '', password: null, enabled: true, default_project_id: null },
    ],
    ['a change of nothing', readUserPatch({ user: {} }), {}],
    [
      'a change of all',
      readUserPatch({ user: { name: 'a', enabled: 'False', default_project_id: null, password: 'x' } }),
      { name: 'a', enabled: false, default_project_id: null, password: 'x' },
    ],
    ['a password taken away', readUserPatch({ user: { password: null } }), { password: null }],
    [
      'a project',
      readProjectCreate({ project: { name: 'shop', tags: [], options: {}, is_domain: false, parent_id: 'default' } }),
      { name: 'shop', description: '', enabled: true },
    ],
    ['a change of a project', readProjectPatch({ project: { description: 'x' } }), { description: 'x' }],
    [
      'a change of password',
      readPasswordChange({ user: { password: 'x', original_password: 'y' } }),
      { password: 'x', original_password: 'y' },
    ],
    [
      'an application credential',
      credential({}),
      { name: 'ci', description: '', roles: null, secret: null, expires_at: null },
    ],
    [
      'an application credential with all there is',
      credential({
        roles: [{ id: 'member' }, { name: 'reader' }, { name: 'Member' }],
        secret: 's',
        expires_at: '2027-01-31T12:00:00.000000',
        unrestricted: false,
        access_rules: [],
      }),
      { name: 'ci', description: '', roles: ['member', 'reader'], secret: 's', expires_at: '2027-01-31T12:00:00.000Z' },
    ],
    [
      'an expiry in UTC',
      credential({ expires_at: '2027-01-31T12:00:00Z' }),
      expect.objectContaining({ expires_at: '2027-01-31T12:00:00.000Z' }),
    ],
    [
      'an expiry in another zone',
      credential({ expires_at: '2027-01-31T12:00:00+02:00' }),
      expect.objectContaining({ expires_at: '2027-01-31T10:00:00.000Z' }),
    ],
  ])('are read: %s', (_sentence, input, expected) => {
    expect(input).toEqual(expected);
  });

  it.each<[string, () => unknown, string, string[]]>([
    ['no user', () => readUserCreate({}), 'invalid_configuration', ['user']],
    ['no body', () => readUserCreate(undefined), 'invalid_configuration', ['user']],
    [
      'every fault at once',
      () => readUserCreate({ user: { nam: 'x', enabled: 'maybe', domain_id: 'other' } }),
      'invalid_configuration',
      ['user', 'user.nam', 'user.enabled', 'user.domain_id'],
    ],
    ['an empty name', () => readUserCreate({ user: { name: '' } }), 'invalid_configuration', ['user.name']],
    [
      'a name with a line break',
      () => readUserCreate({ user: { name: 'a\nb' } }),
      'invalid_configuration',
      ['user.name'],
    ],
    [
      'an empty password',
      () => readUserCreate({ user: { name: 'x', password: '' } }),
      'invalid_configuration',
      ['user.password'],
    ],
    [
      'an endless password',
      () => readUserCreate({ user: { name: 'x', password: 'x'.repeat(1025) } }),
      'invalid_configuration',
      ['user.password'],
    ],
    [
      'what users do not have here',
      () => readUserCreate({ user: { name: 'x', options: { lock_password: true } } }),
      'unsupported',
      ['user.options.lock_password'],
    ],
    [
      'what projects do not have here',
      () => readProjectCreate({ project: { name: 'x', is_domain: true, tags: ['a'] } }),
      'unsupported',
      ['project.is_domain', 'project.tags'],
    ],
    [
      'a change of password without the old one',
      () => readPasswordChange({ user: { password: 'x' } }),
      'invalid_configuration',
      ['user.original_password'],
    ],
    [
      'unknown roles',
      () => credential({ roles: [{ name: 'king' }, 'member'] }),
      'invalid_configuration',
      ['application_credential.roles[0]', 'application_credential.roles[1]'],
    ],
    [
      'an expiry that has passed',
      () => credential({ expires_at: '2025-01-31T12:00:00' }),
      'invalid_configuration',
      ['application_credential.expires_at'],
    ],
    [
      'an expiry that is no time',
      () => credential({ expires_at: 'tomorrow' }),
      'invalid_configuration',
      ['application_credential.expires_at'],
    ],
    [
      'an application credential that can make others',
      () => credential({ unrestricted: true }),
      'unsupported',
      ['application_credential.unrestricted'],
    ],
    [
      'access rules',
      () => credential({ access_rules: [{ path: '/' }] }),
      'unsupported',
      ['application_credential.access_rules'],
    ],
  ])('are refused: %s', (_sentence, read, code, paths) => {
    expect(read).toThrow(
      expect.objectContaining({ code, faults: paths.map((path) => expect.objectContaining({ path })) }),
    );
  });

  it('never quote a secret in a fault', () => {
    for (const password of [12345678, ['12345678'], { a: '12345678' }]) {
      expect(() => readUserCreate({ user: { name: 'x', password } })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('12345678') }),
      );
    }
  });
});
