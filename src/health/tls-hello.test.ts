import { describe, expect, it } from 'vitest';
import { clientHello, HelloConversation } from './tls-hello.js';

describe('the ClientHello', () => {
  it('is one whole handshake record', async () => {
    const hello = Buffer.from(await clientHello(null));
    expect([hello[0], hello[1], hello[5]]).toEqual([22, 3, 1]);
    expect(hello.readUInt16BE(3)).toBe(hello.length - 5);
  });

  it('asks for the server name', async () => {
    expect(Buffer.from(await clientHello('shop.example.')).includes('shop.example\0')).toBe(true);
  });

  it('asks for none when all there is is an address', async () => {
    expect(Buffer.from(await clientHello('198.18.2.11')).includes('198.18.2.11')).toBe(false);
  });
});

describe('the judgement', () => {
  const record = (type: number, ...content: number[]) => [type, 3, 3, 0, content.length, ...content];
  const cases: [string, number[], string | undefined][] = [
    ['a ServerHello', record(22, 2, 0, 0, 0), undefined],
    [
      'an alert',
      record(21, 2, 70),
      'TLS error: the member answered with alert protocol_version: it speaks no TLS 1.2 or newer',
    ],
    ['an alert without words of its own', record(21, 2, 99), 'TLS error: the member answered with alert 99'],
    ['HTTP', [...Buffer.from('HTTP/1.1 400 x\r\n')], 'TLS error: answered something that is not TLS: "HTTP/1.1 400 x"'],
    ['another handshake message', record(22, 4, 0), 'TLS error: answered something that is not TLS: "......."'],
    ['nothing', [], 'closed the connection without an answer'],
    ['half a record header', [22, 3, 3], 'closed the connection in the middle of its answer'],
  ];
  it.each(cases)('of %s', (_sentence, bytes, cause) => {
    const whole = new HelloConversation(new Uint8Array());
    if (bytes.length > 0) whole.hear(Uint8Array.from(bytes));
    whole.close();
    expect(whole.cause()).toBe(cause);
    const pieces = new HelloConversation(new Uint8Array());
    for (const byte of bytes) if (pieces.hear(Uint8Array.of(byte))) break;
    pieces.close();
    expect(pieces.cause() === undefined).toBe(cause === undefined);
  });
});
