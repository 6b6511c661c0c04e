/** The other things that a real HAProxy is told to log: TLS, the line format, samples, connections; and what becomes of it over restarts. */
import { execFile } from 'node:child_process';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { LOG_FIGURES, type LogReader, openLogReader } from '../../src/datapath/access-log.js';
import { LISTENER, LOAD_BALANCER, type LogScene, PROJECT, startLogScene } from './log-scene.js';
import { until } from './support.js';

const run = promisify(execFile);
const REQUEST = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
let scene: LogScene;
afterEach(() => scene.stop());

/** Figures of the only listener, by name. */
function figures(reader: LogReader = scene.reader): Record<string, number> {
  const row = reader.counters().figures;
  return Object.fromEntries(LOG_FIGURES.map((name, column) => [name, row[column] ?? 0]));
}

describe('a listener with TLS', () => {
  const curl = (...words: string[]) => run('curl', ['-sk', '--max-time', '30', ...words]);

  it('logs version, cipher and the name that the client asked for', async () => {
    scene = await startLogScene({ protocol: 'TERMINATED_HTTPS' });
    const to = `www.example.org:${scene.port}:127.0.0.1`;
    await curl('--resolve', to, '--tls-max', '1.2', `https://www.example.org:${scene.port}/tls`);
    expect(await scene.line('/tls')).toMatchObject({
      status: 200,
      scheme: 'https',
      server_protocol: 'HTTP/2.0',
      ssl_protocol: 'TLSv1.2',
      ssl_cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      ssl_server_name: 'www.example.org',
    });
    await curl('--http1.1', `https://127.0.0.1:${scene.port}/nameless`);
    expect(await scene.line('/nameless')).toMatchObject({ ssl_protocol: 'TLSv1.3', ssl_server_name: null });
  });

  it('counts handshakes that fail, and writes no line', async () => {
    scene = await startLogScene({ protocol: 'TERMINATED_HTTPS' });
    await scene.talk(REQUEST);
    await until(() => figures().failed_handshakes === 1);
    expect(figures()).toMatchObject({ requests: 0, failed_handshakes: 1 });
    expect(scene.lines).toEqual([]);
  });
});

describe('the line format', () => {
  it('has its fields in their order', async () => {
    scene = await startLogScene({}, { format: 'line' });
    const head = 'GET /line?"x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nUser-Agent: a "b"\té\r\n\r\n';
    await scene.talk(Buffer.from(head));
    const number = String.raw`\d+`;
    const time = String.raw`\d+\.\d{3}`;
    const iso = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00`;
    const words = [
      `${time} ${LOAD_BALANCER} \\[${iso}\\] sluice_01 127\\.0\\.0\\.1:${number} 200`,
      String.raw`"GET http://a\.example /line\?\\x22x HTTP/1\.1"`,
      `${number} ${number} 5 ${time} "200" "${time}" "${time}" "${time}" "127\\.0\\.0\\.1:${scene.memberPort}"`,
      String.raw`"a \\x22b\\x22\\x09\\xC3\\xA9" "-" "-"`,
      String.raw`"w\\xC3\\xA9b" "front \\x22door\\x22" ${LISTENER} "pool one" "-" ${PROJECT}`,
      `127\\.0\\.0\\.1:${scene.port} "-" - - - - ${number} -`,
    ];
    expect(await scene.text('/line')).toMatch(new RegExp(`^${words.join(' ')}$`));
  });

  it('has a dash for all that a request has not come to', async () => {
    scene = await startLogScene({}, { format: 'line' });
    await scene.talk('nonsense\r\n\r\n');
    const line = await until(() => scene.lines[0]);
    expect(line).toMatch(/ 400 "- http:\/\/- - -" 0 \d+ - \d\.\d{3} "-" "-" "-" "-" "-" "-" "-" "-" "/);
    expect(line).toContain(' "-" "-" ');
  });
});

describe('without an access log', () => {
  it('one request in sixteen is counted sixteen times, and no line is written', async () => {
    scene = await startLogScene({}, { logged: false });
    const missing = REQUEST.replace('/a', '/missing');
    while (figures().status_2xx === 0 || figures().status_404 === 0) {
      await scene.talk(REQUEST);
      await scene.talk(missing);
    }
    const { requests, status_2xx, status_404, status_4xx, timed, sampled } = figures();
    expect([status_2xx! % 16, status_404! % 16]).toEqual([0, 0]);
    expect([status_2xx! + status_4xx!, timed, sampled]).toEqual([requests, requests, 1]);
    expect(scene.lines).toEqual([]);
  });

  it('each request that never became one is counted', async () => {
    scene = await startLogScene({}, { logged: false });
    for (let i = 0; i < 3; i++) await scene.talk('nonsense\r\n\r\n');
    await until(() => figures().requests === 3);
    expect(figures()).toMatchObject({ status_4xx: 3, sampled: 1 });
  });

  it('a listener that is left out of it is sampled too', async () => {
    scene = await startLogScene({ access_log: false });
    while (figures().requests === 0) await scene.talk(REQUEST);
    expect(scene.lines).toEqual([]);
  });
});

describe('other frontends', () => {
  it('of TCP log connections, with the exact bytes of both directions', async () => {
    scene = await startLogScene({ protocol: 'TCP' });
    await scene.talk(`${REQUEST.replace('/a', '/refused')}`);
    const line = await scene.line('"connection"');
    expect(line).toMatchObject({
      type: 'connection',
      listener_id: LISTENER,
      pool_name: 'pool one',
      upstream_addr: `127.0.0.1:${scene.memberPort}`,
      request_length: REQUEST.length + '/refused'.length - '/a'.length,
      bytes_sent: 0,
      vip_port: scene.port,
    });
    expect(line).not.toHaveProperty('status');
    expect(figures().requests).toBe(0);
  });

  it('with compression do not know the size of what they compressed', async () => {
    scene = await startLogScene({ compression: true });
    const asked = (path: string, header: string) =>
      scene.talk(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header}\r\n`);
    await asked('/text-plain', '');
    await asked('/text-gzip', 'Accept-Encoding: gzip\r\n');
    expect(await scene.line('/text-plain')).toMatchObject({ body_bytes_sent: 2000 });
    expect(await scene.line('/text-gzip')).toMatchObject({ status: 200, body_bytes_sent: null });
  });
});

describe('names', () => {
  it('change with the next line, and ids stay when they are forgotten', async () => {
    scene = await startLogScene();
    scene.reader.nameListener(LISTENER, 'new', 'other', LOAD_BALANCER, PROJECT);
    await scene.talk(REQUEST.replace('/a', '/renamed'));
    expect(await scene.line('/renamed')).toMatchObject({ listener_name: 'new', loadbalancer_name: 'other' });
    scene.reader.removeName(LISTENER);
    await scene.talk(REQUEST.replace('/a', '/forgotten'));
    expect(await scene.line('/forgotten')).toMatchObject({
      listener_name: null,
      listener_id: LISTENER,
      loadbalancer_name: null,
    });
  });
});

describe('a reload', () => {
  it('changes nothing: the old process and the new one log alike', async () => {
    scene = await startLogScene({}, { master: true });
    await scene.talk(REQUEST);
    const old = createConnection(scene.port, '127.0.0.1');
    await new Promise<void>((resolve) => old.write(REQUEST.replace('/a', '/silent-old'), () => resolve()));
    await scene.reload();
    await scene.talk(REQUEST.replace('/a', '/new'));
    old.destroy();
    expect(await scene.line('/new')).toMatchObject({ status: 200 });
    expect(await scene.line('/silent-old')).toMatchObject({ status: 499 });
  });
});

describe('while nobody reads', () => {
  it('requests are served, and their lines wait for the next reader', async () => {
    scene = await startLogScene();
    scene.reader.close();
    for (let i = 0; i < 3; i++) expect(await scene.talk(REQUEST)).toContain('hello');
    expect(scene.lines).toEqual([]);
    let lines = 0;
    const next = openLogReader({
      path: scene.pipe,
      format: 'json',
      onLines: (_, count) => {
        lines += count;
      },
    });
    next.start();
    await until(() => lines === 3);
    expect(figures(next)).toMatchObject({ requests: 3, status_2xx: 3 });
    next.close();
  });
});
