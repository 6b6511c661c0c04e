/** What a route of the API is, without the HTTP server: a line of a table, and a function from request to answer. */
import type { ControlPlane } from '../../control/control-plane.js';
import type { Caller } from '../../model/identity.js';
import type { AuditEntry } from '../../store/store.js';
import type { Query } from '../list/query.js';
import type { Need } from './access.js';

/** A JSON Schema, for the OpenAPI document. */
export type Schema = object;

export interface ApiRequest {
  readonly control: ControlPlane;
  readonly caller: Caller;
  /** `req-` and a UUID. */
  readonly id: string;
  readonly method: string;
  /** Absolute, as the client wrote it. */
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Parsed JSON; undefined: none was sent. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly audited: Audited | undefined;
}

/** What a request does, for its audit entry. */
export interface Audited {
  action: AuditEntry['action'];
  kind: string;
}

export interface Answer {
  /** Default: the route's. */
  status?: number;
  /** Sent as JSON unless it is bytes or text of a given type; undefined: no body. */
  body?: unknown;
  /** Content type of a body that is not JSON. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Parameter {
  name: string;
  description: string;
  schema?: Schema;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the prefix, with `:name` for parameters: `/loadbalancers/:loadbalancer_id`. */
  path: string;
  need: Need;
  /** Status of success. */
  status: number;
  /** Absent: not kept in the audit. */
  audited?: Audited;
  /** For the OpenAPI document. */
  tag: string;
  summary: string;
  query?: readonly Parameter[];
  body?: Schema;
  /** Absent: no body. */
  answer?: Schema;
  /** Content types of an answer that is not JSON. */
  produces?: readonly string[];
  handle(request: ApiRequest): Answer | Promise<Answer>;
}
