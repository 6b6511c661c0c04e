/** Logging in: credentials in, a token out. */
import type { ApplicationCredential, Project, User } from '../model/identity.js';
import type { State } from '../model/state.js';
import type { Brake } from './brake.js';
import { unauthorized } from './errors.js';
import type { Passwords } from './passwords.js';
import { rolesOn } from './roles.js';
import { currentSession, isUsable, type Session, scopeGrants } from './sessions.js';
import { type AuthMethod, newAuditId, type Scope, type Token, type Tokens } from './tokens.js';

/** The one domain there is. */
export const DOMAIN = { id: 'default', name: 'Default' } as const;

/** An object by its id or its name. */
export interface Reference {
  id?: string;
  name?: string;
}

export type Credentials =
  | { method: 'password'; user: Reference; password: string }
  | { method: 'token'; token: string }
  /** By its id, or by its name and its user. */
  | { method: 'application_credential'; credential: Reference; user?: Reference; secret: string };

/** What a client asks for; undefined: the user's default project, else no scope. */
export type ScopeRequest = { kind: 'project'; project: Reference } | { kind: 'unscoped' | 'system' | 'domain' };

/** What logging in needs from the daemon. */
export interface LoginContext {
  /** The state now; asked again after every wait. */
  state: () => State;
  tokens: Tokens;
  passwords: Passwords;
  brake: Brake;
  now: () => number;
  /** How long tokens are good for, in seconds. */
  tokenLifetime: number;
}

/** Who proved to be whom, and what the token may at most be worth. */
interface Proof {
  user: User;
  method: AuthMethod;
  /** Where the proof was a token. */
  session?: Session;
  credential?: ApplicationCredential;
}

/**
 * @param from address of the client, for the brake
 * @throws SluiceError `unauthorized`, the same for every reason; RetryLater
 */
export async function login(
  context: LoginContext,
  credentials: Credentials,
  scope: ScopeRequest | undefined,
  from: string,
): Promise<{ text: string; session: Session }> {
  const proof = await prove(context, credentials, from);
  const token = makeToken(context, proof, chooseScope(context.state(), proof, scope));
  const session = currentSession(context.state(), token, context.now());
  if (!session) {
    throw unauthorized();
  }
  return { text: context.tokens.sign(token), session };
}

/** The user with this password, enabled. @throws SluiceError `unauthorized`; RetryLater */
export async function provePassword(
  context: LoginContext,
  reference: Reference,
  password: string,
  from: string,
): Promise<User> {
  const user = findUser(context.state(), reference);
  const who = user?.id ?? reference.id ?? reference.name ?? '';
  await proveSecret(context, who, from, password, user?.password_hash);
  // The password may have been changed, or the user removed, while the hash was computed.
  const now = context.state().users.get(user?.id ?? '');
  if (!now?.enabled || now.password_hash !== user?.password_hash) {
    throw unauthorized();
  }
  return now;
}

async function prove(context: LoginContext, credentials: Credentials, from: string): Promise<Proof> {
  switch (credentials.method) {
    case 'password':
      return {
        method: 'password',
        user: await provePassword(context, credentials.user, credentials.password, from),
      };
    case 'token': {
      const session = readSession(context, credentials.token);
      if (!session) {
        throw unauthorized();
      }
      const credential = session.application_credential;
      return { method: 'token', user: session.user, session, ...(credential ? { credential } : {}) };
    }
    case 'application_credential':
      return await proveApplicationCredential(context, credentials, from);
  }
}

async function proveApplicationCredential(
  context: LoginContext,
  { credential: reference, user, secret }: Extract<Credentials, { method: 'application_credential' }>,
  from: string,
): Promise<Proof> {
  const found = findCredential(context.state(), reference, user);
  const who = found?.id ?? reference.id ?? reference.name ?? '';
  await proveSecret(context, who, from, secret, found?.secret_hash);
  const credential = context.state().applicationcredentials.get(found?.id ?? '');
  const owner = context.state().users.get(credential?.user_id ?? '');
  if (!credential || !owner?.enabled || !isUsable(credential, context.now())) {
    throw unauthorized();
  }
  return { method: 'application_credential', user: owner, credential };
}

/** The brake is asked before queueing, so that it costs nothing, and again before hashing: failures may have come in between. */
async function proveSecret(
  { passwords, brake }: LoginContext,
  who: string,
  from: string,
  secret: string,
  hash: string | undefined,
): Promise<void> {
  const before = () => brake.check(who, from);
  const after = (right: boolean) => (right ? brake.succeeded(who, from) : brake.failed(who, from));
  before();
  if (!(await passwords.verify(secret, hash, { before, after }))) {
    throw unauthorized();
  }
}

/** The session of a token's text; undefined when it is worth nothing. */
export function readSession({ tokens, state, now }: LoginContext, text: string): Session | undefined {
  const token = tokens.verify(text, now());
  return token && currentSession(state(), token, now());
}

/** An application credential, and every token made from it, is for its project and nothing else. */
function chooseScope(state: State, { user, credential }: Proof, scope: ScopeRequest | undefined): Scope {
  if (credential) {
    const own: Scope = { kind: 'project', project_id: credential.project_id };
    if (!scope || (scope.kind === 'project' && findProject(state, scope.project)?.id === own.project_id)) {
      return own;
    }
    throw unauthorized();
  }
  if (!scope) {
    const preferred: Scope = { kind: 'project', project_id: user.default_project_id ?? '' };
    return scopeGrants(state, user.id, preferred) ? preferred : { kind: 'unscoped' };
  }
  if (scope.kind !== 'project') {
    return { kind: scope.kind };
  }
  const project = findProject(state, scope.project);
  if (!project || rolesOn(state, user.id, project.id).length === 0) {
    throw unauthorized();
  }
  return { kind: 'project', project_id: project.id };
}

/** A token made from another one ends when that one does, and with it. */
function makeToken({ now, tokenLifetime }: LoginContext, proof: Proof, scope: Scope): Token {
  const { user, method, session, credential } = proof;
  const own = newAuditId();
  const earlier = session?.token;
  return {
    user_id: user.id,
    scope,
    methods: earlier ? [...new Set([...earlier.methods, method])] : [method],
    issued_at: now(),
    expires_at: earlier?.expires_at ?? now() + tokenLifetime * 1000,
    audit_ids: earlier ? [own, earlier.audit_ids.at(-1)!] : [own],
    application_credential_id: credential?.id ?? null,
    valid_from: user.tokens_valid_from,
  };
}

export function findUser(state: State, { id, name }: Reference): User | undefined {
  return id === undefined ? named(state.users, name) : state.users.get(id);
}

export function findProject(state: State, { id, name }: Reference): Project | undefined {
  return id === undefined ? named(state.projects, name) : state.projects.get(id);
}

function findCredential(state: State, { id, name }: Reference, owner: Reference | undefined) {
  if (id !== undefined) {
    return state.applicationcredentials.get(id);
  }
  const user = owner && findUser(state, owner);
  return user && [...state.applicationcredentials.values()].find((c) => c.user_id === user.id && c.name === name);
}

function named<T extends { name: string }>(objects: ReadonlyMap<string, T>, name: string | undefined): T | undefined {
  if (name === undefined) {
    return undefined;
  }
  for (const object of objects.values()) {
    if (object.name === name) {
      return object;
    }
  }
  return undefined;
}
