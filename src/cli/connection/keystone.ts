/** A token from Keystone: Sluice's own identity service or another one. */
import { SluiceError } from '../../model/errors.js';
import type { Credentials } from './target.js';

/** What a token is good for. */
export interface Session {
  token: string;
  /** Undefined: the token has no project. */
  project: { id: string; name: string } | undefined;
  user: { id: string; name: string };
  /** URLs by type of service, without a slash at the end. */
  endpoints: ReadonlyMap<string, string>;
}

interface TokenBody {
  token: {
    project?: { id: string; name: string };
    user: { id: string; name: string };
    catalog?: Array<{
      type: string;
      endpoints: Array<{ interface: string; region?: string; region_id?: string; url: string }>;
    }>;
  };
}

/** The body of `POST /auth/tokens`. */
export function tokenRequest({ identity, scope }: Credentials): object {
  return { auth: { identity, ...(scope ? { scope } : {}) } };
}

/** @param token the header X-Subject-Token; undefined where it was not sent */
export function readSession(token: string | undefined, body: unknown, credentials: Credentials): Session {
  const { token: facts } = (body ?? {}) as Partial<TokenBody>;
  if (!token || !facts?.user) {
    throw new SluiceError(
      'internal',
      `${credentials.authUrl} answered something else than a token; is it a Keystone v3 URL?`,
    );
  }
  const endpoints = new Map<string, string>();
  for (const { type, endpoints: offered } of facts.catalog ?? []) {
    const fitting = offered.find(
      (endpoint) =>
        endpoint.interface === credentials.interface &&
        (!credentials.region || [endpoint.region, endpoint.region_id].includes(credentials.region)),
    );
    if (fitting) {
      endpoints.set(type, fitting.url.replace(/\/+$/, ''));
    }
  }
  return { token, project: facts.project, user: facts.user, endpoints };
}
