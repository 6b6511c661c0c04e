import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import http2 from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Listener, Pool } from '../../model/resources.js';
import { freePort, withProxy } from './testing/haproxy.js';
import { compiled, listener, loadBalancer, member, pool } from './testing/samples.js';
import { EchoServer, exchange, get } from './testing/traffic.js';

let server: EchoServer;
let members: Pool;
const raw: Server[] = [];

beforeAll(async () => {
  server = await EchoServer.start('a', (request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      response.setHeader('Content-Type', 'text/html');
      response.end(request.url === '/long' ? 'long '.repeat(2000) : JSON.stringify({ body, headers: request.headers }));
    });
  });
  members = pool([server.member()]);
});

afterEach(() => {
  for (const one of raw.splice(0)) {
    one.close();
  }
});

afterAll(() => server.stop());

/** A member of raw bytes. @param answer to what a connection sent so far, which ends it; undefined: none yet */
async function rawPool(answer: (bytes: string) => string | undefined, fields: Partial<Pool> = {}): Promise<Pool> {
  const one = createServer((socket) => {
    socket.on('error', () => {});
    let bytes = '';
    socket.on('data', (data) => {
      bytes += data.toString('latin1');
      const text = answer(bytes);
      if (text !== undefined) {
        socket.end(text, 'latin1');
      }
    });
  });
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  raw.push(one);
  return pool([member('127.0.0.1', (one.address() as AddressInfo).port)], fields);
}

async function through<T>(
  fields: Partial<Listener>,
  work: (port: number) => Promise<T>,
  one: Pool = members,
  protocol: Listener['protocol'] = 'HTTP',
): Promise<T> {
  const it = listener(protocol, await freePort(), { default_pool_id: one.id, ...fields });
  return withProxy(compiled([loadBalancer([it], [one])]), () => work(it.protocol_port));
}

const request = (...lines: string[]) => [...lines, '', ''].join('\r\n');
const CLOSE = 'Connection: close';

describe('members that do not answer', () => {
  it('are passed over for the next one', async () => {
    const one = pool([member('127.0.0.1', await freePort()), server.member()]);
    const answers = await through({}, (port) => Promise.all(Array.from({ length: 12 }, () => get(port, '/'))), one);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('are 503 when all refuse, when none is up and when there is none', async () => {
    const dead = pool([member('127.0.0.1', await freePort()), member('127.0.0.1', await freePort())]);
    const drained = pool([server.member({ weight: 0 })]);
    for (const one of [dead, drained, pool([])]) {
      const { status, body, headers } = await through({}, (port) => get(port, '/'), one);
      expect([status, headers['content-type']]).toEqual([503, 'text/html; charset=utf-8']);
      expect(body).toContain('<h1>503 Service Unavailable</h1>');
    }
    expect((await through({ default_pool_id: null }, (port) => get(port, '/'))).status).toBe(503);
  });

  it('are 504 when they are silent for too long', async () => {
    const silent = await rawPool(() => undefined);
    expect((await through({ timeout_member_data: 100 }, (port) => get(port, '/'), silent)).status).toBe(504);
  });

  it('are 502 when they do not speak HTTP', async () => {
    const odd = await rawPool(() => 'hello\r\n\r\n');
    expect((await through({}, (port) => get(port, '/'), odd)).status).toBe(502);
  });

  it('are replaced by those for backup, all of them', async () => {
    const others = await Promise.all(['x', 'y'].map((name) => EchoServer.start(name)));
    const backups = others.map((one) => one.member({ backup: true }));
    const ask = async (weight: number) => {
      const one = pool([server.member({ weight }), ...backups]);
      const answers = await through({}, (port) => Promise.all(Array.from({ length: 8 }, () => get(port, '/'))), one);
      return new Set(answers.map((answer) => answer.member));
    };
    expect(await ask(1)).toEqual(new Set(['a']));
    expect(await ask(0)).toEqual(new Set(['x', 'y']));
    await Promise.all(others.map((one) => one.stop()));
  });
});

describe('clients', () => {
  it('speak HTTP/1.0, with and without keeping the connection', async () => {
    const old = await EchoServer.start('b', (incoming, response) => {
      response.shouldKeepAlive = true;
      incoming.resume();
      response.writeHead(200, { 'Content-Length': 2 }).end('ok');
    });
    const one = pool([old.member()]);
    const [closed, kept] = await through(
      {},
      (port) =>
        Promise.all([
          exchange(port, request('GET / HTTP/1.0')),
          exchange(port, request('GET / HTTP/1.0', 'Connection: keep-alive') + request('GET / HTTP/1.0')),
        ]),
      one,
    );
    expect(closed.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(kept.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    await old.stop();
  });

  it('send bodies in chunks', async () => {
    const chunks = '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n';
    const text = request('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', CLOSE) + chunks;
    expect(await through({}, (port) => exchange(port, text))).toContain('"body":"hello world"');
  });

  it('are let go after as many requests as a connection may have', async () => {
    const three = Array(3).fill(request('GET / HTTP/1.1', 'Host: h')).join('');
    const answers = await through({ keepalive_requests: 2 }, (port) => exchange(port, three));
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(answers.match(/^connection: close/gim)).toHaveLength(1);
    const unlimited = three + request('GET / HTTP/1.1', 'Host: h', CLOSE);
    const all = await through({ keepalive_requests: 0 }, (port) => exchange(port, unlimited));
    expect(all.match(/HTTP\/1\.1 200/g)).toHaveLength(4);
  });

  it('are let go when they are idle between requests', async () => {
    const text = request('GET / HTTP/1.1', 'Host: h');
    const answer = await through({ timeout_http_keepalive: 50 }, (port) => exchange(port, text));
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).not.toMatch(/408/);
  });

  it('that send a request byte by byte are answered 408', async () => {
    const answer = await through({ timeout_client_data: 100 }, (port) =>
      exchange(port, 'GET / HTTP/1.1\r\nHost: h\r\n'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
    const one = listener('HTTP', 80);
    expect([...compiled([loadBalancer([one], [])]).frontends.values()][0]).toContain('timeout http-request 10000ms');
  });

  it('get compressed answers where it is switched on and they accept it', async () => {
    const text = request('GET /long HTTP/1.1', 'Host: h', 'Accept-Encoding: gzip', CLOSE);
    const on = await through({ compression: true }, (port) => exchange(port, text));
    expect(on).toMatch(/^content-encoding: gzip/im);
    expect(on).toMatch(/^vary: accept-encoding/im);
    expect(on.length).toBeLessThan(2000);
    const [, chunk] = /\r\n\r\n[0-9a-f]+\r\n([\s\S]*?)\r\n(?:[0-9a-f]+\r\n|0\r\n)/.exec(on)!;
    expect(gunzipSync(Buffer.from(chunk!, 'latin1'), { finishFlush: 2 }).toString()).toMatch(/^long long/);
    expect(await through({}, (port) => exchange(port, text))).not.toMatch(/^content-encoding/im);
    expect((await through({ compression: true }, (port) => get(port, '/long'))).headers['content-encoding']).toBe(
      undefined,
    );
  });

  it('use WebSockets with no configuration', async () => {
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const upgraded = await rawPool(
      () =>
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n\x81\x02hi`,
    );
    const upgrade = request(
      ...['GET /chat HTTP/1.1', 'Host: h', 'Upgrade: websocket', 'Connection: Upgrade'],
      ...[`Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13'],
    );
    const answer = await through({ keepalive_requests: 1 }, (port) => exchange(port, upgrade), upgraded);
    expect(answer).toMatch(/^HTTP\/1\.1 101/);
    expect(answer).toMatch(/^connection: upgrade/im);
    expect(answer.endsWith('\x81\x02hi')).toBe(true);
  });
});

describe('HTTP/2', () => {
  it('is spoken in clear text by clients that begin with it', async () => {
    const { stdout } = await through({}, (port) =>
      promisify(execFile)('nghttp', ['-v', `http://127.0.0.1:${port}/a`, '-H', 'x-own: thing']),
    );
    expect(stdout).toMatch(/:status: 200/);
    expect(stdout).toMatch(/"x-own":"thing"/);
  });

  it('carries WebSockets', async () => {
    const upgraded = createHttpServer().on('upgrade', ({ headers }, socket) => {
      const text = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(text).digest('base64');
      const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
      socket.write(request('HTTP/1.1 101 Switching Protocols', ...lines));
      socket.on('data', (data) => socket.end(`${data}, world`));
    });
    await new Promise<void>((resolve) => upgraded.listen(0, '127.0.0.1', resolve));
    const one = pool([member('127.0.0.1', (upgraded.address() as AddressInfo).port)]);
    const said = await through(
      { keepalive_requests: 1 },
      async (port) => {
        const client = http2.connect(`http://127.0.0.1:${port}`);
        await new Promise((resolve) => client.once('remoteSettings', resolve));
        const headers = {
          ':method': 'CONNECT',
          ':protocol': 'websocket',
          ':path': '/chat',
          'sec-websocket-version': '13',
        };
        const stream = client.request(headers);
        stream.once('response', () => stream.write('hello'));
        let got = '';
        for await (const data of stream) {
          got += data;
        }
        client.destroy();
        return got;
      },
      one,
    );
    expect(said).toBe('hello, world');
    upgraded.close();
  });

  it('carries many requests at a time', async () => {
    const { stdout } = await through({}, (port) =>
      promisify(execFile)('h2load', ['-n', '400', '-c', '2', '-m', '50', `http://127.0.0.1:${port}/`]),
    );
    expect(stdout).toMatch(/400 succeeded, 0 failed/);
  });
});

describe('streams', () => {
  const encoded = (bytes: string, encoding: 'latin1' | 'hex') => Buffer.from(bytes, 'latin1').toString(encoding);
  const port16 = (port: number) => port.toString(16).padStart(4, '0');
  const heads = {
    PROXY: (port: number) => new RegExp(`^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 \\d+ ${port}\\r\\nhello$`),
    PROXYV2: (port: number) =>
      new RegExp(`^0d0a0d0a000d0a515549540a2111000c7f0000017f000001....${port16(port)}68656c6c6f$`),
  };

  for (const protocol of ['PROXY', 'PROXYV2'] as const) {
    it(`begin with a header of ${protocol} where the pool wants it`, async () => {
      const one = await rawPool(
        (bytes) => (bytes.endsWith('hello') ? encoded(bytes, protocol === 'PROXY' ? 'latin1' : 'hex') : undefined),
        { protocol },
      );
      for (const kind of ['TCP', 'HTTPS'] as const) {
        await through(
          {},
          async (port) => expect(await exchange(port, 'hello')).toMatch(heads[protocol](port)),
          one,
          kind,
        );
      }
    });
  }

  it('are reset at once where no member is up', async () => {
    const one = pool([server.member({ weight: 0 })], { protocol: 'PROXY' });
    expect(await through({}, (port) => exchange(port, 'hello'), one, 'TCP')).toBe('RST');
  });

  it('end when they are idle', async () => {
    const one = await rawPool(() => undefined, { protocol: 'PROXY' });
    expect(await through({ timeout_client_data: 1000 }, (port) => exchange(port, 'hello'), one, 'TCP')).toBe('');
  });

  it('of HTTP to members that want a header have one as well', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
    const one = await rawPool((bytes) => answer + (bytes.startsWith('PROXY TCP4 127.0.0.1') ? 'v1' : 'no'), {
      protocol: 'PROXY',
    });
    expect((await through({}, (port) => get(port, '/'), one)).body).toBe('v1');
  });
});
