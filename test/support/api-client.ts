/** A daemon's HTTP API through its Unix socket, and everything it says it is configured with. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { text as textOf } from 'node:stream/consumers';

/** A JSON object of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
export type Json = any;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed where it is JSON, else undefined. */
  body: Json;
  text: string;
}

export interface Request {
  method: string;
  /** With the query. */
  path: string;
  /** An object is sent as JSON, a text as it is. */
  body?: unknown;
  /** Default `application/json`. */
  type?: string;
}

/** Kinds of objects, in the API's words, and where their lists are. */
const LISTS = {
  loadbalancers: '/v2/lbaas/loadbalancers',
  listeners: '/v2/lbaas/listeners',
  pools: '/v2/lbaas/pools',
  healthmonitors: '/v2/lbaas/healthmonitors',
  l7policies: '/v2/lbaas/l7policies',
  flavors: '/v2/lbaas/flavors',
  flavorprofiles: '/v2/lbaas/flavorprofiles',
  availability_zones: '/v2/lbaas/availabilityzones',
  availability_zone_profiles: '/v2/lbaas/availabilityzoneprofiles',
  quotas: '/v2/lbaas/quotas',
  publicaddresses: '/v2/sluice/publicaddresses',
  accesslists: '/v2/sluice/accesslists',
  certificates: '/v2/sluice/certificates',
} as const;

/** Kinds whose lists leave out what may be long. */
const LONG = ['accesslists', 'certificates'] as const;

/**
 * All objects that the API shows, by kind. Members and rules have the id of their parent as `pool_id` and `l7policy_id`, access lists
 * their blocks, and certificates their PEM.
 */
export type Configuration = Record<keyof typeof LISTS | 'members' | 'rules', Json[]>;

export class ApiClient {
  constructor(private readonly socket: string) {}

  /** Rejects when the daemon ends before it has answered, or there is none. */
  send({ method, path, body, type = 'application/json' }: Request): Promise<Answer> {
    const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const length = content === undefined ? undefined : Buffer.byteLength(content);
      // A connection for each request: one that was kept would fail once the daemon has been restarted.
      const headers = {
        connection: 'close',
        ...(length === undefined ? {} : { 'content-type': type, 'content-length': length }),
      };
      const options = { socketPath: this.socket, method, path, headers, agent: false } as const;
      const sent = httpRequest(options, (response) => {
        const { statusCode: status = 0, headers } = response;
        textOf(response).then((text) => resolve({ status, headers, body: parse(headers, text), text }), reject);
      });
      sent.once('error', reject);
      sent.end(content);
    });
  }

  get(path: string): Promise<Answer> {
    return this.send({ method: 'GET', path });
  }

  /** @returns the answer's only object. @throws Error with the answer, when that is no success */
  async expect(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.send({ method, path, body });
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    }
    return answer.body && Object.values(answer.body)[0];
  }

  /** Everything there is, read one list after the other: nobody may change anything meanwhile. */
  async configuration(): Promise<Configuration> {
    const kinds = Object.keys(LISTS) as (keyof typeof LISTS)[];
    const read = async (kind: keyof typeof LISTS) => [kind, await this.expect('GET', LISTS[kind])] as const;
    const lists = Object.fromEntries(await Promise.all(kinds.map(read))) as Omit<Configuration, 'members' | 'rules'>;
    const below = async (parents: Json[], path: (id: string) => string, link: string) => {
      const children = parents.map(async ({ id }) => {
        const listed: Json[] = await this.expect('GET', path(id));
        return listed.map((child) => ({ ...child, [link]: id }));
      });
      return (await Promise.all(children)).flat();
    };
    const whole = (kind: (typeof LONG)[number]) =>
      Promise.all(lists[kind].map(({ id }) => this.expect('GET', `${LISTS[kind]}/${id}`)));
    return {
      ...lists,
      accesslists: await whole('accesslists'),
      certificates: await whole('certificates'),
      members: await below(lists.pools, (id) => `/v2/lbaas/pools/${id}/members`, 'pool_id'),
      rules: await below(lists.l7policies, (id) => `/v2/lbaas/l7policies/${id}/rules`, 'l7policy_id'),
    };
  }
}

function parse(headers: IncomingHttpHeaders, text: string): Json {
  return /^application\/json/.test(headers['content-type'] ?? '') && text !== '' ? JSON.parse(text) : undefined;
}
