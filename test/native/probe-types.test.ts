/** Every type of check against servers that are well and servers that are not, over real sockets. */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { probePort } from '../../src/datapath/probe.js';
import { type CheckRequest, datagramOf, type HttpRequest } from '../../src/health/checks.js';
import { probeHttps } from '../../src/health/https.js';
import { HttpsThread } from '../../src/health/https-thread.js';
import { createProbe } from '../../src/health/probe.js';
import { HTTP_REQUEST as http } from '../../src/health/testing/requests.js';
import { selfSigned } from '../support/certificate.js';

const certificate = selfSigned();
const probe = createProbe(probePort, probeHttps);
const servers: (Server | Datagrams)[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server, address: string): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers by what `say` makes of a datagram; undefined: not at all. */
async function datagrams(address: string, say: (text: string) => string | undefined): Promise<number> {
  const server = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  servers.push(server);
  server.on('message', (bytes, from) => {
    const text = say(bytes.toString());
    if (text !== undefined) server.send(text, from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, address, resolve));
  return server.address().port;
}

/** A port that nobody has: it was just given back. */
async function nobody(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server, '127.0.0.1');
  await new Promise((resolve) => server.close(resolve));
  servers.pop();
  return port;
}

interface Target {
  address?: string;
  timeoutMs?: number;
}

async function check(request: CheckRequest, port: number, { address = '127.0.0.1', timeoutMs = 60_000 }: Target = {}) {
  const thresholds = { rise: 1, fall: 1 };
  return await probe({ id: 'a', address, port, intervalMs: timeoutMs, timeoutMs, thresholds, request });
}

const well = { ok: true, milliseconds: expect.any(Number) };
const down = (cause: string) => ({ ok: false, cause });
const refused = down('refused: nothing listens on that port');
const answer =
  (status: number): RequestListener =>
  (_, response) => {
    response.writeHead(status).end('fine');
  };
const families = [['127.0.0.1'], ['::1']];

describe('TCP', () => {
  it.each(families)('is well when the port answers: %s', async (address) => {
    expect(await check({ kind: 'tcp' }, await listen(createTcpServer(), address!), { address: address! })).toEqual(
      well,
    );
  });

  it('is down when nobody listens', async () => {
    expect(await check({ kind: 'tcp' }, await nobody())).toEqual(refused);
  });
});

describe('HTTP', () => {
  it.each(families)('is well on an expected status: %s', async (address) => {
    const port = await listen(createHttpServer(answer(200)), address!);
    expect(await check(http, port, { address: address! })).toEqual(well);
  });

  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'PATCH'] as const;
  it.each(methods)('asks with %s', async (method) => {
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.httpVersion} ${request.headers.host}`);
      response.end();
    });
    const port = await listen(server, '127.0.0.1');
    expect(await check({ ...http, method, path: '/a?b', host: 'shop.example' }, port)).toEqual(well);
    expect(await check({ ...http, method, version: '1.0' }, port)).toEqual(well);
    expect(seen).toEqual([`${method} /a?b 1.1 shop.example`, `${method} / 1.0 undefined`]);
  });

  it('asks with CONNECT', async () => {
    const server = createHttpServer().on('connect', (_, socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    expect(await check({ ...http, method: 'CONNECT' }, await listen(server, '127.0.0.1'))).toEqual(well);
  });

  it('is down on another status', async () => {
    const port = await listen(createHttpServer(answer(404)), '127.0.0.1');
    expect(await check(http, port)).toEqual(down('wrong status: 404 instead of 200'));
  });

  it('stops reading an endless body', async () => {
    const server = createHttpServer((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', write);
      write();
    });
    expect(await check(http, await listen(server, '127.0.0.1'))).toEqual(well);
  });

  it('is down when the answer stops half-way', async () => {
    const server = createHttpServer((_, response) => response.write('half'));
    const cause = 'timed out after 2 s: the answer stopped half-way';
    expect(await check(http, await listen(server, '127.0.0.1'), { timeoutMs: 2000 })).toEqual(down(cause));
  });

  it('is down when the server accepts and says nothing', async () => {
    const port = await listen(createTcpServer(), '127.0.0.1');
    const cause = 'timed out after 0.05 s: connected, but no answer';
    expect(await check(http, port, { timeoutMs: 50 })).toEqual(down(cause));
  });

  it('is down when nobody listens', async () => {
    expect(await check(http, await nobody())).toEqual(refused);
  });
});

describe('HTTPS', () => {
  const https: HttpRequest = { ...http, tls: true };

  it.each(families)('is well on an expected status: %s', async (address) => {
    const port = await listen(createHttpsServer(certificate, answer(200)), address!);
    expect(await check(https, port, { address: address! })).toEqual(well);
  });

  it('is down on another status', async () => {
    const port = await listen(createHttpsServer(certificate, answer(503)), '127.0.0.1');
    expect(await check(https, port)).toEqual(down('wrong status: 503 instead of 200'));
  });

  it('is well on the thread of the daemon', async () => {
    const port = await listen(createHttpsServer(certificate, answer(200)), '127.0.0.1');
    const thread = new HttpsThread(new URL('../../dist/health/https-worker.js', import.meta.url));
    const order = { address: '127.0.0.1', port, timeoutMs: 60_000, request: https };
    expect(await Promise.all([thread.probe(order), thread.probe(order)])).toEqual([well, well]);
  });
});

describe('TLS-HELLO', () => {
  const hello: CheckRequest = { kind: 'tls-hello', serverName: 'shop.example' };

  it.each(families)('is well on a ServerHello: %s', async (address) => {
    const port = await listen(createTlsServer(certificate), address!);
    expect(await check(hello, port, { address: address! })).toEqual(well);
  });

  it('is well on a ServerHello of TLS 1.2', async () => {
    const port = await listen(createTlsServer({ ...certificate, maxVersion: 'TLSv1.2' }), '127.0.0.1');
    expect(await check(hello, port)).toEqual(well);
  });

  it('is down on an alert', async () => {
    const options = { ...certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    const cause = 'TLS error: the member answered with alert protocol_version: it speaks no TLS 1.2 or newer';
    expect(await check(hello, await listen(createTlsServer(options), '127.0.0.1'))).toEqual(down(cause));
  });

  it('is down on plain HTTP', async () => {
    const result = await check(hello, await listen(createHttpServer(answer(200)), '127.0.0.1'));
    expect(result).toEqual(down('TLS error: answered something that is not TLS: "HTTP/1.1 400 Bad Request"'));
  });
});

describe('PING', () => {
  it.each(families)('is well when the host answers: %s', async (address) => {
    expect(await check({ kind: 'ping' }, 80, { address: address! })).toEqual(well);
  });
});

describe('UDP-CONNECT', () => {
  const silence: CheckRequest = { kind: 'udp', send: datagramOf(''), expect: null };
  const pong: CheckRequest = { kind: 'udp', send: datagramOf('ping\\n'), expect: datagramOf('pong') };

  it.each(families)('is well when the server says nothing: %s', async (address) => {
    const port = await datagrams(address!, () => undefined);
    expect(await check(silence, port, { address: address!, timeoutMs: 100 })).toEqual(well);
  });

  it.each(families)('is down when nobody listens: %s', async (address) => {
    const cause = 'ICMP port unreachable: nothing listens on that port';
    expect(await check(silence, await nobody(), { address: address! })).toEqual(down(cause));
    expect(await check(pong, await nobody(), { address: address! })).toEqual(down(cause));
  });

  it('is well on the expected answer', async () => {
    const port = await datagrams('127.0.0.1', (text) => (text === 'ping\n' ? 'a pong' : 'what?'));
    expect(await check(pong, port)).toEqual(well);
  });

  it('is down on another answer', async () => {
    const port = await datagrams('127.0.0.1', () => 'go away');
    expect(await check(pong, port)).toEqual(down('answered something else than expected: "go away"'));
  });

  it('is down on silence when an answer is expected', async () => {
    const port = await datagrams('127.0.0.1', () => undefined);
    expect(await check(pong, port, { timeoutMs: 50 })).toEqual(down('timed out after 0.05 s'));
  });
});
