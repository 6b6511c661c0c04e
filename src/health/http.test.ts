import { describe, expect, it } from 'vitest';
import type { HttpRequest } from './checks.js';
import { HttpConversation } from './http.js';
import { HTTP_REQUEST as request } from './testing/requests.js';

describe('the request', () => {
  const sent = (changes: Partial<HttpRequest>, address = '198.18.2.11', port = 80): string[] => {
    const talk = new HttpConversation({ ...request, ...changes }, address, port);
    return Buffer.from(talk.send).toString().split('\r\n');
  };

  const cases: [string, string[], string][] = [
    ['method, path and version as configured', sent({ method: 'HEAD', path: '/a?b=c' }), 'HEAD /a?b=c HTTP/1.1'],
    ['HTTP/1.0', sent({ version: '1.0' }), 'GET / HTTP/1.0'],
    ['the configured host', sent({ host: 'shop.example' }), 'Host: shop.example'],
    ['the configured host in HTTP/1.0', sent({ host: 'shop.example', version: '1.0' }), 'Host: shop.example'],
    ['the address', sent({}), 'Host: 198.18.2.11'],
    ['the address with a port that is not usual', sent({}, '198.18.2.11', 8080), 'Host: 198.18.2.11:8080'],
    ['the usual port of HTTPS', sent({ tls: true }, '198.18.2.11', 443), 'Host: 198.18.2.11'],
    ['an IPv6 address in brackets', sent({}, 'fd00::1', 8080), 'Host: [fd00::1]:8080'],
    ['that a POST has no body', sent({ method: 'POST' }), 'Content-Length: 0'],
    ['that the connection is not kept', sent({}), 'Connection: close'],
  ];
  it.each(cases)('has %s', (_sentence, lines, line) => {
    expect(lines).toContain(line);
    expect(lines.slice(-2)).toEqual(['', '']);
  });

  it('has no Host header in HTTP/1.0 unless one is configured', () => {
    expect(sent({ version: '1.0' }).join()).not.toContain('Host');
  });
});

describe('the judgement', () => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
  const cases: [string, string, string | undefined, Partial<HttpRequest>?][] = [
    ['an expected status', `${OK}ok`, undefined],
    ['one of several', 'HTTP/1.1 301 x\r\nContent-Length: 0\r\n\r\n', undefined, { expectedCodes: '200,300-302' }],
    ['a class', 'HTTP/1.1 418 x\r\nContent-Length: 0\r\n\r\n', undefined, { expectedCodes: '4xx' }],
    ['another status', 'HTTP/1.1 404 x\r\n\r\n', 'wrong status: 404 instead of 200'],
    ['a redirect', 'HTTP/1.1 302 x\r\nLocation: /\r\n\r\n', 'wrong status: 302 instead of 200'],
    ['another protocol', 'SSH-2.0-x\r\n', 'answered something that is not HTTP: "SSH-2.0-x"'],
    ['no answer', '', 'closed the connection without an answer'],
    ['half an answer', `${OK}o`, 'closed the connection in the middle of its answer'],
  ];
  it.each(cases)('of %s', (_sentence, text, cause, changes) => {
    const talk = new HttpConversation({ ...request, ...changes }, '198.18.2.11', 80);
    if (text !== '') talk.hear(Buffer.from(text));
    talk.close();
    expect(talk.cause()).toBe(cause);
  });

  it('does not wait for the body of a wrong status', () => {
    const talk = new HttpConversation(request, '198.18.2.11', 80);
    expect(talk.hear(Buffer.from('HTTP/1.1 500 x\r\nContent-Length: 100\r\n\r\n'))).toBe(true);
  });

  it('waits for the body of a right one', () => {
    const talk = new HttpConversation(request, '198.18.2.11', 80);
    expect(talk.hear(Buffer.from(OK))).toBe(false);
    expect(talk.hear(Buffer.from('ok'))).toBe(true);
  });
});
