import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { constants } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Check, HttpRequest } from './checks.js';
import { createProbe, probeHttp } from './probe.js';

const servers: (Server | TcpServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
  }
});

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function check(port: number, http: Partial<HttpRequest> = {}, timeoutMs = 5000): Check & { http: HttpRequest } {
  return {
    id: 'a',
    address: '127.0.0.1',
    port,
    intervalMs: 5000,
    timeoutMs,
    thresholds: { rise: 1, fall: 1 },
    http: { method: 'GET', path: '/', host: null, expectedCodes: '200', ...http },
  };
}

async function probe(handler: RequestListener, http: Partial<HttpRequest> = {}, timeoutMs?: number) {
  const subject = check(await listen(createServer(handler)), http, timeoutMs);
  return await probeHttp(subject, subject.http);
}

describe('HTTP check', () => {
  it('succeeds on an expected status', async () => {
    expect(await probe((_, response) => response.end('fine'))).toMatchObject({ ok: true });
  });

  it('sends method, path and Host as configured', async () => {
    let seen = '';
    await probe(
      (request, response) => {
        seen = `${request.method} ${request.url} ${request.headers.host}`;
        response.end();
      },
      { method: 'HEAD', path: '/health?x=1', host: 'shop.example' },
    );
    expect(seen).toBe('HEAD /health?x=1 shop.example');
  });

  it('names the wrong status and the one expected', async () => {
    const outcome = await probe((_, response) => response.writeHead(404).end());
    expect(outcome).toEqual({ ok: false, cause: 'wrong status: 404 instead of 200' });
  });

  it('does not follow redirects', async () => {
    const outcome = await probe((_, response) => response.writeHead(302, { Location: '/elsewhere' }).end());
    expect(outcome).toEqual({ ok: false, cause: 'wrong status: 302 instead of 200' });
  });

  it('stops reading an endless body', async () => {
    const outcome = await probe((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', write);
      write();
    });
    expect(outcome).toMatchObject({ ok: true });
  });

  it('times out when the server accepts and says nothing', async () => {
    expect(await probe(() => undefined, {}, 50)).toEqual({ ok: false, cause: 'timed out after 0.05 s' });
  });

  it('times out when the body stops half-way', async () => {
    const outcome = await probe((_, response) => response.write('half'), {}, 50);
    expect(outcome).toEqual({ ok: false, cause: 'timed out after 0.05 s' });
  });

  it('says when the answer is not HTTP', async () => {
    const subject = check(await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))));
    expect(await probeHttp(subject, subject.http)).toEqual({ ok: false, cause: 'answered something that is not HTTP' });
  });

  it('says when the server closes without an answer', async () => {
    const subject = check(await listen(createTcpServer((socket) => socket.once('data', () => socket.end()))));
    expect(await probeHttp(subject, subject.http)).toEqual({
      ok: false,
      cause: 'closed the connection without an answer',
    });
  });

  it('says when nothing listens', async () => {
    const server = createTcpServer();
    const subject = check(await listen(server));
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await probeHttp(subject, subject.http)).toEqual({
      ok: false,
      cause: 'refused: nothing listens on that port',
    });
  });
});

describe('TCP check', () => {
  const { http: _, ...subject } = check(80);
  const cases: [string, { errno: number; microseconds: number }, object][] = [
    ['succeeds with the time to the SYN-ACK', { errno: 0, microseconds: 1500 }, { ok: true, milliseconds: 1.5 }],
    [
      'names a timeout with its length',
      { errno: constants.errno.ETIMEDOUT, microseconds: 5e6 },
      { ok: false, cause: 'timed out after 5 s' },
    ],
    [
      'names a refusal',
      { errno: constants.errno.ECONNREFUSED, microseconds: 1 },
      { ok: false, cause: 'refused: nothing listens on that port' },
    ],
    [
      'keeps the name of an error without words of its own',
      { errno: constants.errno.ENOMEM, microseconds: 1 },
      { ok: false, cause: 'failed with ENOMEM' },
    ],
  ];
  it.each(cases)('%s', async (_sentence, answer, outcome) => {
    expect(await createProbe(async () => answer)(subject)).toEqual(outcome);
  });

  it('takes an error that was thrown as a failure', async () => {
    const probe = createProbe(() => Promise.reject(Object.assign(new Error('no'), { code: 'EMFILE' })));
    expect(await probe(subject)).toMatchObject({ ok: false });
  });
});
