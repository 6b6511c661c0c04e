/** Bodies that make and change users, projects and application credentials. */
import { DOMAIN } from '../../identity/login.js';
import type { ProjectCreate, ProjectPatch } from '../../identity/operations/projects.js';
import { roleNamed } from '../../identity/roles.js';
import type { Role } from '../../model/identity.js';
import { type FaultReport, isObject, refuseFaults } from '../../schema/faults.js';
import { type Field, type FieldsOf, field, flag, list, optional, patch, record, text } from '../../schema/fields.js';
import { Reader } from '../../schema/reader.js';

/** Of a password or secret: scrypt's first step digests it whole. */
const MAX_SECRET = 1024;
const MAX_PROJECT_NAME = 64;

/** What a client writes of a user; the password is hashed before an operation sees it. */
export interface UserInput {
  name: string;
  description: string;
  email: string | null;
  enabled: boolean;
  default_project_id: string | null;
  /** Null: none, the user cannot log in with a password. */
  password: string | null;
}

export interface ApplicationCredentialInput {
  name: string;
  description: string;
  /** Null: all that the caller has. */
  roles: Role[] | null;
  /** Null: made up. */
  secret: string | null;
  /** ISO 8601; null: never. */
  expires_at: string | null;
}

/** Of any type as far as the schema goes, because a schema's faults quote what they found: {@link secretText} looks at it. */
function secret(description: string): Field<unknown> {
  return optional(field<unknown>({ description }), null);
}

const name = (what: string, maxLength = 255) => text(`Name of the ${what}`, { format: 'line', maxLength });
const description = optional(text('Anything worth knowing', { minLength: 0 }), '');
const domainId = optional(text(`The only domain is "${DOMAIN.id}"`), null);
const options = optional(
  field<Record<string, unknown>>({ type: 'object', description: 'Options as Keystone has them' }),
  null,
);

interface WrittenUser extends Omit<UserInput, 'password'> {
  password: unknown;
  domain_id: string | null;
  options: Record<string, unknown> | null;
}

const USER: FieldsOf<WrittenUser> = {
  name: name('user'),
  password: secret('Password; without one the user cannot log in with a password'),
  enabled: flag('Whether the user may log in', true),
  default_project_id: optional(text('Project of tokens that ask for none'), null),
  domain_id: domainId,
  description,
  email: optional(text('Address of the user', { format: 'line', maxLength: 255, minLength: 0 }), null),
  options,
};

interface WrittenProject extends ProjectCreate {
  domain_id: string | null;
  parent_id: string | null;
  is_domain: boolean | null;
  tags: unknown[] | null;
  options: Record<string, unknown> | null;
}

const PROJECT: FieldsOf<WrittenProject> = {
  name: name('project', MAX_PROJECT_NAME),
  description,
  enabled: flag('Whether its tokens work', true),
  domain_id: domainId,
  parent_id: domainId,
  is_domain: optional(field<boolean>({ type: 'boolean', description: 'Projects are no domains here' }), null),
  tags: optional(list('Not kept', field<unknown>({ description: 'A tag' })), null),
  options,
};

interface WrittenCredential {
  name: string;
  description: string;
  roles: unknown[] | null;
  secret: unknown;
  expires_at: string | null;
  unrestricted: boolean;
  access_rules: unknown[] | null;
  project_id: string | null;
}

const CREDENTIAL: FieldsOf<WrittenCredential> = {
  name: name('application credential'),
  description,
  roles: optional(
    list('Roles it has, by id or name; default: those of the token', field<unknown>({ description: 'A role' })),
    null,
  ),
  secret: secret('Its secret; default: one is made up'),
  expires_at: optional(text('When it stops working, in UTC, such as 2027-01-31T12:00:00'), null),
  unrestricted: flag('Application credentials that make others are not offered', false),
  access_rules: optional(list('Not offered', field<unknown>({ description: 'A rule' })), null),
  project_id: optional(text('The project is that of the token'), null),
};

const READERS = {
  userCreate: new Reader(record('A user', USER)),
  userPatch: new Reader(patch('Changes of a user', USER)),
  projectCreate: new Reader(record('A project', PROJECT)),
  projectPatch: new Reader(patch('Changes of a project', PROJECT)),
  credentialCreate: new Reader(record('An application credential', CREDENTIAL)),
};

/** For the OpenAPI document. */
export const BODY_SCHEMAS = Object.fromEntries(Object.entries(READERS).map(([key, { schema }]) => [key, schema])) as {
  readonly [Key in keyof typeof READERS]: object;
};

/** @throws SluiceError `invalid_configuration` or `unsupported` with every fault */
export function readUserCreate(body: unknown): UserInput {
  return readRoot('user', body, (value, report) => {
    const written = READERS.userCreate.read(value, report);
    return { ...userInput(written, report), password: secretText(written.password, ['password'], report) };
  });
}

/** @throws SluiceError as {@link readUserCreate} */
export function readUserPatch(body: unknown): Partial<UserInput> {
  return readRoot('user', body, (value, report) => {
    const written = READERS.userPatch.read(value, report);
    const input = userInput(written, report);
    return 'password' in written ? { ...input, password: secretText(written.password, ['password'], report) } : input;
  });
}

/** A user's own change. @throws SluiceError as {@link readUserCreate} */
export function readPasswordChange(body: unknown): { password: string; original_password: string } {
  return readRoot('user', body, (value, report) => {
    const written = isObject(value) ? value : {};
    return {
      password: requiredSecret(written.password, ['password'], report),
      original_password: requiredSecret(written.original_password, ['original_password'], report),
    };
  });
}

/** @throws SluiceError as {@link readUserCreate} */
export function readProjectCreate(body: unknown): ProjectCreate {
  return readRoot('project', body, (value, report) => projectInput(READERS.projectCreate.read(value, report), report));
}

/** @throws SluiceError as {@link readUserCreate} */
export function readProjectPatch(body: unknown): ProjectPatch {
  return readRoot('project', body, (value, report) => projectInput(READERS.projectPatch.read(value, report), report));
}

/** @param now ms since the epoch @throws SluiceError as {@link readUserCreate} */
export function readCredentialCreate(body: unknown, now: number): ApplicationCredentialInput {
  return readRoot('application_credential', body, (value, report) => {
    const written = READERS.credentialCreate.read(value, report);
    refuseUnless(!written.unrestricted, 'unrestricted', 'write false: they cannot make other ones', report);
    refuseUnless(!written.access_rules?.length, 'access_rules', 'leave it out: give it fewer roles instead', report);
    return {
      name: written.name,
      description: written.description,
      roles: written.roles === null || written.roles.length === 0 ? null : readRoles(written.roles, report),
      secret: secretText(written.secret, ['secret'], report),
      expires_at: written.expires_at === null ? null : readExpiry(written.expires_at, now, report),
    };
  });
}

function readRoot<T>(root: string, body: unknown, read: (value: unknown, report: FaultReport) => T): T {
  return refuseFaults(root, (report) => {
    const value = isObject(body) ? body[root] : undefined;
    if (isObject(value)) {
      return read(value, report);
    }
    report([], { message: 'is missing or no object', suggestion: `write {"${root}": {...}}` });
    return undefined as T;
  });
}

/** The fields that an operation takes, after those that it does not are known to ask for nothing. */
function userInput<T extends Partial<WrittenUser>>(
  { password: _password, domain_id, options, ...input }: T,
  report: FaultReport,
) {
  requireDomain('domain_id', domain_id, report);
  for (const option of ['multi_factor_auth_enabled', 'multi_factor_auth_rules', 'lock_password']) {
    refuseUnless(
      !options?.[option],
      `options.${option}`,
      'leave it out: only passwords and application credentials log in',
      report,
    );
  }
  return input;
}

function projectInput<T extends Partial<WrittenProject>>(
  { domain_id, parent_id, is_domain, tags, options, ...input }: T,
  report: FaultReport,
) {
  requireDomain('domain_id', domain_id, report);
  requireDomain('parent_id', parent_id, report);
  refuseUnless(!is_domain, 'is_domain', 'leave it out: there is one domain', report);
  refuseUnless(!tags?.length, 'tags', 'leave it out: projects have none here', report);
  refuseUnless(!options?.immutable, 'options.immutable', 'leave it out', report);
  return input;
}

function requireDomain(field: string, value: string | null | undefined, report: FaultReport): void {
  // An empty text stands for one that was refused already.
  if (value && value !== DOMAIN.id) {
    report([field], { message: 'there is no such domain', suggestion: `leave it out, or write ${DOMAIN.id}` });
  }
}

function refuseUnless(fine: boolean, field: string, suggestion: string, report: FaultReport): void {
  if (!fine) {
    report([field], { code: 'unsupported', message: 'is not offered', suggestion });
  }
}

function secretText(value: unknown, path: readonly string[], report: FaultReport): string | null {
  return value === undefined || value === null ? null : requiredSecret(value, path, report);
}

function requiredSecret(value: unknown, path: readonly string[], report: FaultReport): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_SECRET) {
    const message = value === undefined ? 'is missing' : 'is not accepted';
    report(path, { message, suggestion: `write a text of 1 to ${MAX_SECRET} characters` });
    return '';
  }
  return value;
}

function readRoles(references: readonly unknown[], report: FaultReport): Role[] {
  const roles = references.map((reference, index) => {
    const { id, name } = isObject(reference) ? reference : {};
    const role = roleNamed(String(id ?? name));
    if (!role) {
      report(['roles', index], {
        message: 'is not a role',
        suggestion: 'write {"name": "member"}, or another one of GET /roles',
      });
    }
    return role;
  });
  return [...new Set(roles.filter((role) => role !== undefined))];
}

/** Times without a zone are in UTC, as Keystone reads them. */
function readExpiry(value: string, now: number, report: FaultReport): string | null {
  const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(value);
  const time = whole ? Date.parse(whole[2] === undefined ? `${value}Z` : value) : Number.NaN;
  if (Number.isNaN(time) || time <= now) {
    const message = Number.isNaN(time) ? 'is not a time' : 'is in the past';
    report(['expires_at'], { message, suggestion: 'write a time to come, in UTC, such as 2027-01-31T12:00:00' });
    return null;
  }
  return new Date(time).toISOString();
}
