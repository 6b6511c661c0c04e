import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from '../../model/resources.js';
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

const request = (...lines: string[]) => [...lines, '', ''].join('\r\n');
const CLOSE = 'Connection: close';

/** What a client that sends these bytes gets. */
async function answerTo(bytes: string): Promise<string> {
  const one = listener('HTTP', await freePort(), { default_pool_id: members.id });
  return withProxy(compiled([loadBalancer([one], [members])]), () => exchange(one.protocol_port, bytes));
}

describe('requests that are none', () => {
  const refused: [what: string, bytes: string][] = [
    ['two lengths', `${request('POST / HTTP/1.1', 'Host: h', 'Content-Length: 5', 'Content-Length: 6')}hello!`],
    ['a length that is no number', `${request('POST / HTTP/1.1', 'Host: h', 'Content-Length: +5')}hello`],
    ['an unknown coding', `${request('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked, x')}0\r\n\r\n`],
    ['white space before a colon', request('GET / HTTP/1.1', 'Host : h')],
    ['two hosts', request('GET / HTTP/1.1', 'Host: h', 'Host: i')],
    ['a null in a header', request('GET / HTTP/1.1', 'Host: h', 'X: a\0b')],
    ['a fragment in the path', request('GET /a#b HTTP/1.1', 'Host: h')],
    ['a space in the path', request('GET /a b HTTP/1.1', 'Host: h')],
    ['a chunk that is no number', `${request('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked')}zz\r\n`],
    ['headers of more than 15 KB', request('GET / HTTP/1.1', 'Host: h', `X: ${'a'.repeat(16_000)}`)],
    ['101 headers', request('GET / HTTP/1.1', 'Host: h', ...Array.from({ length: 101 }, (_, at) => `X-${at}: a`))],
  ];
  for (const [what, bytes] of refused) {
    it(`are refused: ${what}`, async () => {
      expect(await answerTo(bytes)).toMatch(/^HTTP\/1\.1 400 Bad Request/i);
    });
  }

  it('smuggle nothing behind a length that does not count: the connection ends with them', async () => {
    const inner = request('GET /smuggled HTTP/1.1', 'Host: h');
    const body = `0\r\n\r\n`;
    const text =
      request(
        'POST / HTTP/1.1',
        'Host: h',
        `Content-Length: ${body.length + inner.length}`,
        'Transfer-Encoding: chunked',
      ) + body;
    const answer = await answerTo(text + request('GET / HTTP/1.1', 'Host: h', CLOSE));
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(answer).not.toMatch(/"content-length"|smuggled/);
  });
});
