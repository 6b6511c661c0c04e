import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKind, parseAddress, parseCidr } from '../model/address.js';
import { FORMATS } from './formats.js';

const octet = fc.integer({ min: 0, max: 300 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
const address = fc.oneof(
  ipv4,
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((text) => `::ffff:${text}`),
  fc.string(),
);

describe('formats that know a short way give what the long way gives', () => {
  it('addresses', () => {
    fc.assert(
      fc.property(address, (text) => {
        const long = parseAddress(text);
        const expected = long !== undefined && addressKind(long) === 'unicast' ? long : undefined;
        expect(FORMATS.address.read(text)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('blocks', () => {
    const block = fc.tuple(address, fc.integer({ min: 0, max: 140 })).map(([text, prefix]) => `${text}/${prefix}`);
    fc.assert(
      fc.property(block, (text) => {
        const long = parseCidr(text);
        expect(FORMATS.cidr.read(text)).toBe(long && `${long.address}/${long.prefix}`);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['10.255.0.1/9', '10.128.0.0/9'],
    ['2001:db8::ffff/127', '2001:db8::fffe/127'],
    ['10.0.0.1', '10.0.0.1/32'],
    ['::1', '::1/128'],
    ['::ffff:10.0.0.1', '10.0.0.1/32'],
    ['10.0.0.1/33', undefined],
    ['10.0.0.1/-1', undefined],
    ['10.0.0.1/', undefined],
    ['10.0.0.1/8/8', undefined],
    ['010.0.0.1/8', undefined],
    ['', undefined],
  ])('%s: %s', (text, expected) => {
    expect(FORMATS.cidr.read(text)).toBe(expected);
  });
});

describe('reading twice is reading once', () => {
  it.each(Object.entries(FORMATS))('%s', (_, { read }) => {
    const samples = fc.oneof(
      address,
      fc.string(),
      fc.uuid(),
      fc.webUrl(),
      fc.json(),
      fc.domain(),
      fc.constant('200-299'),
    );
    fc.assert(
      fc.property(samples, (text) => {
        const once = read(text);
        expect(once === undefined ? undefined : read(once)).toBe(once);
      }),
    );
  });
});
