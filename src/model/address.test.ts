import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressBytes,
  addressKind,
  cidrContains,
  formatAddress,
  formatEndpoint,
  listAddresses,
  parseAddress,
  parseAddressSet,
  parseCidr,
} from './address.js';

describe('parseAddress', () => {
  it.each([
    ['198.18.0.10', '198.18.0.10'],
    [' 198.18.0.10 ', '198.18.0.10'],
    ['FD00:0:0:0:0:0:0:10', 'fd00::10'],
    ['::ffff:198.18.0.10', '198.18.0.10'],
    ['::', '::'],
    ['198.18.0', undefined],
    ['198.18.0.010', undefined],
    ['0xc6.18.0.1', undefined],
    ['198.18.0.256', undefined],
    ['198.18.0.10/24', undefined],
    ['3323068426', undefined],
    ['fe80::1%eth0', undefined],
    ['web1', undefined],
    ['', undefined],
  ])('%s is %s', (text, expected) => {
    expect(parseAddress(text)).toBe(expected);
  });
});

describe('addressBytes and formatAddress', () => {
  it('IPv4 is mapped into 16 bytes', () => {
    expect([...addressBytes('198.18.0.10')]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198, 18, 0, 10]);
    expect(formatAddress(Uint8Array.of(198, 18, 0, 10))).toBe('198.18.0.10');
  });

  it('each undoes the other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        fc.pre(address !== undefined);
        expect(formatAddress(addressBytes(address!))).toBe(address);
      }),
    );
  });

  it.each(['198.18.0', '1.2.3.4.5', '1..2.3', '256.1.1.1', 'x'])('%s has no bytes', (text) => {
    expect(() => addressBytes(text)).toThrow(RangeError);
  });
});

describe('blocks and ranges', () => {
  it.each([
    ['198.18.1.17/30', { address: '198.18.1.16', prefix: 30, family: 4 }],
    ['fd00::1:5/112', { address: 'fd00::1:0', prefix: 112, family: 6 }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 4 }],
    ['198.18.1.0/33', undefined],
    ['198.18.1.0', undefined],
    ['198.18.1.0/', undefined],
  ])('parseCidr(%s)', (text, expected) => {
    expect(parseCidr(text)).toEqual(expected);
  });

  it.each([
    ['198.18.1.0/24', '198.18.1.255', true],
    ['198.18.1.0/24', '198.18.2.0', false],
    ['0.0.0.0/0', '198.18.2.0', true],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', '198.18.1.1', false],
  ])('%s contains %s: %s', (block, address, expected) => {
    expect(cidrContains(parseCidr(block)!, address)).toBe(expected);
  });

  it.each([
    ['198.18.1.16/30', ['198.18.1.16', '198.18.1.17', '198.18.1.18', '198.18.1.19']],
    ['198.18.1.255-198.18.2.1', ['198.18.1.255', '198.18.2.0', '198.18.2.1']],
    ['198.18.1.10', ['198.18.1.10']],
    ['fd00::fffe - fd00::1:0', ['fd00::fffe', 'fd00::ffff', 'fd00::1:0']],
  ])('%s lists its addresses', (text, expected) => {
    const set = parseAddressSet(text)!;
    expect(listAddresses(set.first, Number(set.size))).toEqual(expected);
    expect(set.last).toBe(expected.at(-1));
  });

  it.each(['198.18.1.10-198.18.1.9', '198.18.1.10-fd00::1', '198.18.1.1-2-3', 'eth0', ''])('%s is no set', (text) => {
    expect(parseAddressSet(text)).toBeUndefined();
  });

  it('counts blocks too large to list', () => {
    expect(parseAddressSet('fd00::/64')!.size).toBe(2n ** 64n);
  });
});

describe('addressKind', () => {
  it.each([
    ['198.18.0.10', 'unicast'],
    ['224.0.0.1', 'multicast'],
    ['127.0.0.1', 'loopback'],
    ['255.255.255.255', 'broadcast'],
    ['0.0.0.0', 'unspecified'],
    ['::1', 'loopback'],
    ['fd00::1', 'unicast'],
  ])('%s is %s', (address, expected) => {
    expect(addressKind(address)).toBe(expected);
  });
});

describe('formatEndpoint', () => {
  it('puts IPv6 in brackets', () => {
    expect([formatEndpoint('198.18.0.10', 80), formatEndpoint('fd00::1', 80)]).toEqual([
      '198.18.0.10:80',
      '[fd00::1]:80',
    ]);
  });
});
