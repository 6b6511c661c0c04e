import { describe, expect, it } from 'vitest';
import { buildBtf } from '../../test/support/btf-builder.js';
import { parseBtf } from './btf.js';
import { layoutHash, layoutsOf } from './shapes.js';

/** struct pair { __be16 port; __u8 mac[6]; union { __u32 a; __u32 b; }; }; enum colour { RED, BLUE = 5 }; */
function sample(change: { portOffset?: number; blue?: number; second?: string } = {}): Uint8Array {
  const { portOffset = 0, blue = 5, second = 'b' } = change;
  return buildBtf((btf) => {
    const u8 = btf.int('unsigned char', 1);
    const u16 = btf.int('unsigned short', 2);
    const u32 = btf.int('unsigned int', 4);
    const be16 = btf.typedef('__be16', btf.typedef('__u16', u16));
    const mac = btf.array(u8, 6);
    const either = btf.union('', 4, [
      ['a', u32, 0],
      [second, u32, 0],
    ]);
    btf.struct('pair', 12, [
      ['port', btf.qualifier(10, be16), portOffset],
      ['mac', mac, 16],
      ['', either, 64],
    ]);
    btf.enum('colour', [
      ['RED', 0],
      ['BLUE', blue],
    ]);
  });
}

describe('parseBtf', () => {
  it('gives every type its id', () => {
    const types = parseBtf(sample());
    expect(types[0]).toEqual({ kind: 'void' });
    expect(types[1]).toEqual({ kind: 'int', name: 'unsigned char', size: 1, signed: false });
    expect(types.find((type) => type.kind === 'struct')).toEqual({
      kind: 'struct',
      name: 'pair',
      size: 12,
      members: [
        { name: 'port', type: 8, bitOffset: 0, bitSize: 0 },
        { name: 'mac', type: 6, bitOffset: 16, bitSize: 0 },
        { name: '', type: 7, bitOffset: 64, bitSize: 0 },
      ],
    });
  });

  it('reads signed and unsigned enumerations', () => {
    const colour = parseBtf(sample({ blue: 0xffffffff })).at(-1);
    expect(colour).toMatchObject({ kind: 'enum', values: [{ value: 0 }, { name: 'BLUE', value: 0xffffffff }] });
    const sign = parseBtf(buildBtf((btf) => btf.enum('sign', [['MINUS', -1]], true)))[1];
    expect(sign).toMatchObject({ kind: 'enum', signed: true, values: [{ name: 'MINUS', value: -1 }] });
  });

  it.each([
    ['nothing', new Uint8Array(0), /not BTF/],
    ['an ELF file', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...Array(60).fill(0)]), /not BTF/],
    ['BTF that was cut off', sample().subarray(0, 100), /ends early/],
    ['a kind from the future', buildBtf((btf) => btf.raw('new', 31, 0)), /kind 31 of type 1 is unknown/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseBtf(bytes)).toThrow(message);
  });
});

describe('layoutsOf', () => {
  it('tells offsets, widths, byte order and shared bytes', () => {
    expect(layoutsOf(sample(), ['pair'])).toEqual([
      {
        kind: 'struct',
        name: 'pair',
        size: 12,
        fields: [
          { name: 'port', offset: 0, shape: { kind: 'number', size: 2, signed: false, order: 'network' } },
          {
            name: 'mac',
            offset: 2,
            shape: { kind: 'array', length: 6, element: { kind: 'number', size: 1, signed: false, order: 'host' } },
          },
          {
            name: '',
            offset: 8,
            shape: {
              kind: 'union',
              arms: [
                { name: 'a', offset: 8, shape: { kind: 'number', size: 4, signed: false, order: 'host' } },
                { name: 'b', offset: 8, shape: { kind: 'number', size: 4, signed: false, order: 'host' } },
              ],
            },
          },
        ],
      },
    ]);
  });

  it('lists every type that is missing', () => {
    expect(() => layoutsOf(sample(), ['pair', 'trio', 'shade'])).toThrow(/lacks trio, shade:/);
  });

  it.each([
    ['a bit-field', [['flag', 1, (3 << 24) | 8]], /odd\.flag is a bit-field/],
    ['a pointer', [['next', 2, 0]], /odd\.next has no fixed width/],
    ['a named union', [['either', 3, 0]], /odd\.either is a named union/],
  ] as const)('refuses %s', (_, members, message) => {
    const btf = buildBtf((builder) => {
      builder.int('unsigned int', 4);
      builder.raw('', 2, 0);
      builder.union('', 4, [['a', 1, 0]]);
      builder.struct('odd', 8, members, true);
    });
    expect(() => layoutsOf(btf, ['odd'])).toThrow(message);
  });
});

describe('layoutHash', () => {
  it('is the same for the same layouts, in whatever order they are named', () => {
    expect(layoutHash(sample(), ['pair', 'colour'])).toBe(layoutHash(sample(), ['colour', 'pair']));
  });

  it.each([
    ['an offset', { portOffset: 8 }],
    ['a value', { blue: 6 }],
    ['a name', { second: 'c' }],
  ])('changes with %s', (_, change) => {
    expect(layoutHash(sample(change), ['pair', 'colour'])).not.toBe(layoutHash(sample(), ['pair', 'colour']));
  });
});
