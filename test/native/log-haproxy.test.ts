/** What a real HAProxy logs, against what really happened. */
import { execFile } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LISTENER, LOAD_BALANCER, type LogScene, POOL, PROJECT, startLogScene } from './log-scene.js';
import { until } from './support.js';

let scene: LogScene;
beforeAll(async () => {
  scene = await startLogScene();
});
afterAll(() => scene.stop());

function request(path: string, headers: string[] = [], method = 'GET', body = ''): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: www.example.org', 'Connection: close', ...headers, '', body].join(
    '\r\n',
  );
}

/** Connects, sends, and calls back once connected. */
function connect(sent: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createConnection(scene.port, '127.0.0.1', () => socket.write(sent, () => resolve(socket)));
    socket.on('error', () => undefined);
  });
}

describe('a request', () => {
  it('is written with everything that is known about it', async () => {
    const before = Date.now();
    const headers = ['User-Agent: curl/8', 'Referer: http://a/b?c', 'X-Forwarded-For: 192.0.2.1, 192.0.2.2'];
    await scene.talk(request('/whole?a=b', headers));
    const line = await scene.line('/whole');
    const after = Date.now();
    expect(line).toEqual({
      type: 'request',
      msec: expect.any(Number),
      time_iso8601: new Date(Math.round((line.msec as number) * 1000)).toISOString().replace('Z', '+00:00'),
      remote_addr: '127.0.0.1',
      remote_port: expect.any(Number),
      status: 200,
      request_method: 'GET',
      scheme: 'http',
      host: 'www.example.org',
      request_uri: '/whole?a=b',
      server_protocol: 'HTTP/1.1',
      http_user_agent: 'curl/8',
      http_referer: 'http://a/b?c',
      http_x_forwarded_for: '192.0.2.1, 192.0.2.2',
      body_bytes_sent: 5,
      upstream_status: 200,
      upstream_header_time: expect.any(Number),
      upstream_response_time: expect.any(Number),
      request_length: expect.any(Number),
      bytes_sent: expect.any(Number),
      request_time: expect.any(Number),
      upstream_connect_time: expect.any(Number),
      upstream_addr: `127.0.0.1:${scene.memberPort}`,
      upstream_retries: 0,
      loadbalancer_name: 'wéb',
      loadbalancer_id: LOAD_BALANCER,
      listener_name: 'front "door"',
      listener_id: LISTENER,
      pool_name: 'pool one',
      pool_id: POOL,
      project_id: PROJECT,
      vip_address: '127.0.0.1',
      vip_port: scene.port,
      ssl_protocol: null,
      ssl_cipher: null,
      ssl_server_name: null,
      tcpinfo_rtt: expect.any(Number),
      termination_state: '--',
    });
    expect((line.msec as number) * 1000).toBeGreaterThanOrEqual(before - 1000);
    expect((line.msec as number) * 1000).toBeLessThanOrEqual(after + 1000);
  });

  const outcomes: [sentence: string, path: string, expected: object][] = [
    ['that its member does not know', '/missing', { status: 404, upstream_status: 404, body_bytes_sent: 3 }],
    ['with an answer in chunks', '/chunks', { status: 200, body_bytes_sent: null }],
    ['with an answer without body', '/empty', { status: 204, body_bytes_sent: 0 }],
    [
      'whose member hangs up',
      '/refused',
      { status: 502, upstream_status: null, upstream_header_time: null, termination_state: 'SH' },
    ],
    ['whose member talks nonsense', '/nonsense', { status: 502, upstream_status: null, termination_state: 'PH' }],
    [
      'that no member takes',
      '/nobody',
      { status: 503, upstream_connect_time: null, pool_id: POOL, upstream_retries: 1 },
    ],
    ['that is redirected', '/redirect', { status: 301, upstream_addr: null, pool_id: null, body_bytes_sent: 0 }],
    ['that is denied', '/deny', { status: 403, upstream_addr: null, pool_name: null, body_bytes_sent: null }],
  ];
  it.each(outcomes)('%s', async (_, path, expected) => {
    await scene.talk(request(path));
    expect(await scene.line(path)).toMatchObject(expected);
  });

  it('of a HEAD has no body, whatever its answer says', async () => {
    const socket = await connect('HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await scene.line('/head')).toMatchObject({ request_method: 'HEAD', status: 200, body_bytes_sent: 0 });
    socket.destroy();
  });

  it('over HTTP/2 has host and path apart', async () => {
    const words = [
      '--http2-prior-knowledge',
      '-s',
      `http://127.0.0.1:${scene.port}/two?x=y`,
      '-H',
      'Host: two.example',
    ];
    await promisify(execFile)('curl', words);
    expect(await scene.line('/two')).toMatchObject({
      status: 200,
      host: 'two.example',
      request_uri: '/two?x=y',
      server_protocol: 'HTTP/2.0',
    });
  });

  it('counts bytes of its head and body, by what HAProxy makes of them', async () => {
    await scene.talk(request('/length', ['Content-Length: 0'], 'POST'));
    await scene.talk(request('/length-more', ['Content-Length: 100'], 'POST', 'b'.repeat(100)));
    const [none, some] = [await scene.line('/length"'), await scene.line('/length-more')];
    const nameAndDigits = '-more'.length + '00'.length;
    expect(some.request_length).toBe((none.request_length as number) + 100 + nameAndDigits);
    expect(some.bytes_sent).toBe(none.bytes_sent);
  });
});

describe('a client that goes away', () => {
  it('while its request is answered by nobody is 499', async () => {
    const socket = await connect(request('/silent-fin'));
    socket.end();
    expect(await scene.line('/silent-fin')).toMatchObject({
      status: 499,
      upstream_status: null,
      termination_state: 'CH',
    });
  });

  it('with a reset is 499 as well', async () => {
    const socket = await connect(request('/silent-reset'));
    socket.resetAndDestroy();
    expect(await scene.line('/silent-reset')).toMatchObject({ status: 499, body_bytes_sent: 0 });
  });

  it('while it sends its body is 499', async () => {
    const socket = await connect(request('/silent-body', ['Content-Length: 100'], 'POST', 'some'));
    socket.resetAndDestroy();
    expect(await scene.line('/silent-body')).toMatchObject({ status: 499 });
  });

  it('during the answer keeps the status that it was told', async () => {
    const socket = await connect(request('/begun'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
    expect(await scene.line('/begun')).toMatchObject({ status: 200, upstream_status: 200, body_bytes_sent: null });
  });

  it('before its request is complete is 400, and without a word it is nothing', async () => {
    const lines = scene.lines.length;
    (await connect('')).resetAndDestroy();
    const socket = await connect('GET /incomplete HTTP/1.1\r\nHo');
    socket.resetAndDestroy();
    expect(JSON.parse(await until(() => scene.lines[lines]))).toMatchObject({
      status: 400,
      request_method: null,
      request_uri: null,
      host: null,
    });
  });

  it('and is too slow with its request is told 408', async () => {
    const lines = scene.lines.length;
    const answer = await scene.talk('GET /slow HTTP/1.1\r\nHo');
    expect(answer).toContain('408');
    expect(JSON.parse(await until(() => scene.lines[lines]))).toMatchObject({ status: 408 });
  });
});

describe('hostile requests', () => {
  const bytes = Buffer.concat([
    Buffer.from('a"b\\c{d|e}f#g\t'),
    Buffer.from([0xff, 0xc3, 0xa9, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
  ]);

  it('are one line of valid JSON with what is readable of them', async () => {
    const head = Buffer.from('GET /hostile?"\\ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: ');
    await scene.talk(Buffer.concat([head, bytes, Buffer.from('\r\n\r\n')]));
    const line = await scene.line('/hostile');
    expect(line.http_user_agent).toBe('a"b\\c{d|e}f#g\t\ufffdé\ufffd\ufffd\ufffd\ufffd\ufffd');
    expect(line.request_uri).toBe('/hostile?"\\');
  });

  it('cannot write a line of their own', async () => {
    const forged = 'x\tH\t1\t200" }\n{"status":200,"request_uri":"/forged-line"}';
    await scene.talk(request('/forger', [`User-Agent: ${forged.replace('\n', '\u0001')}`, 'Referer: {|}\t"']));
    expect(await scene.line('/forger')).toMatchObject({ http_referer: '{|}\t"', status: 200 });
    expect(scene.lines.filter((line) => line.startsWith('{"status"'))).toEqual([]);
    for (const line of scene.lines) JSON.parse(line);
  });

  it('are cut, not dropped, when they are long', async () => {
    const long = (letter: string) => letter.repeat(3000);
    const headers = [`User-Agent: ${long('"')}`, `Referer: ${long('#')}`, 'X-Forwarded-For: 192.0.2.9'];
    await scene.talk(request(`/long-${long('u')}`, headers));
    const line = await scene.line('/long-');
    expect(line).toMatchObject({ status: 200, server_protocol: null, http_user_agent: '"'.repeat(512) });
    expect((line.request_uri as string).length).toBeLessThan(1024);
    expect((line.request_uri as string).length).toBeGreaterThan(1000);
  });

  it('that HAProxy cannot read at all are 400', async () => {
    const lines = scene.lines.length;
    await scene.talk('\u0016\u0003\u0001\u0002\u0000\u0001');
    expect(JSON.parse(await until(() => scene.lines[lines]))).toMatchObject({ status: 400, request_method: null });
  });
});

describe('counters', () => {
  it('agree with the lines', async () => {
    const lines = scene.lines.map((line) => JSON.parse(line) as { status: number; request_time: number });
    const { listeners, figures } = scene.reader.counters();
    expect(listeners).toEqual([LISTENER]);
    const of = (test: (status: number) => boolean) => lines.filter(({ status }) => test(status)).length;
    expect([...figures.subarray(0, 9)]).toEqual([
      lines.length,
      of((status) => status >= 200 && status < 300),
      of((status) => status >= 300 && status < 400),
      of((status) => status >= 400 && status < 500),
      of((status) => status >= 500),
      0,
      of((status) => status === 404),
      of((status) => status === 499),
      of((status) => status === 502),
    ]);
    expect(scene.reader.stats()).toMatchObject({ lost: 0, unreadable: 0 });
  });
});
