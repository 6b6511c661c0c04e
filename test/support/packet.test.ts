import { describe, expect, test } from 'vitest';
import { checksum } from './bytes.js';
import { arp, encode, icmp, ip, type Packet, PROTOCOL, tcp, udp } from './packet.js';
import { decode, faults } from './packet-decode.js';
import { describeFrame, differences } from './packet-words.js';
import {
  describeOption,
  fastOpen,
  mss,
  nop,
  rawOption,
  sack,
  sackPermitted,
  timestamps,
  toa,
  windowScale,
} from './tcp-options.js';

const MACS = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
const PAIR = { from: '198.18.0.2:40000', to: '198.18.1.1:80', ethernet: MACS };

const SAMPLES: [sentence: string, packet: Packet][] = [
  ['a SYN with the options Linux sends', synOfLinux()],
  ['a segment with payload of odd length', tcp({ ...PAIR, flags: 'PSH ACK', seq: 2 ** 32 - 1, payload: 'odd' })],
  ['a segment with SACK blocks and TOA', tcp({ ...PAIR, options: [toa('1.2.3.4:5'), nop, nop, sack([1, 2], [3, 4])] })],
  ['a datagram', udp({ ...PAIR, payload: 'question' })],
  ['a datagram without checksum', udp({ ...PAIR, checksum: 0, payload: 'question' })],
  ['an echo request', icmp({ from: '198.18.0.2', to: '198.18.1.1', ethernet: MACS, payload: 'ping' })],
  ['a first fragment', udp({ ...PAIR, payload: '12345678', ip: { dontFragment: false, moreFragments: true } })],
  ['IP options', tcp({ ...PAIR, ip: { options: Uint8Array.of(7, 3, 4, 0) } })],
  ['Ethernet padding', tcp({ ...PAIR, trailer: new Uint8Array(6) })],
];

function synOfLinux(): Packet {
  return tcp({
    ...PAIR,
    flags: 'SYN',
    seq: 1000,
    options: [mss(1460), sackPermitted, timestamps(7, 0), nop, windowScale(7)],
  });
}

describe('packets', () => {
  test.each(SAMPLES)('%s is sound, and decoded and encoded again the same', (_, packet) => {
    const frame = encode(packet);
    expect(faults(frame)).toEqual([]);
    expect(differences(encode(decode(frame)), frame)).toEqual([]);
  });

  test('a later fragment keeps its payload whole', () => {
    const fragment = ip({
      ...PAIR,
      from: '1.2.3.4',
      to: '5.6.7.8',
      protocol: PROTOCOL.udp,
      payload: 'no header in here',
      ip: { dontFragment: false, fragmentOffset: 1480 },
    });
    expect(decode(encode(fragment))).toMatchObject({ payload: fragment.payload, ipv4: { fragmentOffset: 1480 } });
  });

  test('an ARP request has the layout of RFC 826', () => {
    const request = arp({
      operation: 1,
      senderMac: MACS.source,
      sender: '198.18.0.2',
      targetMac: '00:00:00:00:00:00',
      target: '198.18.0.1',
      ethernet: { destination: 'ff:ff:ff:ff:ff:ff' },
    });
    expect(Buffer.from(encode(request)).toString('hex')).toBe(
      'ffffffffffff0200000000010806000108000604000102000000' + '0001c6120002000000000000c6120001',
    );
  });

  test('the checksum is that of the example in RFC 1071', () => {
    expect(checksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7))).toBe(0xffff - 0xddf2);
  });

  test('a datagram, its checksums added up by hand', () => {
    // IP words add up to d932; pseudo header 141e and datagram 6876 to 7c94.
    const frame = encode(udp({ from: '10.0.0.1:1', to: '10.0.0.2:2', ethernet: MACS, payload: 'hi' }));
    expect(Buffer.from(frame.subarray(14)).toString('hex')).toBe(
      '4500001e00004000401126cd0a0000010a00000200010002000a836b6869',
    );
  });

  test('each wrong checksum is named', () => {
    expect(faults(encode(tcp({ ...PAIR, checksum: 1 })))).toEqual(['tcp checksum is wrong']);
    expect(faults(encode(udp({ ...PAIR, checksum: 1 })))).toEqual(['udp checksum is wrong']);
    expect(faults(encode(tcp({ ...PAIR, ip: { checksum: 1 } })))).toEqual(['ipv4 checksum is wrong']);
  });

  test('a difference is told field by field', () => {
    const left = encode(tcp({ ...PAIR, flags: 'SYN', options: [mss(1460)] }));
    const right = encode(tcp({ ...PAIR, flags: 'SYN ACK', options: [mss(1452)], ip: { ttl: 63 } }));
    const lines = differences(left, right);
    expect(lines).toContain('ipv4 ttl is 64, expected 63');
    expect(lines).toContain('tcp flags is SYN, expected SYN ACK');
    expect(lines).toContain('tcp options is mss 1460, expected mss 1452');
    expect(lines.filter((line) => line.includes('payload'))).toEqual([]);
  });

  test('a difference of the payload says where it begins', () => {
    const [line] = differences(
      encode(udp({ ...PAIR, payload: 'abc' })),
      encode(udp({ ...PAIR, payload: 'abd' })),
    ).slice(-1);
    expect(line).toBe('payload differs from byte 2 on: 1 bytes 63, expected 1 bytes 64');
  });

  test('a frame in words', () => {
    expect(describeFrame(encode(synOfLinux()))).toContain(
      'tcp options: mss 1460, sackPermitted, timestamps 7 0, nop, windowScale 7',
    );
  });

  test.each([
    [toa('198.18.0.2:40000'), 'toa 198.18.0.2:40000'],
    [toa('198.18.0.2:40000', 253), 'toa(253) 198.18.0.2:40000'],
    [fastOpen([1, 2]), 'option[22040102]'],
    [rawOption(254, [1, 2, 3, 4, 5, 6], 99), 'option[fe63010203040506]'],
    [rawOption(2, [1]), 'option[020301]'],
  ])('option %#: %s', (option, words) => {
    expect(describeOption(option)).toBe(words);
  });
});
