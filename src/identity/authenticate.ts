/** Finds out who sends a request; one way for each value of `api.auth`. */
import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { SluiceError } from '../model/errors.js';
import type { Caller, User } from '../model/identity.js';
import type { State } from '../model/state.js';
import { noneCaller } from './callers.js';
import { unauthorized } from './errors.js';
import type { KeystoneClient } from './keystone.js';
import { findUser, type LoginContext, provePassword, readSession } from './login.js';
import { Remembered } from './remembered.js';
import { projectsOf } from './roles.js';
import { currentSession, scopeGrants, sessionCaller } from './sessions.js';
import { newAuditId, type Scope } from './tokens.js';

/** What is looked at of a request. */
export interface RequestFacts {
  /** Names in lower case, as Node gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the client. */
  address: string;
}

/** @throws SluiceError `unauthorized`; RetryLater 429 or 503 */
export type Authenticate = (request: RequestFacts) => Promise<Caller>;

/** How long a password that was right is not hashed again for basic authentication: clients of it send one with each request. */
const BASIC_REMEMBERED = 60_000;
const BASIC_CAPACITY = 1000;

/** `api.auth: identity`: a token in X-Auth-Token (or `Authorization: Bearer`), or basic authentication with user and password. */
export function identityAuthenticator(context: LoginContext): Authenticate {
  const basic = basicAuthenticator(context);
  return async ({ headers, address }) => {
    const text = tokenText(headers);
    if (text !== undefined) {
      const session = readSession(context, text);
      if (!session) {
        throw unauthorized();
      }
      return sessionCaller(session, address);
    }
    const credentials = basicCredentials(headers);
    if (!credentials) {
      throw unauthorized();
    }
    return await basic(credentials.name, credentials.password, address);
  };
}

/** `api.auth: keystone`: a token that the configured Keystone vouches for. */
export function keystoneAuthenticator(client: KeystoneClient): Authenticate {
  return async ({ headers, address }) => {
    const text = tokenText(headers);
    if (text === undefined) {
      throw unauthorized('the request needs a token of the Keystone this gateway asks, in X-Auth-Token');
    }
    return await client.validate(text, address);
  };
}

/**
 * `api.auth: none`: everybody who reaches the port. It listens on loopback only, where web pages in the operator's browser
 * reach it too; they are kept out by the names they must use.
 */
export function openAuthenticator(state: () => State): Authenticate {
  return async ({ headers, address }) => {
    for (const name of [hostName(single(headers.host)), originName(single(headers.origin))]) {
      if (name !== undefined && name !== 'localhost' && isIP(name) === 0) {
        throw new SluiceError(
          'permission_denied',
          `"api.auth: none" answers requests for localhost or an IP address, not for ${name}: a web page may have sent it; use http://127.0.0.1, or set api.auth to identity`,
        );
      }
    }
    return noneCaller(state(), address);
  };
}

/** The token a request carries; undefined: none. */
export function tokenText(headers: RequestFacts['headers']): string | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(single(headers.authorization) ?? '')?.[1];
  return single(headers['x-auth-token']) || bearer;
}

function basicAuthenticator(context: LoginContext) {
  // Nobody who reads this process's memory dump finds more than a MAC under a key that died with it.
  const key = randomBytes(32);
  const proven = new Remembered<true>(BASIC_CAPACITY, context.now);
  const fingerprint = (user: User, password: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([user.id, user.password_hash, password]))
      .digest('base64');
  return async (name: string, password: string, from: string): Promise<Caller> => {
    const known = findUser(context.state(), { name });
    if (known?.enabled && proven.get(fingerprint(known, password))) {
      return basicCaller(context, known, from);
    }
    const user = await provePassword(context, { name }, password, from);
    proven.set(fingerprint(user, password), true, BASIC_REMEMBERED);
    return basicCaller(context, user, from);
  };
}

/** Basic authentication names no project: the user's default project, else the only one she has a role in. */
function basicCaller({ state, now }: LoginContext, user: User, from: string): Caller {
  const projects = projectsOf(state(), user.id);
  const only = projects.size === 1 ? [...projects][0]! : undefined;
  const wanted = [user.default_project_id ?? undefined, only]
    .filter((id) => id !== undefined)
    .map((project_id): Scope => ({ kind: 'project', project_id }))
    .find((scope) => scopeGrants(state(), user.id, scope));
  const token = {
    user_id: user.id,
    scope: wanted ?? ({ kind: 'unscoped' } as const),
    methods: ['password' as const],
    issued_at: now(),
    expires_at: now(),
    audit_ids: [newAuditId()] as [string],
    application_credential_id: null,
    valid_from: user.tokens_valid_from,
  };
  const session = currentSession(state(), token, now());
  if (!session) {
    throw unauthorized();
  }
  return sessionCaller(session, from);
}

function basicCredentials(headers: RequestFacts['headers']): { name: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(single(headers.authorization) ?? '')?.[1];
  const text = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
  const colon = text?.indexOf(':') ?? -1;
  return text === undefined || colon < 1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Without port and brackets; undefined where there is none. */
function hostName(host: string | undefined): string | undefined {
  return host === undefined || host === '' ? undefined : host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function originName(origin: string | undefined): string | undefined {
  if (origin === undefined) {
    return undefined;
  }
  return hostName(/^https?:\/\/([^/]+)$/.exec(origin)?.[1]) ?? origin;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
