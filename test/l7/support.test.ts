/** What the tests of layer 7 are made of, against a HAProxy written by hand: backends and clients that say what they should. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isListening } from '../../src/lab/backends.js';
import { until } from '../../src/lab/wait.js';
import { type App, startApp, startPython } from './support/apps.js';
import type { KeyPair } from './support/authority.js';
import { browse } from './support/browser.js';
import { echoes, h2WebSocket, raw, scanTls, statuses, tls, webSocket } from './support/clients.js';
import { curl, curlAll } from './support/curl.js';
import { PATIENCE, WebScene } from './support/scene.js';

const NAME = 'www.example';
const scene = new WebScene('support');
const { lab } = scene;
const vip = lab.plan.vips[0]!;
const here = { to: vip };

let secure: App;
let proxied: App;
let clientPair: KeyPair;
let revokedPair: KeyPair;

beforeAll(async () => {
  await lab.up();
  await scene.startApps();
  const { authority } = scene;
  const own = authority.server(['backend.example']);
  secure = await startApp(lab, 'backend1', {
    port: 8443,
    name: 'secure',
    tls: { cert: own.certificate, key: own.key },
  });
  proxied = await startApp(lab, 'backend1', { port: 8081, name: 'proxied', proxyProtocol: true });
  await startPython(lab, 'backend2', 8082, { 'index.html': 'from Python\n' });
  const server = authority.intermediate('Below').server([NAME, '*.wild.example'], { key: 'rsa' });
  clientPair = authority.client('alice');
  revokedPair = authority.client('mallory');
  const files: Record<string, string> = {
    'server.pem': server.certificate + server.key,
    'crl.pem': authority.revoke(revokedPair),
    'haproxy.cfg': configuration(lab.runDirectory, authority.file),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(lab.runDirectory, name), content);
  const proxy = await lab.spawn('gateway', ['haproxy', '-db', '-f', join(lab.runDirectory, 'haproxy.cfg')]);
  const open = async () => {
    proxy.requireRunning();
    return isListening(lab, 'gateway', 80);
  };
  await until(open, PATIENCE, 'HAProxy to open its ports');
});
afterAll(() => scene.stop());

function configuration(directory: string, ca: string): string {
  const [one, two] = scene.apps.map((app) => `${app.address}:${app.port}`);
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 2s
  option forwardfor
frontend plain
  bind ${vip}:80
  default_backend apps
frontend tls
  bind ${vip}:443 ssl crt ${directory}/server.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2
  default_backend apps
frontend mutual
  bind ${vip}:444 ssl crt ${directory}/server.pem alpn h2,http/1.1 ca-file ${ca} crl-file ${directory}/crl.pem verify required
  http-request set-header X-Client %[ssl_c_s_dn(cn)]
  default_backend apps
frontend secure
  bind ${vip}:81
  default_backend secure
frontend python
  bind ${vip}:82
  default_backend python
listen first
  mode tcp
  bind ${vip}:91
  server proxied ${proxied.address}:${proxied.port} send-proxy
listen second
  mode tcp
  bind ${vip}:92
  server proxied ${proxied.address}:${proxied.port} send-proxy-v2
backend apps
  balance roundrobin
  server one ${one}
  server two ${two}
backend secure
  server secure ${secure.address}:${secure.port} ssl verify required verifyhost backend.example ca-file ${ca}
backend python
  server python ${lab.host('backend2').addresses[0]}:8082
`;
}

describe('an app', () => {
  test('tells what came in', async () => {
    const url = 'http://shop.example/cart?item=1';
    const response = await curl(lab, url, { ...here, method: 'POST', body: 'two pens', headers: { 'X-Twice': 'a' } });
    expect(response).toMatchObject({ code: 0, status: 200, version: '1.1' });
    expect(response.echo()).toMatchObject({
      backend: expect.stringMatching(/^backend[12]$/),
      method: 'POST',
      url: '/cart?item=1',
      version: '1.1',
      headers: { host: ['shop.example'], 'x-twice': ['a'], 'x-forwarded-for': [lab.plan.clients[0]!.addresses[0]] },
      body: { length: 8, text: 'two pens' },
    });
  });

  test.each([
    ['another status', '/?status=404', { status: 404 }],
    ['a length of bytes', '/?bytes=1048576', { status: 200, size: 1_048_576 }],
    [
      'compressible text, without a length',
      '/?text=5000&chunked',
      { size: 5000, headers: { 'transfer-encoding': ['chunked'] } },
    ],
    ['cookies', '/?cookie=a=1&cookie=b=2', { headers: { 'set-cookie': ['a=1', 'b=2'] } }],
    ['drop by drop', '/?drip=3&delay=20', { body: 'drop 0\ndrop 1\ndrop 2\n' }],
    ['a type of its own', '/?type=text/css&text=10', { headers: { 'content-type': ['text/css'] } }],
  ])('answers with %s', async (_, path, expected) => {
    expect(await curl(lab, `http://any${path}`, here)).toMatchObject(expected);
  });

  test('answers late', async () => {
    const response = await curl(lab, 'http://any/?delay=300', here);
    expect(response.status).toBe(200);
    expect(response.seconds).toBeGreaterThan(0.29);
  });

  test('breaks off: before the answer, and in the middle of it', async () => {
    expect((await curl(lab, 'http://any/?abort=now', here)).status).toBe(502);
    // 18: the transfer ended too early.
    expect((await curl(lab, 'http://any/?bytes=1000&abort=body', here)).code).toBe(18);
    const [app] = scene.apps;
    await app!.fail(1);
    expect((await curl(lab, `http://${app!.address}:8080/`, { from: 'gateway' })).code).toBe(52);
    expect((await curl(lab, `http://${app!.address}:8080/`, { from: 'gateway' })).code).toBe(0);
  });

  test('counts connections, requests and clients that went away', async () => {
    const [app] = scene.apps;
    const before = await app!.stats();
    const url = `http://${app!.address}:8080/`;
    await curlAll(lab, [url, url], { from: 'gateway' });
    await curl(lab, `${url}?hang`, { from: 'gateway', options: ['--max-time', '0.3'] });
    await until(async () => (await app!.stats()).gone > before.gone, PATIENCE, 'the app to notice');
    const after = await app!.stats();
    expect([after.connections - before.connections, after.requests - before.requests]).toEqual([2, 3]);
  });

  test('speaks TLS, and Python serves files', async () => {
    expect((await curl(lab, 'http://any:81/', here)).echo().backend).toBe('secure');
    expect((await curl(lab, 'http://any:82/index.html', here)).body).toBe('from Python\n');
  });

  test.each([
    [1, 91],
    [2, 92],
  ])('reads the PROXY header of version %i', async (version, port) => {
    const echo = (await curl(lab, `http://any:${port}/`, here)).echo();
    const source = lab.plan.clients[0]!.addresses[0];
    expect(echo.proxy).toMatchObject({ version, family: 'TCP4', source, destination: vip, destinationPort: port });
  });

  test('refuses a connection without one', async () => {
    const from = 'gateway';
    const response = await curl(lab, `http://${proxied.address}:${proxied.port}/`, { from });
    expect(response.status).toBe(0);
  });
});

describe('clients', () => {
  test('curl speaks HTTP/2, verifies the server, and keeps a connection', async () => {
    const options = { ...here, ca: scene.authority.file, options: ['--http2'] };
    expect(await curl(lab, `https://${NAME}/`, options)).toMatchObject({ code: 0, status: 200, version: '2' });
    expect((await curl(lab, 'https://other.example/', options)).code).toBe(60);
    const answers = await curlAll(lab, [`https://${NAME}/a`, `https://${NAME}/b`], options);
    expect(answers.map((answer) => answer.echo().url)).toEqual(['/a', '/b']);
  });

  test('a WebSocket echoes: over HTTP, TLS, and inside HTTP/2', async () => {
    const order = { host: vip, messages: ['one', 'two'], binary: 131_072 };
    const plain = await webSocket(lab, { ...order, url: 'ws://ws.example/chat', port: 80 });
    expect(plain).toMatchObject({ greeting: { url: '/chat' }, echoes: ['one', 'two', true] });
    const url = `wss://${NAME}/`;
    const wss = await webSocket(lab, { ...order, url, port: 443, ca: scene.authority.file });
    expect(wss.echoes).toEqual(['one', 'two', true]);
    const ca = scene.authority.certificate;
    const inside = { host: vip, port: 443, name: NAME, ca, path: '/stream', message: 'three' };
    expect(await h2WebSocket(lab, inside)).toMatchObject({
      offered: true,
      status: 200,
      greeting: { url: '/stream' },
      echo: 'three',
      beside: 200,
    });
  });

  test('bytes go as they are, at once or one by one, and how it ended is told', async () => {
    const place = { address: vip, port: 80 };
    const request = 'GET /first HTTP/1.1\r\nHost: a\r\n\r\n';
    const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const both = await raw(lab, { ...place, steps: [{ send: request }, { await: '/first' }, { send: last }] });
    expect([statuses(both), echoes(both).map(({ url }) => url), both.ended]).toEqual([
      [200, 200],
      ['/first', '/last'],
      'closed',
    ]);
    const late = await raw(lab, { ...place, steps: [{ drip: request, every: 0.2 }], patience: 10 });
    expect([statuses(late), late.ended]).toEqual([[408], 'closed']);
    const none = await raw(lab, { ...place, port: 4, steps: [] });
    expect(none.ended).toBe('refused');
    const open = await raw(lab, { ...place, steps: [{ send: request }], patience: 0.5 });
    expect([statuses(open), open.ended]).toEqual([[200], 'open']);
    const secured = await raw(lab, { ...place, port: 443, tls: true, steps: [{ send: last }] });
    expect(statuses(secured)).toEqual([200]);
  });

  test('openssl tells what was agreed on', async () => {
    const ca = ['-CAfile', scene.authority.file];
    const options = [...ca, '-verify_hostname', NAME, '-alpn', 'h2,http/1.1'];
    expect(await tls(lab, vip, 443, { name: NAME, options, input: '' })).toMatchObject({
      ok: true,
      version: 'TLSv1.3',
      alpn: 'h2',
      subject: NAME,
      chain: 2,
      verified: '0 (ok)',
      resumed: false,
    });
    expect(await tls(lab, vip, 443, { options: ['-tls1_1', '-cipher', 'ALL@SECLEVEL=0'] })).toMatchObject({
      ok: false,
    });
  });

  test('sslscan lists versions and ciphers', async () => {
    const found = await scanTls(lab, vip, 443, NAME);
    expect(found.versions).toEqual(['TLSv1.2', 'TLSv1.3']);
    expect(found.ciphers['TLSv1.3']).toContain('TLS_AES_128_GCM_SHA256');
    expect(found.ciphers['TLSv1.2']).toContain('ECDHE-RSA-AES128-GCM-SHA256');
    expect([found.compression, found.heartbleed]).toEqual([false, false]);
  });

  test('a client certificate is shown, and a revoked one is turned away', async () => {
    const mutual = (pair?: KeyPair) =>
      curl(lab, `https://${NAME}:444/`, {
        ...here,
        ca: scene.authority.file,
        ...(pair ? { certificate: pair.files } : {}),
      });
    expect((await mutual(clientPair)).echo().headers['x-client']).toEqual(['alice']);
    expect((await mutual()).status).toBe(0);
    expect((await mutual(revokedPair)).status).toBe(0);
  });

  test('Chromium shows its certificate and speaks HTTP/2', async () => {
    const page = { url: `https://${NAME}:444/?page`, to: vip, ca: scene.authority.file };
    const shown = await browse(lab, { ...page, certificate: clientPair });
    expect(shown).toContain('"x-client":["alice"]');
    expect(shown).toContain('<title>h2</title>');
    expect(await browse(lab, page)).not.toContain('x-client');
  });
});
