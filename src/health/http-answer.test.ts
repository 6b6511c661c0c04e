import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_LIMIT, HttpAnswer } from './http-answer.js';

function read(text: string, { method = 'GET', closed = false } = {}): HttpAnswer {
  const answer = new HttpAnswer(method);
  answer.feed(Buffer.from(text, 'latin1'));
  if (closed) answer.close();
  return answer;
}

describe('the end of an answer', () => {
  const complete: [string, string, { method?: string; closed?: boolean }?][] = [
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine'],
    ['of length 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n1;x=y\r\n!\r\n0\r\n\r\n'],
    ['in chunks with a trailer', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\nX: y\r\n\r\n'],
    ['by the close', 'HTTP/1.0 200 OK\r\n\r\nanything', { closed: true }],
    ['to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n', { method: 'HEAD' }],
    ['to CONNECT', 'HTTP/1.1 200 OK\r\n\r\n', { method: 'CONNECT' }],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n'],
    ['after interim answers', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nA: b\r\n\r\nHTTP/1.1 204\r\n\r\n'],
    ['with bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 1\n\nx'],
    ['cut off at the limit', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(BODY_LIMIT)}`],
  ];
  it.each(complete)('is found: %s', (_sentence, text, how) => {
    expect(read(text, how).complete).toBe(true);
  });

  const incomplete: [string, string, { method?: string; closed?: boolean }?][] = [
    ['half a status line', 'HTTP/1.1 2'],
    ['half the headers', 'HTTP/1.1 200 OK\r\nContent-Len'],
    ['half the body', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfi', { closed: true }],
    ['half a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfi', { closed: true }],
    ['no last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n', { closed: true }],
    ['no end yet', 'HTTP/1.0 200 OK\r\n\r\nanything'],
    ['only an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', { closed: true }],
  ];
  it.each(incomplete)('has not come: %s', (_sentence, text, how) => {
    expect(read(text, how)).toMatchObject({ complete: false, garbled: false });
  });

  const garbled: [string, string][] = [
    ['another protocol', 'SSH-2.0-OpenSSH'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfine\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`],
    ['a chunk size without end', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'0'.repeat(5000)}`],
    ['interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(6000)],
  ];
  it.each(garbled)('is not looked for in what is not HTTP: %s', (_sentence, text) => {
    expect(read(text).garbled).toBe(true);
  });

  it('comes at the limit to whoever sends trailers without end', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n';
    expect(read(head + 'X: y\r\n'.repeat(30_000)).complete).toBe(true);
  });
});

describe('any answer', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,10}$/).filter((name) => !/^(content|transfer)-/i.test(name));
  const body = fc.string({ unit: 'binary-ascii', maxLength: 200 });
  const framing = fc.oneof(
    body.map((text) => ({ head: `Content-Length: ${text.length}\r\n`, text, closed: false })),
    fc.array(body.filter((text) => text !== '')).map((parts) => ({
      head: 'Transfer-Encoding: chunked\r\n',
      text: `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`,
      closed: false,
    })),
    body.map((text) => ({ head: '', text, closed: true })),
  );
  const answers = fc.record({
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    fields: fc.dictionary(token, token),
    framing,
  });

  it('is read to its end and no further, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(50)), ({ status, fields, framing: { head, text, closed } }, cuts) => {
        const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
        const bytes = Buffer.from(`HTTP/1.1 ${status} x\r\n${lines.join('')}${head}\r\n${text}`, 'latin1');
        const answer = new HttpAnswer('GET');
        let done = 0;
        for (const length of [...cuts, bytes.length]) {
          expect(answer.complete).toBe(done >= bytes.length && !closed && done > 0);
          answer.feed(bytes.subarray(done, done + length));
          done += length;
        }
        expect(answer.complete).toBe(!closed);
        answer.close();
        expect(answer).toMatchObject({ complete: true, status });
      }),
    );
  });

  it('of a stranger ends somewhere', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .constantFrom('HTTP/1.1 200\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n\r\n', 'ffffffff\r\n')
        .map(Buffer.from),
    );
    fc.assert(
      fc.property(fc.array(noise), (pieces) => {
        const answer = new HttpAnswer('GET');
        for (const piece of pieces) answer.feed(piece);
        for (let fed = 0; fed <= 2 * BODY_LIMIT; fed += 4096) answer.feed(Buffer.alloc(4096, 'x'));
        expect(answer.complete || answer.garbled).toBe(true);
      }),
    );
  });
});
