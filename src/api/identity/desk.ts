/** What the identity routes share: who asks, changes with their audit entries, links. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify';
import type { Logger } from 'pino';
import type { ControlPlane } from '../../control/control-plane.js';
import type { Operation } from '../../control/operation.js';
import type { Authenticate } from '../../identity/authenticate.js';
import { type Action, authorize } from '../../identity/policy.js';
import type { IdentityService } from '../../identity/service.js';
import type { Caller } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { auditEntry, type Outcome } from '../http/audit.js';
import type { Audited } from '../http/route.js';
import { baseUrl } from './base-url.js';
import { type Link, linker } from './views.js';

export interface DeskParts {
  control: ControlPlane;
  identity: IdentityService;
  /** `identity.identify`, or for the Unix socket a function that always gives its caller. */
  identify: Authenticate;
  log: Logger;
}

/** A request under way, as its audit entry needs it. */
interface Visit {
  /** `req-` and a UUID. */
  id: string;
  /** ms since the epoch. */
  startedAt: number;
  /** Undefined until it is known. */
  caller: Caller | undefined;
}

/** What a request changes, and how it is answered. */
export interface Change<T> {
  status: 200 | 201 | 204;
  operation: Operation<T>;
  /** Makes the answer's body; absent: it has none. */
  present?: (result: T) => object;
}

export class Desk {
  readonly identity: IdentityService;
  readonly log: Logger;
  readonly #control: ControlPlane;
  readonly #identify: Authenticate;
  readonly #visits = new WeakMap<FastifyRequest, Visit>();

  constructor({ control, identity, identify, log }: DeskParts) {
    this.identity = identity;
    this.log = log;
    this.#control = control;
    this.#identify = identify;
  }

  get state(): State {
    return this.#control.state;
  }

  /** Gives the request a name, which the answer carries too. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    // Inside the API's own scope the request has a name already.
    const id = request.apiId || `req-${randomUUID()}`;
    this.#visits.set(request, { id, startedAt: Date.now(), caller: undefined });
    reply.header('x-openstack-request-id', id);
  }

  requestId(request: FastifyRequest): string {
    return this.#visit(request).id;
  }

  /**
   * Who asks.
   * @param action what she must be allowed; undefined: a valid token is enough
   * @throws SluiceError `unauthorized`, `permission_denied`; RetryLater
   */
  async caller(request: FastifyRequest, action?: Action): Promise<Caller> {
    const caller = await this.#identify({ headers: request.headers, address: clientOf(request) });
    this.introduce(request, caller);
    if (action !== undefined) {
      authorize(caller, action);
    }
    return caller;
  }

  /** For the audit of a login: who has just proved to be whom. */
  introduce(request: FastifyRequest, caller: Caller): void {
    this.#visit(request).caller = caller;
  }

  base(request: FastifyRequest): string {
    return baseUrl(request, this.identity.settings);
  }

  link(request: FastifyRequest): Link {
    return linker(this.base(request));
  }

  /**
   * Runs an operation; its audit entry, which the route's `config.audited` asks for, is saved with it.
   * @returns the body of the answer
   */
  async change<T extends { id: string; name?: string }>(
    request: FastifyRequest,
    reply: FastifyReply,
    caller: Caller,
    change: Change<T>,
  ): Promise<object | undefined> {
    const { status, operation, present } = change;
    const result = await this.#control.change(caller, operation, (object) => {
      const { id, name = null } = object;
      return this.#entry(request, caller, { status, id, name, response: present?.(object) });
    });
    void reply.code(status);
    return present?.(result);
  }

  /** A handler of requests that change users, projects or roles. @param read asked once the caller may do so */
  administer<T extends { id: string; name?: string }, R extends RouteGenericInterface>(
    read: (request: FastifyRequest<R>) => Change<T> | Promise<Change<T>>,
  ) {
    return async (request: FastifyRequest<R>, reply: FastifyReply): Promise<object | undefined> => {
      const caller = await this.caller(request as FastifyRequest, 'identity');
      return await this.change(request as FastifyRequest, reply, caller, await read(request));
    };
  }

  /** Keeps a request that changed nothing: a login, a refusal. Whoever asks is answered even where that fails. */
  async record(request: FastifyRequest, outcome: Outcome): Promise<void> {
    if (!request.routeOptions.config.audited) {
      return;
    }
    try {
      await this.#control.record(this.#entry(request, this.#visit(request).caller ?? nobody(request), outcome));
    } catch (err) {
      this.log.error({ err, request_id: this.requestId(request) }, 'a request could not be kept in the audit');
    }
  }

  #entry(request: FastifyRequest, caller: Caller, outcome: Outcome) {
    const { id, startedAt } = this.#visit(request);
    const { method, body } = request;
    const url = new URL(request.url, this.base(request));
    return auditEntry(
      { caller, id, method, url, body, startedAt },
      request.routeOptions.config.audited as Audited,
      outcome,
    );
  }

  #visit(request: FastifyRequest): Visit {
    const visit = this.#visits.get(request) ?? { id: 'req-none', startedAt: Date.now(), caller: undefined };
    this.#visits.set(request, visit);
    return visit;
  }
}

/** Address of the client; over the Unix socket there is none. */
export function clientOf({ ip }: FastifyRequest): string {
  return ip ?? 'socket';
}

function nobody(request: FastifyRequest): Caller {
  return { user: { id: '', name: '' }, project: null, roles: [], from: clientOf(request) };
}
