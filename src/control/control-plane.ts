/** The control plane as the API and its tests see it; the daemon implements it. */
import type { Caller } from '../model/identity.js';
import type { State } from '../model/state.js';
import type { Subnet } from '../model/subnet.js';
import type { OperatingStatus } from '../observe/operating-status.js';
import type { AuditEntry, AuditFilter, EventEntry, EventFilter } from '../store/store.js';
import type { Operation } from './operation.js';

/** Octavia's words. PENDING_* is not among them: a change is answered once the data plane has it. */
export type ProvisioningStatus = 'ACTIVE' | 'ERROR';

/** Counters of a load balancer or listener, as Octavia names them. */
export interface Stats {
  bytes_in: number;
  bytes_out: number;
  active_connections: number;
  total_connections: number;
  request_errors: number;
}

/** What is known of a member's health. */
export interface MemberHealthFacts {
  /** Why the last check failed, or could not be done; null: it succeeded. */
  cause: string | null;
  /** ISO 8601. */
  since: string | null;
  checked_at: string | null;
  flapping: boolean;
  history: { at: string; up: boolean; cause: string }[];
}

export interface ControlPlane {
  /** The configuration in force. */
  readonly state: State;
  readonly subnets: readonly Subnet[];
  /**
   * Runs an operation, saves and applies what came of it. Resolves once the data plane has it.
   * @param audit makes the audit entry, which is saved together with the change; called with the operation's result
   * @throws SluiceError: nothing has changed
   */
  change<T>(caller: Caller, operation: Operation<T>, audit?: (result: T) => AuditEntry): Promise<T>;
  /** What `operation` would answer and leave behind, and the data plane's changes; nothing is saved. */
  preview<T>(caller: Caller, operation: Operation<T>): Promise<{ result: T; state: State; changes: string[] }>;
  /** Brings the data plane in line with a load balancer's configuration again. @throws SluiceError */
  failover(caller: Caller, loadbalancerId: string, audit?: () => AuditEntry): Promise<void>;
  provisioningStatus(loadbalancerId: string): ProvisioningStatus;
  /** Why a load balancer is in ERROR; undefined: it is not. */
  errorOf(loadbalancerId: string): string | undefined;
  /** Of anything in the tree, by id; cheap enough for lists of 10,000. */
  operatingStatus(id: string): OperatingStatus;
  memberHealth(memberId: string): MemberHealthFacts | undefined;
  /** Of a load balancer or listener. */
  stats(id: string): Stats;
  /** Saves an entry of a request that changed nothing: a refused one, a login. */
  record(entry: AuditEntry): Promise<void>;
  audit(filter: AuditFilter): Promise<AuditEntry[]>;
  events(filter: EventFilter): Promise<EventEntry[]>;
}
