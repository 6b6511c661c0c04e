/** Projects, users, what roles users have in projects, and application credentials. Keystone's, whichever serves it. */
import { ROLES } from '../../model/identity.js';
import { DESCRIPTION, ENABLED, type Json, NAME, type ResourceType, VERBS } from './resource.js';

export const PROJECT_TYPE: ResourceType = {
  name: 'project',
  aliases: ['projects'],
  noun: 'project',
  nouns: 'projects',
  about: 'What load balancers belong to.',
  path: '/identity/v3/projects',
  one: 'project',
  many: 'projects',
  naming: 'name',
  verbs: VERBS,
  update: 'PATCH',
  columns: ['name', 'description', 'enabled', 'id'],
  fields: [{ ...NAME, create: 'required' }, DESCRIPTION, ENABLED],
  examples: {
    get: [{ command: 'sluice get projects' }],
    show: [{ command: 'sluice show project web-team' }],
    create: [{ command: 'sluice create project web-team' }],
    set: [
      { command: 'sluice set project web-team --disable', note: 'its tokens stop working, its load balancers do not' },
    ],
    unset: [{ command: 'sluice unset project web-team --description' }],
    delete: [{ command: 'sluice delete project web-team' }],
  },
};

export const USER: ResourceType = {
  name: 'user',
  aliases: ['users'],
  noun: 'user',
  nouns: 'users',
  about: 'Who may ask for a token.',
  path: '/identity/v3/users',
  one: 'user',
  many: 'users',
  naming: 'name',
  verbs: VERBS,
  update: 'PATCH',
  columns: ['name', 'enabled', 'default_project', 'id'],
  special: [
    {
      name: 'default_project',
      title: 'DEFAULT PROJECT',
      value: ({ default_project_id }) => default_project_id ?? null,
      refers: 'project',
    },
  ],
  fields: [
    { ...NAME, create: 'required' },
    { name: 'password', kind: 'secret', create: 'required', unset: false, help: 'what she logs in with' },
    {
      name: 'default_project_id',
      flag: 'project',
      kind: 'text',
      refers: 'project',
      help: 'project of her tokens unless she names one',
    },
    DESCRIPTION,
    { name: 'email', kind: 'text', placeholder: 'address', help: 'where she is written to' },
    ENABLED,
  ],
  examples: {
    get: [{ command: 'sluice get users' }],
    show: [{ command: 'sluice show user alice' }],
    create: [
      { command: 'sluice create user alice --password-prompt' },
      { command: 'sluice create user robot --password-file robot.password --project web-team' },
    ],
    set: [{ command: 'sluice set user alice --password-prompt', note: 'her tokens end' }],
    unset: [{ command: 'sluice unset user alice --project' }],
    delete: [{ command: 'sluice delete user alice' }],
  },
};

/** An attribute of one of the objects that a role assignment names. */
function named(...path: string[]): (assignment: Json) => unknown {
  return (assignment) => path.reduce<unknown>((value, key) => (value as Json | undefined)?.[key], assignment);
}

export const ROLE: ResourceType = {
  name: 'role',
  aliases: ['roles'],
  noun: 'role',
  nouns: 'roles',
  about: 'What a user may do in a project.',
  path: '/identity/v3/role_assignments',
  one: 'role_assignment',
  many: 'role_assignments',
  listQuery: { include_names: 'true' },
  naming: 'name',
  verbs: ['get'],
  columns: ['user', 'project', 'role'],
  special: [
    { name: 'user', value: named('user', 'name') },
    { name: 'project', value: named('scope', 'project', 'name') },
    { name: 'role', value: named('role', 'name') },
  ],
  fields: [
    {
      name: 'user.id',
      flag: 'user',
      kind: 'text',
      refers: 'user',
      create: false,
      set: false,
      filter: true,
      help: 'who has it',
    },
    {
      name: 'scope.project.id',
      flag: 'project',
      kind: 'text',
      refers: 'project',
      create: false,
      set: false,
      filter: true,
      help: 'where she has it',
    },
  ],
  examples: { get: [{ command: 'sluice get roles' }, { command: 'sluice get roles --user alice' }] },
};

export const APPLICATIONCREDENTIAL: ResourceType = {
  name: 'application-credential',
  aliases: ['appcred', 'application-credentials', 'applicationcredential'],
  noun: 'application credential',
  nouns: 'application credentials',
  about:
    'A secret for a program, with roles of its user in the project of the token it is made with. Called USER/NAME, yours by NAME.',
  path: '/identity/v3/users/{parent}/application_credentials',
  one: 'application_credential',
  many: 'application_credentials',
  naming: 'name',
  parent: { type: 'user', self: true },
  verbs: ['get', 'show', 'create', 'delete'],
  columns: ['user', 'name', 'project', 'roles', 'expires_at', 'id'],
  special: [
    { name: 'project', value: ({ project_id }) => project_id, refers: 'project' },
    {
      name: 'roles',
      value: ({ roles }) => (Array.isArray(roles) ? roles.map(({ name }: { name: string }) => name).join(', ') : ''),
    },
    { name: 'expires_at', title: 'EXPIRES' },
  ],
  fields: [
    { ...NAME, create: 'required', filter: false },
    DESCRIPTION,
    {
      name: 'roles',
      flag: 'role',
      kind: 'list',
      placeholder: 'role,…',
      choices: ROLES,
      read: (written) => written.flatMap((text) => text.split(',')).map((name) => ({ name: name.trim() })),
      help: 'roles it has; default: all of its user',
    },
    {
      name: 'expires_at',
      flag: 'expiration',
      kind: 'text',
      placeholder: 'time',
      help: 'such as 2027-01-31T12:00:00; default: never',
    },
  ],
  examples: {
    get: [{ command: 'sluice get appcred' }],
    show: [{ command: 'sluice show appcred terraform' }],
    create: [{ command: 'sluice create appcred terraform --role member', note: 'the secret is shown once' }],
    delete: [{ command: 'sluice delete appcred alice/terraform' }],
  },
};
