/** HTTP over exactly one TCP connection from a given source address, with every answer checked. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Answer, type Connection, type Origin, RequestError } from './client-connection.js';
import { payload, payloadHash } from './payload.js';
import type { Greeting, TrafficOrder } from './protocol.js';

type SumAnswer = Greeting & { length?: number; sha256?: string };

/** Hands out the one socket it was given, so that a connection lost between two requests is an error and not silently replaced. */
class OneSocketAgent extends Agent {
  constructor(private readonly socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(): Socket {
    if (this.socket.destroyed) throw new RequestError('lost', 'the connection was closed between two requests');
    return this.socket;
  }
}

export class HttpConnection implements Connection {
  sourcePort = 0;
  #socket: Socket | undefined;
  #agent: OneSocketAgent | undefined;
  #request = 0;

  constructor(
    private readonly order: TrafficOrder,
    private readonly origin: Origin,
  ) {}

  async open(): Promise<void> {
    const { address, port, timeoutMs } = this.order;
    const { source, port: localPort } = this.origin;
    const socket = connect({ host: address, port, localAddress: source, localPort, noDelay: true });
    this.#socket = socket;
    const timer = setTimeout(() => socket.destroy(new RequestError('timeout', 'no connection')), timeoutMs);
    try {
      await once(socket, 'connect');
    } finally {
      clearTimeout(timer);
    }
    this.sourcePort = socket.localPort ?? 0;
    this.#agent = new OneSocketAgent(socket);
  }

  async request(last: boolean): Promise<Answer> {
    const seed = `${this.origin.source}/${this.origin.serial}/${this.#request++}`;
    if (this.order.operation === 'download') return this.#download(seed, last);
    if (this.order.operation === 'upload') return this.#upload(seed, last);
    return { greeting: await this.#json(await this.#send('GET', '/', last)), bytes: 0 };
  }

  close(): void {
    this.#agent?.destroy();
    this.#socket?.destroy();
  }

  async #download(seed: string, last: boolean): Promise<Answer> {
    const { bytes } = this.order;
    const response = await this.#send('GET', `/bytes?n=${bytes}&seed=${encodeURIComponent(seed)}`, last);
    const hash = createHash('sha256');
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk);
      received += chunk.length;
    }
    requireSame(`${bytes} ${payloadHash(bytes, seed)}`, `${received} ${hash.digest('hex')}`);
    return { greeting: { backend: String(response.headers['x-backend']) }, bytes };
  }

  async #upload(seed: string, last: boolean): Promise<Answer> {
    const { bytes } = this.order;
    const greeting = await this.#json(await this.#send('POST', '/sum', last, seed));
    requireSame(`${bytes} ${payloadHash(bytes, seed)}`, `${greeting.length} ${greeting.sha256}`);
    return { greeting, bytes };
  }

  /** Resolves with status 200 and its headers. @param seed Given: a payload made from it is the body. */
  #send(method: string, path: string, last: boolean, seed?: string): Promise<IncomingMessage> {
    const { address, port, bytes, timeoutMs } = this.order;
    const headers = {
      connection: last ? 'close' : 'keep-alive',
      ...(seed === undefined ? {} : { 'content-length': bytes }),
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: address, port, method, path, headers, agent: this.#agent! });
      request.setTimeout(timeoutMs, () => request.destroy(new RequestError('timeout', 'no answer')));
      request.once('error', reject);
      request.once('response', (response) => {
        // A connection that breaks while the body arrives is reported by whoever reads the body.
        if (response.statusCode === 200) return resolve(response);
        response.resume();
        reject(new RequestError('status', `status ${response.statusCode}`));
      });
      if (seed === undefined) request.end();
      else pipeline(Readable.from(payload(bytes, seed), { objectMode: false }), request).catch(reject);
    });
  }

  async #json(response: IncomingMessage): Promise<SumAnswer> {
    const answer = await text(response);
    try {
      return JSON.parse(answer) as SumAnswer;
    } catch {
      throw new RequestError('body', `not JSON: ${answer.slice(0, 100)}`);
    }
  }
}

function requireSame(expected: string, found: string): void {
  if (expected !== found) throw new RequestError('body', `length and SHA-256 are ${found}, not ${expected}`);
}
