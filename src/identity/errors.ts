/** What goes wrong while finding out who asks. */
import { SluiceError } from '../model/errors.js';

/** One sentence for every reason: a caller must not learn whether the user, the password or the project was wrong. */
const REFUSED = 'the request needs valid credentials: a token in X-Auth-Token, or user and password';

/** 401. */
export function unauthorized(message: string = REFUSED): SluiceError {
  return new SluiceError('unauthorized', message);
}

/** A refusal that says when to come back. */
export class RetryLater extends SluiceError {
  /** Whole seconds, for Retry-After. */
  readonly retryAfter: number;

  /** @param status 429: the caller tried too often; 503: whoever decides cannot be asked now */
  constructor(status: 429 | 503, message: string, retryAfter: number, cause?: unknown) {
    const code = status === 429 ? 'too_many_attempts' : 'identity_unreachable';
    super(code, message, cause === undefined ? {} : { cause });
    this.retryAfter = retryAfter;
  }
}

/**
 * Headers that belong to an error's answer.
 * @param authUrl where tokens come from: `http://gateway:9876/identity`
 */
export function errorHeaders(error: SluiceError, authUrl: string): Record<string, string> {
  if (error instanceof RetryLater) {
    return { 'retry-after': String(error.retryAfter) };
  }
  return error.status === 401 ? { 'www-authenticate': `Keystone uri="${authUrl}"` } : {};
}
