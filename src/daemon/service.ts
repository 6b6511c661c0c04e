/** What the daemon does for those who ask it over HTTP: one interface, so that routes can be tested without a daemon. */
import type { SessionFilter, SessionRecord } from '../datapath/sessions.js';
import type { StatusDocument } from '../observe/status.js';
import type { ChangeSummary } from './change.js';

export interface ApplyOptions {
  /** What is named in front of faults. */
  source: string;
  /** Only tell what would change. */
  dryRun: boolean;
  /** Remove load balancers that the input does not have. */
  prune: boolean;
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
  status(): StatusDocument;
  countSessions(query: SessionQuery): Promise<number>;
  listSessions(query: SessionQuery): AsyncIterable<NamedSession[]>;
}
