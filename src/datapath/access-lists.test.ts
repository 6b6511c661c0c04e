import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, parseCidr } from '../model/address.js';
import { encodeBlocks } from './access-lists.js';
import { accessKey } from './layouts.js';

const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));

describe('encodeBlocks', () => {
  it.each([
    ['0.0.0.0/0', 96, '::ffff:0.0.0.0'],
    ['198.18.0.0/24', 120, '198.18.0.0'],
    ['::/0', 0, '::'],
    ['fd00::/8', 8, 'fd00::'],
    ['::1/128', 128, '::1'],
    ['2001:db8:0:1:2:3:4:5/128', 128, '2001:db8:0:1:2:3:4:5'],
  ])('%s', (cidr, prefix, address) => {
    expect(accessKey.decode(encodeBlocks([cidr]))).toEqual({ prefix, address: addressBytes(address) });
  });

  it('has the bytes of any block in canonical text, one key behind the other', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(ipv4, ipv6), { maxLength: 20 }), (written) => {
        const blocks = written.flatMap(([address, prefix]) => parseCidr(`${address}/${prefix}`) ?? []);
        const keys = accessKey.decodeAll(encodeBlocks(blocks.map(({ address, prefix }) => `${address}/${prefix}`)));
        const expected = blocks.map(({ address, prefix, family }) => {
          return { prefix: family === 4 ? 96 + prefix : prefix, address: addressBytes(address) };
        });
        expect(keys).toEqual(expected);
      }),
    );
  });
});
