/** Faults of bodies as tests compare them. */
import { SluiceError } from '../../model/errors.js';
import type { Body } from '../index.js';

/** Faults of a value as `path: message; suggestion`; none when it is read. */
export function faultsOf(body: Body<unknown>, value: unknown): string[] {
  try {
    body.read(value);
  } catch (error) {
    if (error instanceof SluiceError) {
      return error.faults.map(({ path, message, suggestion }) => `${path}: ${message}; ${suggestion}`);
    }
    throw error;
  }
  return [];
}
