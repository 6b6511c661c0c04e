/**
 * Who may begin sessions with a listener.
 */
import { ServiceBit } from '../datapath/layouts.js';
import type { Listener } from '../model/resources.js';
import { type Fingerprint, fingerprintOf } from './access-list.js';

/** The lists that listeners refer to, by id. */
export type AccessLists = ReadonlyMap<string, { readonly id: string; readonly cidrs: readonly string[] }>;

/** What a service asks of a client, with fingerprints in place of indexes. */
export interface Admission {
  /** Bits of `enum service_bit`. */
  flags: number;
  allowedCidrs: Fingerprint | undefined;
  accessList: Fingerprint | undefined;
}

/** The list is one that `accessLists` has. Lists that are used are added to `used`. */
export function compileAdmission(
  listener: Listener,
  accessLists: AccessLists,
  used: Map<Fingerprint, readonly string[]>,
): Admission {
  const use = (cidrs: readonly string[] | null | undefined): Fingerprint | undefined => {
    if (!cidrs) {
      return undefined;
    }
    const fingerprint = fingerprintOf(cidrs);
    used.set(fingerprint, cidrs);
    return fingerprint;
  };
  const { access_list_id: id, access_list_action: action } = listener;
  const allowedCidrs = use(listener.allowed_cidrs);
  const accessList = use(id === null || action === null ? undefined : accessLists.get(id)?.cidrs);
  const listFlag = action === 'deny' ? ServiceBit.DENY : ServiceBit.ALLOW;
  return {
    flags: (allowedCidrs === undefined ? 0 : ServiceBit.ALLOWED_CIDRS) | (accessList === undefined ? 0 : listFlag),
    allowedCidrs,
    accessList,
  };
}
