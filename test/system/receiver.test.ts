/** The receiver on a backend: what unmodified programs see of clients behind a gateway. Needs root. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Backend, bothCalls, fromSource, GATEWAY, PATIENCE, STRANGER } from '../support/receiver.js';
import { nop, rawOption, timestamps, toa } from '../support/tcp-options.js';

const CLIENT = '203.0.113.7';
const CLIENT_PORT = 51515;
const SEEN = `${CLIENT}:${CLIENT_PORT}`;
const OPTION = toa(SEEN);

const PORT = {
  ipv4: 28080,
  ipv6: 28081,
  deferred: 28082,
  multipath: 28083,
  nginx: 28084,
  python: 28086,
  node: 28087,
  fast: 28088,
};

const backend = new Backend('programs');

beforeAll(async () => {
  await backend.start();
  await backend.serveNative(PORT.ipv4);
  await backend.serveNative(PORT.ipv6, 'ipv6');
}, 60_000);

afterAll(() => backend.stop());

/** What HTTP servers answer to one request, whose option comes on the handshake's last ACK as from a gateway. */
async function get(port: number): Promise<string> {
  const connection = await backend.connect({ port, ack: OPTION });
  await connection.send('GET / HTTP/1.0\r\n\r\n', OPTION);
  const response = await connection.receive();
  await connection.close();
  return response;
}

describe('unmodified programs behind an attached receiver', () => {
  beforeEach(() => backend.attach());

  it('nginx sees the client', async () => {
    const prefix = join(backend.directory, 'nginx');
    mkdirSync(prefix);
    writeFileSync(
      join(prefix, 'nginx.conf'),
      `daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr; events {}
       http {
         access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
         uwsgi_temp_path uwsgi; scgi_temp_path scgi;
         server { listen ${PORT.nginx}; listen [::]:${PORT.nginx + 1} ipv6only=off;
                  location / { return 200 "$remote_addr:$remote_port"; } }
       }`,
    );
    await backend.serve(PORT.nginx, 'nginx', '-p', `${prefix}/`, '-c', 'nginx.conf', '-e', 'stderr');

    expect(await get(PORT.nginx)).toContain(`\r\n\r\n${SEEN}`);
    expect(await get(PORT.nginx + 1)).toContain(`\r\n\r\n::ffff:${SEEN}`);
  });

  it("Python's http.server logs the client", async () => {
    const program = await backend.serve(PORT.python, 'python3', '-u', '-m', 'http.server', String(PORT.python));

    expect(await get(PORT.python)).toContain('200 OK');
    await vi.waitFor(() => expect(program.output).toContain(`${CLIENT} - - [`), PATIENCE);
  });

  it('a Node server on :: sees the client as an IPv4-mapped address', async () => {
    const script = `require('http').createServer((request, response) =>
      response.end(request.socket.remoteAddress + ' ' + request.socket.remotePort)).listen(${PORT.node}, '::')`;
    await backend.serve(PORT.node, process.execPath, '-e', script);

    expect(await get(PORT.node)).toContain(`\r\n\r\n::ffff:${CLIENT} ${CLIENT_PORT}`);
  });

  it('a C server sees the client in accept4() and in getpeername()', async () => {
    expect(await backend.ask({ port: PORT.ipv4, ack: OPTION })).toBe(bothCalls(SEEN));
  });

  it('a C server on an IPv6 socket sees the client as an IPv4-mapped address', async () => {
    expect(await backend.ask({ port: PORT.ipv6, ack: OPTION })).toBe(bothCalls(`::ffff:${SEEN}`));
  });

  it('a server with deferred accept sees what came with the first data', async () => {
    await backend.serveNative(PORT.deferred, 'defer');
    const connection = await backend.connect({ port: PORT.deferred });
    await connection.send('x', OPTION);

    expect(await connection.line()).toBe(bothCalls(SEEN));
    await connection.close();
  });

  it('a server with an MPTCP listener sees the client of an MPTCP and of a TCP connection', async () => {
    await backend.serveNative(PORT.multipath, 'multipath');
    const connection = await backend.connect({ port: PORT.multipath, ack: OPTION, multipath: true });

    expect(await connection.line()).toBe(bothCalls(SEEN));
    expect(await backend.ask({ port: PORT.multipath, ack: OPTION })).toBe(bothCalls(SEEN));
  });
});

describe('where the option is looked for', () => {
  beforeEach(() => backend.attach());

  const cases: [sentence: string, ack: Uint8Array[], seen: unknown][] = [
    ['no option: the peer it came from', [], fromSource(GATEWAY)],
    ['behind padding and timestamps', [nop, nop, timestamps(1, 2), OPTION], bothCalls(SEEN)],
    ['the first of two counts', [OPTION, toa('203.0.113.99:1')], bothCalls(SEEN)],
    ['the same kind in another length is passed over', [rawOption(254, [1, 2, 3, 4]), OPTION], bothCalls(SEEN)],
    ['another length alone: malformed', [rawOption(254, Array(18).fill(7))], fromSource(GATEWAY)],
    ['a length beyond the header: malformed', [rawOption(254, [1, 2, 3, 4, 5, 6], 40)], fromSource(GATEWAY)],
    ['a length of zero: malformed', [rawOption(254, [1, 2, 3, 4, 5, 6], 0)], fromSource(GATEWAY)],
    ['cut off by the end of the header: malformed', [nop, nop, rawOption(254, [1, 2, 3, 4], 8)], fromSource(GATEWAY)],
    ['another kind', [rawOption(253, [1, 2, 3, 4, 5, 6])], fromSource(GATEWAY)],
    ['behind the end of the list', [rawOption(0, [0, 0]), OPTION], fromSource(GATEWAY)],
    ['as the last of 40 bytes', [...Array(32).fill(nop), OPTION], bothCalls(SEEN)],
  ];
  it.each(cases)('%s', async (_, options, seen) => {
    const ack = Uint8Array.from(options.flatMap((option) => Array.from(option)));
    expect(await backend.ask({ port: PORT.ipv4, ack })).toEqual(seen);
  });

  it('only on a data packet after the handshake: too late', async () => {
    const connection = await backend.connect({ port: PORT.ipv4 });
    expect(await connection.line()).toEqual(fromSource(GATEWAY));
    await connection.send('x', OPTION);

    expect(await connection.line()).toEqual(fromSource(GATEWAY));
    await connection.close();
  });

  it('only on the SYN: too early', async () => {
    expect(await backend.ask({ port: PORT.ipv4, syn: OPTION })).toEqual(fromSource(GATEWAY));
  });

  it('on the SYN when TCP Fast Open creates the connection from it', async () => {
    backend.setSysctl('net.ipv4.tcp_fastopen', String(0x602)); // server side, without cookies, on all listeners
    await backend.serveNative(PORT.fast);

    expect(await backend.ask({ port: PORT.fast, syn: OPTION, synData: 'early' })).toBe(bothCalls(SEEN));
  });

  it('on the ACK when the kernel answers with SYN cookies', async () => {
    backend.setSysctl('net.ipv4.tcp_syncookies', '2');
    const seen = await backend.ask({ port: PORT.ipv4, ack: OPTION });
    backend.setSysctl('net.ipv4.tcp_syncookies', '1');

    expect(seen).toBe(bothCalls(SEEN));
  });

  it('under another kind when told so', async () => {
    await backend.attach('--kind', '200');

    expect(await backend.ask({ port: PORT.ipv4, ack: toa(SEEN, 200) })).toBe(bothCalls(SEEN));
    expect(await backend.ask({ port: PORT.ipv4, ack: OPTION })).toEqual(fromSource(GATEWAY));
  });
});

describe('the allow-list', () => {
  beforeEach(() => backend.attach());

  it('ignores the option of any other source', async () => {
    expect(await backend.ask({ port: PORT.ipv4, source: STRANGER, ack: OPTION })).toEqual(fromSource(STRANGER));
    expect(await backend.ask({ port: PORT.ipv6, source: STRANGER, ack: OPTION })).toMatch(
      /^accept=::ffff:198\.18\.200\.3:/,
    );
  });

  it('changes while attached', async () => {
    expect((await backend.receiver('allow', 'add', '198.18.200.3', '198.18.201.0/24')).code).toBe(0);
    expect((await backend.receiver('allow', 'list')).stdout.trim().split('\n').sort()).toEqual([
      GATEWAY,
      STRANGER,
      '198.18.201.0/24',
    ]);
    expect(await backend.ask({ port: PORT.ipv4, source: STRANGER, ack: OPTION })).toBe(bothCalls(SEEN));

    expect((await backend.receiver('allow', 'remove', STRANGER)).code).toBe(0);
    expect(await backend.ask({ port: PORT.ipv4, source: STRANGER, ack: OPTION })).toEqual(fromSource(STRANGER));
  });

  it('takes networks', async () => {
    await backend.receiver('allow', 'add', '198.18.200.0/24');
    expect(await backend.ask({ port: PORT.ipv4, source: STRANGER, ack: OPTION })).toBe(bothCalls(SEEN));
  });

  it('counts every kind of connection', async () => {
    await backend.receiver('detach');
    await backend.attach();
    await backend.ask({ port: PORT.ipv4, ack: OPTION });
    await backend.ask({ port: PORT.ipv6, ack: OPTION });
    await backend.ask({ port: PORT.ipv4 });
    await backend.ask({ port: PORT.ipv4, ack: rawOption(254, [1, 2]) });
    await backend.ask({ port: PORT.ipv4, source: STRANGER, ack: OPTION });
    await backend.ask({ port: PORT.ipv4, source: STRANGER });

    const { connections } = await backend.status();
    expect(connections).toEqual({ translated: 2, without_option: 1, not_allowed: 1, malformed: 1, no_memory: 0 });
  });
});
