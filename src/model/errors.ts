/**
 * Errors that reach a person. Each has a stable code from the catalogue below, an HTTP status for the API, a message that says
 * what to do, and, where input was at fault, every fault found in it.
 */

/** What the code of a fault says about it; `unsupported` means correct input that this release does not serve. */
export type FaultCode = 'syntax' | 'missing' | 'unknown_field' | 'invalid' | 'conflict' | 'unsupported';

/** One thing wrong with some input, and what to write instead. */
export interface Fault {
  code: FaultCode;
  /** Where: `gateway.local_addresses[1]`, or a name such as `loadbalancer "web"` for what is not in the input. */
  path: string;
  /** What is wrong, including the value that was found. */
  message: string;
  /** What to write or do instead. */
  suggestion?: string;
  /** Position in the text, both counted from 1; absent when the input was not text. */
  line?: number;
  column?: number;
}

/** Every error code with its HTTP status and its meaning. Codes are stable: scripts and the API's clients match on them. */
export const ERROR_CATALOGUE = {
  invalid_configuration: { status: 400, meaning: 'Input has faults; nothing was changed.' },
  unsupported: { status: 501, meaning: 'Input is correct but asks for something this release does not serve.' },
  conflict: { status: 409, meaning: 'The change contradicts what exists.' },
  immutable: { status: 409, meaning: 'The state of its load balancer does not admit a change now.' },
  unauthorized: { status: 401, meaning: 'No credentials, or wrong ones.' },
  too_many_attempts: { status: 429, meaning: 'Too many failed logins; try again later.' },
  identity_unreachable: { status: 503, meaning: 'Whoever checks credentials cannot be asked now.' },
  quota_exceeded: { status: 403, meaning: 'The project has as many of these as its quota allows.' },
  not_found: { status: 404, meaning: 'No object has that name or id.' },
  file_unreadable: { status: 400, meaning: 'A file named on the command line or in the host file cannot be read.' },
  capacity_exceeded: { status: 507, meaning: 'A table of the data plane is too small for the configuration.' },
  permission_denied: { status: 403, meaning: 'The operation needs root or membership of a group.' },
  interface_unusable: { status: 400, meaning: 'An interface is missing or cannot run an XDP program.' },
  kernel_unsupported: { status: 500, meaning: 'The kernel lacks something the data plane needs.' },
  layout_mismatch: { status: 409, meaning: 'Pinned maps were made by a release with another layout.' },
  dataplane_failed: { status: 500, meaning: 'The kernel refused an operation on programs or maps.' },
  proxy_failed: { status: 500, meaning: 'HAProxy did not do what the configuration asks for; it goes on as before.' },
  state_unreadable: { status: 500, meaning: 'The state directory holds something that cannot be read.' },
  store_failed: { status: 503, meaning: 'The change could not be saved; nothing was changed.' },
  already_running: { status: 409, meaning: 'Another process serves this gateway.' },
  daemon_unreachable: { status: 503, meaning: 'No daemon answers on the Unix socket.' },
  internal: { status: 500, meaning: 'A defect in Sluice.' },
} as const satisfies Record<string, { status: number; meaning: string }>;

/** A key of {@link ERROR_CATALOGUE}. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** How a {@link SluiceError} travels over the Unix socket and the API. */
export interface SerializedError {
  code: ErrorCode;
  message: string;
  status: number;
  faults: Fault[];
}

/** The error class of everything that decides: stable `code`, HTTP `status`, all `faults`, and the `cause` underneath. */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly faults: readonly Fault[];

  /**
   * @param message says what happened and what to do about it
   * @param options.faults every fault in the input, in the order of the input
   */
  constructor(code: ErrorCode, message: string, options: { faults?: readonly Fault[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.status = ERROR_CATALOGUE[code].status;
    this.faults = options.faults ?? [];
  }

  /**
   * The error for input with faults: `unsupported` when that is all there is to say about them, `conflict` when all contradict
   * other objects, else `invalid_configuration`.
   * @param source the file or request the input came from, named in front of each fault
   */
  static fromFaults(faults: readonly Fault[], source: string): SluiceError {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    const lines = faults.map((fault) => `  ${formatFault(fault)}`);
    const code = commonCode(faults);
    return new SluiceError(code, `${source}: ${count}; nothing was changed\n${lines.join('\n')}`, { faults });
  }

  /** The form that crosses a process boundary; the cause stays behind. */
  toJSON(): SerializedError {
    return { code: this.code, message: this.message, status: this.status, faults: [...this.faults] };
  }

  /** The error on the other side of {@link SluiceError.toJSON}. A code this release does not know reads as `internal`. */
  static fromJSON(error: SerializedError): SluiceError {
    const code = Object.hasOwn(ERROR_CATALOGUE, error.code) ? error.code : 'internal';
    return new SluiceError(code, error.message, { faults: error.faults });
  }
}

/** One line for one fault: `12:7 listeners[0].protocol_port: 70000 is out of range; write a number from 1 to 65535`. */
export function formatFault(fault: Fault): string {
  const position = fault.line === undefined ? '' : `${fault.line}:${fault.column ?? 1} `;
  const path = fault.path === '' ? '' : `${fault.path}: `;
  const suggestion = fault.suggestion === undefined ? '' : `; ${fault.suggestion}`;
  return `${position}${path}${fault.message}${suggestion}`;
}

function commonCode(faults: readonly Fault[]): ErrorCode {
  if (faults.length > 0 && faults.every((fault) => fault.code === 'unsupported')) {
    return 'unsupported';
  }
  if (faults.length > 0 && faults.every((fault) => fault.code === 'conflict')) {
    return 'conflict';
  }
  return 'invalid_configuration';
}
