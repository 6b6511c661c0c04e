/** The API on a control plane in memory, for tests: `const api = await startApi(); await api.get('/v2/lbaas/listeners')`. */
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { MemoryControl } from '../../control/testing/memory-control.js';
import { unauthorized } from '../../identity/errors.js';
import type { Caller, Role } from '../../model/identity.js';
import { API_SERVER_OPTIONS, type ApiOptions, createApi } from '../index.js';

/** A JSON object of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
export type Json = any;

export interface Answered {
  status: number;
  headers: LightMyRequestResponse['headers'];
  /** Parsed where it is JSON. */
  body: Json;
  text: string;
}

/** What a refusal says. */
export function refused({ status, body }: Answered): [status: number, sentence: string] {
  return [status, body.faultstring];
}

/** A caller of project `shop` with these roles. */
export function callerOf(project: string | null, ...roles: Role[]): Caller {
  return {
    user: { id: `user-of-${project}`, name: `${roles[0] ?? 'nobody'}` },
    project: project === null ? null : { id: project, name: project },
    roles,
    from: '198.18.9.9',
  };
}

/** The project most tests work in. */
export const SHOP = 'shop';
const ADMIN = callerOf(SHOP, 'admin');

export class TestApi {
  readonly server: FastifyInstance;
  readonly control: MemoryControl;
  /** Who asks from now on; undefined: somebody without credentials. */
  caller: Caller | undefined = ADMIN;

  constructor(server: FastifyInstance, control: MemoryControl) {
    this.server = server;
    this.control = control;
  }

  /** As new: nothing configured, an administrator of project `shop` asks. */
  reset(): void {
    this.control.reset();
    this.caller = ADMIN;
  }

  async request(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await this.server.inject({
      method: method as 'GET',
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { statusCode, payload } = response;
    const type = String(response.headers['content-type'] ?? '');
    const json = type.startsWith('application/json') && payload !== '';
    return {
      status: statusCode,
      headers: response.headers,
      body: json ? JSON.parse(payload) : undefined,
      text: payload,
    };
  }

  get(url: string, headers?: Record<string, string>): Promise<Answered> {
    return this.request('GET', url, undefined, headers);
  }

  post(url: string, body: unknown): Promise<Answered> {
    return this.request('POST', url, body);
  }

  put(url: string, body?: unknown): Promise<Answered> {
    return this.request('PUT', url, body);
  }

  delete(url: string): Promise<Answered> {
    return this.request('DELETE', url);
  }

  /** Creates below /v2/lbaas and gives the object. @throws Error with the answer, when it is not 201 */
  async create(path: string, root: string, fields: object): Promise<Json> {
    const { status, body } = await this.post(`/v2/lbaas/${path}`, { [root]: fields });
    if (status !== 201) {
      throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
    }
    return body[root];
  }

  /** A load balancer, a TCP listener with a pool, and a member. */
  async createWeb(port = 80): Promise<{ loadbalancer: Json; listener: Json; pool: Json; member: Json }> {
    const loadbalancer = await this.create('loadbalancers', 'loadbalancer', {
      name: 'web',
      vip_address: '198.18.0.10',
    });
    const listener = await this.create('listeners', 'listener', {
      name: 'tcp',
      protocol: 'TCP',
      protocol_port: port,
      loadbalancer_id: loadbalancer.id,
    });
    const pool = await this.create('pools', 'pool', {
      name: 'servers',
      protocol: 'TCP',
      lb_algorithm: 'ROUND_ROBIN',
      listener_id: listener.id,
    });
    const member = await this.create(`pools/${pool.id}/members`, 'member', {
      address: '198.18.1.11',
      protocol_port: 8080,
    });
    return { loadbalancer, listener, pool, member };
  }
}

export async function startApi(
  control: MemoryControl = new MemoryControl(),
  options: Partial<ApiOptions> = {},
): Promise<TestApi> {
  const server = Fastify(API_SERVER_OPTIONS);
  const api = new TestApi(server, control);
  const authenticate = async (): Promise<Caller> => {
    if (!api.caller) {
      throw unauthorized();
    }
    return api.caller;
  };
  await server.register(
    createApi({ control, access: { authenticate }, version: '0.0.0', log: pino({ level: 'silent' }), ...options }),
  );
  await server.ready();
  return api;
}
