/**
 * Access lists are known by what is in them: a list that changes is another one, lists with the same blocks are one, and a daemon that
 * starts anew recognizes in the kernel those it wants.
 */
import { createHash } from 'node:crypto';

/** 15 hexadecimal digits: as many as the kernel keeps in a map's name. */
export type Fingerprint = string;

const DIGITS = 15;

/** A list of 100,000 blocks takes milliseconds; lists that did not change are the same object from one change to the next. */
const known = new WeakMap<readonly string[], Fingerprint>();

/** @param cidrs in canonical text; never changed in place */
export function fingerprintOf(cidrs: readonly string[]): Fingerprint {
  let fingerprint = known.get(cidrs);
  if (fingerprint === undefined) {
    fingerprint = createHash('sha256').update(cidrs.join(' ')).digest('hex').slice(0, DIGITS);
    known.set(cidrs, fingerprint);
  }
  return fingerprint;
}
