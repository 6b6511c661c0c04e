/** Runs operations for requests: the change and its audit entry are saved together. */
import type { Operation } from '../../control/operation.js';
import { auditEntry } from './audit.js';
import type { ApiRequest, Audited } from './route.js';

/** What a request is answered, and which object it was about. */
export interface Presented {
  id: string | null;
  name: string | null;
  /** JSON; undefined: none. */
  body?: unknown;
}

/**
 * @param status of the answer
 * @param present makes the answer of what the operation gave; called for the audit and, once the data plane has the change, again
 * @returns what the request is answered
 * @throws SluiceError: nothing has changed
 */
export async function change<T>(
  request: ApiRequest,
  status: number,
  operation: Operation<T>,
  present: (result: T) => Presented,
): Promise<unknown> {
  const { control, caller, audited } = request;
  const result = await control.change(caller, operation, audited && auditOf(request, audited, status, present));
  return present(result).body;
}

function auditOf<T>(request: ApiRequest, audited: Audited, status: number, present: (result: T) => Presented) {
  return (result: T) => {
    const { id, name, body } = present(result);
    return auditEntry(request, audited, { status, id, name, response: body });
  };
}
