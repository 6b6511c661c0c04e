/** Talks HTTP to a gateway: over the Unix socket of this host's daemon, or over TCP with a token. */
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { SluiceError } from '../../model/errors.js';
import { exchange, type Outgoing } from './exchange.js';
import { readSession, type Session, tokenRequest } from './keystone.js';
import { refusal } from './refusal.js';
import { chooseTarget, type RemoteTarget, type Target, type TargetFlags } from './target.js';

/** A list becomes a parameter that occurs several times. */
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Where the identity service is on a gateway; with another Keystone its URL takes the place of this. */
const IDENTITY = '/identity/v3';

/** Types in Keystone's catalogue of the services whose paths begin so; everything else is the gateway's own. */
const SERVICES: ReadonlyArray<[prefix: string, type: string]> = [
  ['/v2.0/lbaas/', 'load-balancer'],
  ['/v2.0/', 'network'],
];

/** The client for a command line. @throws SluiceError `invalid_configuration` when the gateway is not named completely */
export async function connect(flags: TargetFlags, env: Readonly<Record<string, string | undefined>>): Promise<Client> {
  return new Client(await chooseTarget(flags, env));
}

export class Client {
  readonly #target: Target;
  #session: Promise<Session | undefined> | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** @throws SluiceError what the gateway answered, or `daemon_unreachable` */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return await this.send<T>('GET', path, undefined, query);
  }

  /**
   * Sends a value as JSON; resolves to the answer's value, undefined where it is empty.
   * @throws SluiceError as {@link get}
   */
  async send<T>(method: Method, path: string, value?: unknown, query: Query = {}): Promise<T> {
    const body = value === undefined ? undefined : { type: 'application/json', text: JSON.stringify(value) };
    return parse<T>(await text(await this.#request(method, path, query, body)));
  }

  /** Sends the text of a file as it is. @throws SluiceError as {@link get} */
  async post<T>(path: string, query: Query, file: string): Promise<T> {
    return parse<T>(await text(await this.#request('POST', path, query, { type: 'application/yaml', text: file })));
  }

  /** An answer as it comes, to be destroyed by who does not read it to its end. @throws SluiceError as {@link get} */
  async stream(path: string, query: Query = {}): Promise<IncomingMessage> {
    return await this.#request('GET', path, query);
  }

  /**
   * Who asks, as the token says; undefined on the Unix socket, with a token that was given, and without credentials.
   * @throws SluiceError `unauthorized`
   */
  async session(): Promise<Session | undefined> {
    this.#session ??= this.#authenticate();
    return await this.#session;
  }

  async #request(method: string, path: string, query: Query, body?: Outgoing['body']): Promise<IncomingMessage> {
    const target = this.#target;
    const session = await this.session();
    const token = session?.token ?? (target.kind === 'remote' ? target.token : undefined);
    const base = target.kind === 'socket' ? `http://localhost${path}` : locate(target, session, path);
    const response = await exchange(target, { method, url: `${base}${queryString(query)}`, body, token });
    if ((response.statusCode ?? 500) >= 300) {
      throw refusal(response.statusCode ?? 500, await text(response));
    }
    return response;
  }

  async #authenticate(): Promise<Session | undefined> {
    const target = this.#target;
    if (target.kind === 'socket' || !target.credentials) {
      return undefined;
    }
    const { credentials } = target;
    const response = await exchange(target, {
      method: 'POST',
      url: `${credentials.authUrl}/auth/tokens`,
      body: { type: 'application/json', text: JSON.stringify(tokenRequest(credentials)) },
      token: undefined,
    });
    const answer = await text(response);
    if (response.statusCode !== 201) {
      throw refusal(response.statusCode ?? 500, answer);
    }
    const token = response.headers['x-subject-token'];
    return readSession(typeof token === 'string' ? token : undefined, parse(answer), credentials);
  }
}

/** The URL of a path: below the one that was named, else where the catalogue has its service. */
function locate({ url, credentials }: RemoteTarget, session: Session | undefined, path: string): string {
  if (credentials && path.startsWith(IDENTITY)) {
    return credentials.authUrl + path.slice(IDENTITY.length);
  }
  if (url !== undefined) {
    return url + path;
  }
  const balancer = session?.endpoints.get('load-balancer');
  if (balancer === undefined) {
    throw new SluiceError(
      'not_found',
      'the catalogue of this Keystone has no load-balancer service in that region; name the gateway with --url',
    );
  }
  const type = SERVICES.find(([prefix]) => path.startsWith(prefix))?.[1];
  const service = type && session?.endpoints.get(type);
  // Networks may be at their own URL with or without the version; Sluice's own paths are at the root of the gateway.
  return service ? service.replace(/\/v2\.0$/, '') + path : balancer.replace(/\/load-balancer$/, '') + path;
}

function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) {
        parameters.append(name, String(one));
      }
    }
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function parse<T>(answer: string): T {
  if (answer === '') {
    return undefined as T;
  }
  try {
    return JSON.parse(answer) as T;
  } catch {
    throw new SluiceError('internal', `the gateway answered something else than JSON: ${answer.slice(0, 200)}`);
  }
}
