/** Refusals that several operations share. */
import { SluiceError } from '../../model/errors.js';

/** @param what `user` @param key its id or name as the caller gave it */
export function notFound(what: string, key: string): SluiceError {
  return new SluiceError('not_found', `there is no ${what} ${key}`);
}

export function nameTaken(what: string, name: string): SluiceError {
  return new SluiceError('conflict', `a ${what} named "${name}" exists already; choose another name`);
}

/** @throws SluiceError `conflict` when another object has the name */
export function requireFreeName<T extends { id: string; name: string }>(
  objects: Iterable<T>,
  what: string,
  name: string,
  ownId?: string,
): void {
  for (const object of objects) {
    if (object.name === name && object.id !== ownId) {
      throw nameTaken(what, name);
    }
  }
}
