import { describe, expect, it } from 'vitest';
import { parseSockets } from './sockets.js';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

describe('parseSockets', () => {
  it('finds listening sockets and passes over connections', () => {
    const text = [
      HEADER,
      '   0: 0100007F:2694 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
      '   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0',
      '   2: 0100007F:2694 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1',
      '',
    ].join('\n');
    expect(parseSockets(text, 'TCP', '0A')).toEqual([
      { protocol: 'TCP', address: '127.0.0.1', port: 9876 },
      { protocol: 'TCP', address: '0.0.0.0', port: 22 },
    ]);
  });

  it('reads IPv6 addresses', () => {
    const any = '00000000000000000000000000000000';
    const text = `${HEADER}\n   0: ${any}:0035 ${any}:0000 07 00000000:00000000 00:00000000 00000000 0 0 4 2 0 0\n`;
    expect(parseSockets(text, 'UDP', '07')).toEqual([{ protocol: 'UDP', address: '::', port: 53 }]);
  });

  it('has nothing to say of an empty table', () => expect(parseSockets('', 'TCP', '0A')).toEqual([]));
});
