/** Who asks, and whether they may: the daemon brings one for the Unix socket and one for the network. */
import { type Action, type Authenticate, authorize, may } from '../../identity/index.js';
import type { Caller } from '../../model/identity.js';

export interface Access {
  /** @throws SluiceError `unauthorized`, `permission_denied`; RetryLater 429 or 503 */
  authenticate: Authenticate;
  /** Where tokens come from, for clients that have none; default: this gateway. */
  authUrl?: string;
}

/** What a route asks of its caller; one of several will do; `none` is open to everybody. */
export type Need = Action | readonly [Action, ...Action[]] | 'none';

/** @throws SluiceError `permission_denied`, naming the roles that would do */
export function requireNeed(caller: Caller, need: Exclude<Need, 'none'>): void {
  const [first, ...others] = typeof need === 'string' ? ([need] as const) : need;
  if (!others.some((action) => may(caller, action))) {
    authorize(caller, first);
  }
}
