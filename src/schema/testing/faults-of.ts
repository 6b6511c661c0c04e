/** Faults of bodies as tests compare them. */
import { attempt } from '../../model/testing/refusal.js';
import type { Body } from '../index.js';

/** Faults of a value as `path: message; suggestion`; none when it is read. */
export function faultsOf(body: Body<unknown>, value: unknown): string[] {
  const faults = attempt(() => body.read(value))?.faults ?? [];
  return faults.map(({ path, message, suggestion }) => `${path}: ${message}; ${suggestion}`);
}
