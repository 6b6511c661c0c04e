/** Talks to the daemon over its Unix socket. */
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { type SerializedError, SluiceError } from '../model/errors.js';

export type Query = Record<string, string | number | boolean | undefined>;

export class Client {
  /** @param socket path of the daemon's Unix socket */
  constructor(private readonly socket: string) {}

  /** @throws SluiceError what the daemon answered, or `daemon_unreachable` */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return JSON.parse(await text(await this.#send('GET', path, query))) as T;
  }

  /** @throws SluiceError as {@link get} */
  async post<T>(path: string, query: Query, body: string): Promise<T> {
    return JSON.parse(await text(await this.#send('POST', path, query, body))) as T;
  }

  /** An answer as it comes, to be destroyed by who does not read it to its end. @throws SluiceError as {@link get} */
  async stream(path: string, query: Query = {}): Promise<IncomingMessage> {
    return await this.#send('GET', path, query);
  }

  async #send(method: string, path: string, query: Query, body?: string): Promise<IncomingMessage> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({
        socketPath: this.socket,
        method,
        path: `${path}${queryString(query)}`,
        ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/yaml' } }),
      });
      sent.on('response', resolve);
      sent.on('error', (error) => reject(unreachable(this.socket, error)));
      sent.end(body);
    });
    if (response.statusCode !== 200) {
      throw refusal(await text(response));
    }
    return response;
  }
}

/** Values of a text of one JSON value a line. */
export async function* jsonLines<T>(input: Readable): AsyncGenerator<T> {
  let rest = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield JSON.parse(line) as T;
    }
  }
}

function queryString(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

async function text(response: IncomingMessage): Promise<string> {
  let whole = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    whole += chunk;
  }
  return whole;
}

function refusal(body: string): SluiceError {
  try {
    const answer = JSON.parse(body) as SerializedError & { faultstring?: string };
    return SluiceError.fromJSON({ ...answer, message: answer.message ?? answer.faultstring ?? body });
  } catch {
    return new SluiceError('internal', `the daemon answered something else than JSON: ${body.slice(0, 200)}`);
  }
}

function unreachable(socket: string, error: NodeJS.ErrnoException): SluiceError {
  if (error.code === 'EACCES') {
    return new SluiceError('permission_denied', `${socket} may not be opened; run as root or join the group sluice`, {
      cause: error,
    });
  }
  const reason =
    error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
      ? 'no daemon answers'
      : `the daemon does not answer (${error.message})`;
  return new SluiceError(
    'daemon_unreachable',
    `${reason} on ${socket}; start it with "sluice serve --config FILE", or name its socket with --socket`,
    { cause: error },
  );
}
