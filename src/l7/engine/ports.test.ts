import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { bindsOf, ensureFree, newBinds } from './ports.js';
import { configOf } from './testing/configs.js';

describe('bind lines', () => {
  it.each([
    ['bind 192.0.2.1:80', [{ address: '192.0.2.1', port: 80 }]],
    ['bind ipv4@192.0.2.1:80 ssl crt x', [{ address: '192.0.2.1', port: 80 }]],
    ['bind [2001:db8::1]:443 transparent', [{ address: '2001:db8::1', port: 443 }]],
    ['bind 2001:db8::1:443', [{ address: '2001:db8::1', port: 443 }]],
    ['bind *:80', [{ address: '0.0.0.0', port: 80 }]],
    ['bind :80', [{ address: '0.0.0.0', port: 80 }]],
    [
      'bind 192.0.2.1:80,192.0.2.2:81',
      [
        { address: '192.0.2.1', port: 80 },
        { address: '192.0.2.2', port: 81 },
      ],
    ],
    ['bind unix@/run/x.sock', []],
    ['bind /run/x.sock', []],
    ['http-request set-header bind 1', []],
  ])('%s', (line, expected) => {
    expect(bindsOf(`frontend l_1\n  ${line}`)).toEqual(expected);
  });

  it('that are new are those of no frontend before', () => {
    const running = configOf({ frontends: new Map([['a', 'frontend a\n  bind 192.0.2.1:80']]) });
    const texts = ['frontend b\n  bind 192.0.2.1:80', 'frontend c\n  bind 192.0.2.1:81'];
    const next = configOf({ frontends: new Map(texts.map((text) => [text[9]!, text])) });
    expect(newBinds(running, next)).toEqual([{ address: '192.0.2.1', port: 81 }]);
  });
});

describe('a port', () => {
  const server = createServer();
  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  it('that another program has is named', async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(ensureFree([{ address: '127.0.0.1', port }])).rejects.toThrow(
      `127.0.0.1 port ${port}: another program`,
    );
    await expect(ensureFree([{ address: '127.0.0.2', port }])).resolves.toBeUndefined();
  });

  it('of an IPv6 address that the host does not have yet is looked up in what listens at all addresses', async () => {
    await once(server.listen(0, '::'), 'listening');
    const { port } = server.address() as AddressInfo;
    const address = '2001:db8::7';
    await expect(ensureFree([{ address, port }])).rejects.toThrow('another program');
    await expect(ensureFree([{ address, port: port === 65535 ? 1024 : port + 1 }])).resolves.toBeUndefined();
  });
});
