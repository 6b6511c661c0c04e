/** Certificates and revocation lists that run out: told once for each of a few days before. */
import type { Certificate, State } from '../model/state.js';
import type { EventEntry } from '../store/store.js';
import { type CertificateUser, describeUsers, usersOf } from './references.js';

/** Days before the end at which an event is due, latest first. */
export const EXPIRY_DAYS = [1, 7, 14, 30] as const;
const DAY_MS = 86_400_000;

export interface Expiry {
  certificate: Certificate;
  /** ms since the epoch. */
  at: number;
  /** The least of {@link EXPIRY_DAYS} that is left at most; 0: it has expired. */
  within: number;
  users: readonly CertificateUser[];
}

/** UTC without a zone, as states have it, in ms since the epoch. */
export function millisecondsOf(time: string): number {
  return Date.parse(`${time}Z`);
}

/**
 * What has expired or is about to, the earliest first.
 * @param now ms since the epoch
 */
export function expiriesOf(state: Pick<State, 'certificates' | 'loadbalancers'>, now: number): Expiry[] {
  const expiries: Expiry[] = [];
  for (const certificate of state.certificates.values()) {
    const { not_before, not_after } = certificate.facts;
    if (not_after !== null) {
      const at = millisecondsOf(not_after);
      const within = withinDays(at - now, at - millisecondsOf(not_before));
      if (within !== undefined) {
        expiries.push({ certificate, at, within, users: usersOf(state, certificate) });
      }
    }
  }
  return expiries.sort((one, other) => one.at - other.at);
}

/**
 * What lives shortly is renewed shortly before its end: only the last third of a lifetime counts. A revocation list of a week is
 * told of a day before.
 */
function withinDays(left: number, lifetime: number): number | undefined {
  return left <= 0 ? 0 : EXPIRY_DAYS.find((days) => left <= days * DAY_MS && days * DAY_MS <= lifetime / 3);
}

type Told = Pick<EventEntry, 'type' | 'severity' | 'message' | 'kind' | 'resource_id' | 'resource_name' | 'project_id'>;

const EXPIRING = /within (\d+) days?, on (\S+) UTC/;
const EXPIRED = /expired on (\S+) UTC/;

/** Tells of each certificate once within 30, 14, 7 and 1 days, and once when it has expired; a replaced one begins anew. */
export class ExpiryWatch {
  readonly #tell: (event: Told) => void;
  /** Ids of certificates to what was told of them last. */
  readonly #told = new Map<string, { notAfter: string; within: number }>();

  constructor(tell: (event: Told) => void) {
    this.#tell = tell;
  }

  /** Takes in what was told before this daemon started, so that it is not told again. Newest first, as a store gives events. */
  recall(events: Iterable<Pick<EventEntry, 'type' | 'resource_id' | 'message'>>): void {
    for (const { type, resource_id, message } of events) {
      const [, days, end] = type === 'certificate.expiring' ? (EXPIRING.exec(message) ?? []) : [];
      const [, ended] = type === 'certificate.expired' ? (EXPIRED.exec(message) ?? []) : [];
      const notAfter = end ?? ended;
      if (resource_id !== null && notAfter !== undefined && !this.#told.has(resource_id)) {
        this.#told.set(resource_id, { notAfter, within: days === undefined ? 0 : Number(days) });
      }
    }
  }

  /** @param now ms since the epoch */
  check(state: Pick<State, 'certificates' | 'loadbalancers'>, now: number): void {
    for (const expiry of expiriesOf(state, now)) {
      const { certificate, within } = expiry;
      const notAfter = certificate.facts.not_after!;
      const told = this.#told.get(certificate.id);
      if (told?.notAfter !== notAfter || within < told.within) {
        this.#told.set(certificate.id, { notAfter, within });
        this.#tell(eventOf(expiry));
      }
    }
    for (const id of this.#told.keys()) {
      if (!state.certificates.has(id)) {
        this.#told.delete(id);
      }
    }
  }
}

function eventOf({ certificate, within, users }: Expiry): Told {
  const { id, name, type, project_id, facts } = certificate;
  const what = `${type === 'CRL' ? 'revocation list' : 'certificate'} ${name || id} (${facts.subject ?? facts.issuer})`;
  const when =
    within === 0
      ? `has expired on ${facts.not_after} UTC`
      : `expires within ${within} ${within === 1 ? 'day' : 'days'}, on ${facts.not_after} UTC`;
  const where = users.length === 0 ? 'nothing uses it' : `it is used by ${describeUsers(users)}`;
  const inUse = within === 0 ? 'error' : 'warning';
  return {
    type: within === 0 ? 'certificate.expired' : 'certificate.expiring',
    severity: users.length === 0 ? 'info' : inUse,
    message: `${what} ${when}; ${where}`,
    kind: 'certificate',
    resource_id: id,
    resource_name: name,
    project_id,
  };
}
