import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../test/support/certificate.js';
import type { HttpRequest } from './checks.js';
import { probeHttps } from './https.js';
import { HTTPS_REQUEST } from './testing/requests.js';

const certificate = selfSigned();
const servers: TcpServer[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function probe(server: Server | TcpServer, changes: Partial<HttpRequest> = {}, timeoutMs = 60_000) {
  const request = { ...HTTPS_REQUEST, ...changes };
  return await probeHttps({ address: '127.0.0.1', port: await listen(server), timeoutMs, request });
}

function https(status: number, options: TlsOptions = {}, seen: string[] = []): Server {
  return createServer({ ...certificate, ...options }, (incoming, response) => {
    const { servername } = incoming.socket as { servername?: string | false };
    seen.push(`${incoming.method} ${incoming.url} ${incoming.httpVersion} ${incoming.headers.host} ${servername}`);
    response.writeHead(status).end('fine');
  });
}

describe('an HTTPS check', () => {
  it('succeeds on an expected status, whoever signed the certificate', async () => {
    expect(await probe(https(200))).toEqual({ ok: true, milliseconds: expect.any(Number) });
  });

  it('asks for what is configured, by the server name too', async () => {
    const seen: string[] = [];
    await probe(https(200, {}, seen), { method: 'HEAD', path: '/health', host: 'shop.example' });
    await probe(https(200, {}, seen), { version: '1.0', host: 'shop.example' });
    expect(seen).toEqual(['HEAD /health 1.1 shop.example shop.example', 'GET / 1.0 shop.example shop.example']);
  });

  const silent = () => createTcpServer(() => undefined);
  const failures: [string, () => Server | TcpServer, string][] = [
    ['another status', () => https(404), 'wrong status: 404 instead of 200'],
    [
      'plain HTTP',
      () => createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      'TLS error: answered something that is not TLS: does the member speak plain HTTP on that port?',
    ],
    [
      'another protocol over TLS',
      () => createTlsServer(certificate, (socket) => socket.end('SSH-2.0-x\r\n')),
      'answered something that is not HTTP: "SSH-2.0-x"',
    ],
    [
      'a close in the handshake',
      () => createTcpServer((socket) => socket.once('data', () => socket.end())),
      'TLS error: closed the connection during the handshake',
    ],
    [
      'a close before the answer',
      () => createTlsServer(certificate, (socket) => socket.once('data', () => socket.end())),
      'closed the connection without an answer',
    ],
    [
      'old TLS',
      () => https(200, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
      'TLS error: the member answered with alert protocol version',
    ],
  ];
  it.each(failures)('names %s', async (_sentence, server, cause) => {
    expect(await probe(server())).toEqual({ ok: false, cause });
  });

  it('names how far it came when time was over', async () => {
    const handshake = await probe(silent(), {}, 50);
    expect(handshake).toEqual({
      ok: false,
      cause: 'timed out after 0.05 s: connected, but the TLS handshake was not answered',
    });
    const answer = await probe(createTlsServer(certificate), {}, 2000);
    expect(answer).toEqual({ ok: false, cause: 'timed out after 2 s: connected, but no answer' });
  });

  it('names a refusal', async () => {
    const server = silent();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const probed = { address: '127.0.0.1', port, timeoutMs: 60_000, request: HTTPS_REQUEST };
    expect(await probeHttps(probed)).toEqual({
      ok: false,
      cause: 'refused: nothing listens on that port',
    });
  });
});
