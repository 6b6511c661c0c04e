/** An external Keystone that vouches for tokens (`api.auth: keystone`). */
import { createHash } from 'node:crypto';
import type { Caller } from '../model/identity.js';
import { RetryLater, unauthorized } from './errors.js';
import { Remembered } from './remembered.js';
import { GLOBAL_ROLES, roleNamed } from './roles.js';

export interface KeystoneSettings {
  /** `https://keystone.example.org:5000/v3`; `/v3` is added where it is missing. */
  auth_url: string;
  /** A user that may validate tokens: role `admin` or `service` in its project. */
  username: string;
  password: string;
  project_name: string;
  user_domain_name: string;
  project_domain_name: string;
  /** How long an answer is good for, in seconds: a token revoked in Keystone works here no longer than that. */
  cache_seconds: number;
  /** Seconds until an attempt to ask is given up. */
  timeout: number;
}

export const KEYSTONE_DEFAULTS = {
  project_name: 'service',
  user_domain_name: 'Default',
  project_domain_name: 'Default',
  cache_seconds: 10,
  timeout: 5,
} as const;

const CAPACITY = 10_000;
/** Nobody's token is longer; Keystone's own limit is that of its web server. */
const MAX_TOKEN = 16_384;
const RETRY_AFTER = 5;

/** The part of a token's description that is used. */
interface Described {
  expires_at?: string;
  user?: { id?: string; name?: string };
  project?: { id?: string; name?: string };
  /** Of a token for the whole cloud. */
  system?: { all?: boolean };
  roles?: { name?: string }[];
}

/** A caller without its address; null: Keystone does not know the token. */
type Verdict = Omit<Caller, 'from'> | null;

export class KeystoneClient {
  readonly #settings: KeystoneSettings;
  readonly #url: string;
  readonly #now: () => number;
  readonly #verdicts: Remembered<Verdict>;
  /** Questions under way, by token: a burst of requests with one token asks once. */
  readonly #asking = new Map<string, Promise<Verdict>>();
  #serviceToken: Promise<string> | undefined;

  constructor(settings: KeystoneSettings, now: () => number = Date.now) {
    this.#settings = settings;
    this.#url = `${settings.auth_url.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
    this.#now = now;
    this.#verdicts = new Remembered(CAPACITY, now);
  }

  /** @throws SluiceError `unauthorized`; RetryLater 503 when Keystone does not answer, or not to us */
  async validate(token: string, from: string): Promise<Caller> {
    if (token.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
      throw unauthorized();
    }
    // A digest: the tokens themselves are not kept.
    const key = createHash('sha256').update(token).digest('base64');
    const verdict = this.#verdicts.get(key) ?? (await this.#askOnce(key, token));
    if (verdict === null) {
      throw unauthorized();
    }
    return { ...verdict, from };
  }

  #askOnce(key: string, token: string): Promise<Verdict> {
    const under = this.#asking.get(key);
    if (under) {
      return under;
    }
    const asking = this.#ask(key, token).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(key: string, token: string): Promise<Verdict> {
    let response = await this.#describe(token);
    if (response.status === 401) {
      // Our own token has expired or was revoked.
      await response.body?.cancel();
      this.#serviceToken = undefined;
      response = await this.#describe(token);
    }
    const answer = response.status === 404 ? null : await readAnswer(response);
    const left = answer?.expires === undefined ? Number.POSITIVE_INFINITY : answer.expires - this.#now();
    const caller = answer && left > 0 ? answer.caller : null;
    this.#verdicts.set(key, caller, Math.min(this.#settings.cache_seconds * 1000, caller ? left : 1000));
    return caller;
  }

  async #describe(token: string): Promise<Response> {
    const headers = { 'x-auth-token': await this.#ourToken(), 'x-subject-token': token, accept: 'application/json' };
    return await this.#fetch(`${this.#url}?nocatalog`, { headers });
  }

  /** The token of the service user; logs in where there is none. */
  #ourToken(): Promise<string> {
    this.#serviceToken ??= this.#login().catch((error) => {
      this.#serviceToken = undefined;
      throw error;
    });
    return this.#serviceToken;
  }

  async #login(): Promise<string> {
    const { username, password, project_name, user_domain_name, project_domain_name } = this.#settings;
    const user = { name: username, password, domain: { name: user_domain_name } };
    const auth = {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: project_name, domain: { name: project_domain_name } } },
    };
    const response = await this.#fetch(`${this.#url}?nocatalog`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth }),
    });
    const token = response.headers.get('x-subject-token');
    await response.body?.cancel();
    if (response.status !== 201 || token === null) {
      throw unreachable(
        `answered ${response.status} to the login of ${username}; look at api.keystone in the host file`,
      );
    }
    return token;
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, {
        ...init,
        redirect: 'error',
        signal: AbortSignal.timeout(this.#settings.timeout * 1000),
      });
    } catch (error) {
      const { cause, message } = error as Error;
      throw unreachable(`cannot be reached: ${cause instanceof Error ? cause.message : message}`, error);
    }
  }
}

/** @throws RetryLater 503 when it is not the description of a token */
async function readAnswer(response: Response): Promise<{ caller: NonNullable<Verdict>; expires: number | undefined }> {
  const body = (await response.json().catch(() => undefined)) as { token?: Described } | undefined;
  const { user, project, system, roles, expires_at } = (response.ok && body?.token) || {};
  if (!user?.id) {
    throw unreachable(`answered ${response.status} to a question about a token`);
  }
  const named = (Array.isArray(roles) ? roles : []).map(({ name }) => roleNamed(String(name)));
  const held = named.filter((role) => role !== undefined);
  return {
    caller: {
      user: { id: user.id, name: user.name ?? user.id },
      project: project?.id ? { id: project.id, name: project.name ?? project.id } : null,
      // A role in a domain says nothing about its projects here: such a token is worth as little as an unscoped one.
      roles: project?.id ? held : system?.all ? held.filter((role) => GLOBAL_ROLES.has(role)) : [],
    },
    expires: expires_at === undefined ? undefined : Date.parse(expires_at),
  };
}

function unreachable(what: string, cause?: unknown): RetryLater {
  return new RetryLater(503, `the Keystone that checks tokens ${what}`, RETRY_AFTER, cause);
}
