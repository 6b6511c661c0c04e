/**
 * A backend that answers as applications do, well and badly: `node app.mjs '{"name":"backend1","port":8080,"adminPort":8099}'`, optionally with
 * `tls: {cert, key}` (PEM) and `proxyProtocol: true` (every connection has to begin with a PROXY header of version 1 or 2).
 *
 * Every path answers 200 with what came in, as JSON; the query changes that:
 *   status=N, delay=MS, type=MEDIA/TYPE, cookie=NAME=VALUE (Set-Cookie), header=NAME:VALUE (any number of them)
 *   bytes=N    N bytes of `application/octet-stream`;  text=N: N characters of compressible text;  chunked: without Content-Length
 *   drip=N     N chunks, each `delay` ms after the one before
 *   page       an HTML page with what came in, and as its title the protocol the browser has loaded it by
 *   abort=now  the connection ends without an answer; abort=body: in the middle of it;  reset=now: the same with a TCP reset
 *   hang       no answer at all
 * A WebSocket is echoed. On the admin port, which is on the loopback: `/stats`, what has been counted; `/fail?count=N&how=now`, which aborts
 * the next N requests.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProxyHeader } from './app-proxy.mjs';
import { echoWebSocket } from './app-websocket.mjs';

const { name, port, adminPort, tls, proxyProtocol = false } = JSON.parse(process.argv[2] ?? '{}');

const BACKLOG = 4096;
const LINE = 'All work and no play makes a gateway a dull box. ';

const stats = { connections: 0, open: 0, requests: 0, upgrades: 0, gone: 0, aborted: 0 };
let failing = { count: 0, how: 'now' };
/** What is known of each connection: its number, its requests, the PROXY header it began with. */
const known = new WeakMap();

async function answer(request, response) {
  const about = known.get(request.socket);
  const number = ++about.requests;
  stats.requests++;
  response.on('close', () => {
    if (!response.writableFinished && !response.ours) stats.gone++;
  });
  const query = new URL(request.url, 'http://backend').searchParams;
  const abort = query.get('abort') ?? nextFailure();
  if (query.has('hang')) return;
  if (abort === 'now' || query.get('reset') === 'now') return end(response, query.get('reset') === 'now');
  const body = await read(request);
  const delay = Number(query.get('delay') ?? 0);
  if (delay > 0 && !query.has('drip')) await sleep(delay);
  const came = {
    backend: name,
    connection: about.number,
    request: number,
    proxy: about.proxy,
    ...describe(request, body),
  };
  const { type, content } = contentOf(query, came);
  response.statusCode = Number(query.get('status') ?? 200);
  response.setHeader('content-type', query.get('type') ?? type);
  response.setHeader('x-backend', name);
  for (const cookie of query.getAll('cookie')) response.appendHeader('set-cookie', cookie);
  for (const header of query.getAll('header')) response.appendHeader(...header.split(':', 2));
  if (query.has('drip')) return drip(response, Number(query.get('drip')), delay);
  if (query.has('chunked')) response.flushHeaders();
  else response.setHeader('content-length', content.length);
  if (abort === 'body') {
    response.write(content.subarray(0, content.length >> 1), () => end(response, false));
    return;
  }
  response.end(content);
}

/** How this request is to be aborted, as the admin port was told; undefined: it is answered. */
function nextFailure() {
  if (failing.count === 0) return undefined;
  failing.count--;
  return failing.how;
}

function contentOf(query, came) {
  if (query.has('page')) return { type: 'text/html', content: Buffer.from(page(came)) };
  if (query.has('bytes'))
    return { type: 'application/octet-stream', content: Buffer.alloc(Number(query.get('bytes')), name) };
  if (query.has('text')) {
    const length = Number(query.get('text'));
    return { type: 'text/plain', content: Buffer.from(LINE.repeat(Math.ceil(length / LINE.length)).slice(0, length)) };
  }
  return { type: 'application/json', content: Buffer.from(JSON.stringify(came)) };
}

/** For browsers: the same, and what the page was loaded by as scripts see it. */
function page(came) {
  const text = JSON.stringify(came).replaceAll('<', '&lt;');
  const script = "document.title = performance.getEntriesByType('navigation')[0].nextHopProtocol";
  return `<!doctype html><html><head><title></title></head><body><pre>${text}</pre><script>${script}</script></body></html>`;
}

/** Header names in small letters, each with all its values. */
function describe(request, body) {
  const headers = {};
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const header = request.rawHeaders[at].toLowerCase();
    headers[header] = [...(headers[header] ?? []), request.rawHeaders[at + 1]];
  }
  return {
    method: request.method,
    url: request.url,
    version: request.httpVersion,
    headers,
    client: { address: request.socket.remoteAddress, port: request.socket.remotePort },
    body: {
      length: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      text: body.subarray(0, 200).toString(),
    },
  };
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drip(response, count, delay) {
  for (let index = 0; index < count && !response.destroyed; index++) {
    response.write(`drop ${index}\n`);
    await sleep(delay);
  }
  response.end();
}

function end(response, reset) {
  stats.aborted++;
  response.ours = true;
  if (reset) response.socket.resetAndDestroy();
  else response.socket.destroy();
}

const answering = (request, response) => {
  answer(request, response).catch((error) => response.destroy(error));
};
const options = { keepAliveTimeout: 0, requestTimeout: 0 };
const web = tls ? createSecureServer({ ...options, ...tls }, answering) : createServer(options, answering);

web.on(tls ? 'secureConnection' : 'connection', (socket) => {
  known.set(socket, { number: ++stats.connections, requests: 0, proxy: socket.proxyHeader ?? null });
  stats.open++;
  socket.on('close', () => stats.open--);
});

web.on('upgrade', (request, socket, head) => {
  stats.upgrades++;
  echoWebSocket(request, socket, head, name);
});

/** Takes the PROXY header off each connection before anything else sees it. */
function behindProxyProtocol(socket) {
  socket.on('error', () => socket.destroy());
  readProxyHeader(socket).then(
    (header) => {
      socket.proxyHeader = header;
      web.emit('connection', socket);
    },
    () => socket.destroy(),
  );
}

const admin = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://admin');
  if (pathname === '/fail')
    failing = { count: Number(searchParams.get('count')), how: searchParams.get('how') ?? 'now' };
  response.end(JSON.stringify(stats));
});

const front = proxyProtocol ? createTcpServer(behindProxyProtocol) : web;
front.listen({ host: '0.0.0.0', port, backlog: BACKLOG }, () =>
  admin.listen({ host: '127.0.0.1', port: adminPort }, () => console.log('ready')),
);
