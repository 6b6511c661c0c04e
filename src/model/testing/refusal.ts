/** What is refused, for tests. */
import { SluiceError } from '../errors.js';

/** The refusal of an action; undefined when there is none. @throws whatever is no SluiceError */
export function attempt(action: () => unknown): SluiceError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError) {
      return error;
    }
    throw error;
  }
}

/** The refusal of an action. @throws Error when there is none; whatever is no SluiceError */
export function refusalOf(action: () => unknown): SluiceError {
  const refusal = attempt(action);
  if (!refusal) {
    throw new Error('nothing was refused');
  }
  return refusal;
}
