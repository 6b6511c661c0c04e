/** How a command fails: what is said, and the exit code. */
import { CommanderError } from 'commander';
import { type ErrorCode, SluiceError } from '../model/errors.js';

/** Exit codes, documented in docs/cli.md. */
export const EXIT = { ok: 0, failed: 1, invalid: 2, unreachable: 3 } as const;

/** Errors that other input would not have caused. */
const INVALID: ReadonlySet<ErrorCode> = new Set([
  'invalid_configuration',
  'unsupported',
  'conflict',
  'not_found',
  'file_unreadable',
  'interface_unusable',
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
  }
  if (!(error instanceof SluiceError)) {
    return EXIT.failed;
  }
  if (error.code === 'daemon_unreachable') {
    return EXIT.unreachable;
  }
  return INVALID.has(error.code) ? EXIT.invalid : EXIT.failed;
}

/** What to print; undefined where it was printed already. A stack helps nobody but us: only with SLUICE_DEBUG. */
export function messageOf(error: unknown): string | undefined {
  if (error instanceof CommanderError) {
    return undefined;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return `sluice: ${process.env.SLUICE_DEBUG ? stack : message}`;
}
