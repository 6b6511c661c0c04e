/** What a gateway's refusals, and its silence, mean to a person. */
import { ERROR_CATALOGUE, type ErrorCode, type Fault, formatFault, SluiceError } from '../../model/errors.js';
import type { Target } from './target.js';

/** Every form of error body: Sluice's own, Octavia's, Keystone's. */
interface ErrorBody {
  code?: string;
  message?: string;
  faultstring?: string;
  faults?: Fault[];
  error?: { message?: string };
}

/** Codes of answers that carry none, by HTTP status. */
const CODES: Record<number, ErrorCode> = {
  400: 'invalid_configuration',
  401: 'unauthorized',
  403: 'permission_denied',
  404: 'not_found',
  409: 'conflict',
  429: 'too_many_attempts',
  501: 'unsupported',
  503: 'identity_unreachable',
};

/** What to do about an error that the gateway explains by itself only to those who know its API. */
const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  unauthorized:
    'check OS_USERNAME and OS_PASSWORD, the application credential, or SLUICE_TOKEN, which may have expired',
  internal: "look into the gateway's log",
};

/** Ways out that the API tells in its own terms, and what they are here. */
const OUR_WORDS: ReadonlyArray<[theirs: RegExp, ours: string]> = [
  [/write cascade=true/, 'add --cascade'],
  [
    /Set their access_list_id to null first/,
    'Take it off them first: sluice unset listener NAME --access-list --access-list-action',
  ],
  [/(Load Balancer (\S+) .*)set managed_by to api/, '$1sluice set lb $2 --managed-by api'],
];

export function refusal(status: number, body: string): SluiceError {
  const answer = parse(body);
  const message = inOurWords(answer?.message ?? answer?.faultstring ?? answer?.error?.message);
  const fallback = CODES[status] ?? (status < 500 ? 'invalid_configuration' : 'internal');
  const code = answer?.code && Object.hasOwn(ERROR_CATALOGUE, answer.code) ? (answer.code as ErrorCode) : fallback;
  if (!message) {
    const text = body.trim().slice(0, 200) || 'nothing';
    return new SluiceError(code, `HTTP status ${status}, and for an explanation: ${text}; is it a Sluice gateway?`);
  }
  const faults = answer?.faults ?? [];
  const [only] = faults;
  // Faults of a file have lines, or no path where all of it is meant, and stand below its name; that of a command fits on one line.
  if (only?.path && faults.length === 1 && only.line === undefined) {
    return new SluiceError(code, asOptions(formatFault(only)), { faults });
  }
  // The API's one line only has the first fault; whole messages are those of files.
  if (answer?.message === undefined && faults.length > 1) {
    const lines = faults.map((fault) => `\n  ${formatFault(fault)}`);
    return new SluiceError(code, `${faults.length} faults; nothing was changed${lines.join('')}`, { faults });
  }
  const step = NEXT_STEPS[code];
  return new SluiceError(code, step ? `${message.replace(/\.$/, '')}; ${step}` : message, {
    faults,
  });
}

/** Attributes that the API asks for, as the options that set them. */
function asOptions(fault: string): string {
  return fault.replace(/add vip_address: (.*), or vip_subnet_id/, 'add --vip: $1, or --subnet');
}

function inOurWords(message: string | undefined): string | undefined {
  return OUR_WORDS.reduce((text, [theirs, ours]) => text?.replace(theirs, ours), message);
}

function parse(body: string): ErrorBody | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Why nobody answered. */
export function unreachable(target: Target, url: string, error: NodeJS.ErrnoException): SluiceError {
  return target.kind === 'socket' ? noDaemon(target.path, error) : noGateway(url, error);
}

function noDaemon(socket: string, error: NodeJS.ErrnoException): SluiceError {
  if (error.code === 'EACCES') {
    return new SluiceError('permission_denied', `${socket} may not be opened; run as root or join the group sluice`, {
      cause: error,
    });
  }
  const reason =
    error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
      ? 'no daemon answers'
      : `the daemon does not answer (${error.message})`;
  return new SluiceError(
    'daemon_unreachable',
    `${reason} on ${socket}; start it with "sluice serve --config FILE", or name its socket with --socket`,
    { cause: error },
  );
}

const CERTIFICATE_ERRORS = /CERT|SELF_SIGNED|ALTNAME|ISSUER/;

function noGateway(url: string, error: NodeJS.ErrnoException): SluiceError {
  const { origin } = new URL(url);
  const advice = CERTIFICATE_ERRORS.test(error.code ?? '')
    ? 'trust its authority with --os-cacert FILE'
    : 'check --url, SLUICE_URL and OS_AUTH_URL; unset them to use the Unix socket of this host';
  return new SluiceError('daemon_unreachable', `no gateway answers on ${origin} (${error.message}); ${advice}`, {
    cause: error,
  });
}
