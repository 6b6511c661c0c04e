/**
 * Errors as clients of Octavia read them. `faultstring` is one line, because that is all they print; `code` and `faults` are ours
 * and hold everything. A request without credentials gets Keystone's body instead.
 */
import { errorHeaders } from '../../identity/index.js';
import { type ErrorCode, formatFault, SluiceError } from '../../model/errors.js';

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: object;
}

/** What the HTTP server itself refuses; these have a status of their own. */
export class HttpRefusal extends SluiceError {
  override readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: 400 | 404 | 405 | 413 | 415, message: string, headers: Record<string, string> = {}) {
    super(status === 404 ? 'not_found' : 'invalid_configuration', message);
    this.status = status;
    this.headers = headers;
  }
}

/** Errors that whoever runs the daemon has to hear of too. */
const DEFECTS: ReadonlySet<ErrorCode> = new Set(['internal', 'dataplane_failed', 'proxy_failed', 'state_unreadable']);

export function isDefect(error: SluiceError): boolean {
  return DEFECTS.has(error.code);
}

/**
 * Whatever was thrown as an error that may be shown. What nobody foresaw tells the caller only where to look.
 * @param requestId names the request in the daemon's log
 */
export function asSluiceError(error: unknown, requestId: string): SluiceError {
  if (error instanceof SluiceError) {
    return error;
  }
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (statusCode === 413) {
    return new HttpRefusal(413, 'the body is too large; split the request');
  }
  if (statusCode === 415) {
    return new HttpRefusal(415, 'the body is not marked as JSON; send it with Content-Type: application/json');
  }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new HttpRefusal(404, 'there is nothing at this path: a part of it is longer than any id or name');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const reason =
      code === 'FST_ERR_BAD_URL' ? 'the URL is malformed; percent-encode what is no plain character' : message;
    return new HttpRefusal(400, reason ?? 'the request is malformed');
  }
  return new SluiceError('internal', `a defect in Sluice; the daemon's log tells more about ${requestId}`, {
    cause: error,
  });
}

/** @param authUrl where tokens come from */
export function errorAnswer(error: SluiceError, authUrl: string): ErrorAnswer {
  const { status } = error;
  const headers = { ...errorHeaders(error, authUrl), ...(error instanceof HttpRefusal ? error.headers : {}) };
  if (status === 401) {
    return { status, headers, body: { error: { code: 401, title: 'Unauthorized', message: oneLine(error) } } };
  }
  const body = {
    faultcode: status < 500 || status === 501 ? 'Client' : 'Server',
    faultstring: oneLine(error),
    debuginfo: null,
    code: error.code,
    faults: error.faults,
    // One line says the first fault; this says all of them.
    ...(error.faults.length > 0 ? { message: error.message } : {}),
  };
  return { status, headers, body };
}

/** The first fault, and how many more there are; a message without faults as it is. */
function oneLine({ faults, message }: SluiceError): string {
  const [first] = faults;
  if (!first) {
    return message.replaceAll(/\s*\n\s*/g, ' ');
  }
  const more = faults.length - 1;
  const others = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'fault' : 'faults'})`;
  return `${formatFault(first)}${others}`.replaceAll(/\s*\n\s*/g, ' ');
}
