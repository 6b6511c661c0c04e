/** How a command fails: what is said, and the exit code. */
import { CommanderError, InvalidArgumentError } from 'commander';
import { type ErrorCode, SluiceError } from '../model/errors.js';

/** Exit codes, documented in docs/cli.md. */
export const EXIT = { ok: 0, failed: 1, invalid: 2, unreachable: 3, missing: 4 } as const;

/** Errors after which nothing was changed, and that other input, or other objects beside it, would not have caused. */
const INVALID: ReadonlySet<ErrorCode> = new Set([
  'invalid_configuration',
  'unsupported',
  'conflict',
  'immutable',
  'quota_exceeded',
  'file_unreadable',
  'interface_unusable',
]);

/** Some of several jobs failed; each was told already. */
export class SeveralFailed extends Error {
  /** @param first decides the exit code */
  constructor(
    message: string,
    readonly first: unknown,
  ) {
    super(message);
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof SeveralFailed) {
    return exitCodeOf(error.first);
  }
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  }
  if (!(error instanceof SluiceError)) {
    return EXIT.failed;
  }
  if (error.code === 'daemon_unreachable') {
    return EXIT.unreachable;
  }
  if (error.code === 'not_found') {
    return EXIT.missing;
  }
  return INVALID.has(error.code) ? EXIT.invalid : EXIT.failed;
}

/** What to print; undefined where it was printed already. A stack helps nobody but us: only with SLUICE_DEBUG. */
export function messageOf(
  error: unknown,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) {
    return undefined;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return `sluice: ${env.SLUICE_DEBUG ? stack : message}`;
}
