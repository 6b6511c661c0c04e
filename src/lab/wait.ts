/** Waiting for conditions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { labError } from './errors.js';

/**
 * Resolves when the condition holds; looks every 20 ms.
 * @param timeoutMs Upper bound, so that a hang becomes an error that names what was waited for.
 * @throws LabError `lab.timeout`
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  what: string | (() => string) = 'a condition',
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw labError('lab.timeout', `waited ${timeoutMs} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(20);
  }
}
