/** The root key that every body has around its object. */
import { type Fault, SluiceError } from '../../model/errors.js';

/**
 * What stands below the root key: the 5 of `{ "listener": 5 }`.
 * @throws SluiceError `invalid_configuration` when the body has not that key alone
 */
export function unwrap(body: unknown, root: string): unknown {
  const example = `write {"${root}": …}`;
  if (body === undefined) {
    throw refusal({ code: 'missing', path: root, message: 'the request has no body', suggestion: example });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refusal({ code: 'invalid', path: '', message: 'the body is not a JSON object', suggestion: example });
  }
  const others = Object.keys(body).filter((name) => name !== root);
  if (!Object.hasOwn(body, root)) {
    const found = others.length > 0 ? `the body has ${others.slice(0, 5).join(', ')} instead` : 'the body is empty';
    throw refusal({ code: 'missing', path: root, message: found, suggestion: example });
  }
  if (others.length > 0) {
    const message = `unknown field ${others[0]} beside ${root}`;
    throw refusal({ code: 'unknown_field', path: others[0]!, message, suggestion: example });
  }
  return (body as Record<string, unknown>)[root];
}

function refusal(fault: Fault): SluiceError {
  return SluiceError.fromFaults([fault], 'request');
}
