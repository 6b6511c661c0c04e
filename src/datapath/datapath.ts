/** What the daemon needs of a data plane. The kernel's is XdpDatapath in gateway.ts; tests and `dataplane: none` bring others. */

import type { HostSnapshot } from '../model/host.js';
import type { Device } from '../plan/desired.js';
import type { Operation } from '../plan/order.js';
import type { CurrentTables } from '../plan/tables.js';
import type { XdpMode } from './addon.js';
import type { SessionFilter, SessionRecord } from './sessions.js';
import type { CounterSelection, Counters } from './stats.js';

/** One interface that runs the gateway. */
export interface Attachment {
  interface: string;
  ifindex: number;
  mode: XdpMode;
}

/** What the data plane and its host bring to a plan. */
export interface DatapathFacts {
  devices: Device[];
  /** Addresses on any interface of the host, canonical text. */
  assignedAddresses: ReadonlySet<string>;
  /** All interfaces of the host, and the ports its own programs use. */
  host: HostSnapshot;
  leaseMask: number;
  /** Sessions the table holds; an adopted table's size, whatever the host file says now. */
  sessions: number;
}

export interface Datapath {
  /** Loads the programs and opens the tables, adopting those that are pinned. Nothing is attached yet. */
  open(): Promise<void>;
  /** Starts or replaces the program on every interface, leaves interfaces that are configured no more, starts expiring sessions. */
  attach(): Promise<void>;
  /** Lets go of everything; what is pinned goes on working. */
  close(): Promise<void>;
  attachments(): readonly Attachment[];
  facts(): Promise<DatapathFacts>;
  /** @param localAddresses configured ones: for others it is looked up whether sessions still use them */
  read(localAddresses: readonly string[]): Promise<CurrentTables>;
  /** Executes operations in their order. @throws SluiceError `dataplane_failed` at the first one the kernel refuses */
  apply(operations: readonly Operation[]): Promise<void>;
  counters(selection: CounterSelection): Counters;
  /** Live `members[index].active`. */
  active(member: number): number;
  countSessions(filter: SessionFilter): Promise<number>;
  /** In batches, in no order; each session that lives throughout is given once. */
  listSessions(filter: SessionFilter): AsyncIterable<SessionRecord[]>;
}
