/** What the daemon does for those who ask it over HTTP: one interface, so that routes can be tested without a daemon. */
import type { ApplySummary } from '../control/index.js';
import type { SessionFilter, SessionRecord } from '../datapath/sessions.js';
import type { Caller } from '../model/identity.js';
import type { StatusDocument } from '../observe/status.js';
import type { AuditEntry } from '../store/store.js';
import type { ChangeSummary } from './change.js';

export interface ApplyOptions {
  caller: Caller;
  /** Makes the audit entry, which is saved together with the change. */
  audit: (summary: ApplySummary) => AuditEntry;
  /** What is named in front of faults. */
  source: string;
  /** Only tell what would change. */
  dryRun: boolean;
  /** Remove load balancers that earlier files brought and the input does not have. */
  prune: boolean;
  /** Take over load balancers of the input that the API or the host file manages. */
  adopt: boolean;
}

/** A filter as people write it: a listener by name stands for its VIP, port and protocol. */
export interface SessionQuery extends SessionFilter {
  /** `loadbalancer/listener`, or the listener's name or id where that is unique. */
  listener?: string;
}

/** A session with the name of its listener, `loadbalancer/listener`; null when that is not configured any more. */
export interface NamedSession extends SessionRecord {
  listener: string | null;
}

export interface Service {
  /** @param text YAML or JSON @throws SluiceError with every fault; then nothing was changed */
  apply(text: string, options: ApplyOptions): Promise<ChangeSummary>;
  /** Load balancers that the caller sees, or those of them with these ids, as a file has them. @throws SluiceError `not_found` */
  export(caller: Caller, ids: readonly string[]): object;
  status(): StatusDocument;
  countSessions(query: SessionQuery): Promise<number>;
  listSessions(query: SessionQuery): AsyncIterable<NamedSession[]>;
}
