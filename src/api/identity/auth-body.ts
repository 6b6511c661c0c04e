/** The body of a login, `POST /auth/tokens`. What Keystone takes and this gateway has no use for is passed over. */
import { unauthorized } from '../../identity/errors.js';
import { type Credentials, DOMAIN, type Reference, type ScopeRequest } from '../../identity/login.js';
import type { FaultReport } from '../../schema/faults.js';
import { isObject, refuseFaults } from '../../schema/faults.js';

export interface AuthBody {
  credentials: Credentials;
  scope: ScopeRequest | undefined;
}

const METHODS = ['password', 'token', 'application_credential'] as const;
/** Longer names do not exist, and longer secrets only cost time. */
const MAX_TEXT = 4096;
/** The reference of somebody in a domain that does not exist: nobody has that id. */
const NOBODY: Reference = { id: '' };

/** @throws SluiceError `invalid_configuration` with every fault; values are not quoted, they may be secrets */
export function readAuthBody(body: unknown): AuthBody {
  return refuseFaults('auth', (report) => {
    const fields = new AuthFields(report);
    const auth = fields.object(isObject(body) ? body.auth : undefined, []);
    const identity = fields.object(auth.identity, ['identity']);
    return { credentials: readCredentials(identity, fields), scope: readScope(auth.scope, fields) };
  });
}

type Path = readonly string[];

/** Reads fields of unknown objects; on a fault goes on with what is empty. */
class AuthFields {
  readonly #report: FaultReport;

  constructor(report: FaultReport) {
    this.#report = report;
  }

  fault(path: Path, message: string, suggestion: string): void {
    this.#report(path, { message, suggestion });
  }

  object(value: unknown, path: Path): Record<string, unknown> {
    if (!isObject(value)) {
      this.fault(path, value === undefined ? 'is missing' : 'is not an object', 'write an object');
      return {};
    }
    return value;
  }

  text(value: unknown, path: Path): string {
    if (typeof value !== 'string' || value.length > MAX_TEXT) {
      this.fault(
        path,
        value === undefined ? 'is missing' : 'is not accepted',
        `write a text of at most ${MAX_TEXT} characters`,
      );
      return '';
    }
    return value;
  }

  /** `{id}` or `{name, domain}`; a domain that is not ours holds nobody. */
  reference(object: Record<string, unknown>, path: Path): Reference {
    if (object.id !== undefined && object.id !== null) {
      return { id: this.text(object.id, [...path, 'id']) };
    }
    const name = this.text(object.name, [...path, 'name']);
    return object.domain === undefined || object.domain === null || this.isOurs(object.domain, [...path, 'domain'])
      ? { name }
      : NOBODY;
  }

  isOurs(value: unknown, path: Path): boolean {
    const { id, name } = this.object(value, path);
    return id === undefined || id === null ? name === DOMAIN.name : id === DOMAIN.id;
  }
}

function readCredentials(identity: Record<string, unknown>, fields: AuthFields): Credentials {
  const methods = Array.isArray(identity.methods) ? identity.methods : [];
  const method = METHODS.find((known) => methods.length === 1 && known === methods[0]);
  if (method === undefined) {
    fields.fault(['identity', 'methods'], 'is not one known method', `write a list with one of ${METHODS.join(', ')}`);
    return { method: 'token', token: '' };
  }
  const path = ['identity', method];
  const given = fields.object(identity[method], path);
  switch (method) {
    case 'token':
      return { method, token: fields.text(given.id, [...path, 'id']) };
    case 'password': {
      const user = fields.object(given.user, [...path, 'user']);
      const password = fields.text(user.password, [...path, 'user', 'password']);
      return { method, user: fields.reference(user, [...path, 'user']), password };
    }
    case 'application_credential': {
      const secret = fields.text(given.secret, [...path, 'secret']);
      const credential = fields.reference({ id: given.id, name: given.name }, path);
      if (credential.id !== undefined) {
        return { method, credential, secret };
      }
      const user = fields.object(given.user, [...path, 'user']);
      return { method, credential, secret, user: fields.reference(user, [...path, 'user']) };
    }
  }
}

function readScope(value: unknown, fields: AuthFields): ScopeRequest | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (value === 'unscoped') {
    return { kind: 'unscoped' };
  }
  const scope = fields.object(value, ['scope']);
  if (isObject(scope.project)) {
    return { kind: 'project', project: fields.reference(scope.project, ['scope', 'project']) };
  }
  if (scope.domain !== undefined) {
    if (!fields.isOurs(scope.domain, ['scope', 'domain'])) {
      throw unauthorized();
    }
    return { kind: 'domain' };
  }
  if (isObject(scope.system) && scope.system.all === true) {
    return { kind: 'system' };
  }
  if ('unscoped' in scope) {
    return { kind: 'unscoped' };
  }
  if (isObject(value)) {
    fields.fault(
      ['scope'],
      'is none of those there are',
      'write project, domain, system: {"all": true} or unscoped: {}',
    );
  }
  return undefined;
}
