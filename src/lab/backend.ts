/**
 * A backend for tests and demonstrations, run on the lab's hosts: `node dist/lab/backend.js '{"name":"backend1"}'`.
 *
 * It says who it is and whom it sees, so that a client can tell which member answered and whether the receiver showed the
 * right address. HTTP: `/` (optional `?delay=MS`), `/bytes?n=N&seed=S` with the SHA-256 in a header, `POST /sum`, `/health`
 * (`PUT` with a status code as body sets what it answers), `/stats` (`DELETE` clears). TCP echo. UDP: one line of JSON, then
 * the datagram that came in.
 */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { payload, payloadHash } from './payload.js';
import type { BackendConfig, BackendStats, Greeting } from './protocol.js';

const BACKLOG = 8192;

export class Backend {
  #health = 200;
  #stats: BackendStats = emptyStats();

  constructor(private readonly config: BackendConfig) {}

  /** Resolves when all ports are open. */
  async start(): Promise<void> {
    const { host, httpPort, echoPort } = this.config;
    const http = createHttpServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      this.#answer(request, response).catch((error: Error) => response.destroy(error));
    });
    const echo = createTcpServer((socket) => this.#echo(socket));
    const datagrams = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 });
    datagrams.on('message', (message, sender) => {
      this.#stats.datagrams++;
      count(this.#stats.udpClients, plain(sender.address));
      datagrams.send([this.#greeting(sender.address, sender.port), '\n', message], sender.port, sender.address);
    });
    http.listen({ host, port: httpPort, backlog: BACKLOG });
    echo.listen({ host, port: echoPort, backlog: BACKLOG });
    datagrams.bind(echoPort, host);
    await Promise.all([once(http, 'listening'), once(echo, 'listening'), once(datagrams, 'listening')]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://backend');
    const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${url.pathname}`;
    if (route === 'GET /health') return this.#reportHealth(response);
    if (route === 'PUT /health') return this.#setHealth(request, response);
    if (route === 'GET /stats') return sendJson(response, this.#stats);
    if (route === 'DELETE /stats') {
      this.#stats = emptyStats();
      return sendJson(response, this.#stats);
    }
    const client = plain(request.socket.remoteAddress ?? '');
    this.#stats.requests++;
    count(this.#stats.clients, client);
    if (route === 'GET /') return this.#greet(request, response, Number(url.searchParams.get('delay') ?? 0));
    if (route === 'GET /bytes') return this.#sendBytes(response, url.searchParams);
    if (route === 'POST /sum') return this.#sum(request, response);
    sendJson(response, { error: 'no such path' }, 404);
  }

  #greet(request: IncomingMessage, response: ServerResponse, delayMs: number): void {
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    const send = () => this.#send(response, this.#greeting(remoteAddress, remotePort));
    if (delayMs > 0) setTimeout(send, delayMs);
    else send();
  }

  async #sendBytes(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const length = Number(query.get('n') ?? 0);
    const seed = query.get('seed') ?? '';
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': length,
      'x-sha256': payloadHash(length, seed),
      'x-backend': this.config.name,
    });
    await pipeline(Readable.from(payload(length, seed), { objectMode: false }), response);
  }

  async #sum(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
    }
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    const greeting = JSON.parse(this.#greeting(remoteAddress, remotePort)) as Greeting;
    sendJson(response, { ...greeting, sha256: hash.digest('hex'), length });
  }

  #reportHealth(response: ServerResponse): void {
    this.#stats.healthChecks++;
    sendJson(response, { status: this.#health }, this.#health);
  }

  async #setHealth(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = Number(await text(request));
    if (!Number.isInteger(status) || status < 200 || status > 599)
      return sendJson(response, { error: 'give 200-599' }, 400);
    this.#health = status;
    sendJson(response, { status });
  }

  #echo(socket: Socket): void {
    this.#stats.echoConnections++;
    count(this.#stats.echoClients, plain(socket.remoteAddress ?? ''));
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  }

  #greeting(address: string, clientPort: number): string {
    const greeting: Greeting = { backend: this.config.name, client: plain(address), clientPort };
    return JSON.stringify(greeting);
  }

  #send(response: ServerResponse, body: string): void {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }
}

function emptyStats(): BackendStats {
  return {
    requests: 0,
    healthChecks: 0,
    clients: {},
    echoConnections: 0,
    echoClients: {},
    datagrams: 0,
    udpClients: {},
  };
}

function count(counters: Record<string, number>, key: string): void {
  counters[key] = (counters[key] ?? 0) + 1;
}

/** `::ffff:198.18.1.2`, as a dual-stack socket reports it, without the prefix. */
function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

await new Backend(JSON.parse(process.argv[2] ?? '{}') as BackendConfig).start();
console.log('ready');
