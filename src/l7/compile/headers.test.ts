import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listener, Pool } from '../../model/resources.js';
import { freePort, withProxy } from './testing/haproxy.js';
import { compiled, listener, loadBalancer, pool } from './testing/samples.js';
import { EchoServer, exchange } from './testing/traffic.js';

let server: EchoServer;
let members: Pool;

beforeAll(async () => {
  server = await EchoServer.start('a');
  members = pool([server.member()]);
});

afterAll(() => server.stop());

async function http(insert_headers: Record<string, string>, fields: Partial<Listener> = {}): Promise<Listener> {
  return listener('HTTP', await freePort(), { default_pool_id: members.id, insert_headers, ...fields });
}

/** Names and values of headers as the member sees them, in order. */
async function seen(one: Listener, lines: string[]): Promise<[string, string][]> {
  return withProxy(compiled([loadBalancer([one], [members])]), async () => {
    const request = ['GET / HTTP/1.1', 'Host: www.example.com:81', ...lines, 'Connection: close', '', ''].join('\r\n');
    const raw: string[] = JSON.parse(textOf(await exchange(one.protocol_port, request))).raw;
    return raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1]!]] : []));
  });
}

/** The JSON in an answer that was read byte by byte. */
const textOf = (answer: string) => Buffer.from(/\{.*\}/.exec(answer)![0], 'latin1').toString();

const valuesOf = (headers: [string, string][], name: string) =>
  headers.filter(([one]) => one === name).map(([, value]) => value);

describe('X-Forwarded-For', () => {
  it('is continued in the same line', async () => {
    const headers = await seen(await http({ 'X-Forwarded-For': 'true' }), ['x-forwarded-for: 1.2.3.4, 5.6.7.8']);
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['1.2.3.4, 5.6.7.8, 127.0.0.1']);
  });

  it('is begun where there is none', async () => {
    const headers = await seen(await http({ 'X-Forwarded-For': 'True' }), []);
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['127.0.0.1']);
  });

  it('loses none of several lines', async () => {
    const sent = ['X-Forwarded-For: 1.1.1.1', 'X-Forwarded-For: 2.2.2.2'];
    const headers = await seen(await http({ 'X-Forwarded-For': 'true' }), sent);
    expect(valuesOf(headers, 'x-forwarded-for').join(', ')).toBe('1.1.1.1, 2.2.2.2, 127.0.0.1');
  });

  it('is left alone where it is switched off', async () => {
    const headers = await seen(await http({ 'X-Forwarded-For': 'false' }), ['X-Forwarded-For: 1.1.1.1']);
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['1.1.1.1']);
  });
});

describe('other headers', () => {
  const SWITCHES = ['X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP'];
  const sent = SWITCHES.map((name) => `${name}: made up`);

  it('are what the gateway knows, whatever the client says', async () => {
    const one = await http(Object.fromEntries(SWITCHES.map((name) => [name, 'true'])));
    const headers = await seen(one, sent);
    expect(SWITCHES.flatMap((name) => valuesOf(headers, name.toLowerCase()))).toEqual([
      String(one.protocol_port),
      'http',
      'www.example.com:81',
      '127.0.0.1',
    ]);
  });

  it('are the client’s where they are switched off', async () => {
    const headers = await seen(await http({}), sent);
    expect(SWITCHES.flatMap((name) => valuesOf(headers, name.toLowerCase()))).toEqual(SWITCHES.map(() => 'made up'));
  });

  it('say what was written, whatever it is', async () => {
    const texts = [`it's "100 %"`, '%[src] %ci %%', '$HOME "$HOME"', '\\ \\n \\', '#x', '} if {', '', 'ä€', ' a  b '];
    const one = await http(Object.fromEntries(texts.map((text, index) => [`X-Own'${index}`, text])));
    const headers = await seen(one, []);
    const found = texts.map((_, index) =>
      valuesOf(headers, `x-own'${index}`).map((text) => Buffer.from(text, 'latin1').toString()),
    );
    expect(found).toEqual(texts.map((text) => [text.trim()]));
  });

  it('prove nothing about certificates on listeners whose members believe them', async () => {
    const plain = await http({});
    const forged = ['X-SSL-Client-CN: root', 'x_ssl_client_cn: root'];
    const tls = listener('TERMINATED_HTTPS', await freePort(), { insert_headers: { 'X-SSL-Client-CN': 'true' } });
    const text = (others: Listener[]) =>
      compiled([loadBalancer([plain, ...others], [members])]).frontends.get(`l_${plain.id}`)!;
    expect(valuesOf(await seen(plain, forged), 'x-ssl-client-cn')).toEqual(['root']);
    expect(text([])).not.toContain('del-header');
    expect(() => text([tls])).not.toThrow();
    expect(text([tls])).toContain('del-header');
  });
});

describe('Host', () => {
  it('is the client’s, or the member’s address and port where it is not preserved', async () => {
    expect(valuesOf(await seen(await http({}), []), 'host')).toEqual(['www.example.com:81']);
    const replaced = await http({ 'X-Forwarded-Host': 'true' }, { preserve_host: false });
    const headers = await seen(replaced, []);
    expect(valuesOf(headers, 'host')).toEqual([`127.0.0.1:${server.port}`]);
    expect(valuesOf(headers, 'x-forwarded-host')).toEqual(['www.example.com:81']);
  });
});
