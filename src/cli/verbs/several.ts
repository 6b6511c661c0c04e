/** One job for each of several objects that were named: one that fails does not keep the others from being done. */
import { messageOf, SeveralFailed } from '../failure.js';
import type { Context } from './context.js';

/** @throws what the job threw where it is the only one, {@link SeveralFailed} at the end where there are several */
export async function forSeveral<T, R>(
  { terminal, world }: Context,
  items: readonly T[],
  doing: string,
  job: (item: T) => Promise<R>,
): Promise<{ results: R[]; finish: () => void }> {
  const [only] = items;
  if (items.length === 1) {
    return { results: [await job(only as T)], finish: () => {} };
  }
  const results: R[] = [];
  const failures: unknown[] = [];
  for (const [index, item] of items.entries()) {
    terminal.progress(`${doing} ${index + 1} of ${items.length}`);
    try {
      results.push(await job(item));
    } catch (error) {
      terminal.clearProgress();
      terminal.note(messageOf(error, world.env) ?? '');
      failures.push(error);
    }
  }
  terminal.clearProgress();
  return {
    results,
    finish: () => {
      if (failures.length > 0) {
        throw new SeveralFailed(`${failures.length} of ${items.length} failed`, failures[0]);
      }
    },
  };
}
