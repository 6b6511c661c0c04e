/**
 * Tokens: what a login is worth, signed, so that nothing has to be kept of them. `s1.PAYLOAD.MAC`: the payload is a JSON list, the
 * MAC HMAC-SHA256 over all before it, both base64url. What a token says is true when it was issued; `sessions.ts` decides
 * whether it still is.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { rotateTokenKeys, type TokenKeys } from './keys.js';

export type Scope =
  | { kind: 'project'; project_id: string }
  /** For choosing a project, or changing one's password. */
  | { kind: 'unscoped' }
  /** The gateway as a whole; clients ask for either. */
  | { kind: 'system' }
  | { kind: 'domain' };

export type AuthMethod = 'password' | 'token' | 'application_credential';

export interface Token {
  user_id: string;
  scope: Scope;
  methods: AuthMethod[];
  /** ms since the epoch. */
  issued_at: number;
  expires_at: number;
  /** Its own and, where it was made from another token, that of the login at the start: revoking either ends it. */
  audit_ids: [string] | [string, string];
  application_credential_id: string | null;
  /** The user's `tokens_valid_from` at the login; once that is another, the token is void. */
  valid_from: number;
}

const PREFIX = 's1';
/** Far above any token's length; longer ones are not hashed at all. */
const MAX_LENGTH = 2048;
const CACHE_SIZE = 10_000;

export class Tokens {
  #keys: TokenKeys;
  /** Tokens whose signature was found good, oldest first. */
  readonly #verified = new Map<string, Token>();

  constructor(keys: TokenKeys) {
    this.#keys = keys;
  }

  /** The text that clients send. */
  sign(token: Token): string {
    const signed = `${PREFIX}.${encode(token)}`;
    return `${signed}.${mac(this.#keys.current, signed)}`;
  }

  /** What a token says, if this gateway has signed it and it has not expired. @param now ms since the epoch */
  verify(text: string, now: number): Token | undefined {
    const token = this.#verified.get(text) ?? this.#check(text);
    return token && token.expires_at > now ? token : undefined;
  }

  /** Signs with a new key from now on. */
  async rotate(stateDir: string): Promise<void> {
    this.#keys = await rotateTokenKeys(stateDir);
    this.#verified.clear();
  }

  #check(text: string): Token | undefined {
    const end = text.lastIndexOf('.');
    if (text.length > MAX_LENGTH || !text.startsWith(`${PREFIX}.`) || end <= PREFIX.length) {
      return undefined;
    }
    const signed = text.slice(0, end);
    const given = text.slice(end + 1);
    if (![this.#keys.current, this.#keys.previous].some((key) => key && sameText(mac(key, signed), given))) {
      return undefined;
    }
    const token = decode(signed.slice(PREFIX.length + 1));
    this.#verified.set(text, token);
    if (this.#verified.size > CACHE_SIZE) {
      this.#verified.delete(this.#verified.keys().next().value!);
    }
    return token;
  }
}

/** A token's fields without their names: tokens travel in a header of every request. The version is the {@link PREFIX}. */
type Payload = [
  user: string,
  scope: string | Exclude<Scope, { kind: 'project' }>,
  methods: AuthMethod[],
  issued: number,
  expires: number,
  auditIds: Token['audit_ids'],
  credential: string | null,
  validFrom: number,
];

function encode(token: Token): string {
  const payload: Payload = [
    token.user_id,
    token.scope.kind === 'project' ? token.scope.project_id : token.scope,
    token.methods,
    token.issued_at,
    token.expires_at,
    token.audit_ids,
    token.application_credential_id,
    token.valid_from,
  ];
  return Buffer.from(JSON.stringify(payload)).toString('base64url');
}

/** @param payload that has been found to be ours */
function decode(payload: string): Token {
  const [user_id, scope, methods, issued_at, expires_at, audit_ids, credential, valid_from] = JSON.parse(
    Buffer.from(payload, 'base64url').toString(),
  ) as Payload;
  return {
    user_id,
    scope: typeof scope === 'string' ? { kind: 'project', project_id: scope } : scope,
    methods,
    issued_at,
    expires_at,
    audit_ids,
    application_credential_id: credential,
    valid_from,
  };
}

/** 16 random bytes. */
export function newAuditId(): string {
  return randomBytes(16).toString('base64url');
}

function mac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Texts are compared, not the bytes they stand for: several texts decode to the same bytes. */
function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}
