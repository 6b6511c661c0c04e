import { beforeEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../control/operation.js';
import { MemoryControl } from '../../control/testing/memory-control.js';
import { ROLES } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { emptyState } from '../../store/rows.js';
import { ALICE, BANK, ROBOT, SHOP, stateWith } from '../testing/people.js';
import { createApplicationCredential, deleteApplicationCredential } from './application-credentials.js';
import { firstStart } from './first-start.js';
import { createProject, deleteProject, updateProject } from './projects.js';
import { revokeToken } from './revocations.js';
import { assignRole, removeRole } from './role-assignments.js';
import { changePassword, createUser, deleteUser, updateUser } from './users.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const BOB = { description: '', email: null, name: 'bob', enabled: true, password_hash: 'h', default_project_id: null };
const { id: _id, roles: _roles, ...NEW_ROBOT } = ROBOT;

let control: MemoryControl;
const run = <T>(operation: Operation<T>): T => control.run(operation);

beforeEach(() => {
  const credentials = { applicationcredentials: new Map([[ROBOT.id, ROBOT]]) };
  control = new MemoryControl({ state: stateWith([{ project: SHOP, role: 'member' }], credentials), now: () => NOW });
});

describe('identity operations refuse', () => {
  it.each<[string, string, Operation<unknown>]>([
    ['a second user of a name', 'conflict', createUser({ ...BOB, name: 'alice' })],
    ['a default project that is none', 'not_found', createUser({ ...BOB, default_project_id: 'x' })],
    ['to change a user that is none', 'not_found', updateUser('x', {})],
    ['a default project that is none, in a change', 'not_found', updateUser(ALICE.id, { default_project_id: 'x' })],
    ['to delete a user that is none', 'not_found', deleteUser('x')],
    ['a change of password after another one', 'conflict', changePassword(ALICE.id, 'old', 'new')],
    ['a second project of a name', 'conflict', createProject({ ...SHOP, name: 'bank' })],
    ['to rename a project to the name of another one', 'conflict', updateProject(SHOP.id, { name: 'bank' })],
    ['to change a project that is none', 'not_found', updateProject('x', {})],
    ['to delete a project that is none', 'not_found', deleteProject('x')],
    ['a role for nobody', 'not_found', assignRole('x', SHOP.id, 'reader')],
    ['a role nowhere', 'not_found', assignRole(ALICE.id, 'x', 'reader')],
    ['to take a role that is not there', 'not_found', removeRole(ALICE.id, SHOP.id, 'admin')],
    [
      'an application credential with more than its user has',
      'permission_denied',
      createApplicationCredential({ ...NEW_ROBOT, name: 'r2', roles: ['admin'] }),
    ],
    [
      'an application credential where its user has no role',
      'permission_denied',
      createApplicationCredential({ ...NEW_ROBOT, name: 'r2', roles: null, project_id: BANK.id }),
    ],
    [
      'a second application credential of a name',
      'conflict',
      createApplicationCredential({ ...NEW_ROBOT, roles: null }),
    ],
    ["to delete somebody else's application credential", 'not_found', deleteApplicationCredential('u-bob', ROBOT.id)],
  ])('%s', (_sentence, code, operation) => {
    const before = control.state;
    expect(() => run(operation)).toThrow(expect.objectContaining({ code }));
    expect(control.state).toBe(before);
  });

  it.each<[string, Partial<State>]>([
    ['a load balancer', { loadbalancers: [{ project_id: SHOP.id } as State['loadbalancers'][number]] }],
    ['an access list', { accesslists: new Map([['a', { project_id: SHOP.id } as never]]) }],
    [
      '2 public addresses',
      {
        publicaddresses: new Map([
          ['a', { project_id: SHOP.id } as never],
          ['b', { project_id: SHOP.id } as never],
        ]),
      },
    ],
  ])('to delete a project that owns %s', (what, changes) => {
    control.state = { ...control.state, ...changes };
    expect(() => run(deleteProject(SHOP.id))).toThrow(`project "shop" owns ${what}; delete what it owns first`);
    expect(run(deleteProject(BANK.id))).toEqual(BANK);
  });

  it('to delete the last project', () => {
    run(deleteProject(BANK.id));
    expect(() => run(deleteProject(SHOP.id))).toThrow(expect.objectContaining({ code: 'conflict' }));
  });
});

describe('users', () => {
  it('are made, changed and deleted with all that is theirs', () => {
    const bob = run(createUser({ ...BOB, default_project_id: SHOP.id }));
    expect(control.state.users.get(bob.id)).toEqual({
      ...BOB,
      default_project_id: SHOP.id,
      id: bob.id,
      tokens_valid_from: NOW,
    });
    expect(run(updateUser(bob.id, { name: 'robert' }))).toMatchObject({ name: 'robert', tokens_valid_from: NOW });
    const { quotas, projects } = control.state;
    run(deleteUser(ALICE.id));
    expect([...control.state.users.keys()]).toEqual([bob.id]);
    expect(control.state.roleassignments.size).toBe(0);
    expect(control.state.applicationcredentials.size).toBe(0);
    expect(control.state.quotas).toBe(quotas);
    expect(control.state.projects).toBe(projects);
  });

  it('may keep their own name in a change', () => {
    expect(run(updateUser(ALICE.id, { name: 'alice' })).name).toBe('alice');
  });

  it.each([
    ['their password changes', { password_hash: 'new' }, true],
    ['they are disabled', { enabled: false }, true],
    ['they are enabled', { enabled: true }, false],
    ['they are renamed', { name: 'x' }, false],
  ])('lose their tokens when %s', (_sentence, patch, ends) => {
    const before = control.state.users.get(ALICE.id)!.tokens_valid_from;
    expect(run(updateUser(ALICE.id, patch)).tokens_valid_from !== before).toBe(ends);
  });

  it('lose their tokens with each change of password, even twice in a second or with a clock that goes back', () => {
    const generations = [0, 0, -5000].map((shift, index) => {
      control.now = () => NOW + shift;
      return run(changePassword(ALICE.id, index === 0 ? '' : `h${index - 1}`, `h${index}`)).tokens_valid_from;
    });
    expect(new Set(generations).size).toBe(3);
    expect([...generations].sort((a, b) => a - b)).toEqual(generations);
  });
});

describe('projects', () => {
  it("go with all that is theirs, and are nobody's default any more", () => {
    run(updateUser(ALICE.id, { default_project_id: SHOP.id }));
    control.state = { ...control.state, quotas: new Map([[SHOP.id, { project_id: SHOP.id, listener: 5 }]]) };
    run(deleteProject(SHOP.id));
    expect(control.state.projects.has(SHOP.id)).toBe(false);
    expect(control.state.users.get(ALICE.id)!.default_project_id).toBeNull();
    expect([
      control.state.roleassignments.size,
      control.state.applicationcredentials.size,
      control.state.quotas.size,
    ]).toEqual([0, 0, 0]);
  });

  it('leave users as they are whose default they were not', () => {
    const { users } = control.state;
    run(deleteProject(BANK.id));
    expect(control.state.users).toBe(users);
  });
});

describe('roles', () => {
  it('are given once, and taken', () => {
    run(assignRole(ALICE.id, BANK.id, 'reader'));
    const before = control.state;
    run(assignRole(ALICE.id, BANK.id, 'reader'));
    expect(control.state).toBe(before);
    run(removeRole(ALICE.id, BANK.id, 'reader'));
    expect([...control.state.roleassignments.values()].map(({ role }) => role)).toEqual(['member']);
  });
});

describe('application credentials', () => {
  it("have the roles asked for, else all of their user's", () => {
    run(assignRole(ALICE.id, SHOP.id, 'reader'));
    expect(run(createApplicationCredential({ ...NEW_ROBOT, name: 'a', roles: null })).roles).toEqual([
      'reader',
      'member',
    ]);
    expect(run(createApplicationCredential({ ...NEW_ROBOT, name: 'b', roles: ['reader'] })).roles).toEqual(['reader']);
    run(deleteApplicationCredential(ALICE.id, ROBOT.id));
    expect([...control.state.applicationcredentials.values()].map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('revocations', () => {
  it('are forgotten once their tokens have expired', () => {
    run(revokeToken({ id: 'a', expires_at: NOW + 1000 }));
    run(revokeToken({ id: 'b', expires_at: NOW + 5000 }));
    expect([...control.state.revokedtokens.keys()]).toEqual(['a', 'b']);
    control.now = () => NOW + 1000;
    run(revokeToken({ id: 'c', expires_at: NOW + 9000 }));
    expect([...control.state.revokedtokens.keys()]).toEqual(['b', 'c']);
  });
});

describe('the first start', () => {
  it('makes project and user admin with all roles, once', () => {
    control.state = emptyState();
    expect(run(firstStart('hash'))).toEqual({ created: true });
    const { users, projects, roleassignments } = control.state;
    const [user] = users.values();
    const [project] = projects.values();
    expect(user).toMatchObject({
      name: 'admin',
      enabled: true,
      password_hash: 'hash',
      default_project_id: project!.id,
    });
    expect(project).toMatchObject({ name: 'admin', enabled: true });
    expect([...roleassignments.values()].map(({ role }) => role)).toEqual([...ROLES]);
    const before = control.state;
    expect(run(firstStart('other'))).toEqual({ created: false });
    expect(control.state).toBe(before);
  });

  it('takes a project admin that is there already', () => {
    control.state = { ...emptyState(), projects: new Map([['p', { ...SHOP, id: 'p', name: 'admin' }]]) };
    run(firstStart('hash'));
    expect([...control.state.projects.keys()]).toEqual(['p']);
    expect([...control.state.users.values()][0]).toMatchObject({ default_project_id: 'p' });
  });
});
