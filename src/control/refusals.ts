/**
 * Why operations refuse. Each message begins with the sentence that Octavia's clients and its acceptance suite know, and goes on to
 * what can be done.
 */
import { SluiceError } from '../model/errors.js';
import type { TreeKind } from './tree-index.js';

/** Octavia's words for kinds of objects. */
export const KIND_NAMES = {
  loadbalancer: 'Load Balancer',
  listener: 'Listener',
  pool: 'Pool',
  member: 'Member',
  healthmonitor: 'Health Monitor',
  l7policy: 'L7 Policy',
  l7rule: 'L7 Rule',
  certificate: 'Certificate',
  flavor: 'Flavor',
  flavorprofile: 'Flavor Profile',
  availabilityzone: 'Availability Zone',
  availabilityzoneprofile: 'Availability Zone Profile',
  accesslist: 'Access List',
  publicaddress: 'Public Address',
} as const;
export type KindName = keyof typeof KIND_NAMES;

export function notFound(kind: KindName, id: string): SluiceError {
  return new SluiceError('not_found', `${KIND_NAMES[kind]} ${id} not found.`);
}

/** The input asks for something that its other parts, or what exists, rule out. */
export function invalid(message: string): SluiceError {
  return new SluiceError('invalid_configuration', `Validation failure: ${message}`);
}

/** Something the input refers to does not exist; unlike what the request is about, that is a fault of the input. */
export function unknownReference(what: string, id: string, advice: string): SluiceError {
  return new SluiceError('invalid_configuration', `${what} ${id} not found. ${advice}`);
}

export function conflict(message: string): SluiceError {
  return new SluiceError('conflict', message);
}

export function idTaken(id: string): SluiceError {
  return conflict(`Already an entity with that specified id. ${id} is in use; leave the id out and one is made`);
}

export function nameTaken(field: string, name: string): SluiceError {
  return conflict(`A ${field} of ${name} already exists. Choose another name`);
}

/** @param users says who uses it */
export function inUse(kind: KindName, id: string, users: string): SluiceError {
  return conflict(`${KIND_NAMES[kind]} ${id} is in use and cannot be modified. ${users}`);
}

/** A load balancer in ERROR admits no changes, of itself or of anything below it. */
export function immutable(kind: TreeKind, loadbalancerId: string, reason: string): SluiceError {
  const sentence =
    kind === 'loadbalancer'
      ? `Invalid state ERROR of loadbalancer resource ${loadbalancerId}`
      : `Load Balancer ${loadbalancerId} is immutable and cannot be updated.`;
  return new SluiceError(
    'immutable',
    `${sentence} It is in ERROR: ${reason}. Fail it over to try again, or delete what cannot be served`,
  );
}

export function forbidden(advice: string): SluiceError {
  return new SluiceError('permission_denied', `Policy does not allow this request to be performed. ${advice}`);
}

/** Runs something that is about one of several objects; an error says which. @param path `loadbalancers[2]`, `loadbalancer "web"` */
export function about<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SluiceError)) {
      throw error;
    }
    const faults = error.faults.map((fault) => ({ ...fault, path: `${path}.${fault.path}` }));
    throw new SluiceError(error.code, `${path}: ${error.message}`, { faults, cause: error });
  }
}

/** `1 listener`, `3 listeners`. */
export function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
