/** Tokens revoked before their time. */
import type { Operation } from '../../control/operation.js';
import type { RevokedToken } from '../../model/identity.js';
import { withEntry, withoutEntries } from './edit.js';

/** Forgets revocations whose tokens have expired by now. @param revoked audit id and expiry of the token */
export function revokeToken(revoked: RevokedToken): Operation<RevokedToken> {
  return ({ state, now }) => {
    const time = Date.parse(`${now}Z`);
    const current = withoutEntries(state.revokedtokens, ({ expires_at }) => expires_at <= time);
    return { state: { ...state, revokedtokens: withEntry(current, revoked) }, result: revoked };
  };
}
