import { describe, expect, it } from 'vitest';
import { codec, getBytes, getWords, putBytes, putWords } from './codec.js';

interface Pair {
  name: Uint8Array;
  words: Uint32Array;
}
const pair = codec<Pair>(
  'pair',
  12,
  (view, at) => ({ name: getBytes(view, at, 4), words: getWords(view, at + 4, 2) }),
  (view, at, value) => {
    putBytes(view, at, 4, value.name, 'pair.name');
    putWords(view, at + 4, 2, value.words, 'pair.words');
  },
);
const value = { name: Uint8Array.of(1, 2, 3, 4), words: Uint32Array.of(0xdeadbeef, 5) };
const bytes = Uint8Array.of(1, 2, 3, 4, 0xef, 0xbe, 0xad, 0xde, 5, 0, 0, 0);

describe('a codec', () => {
  it('encodes and decodes', () => {
    expect(pair.encode(value)).toEqual(bytes);
    expect(pair.decode(bytes)).toEqual(value);
  });

  it('decodes in the middle of a larger buffer, at any alignment', () => {
    const larger = new Uint8Array(40);
    larger.set(bytes, 7);
    expect(pair.decode(larger, 7)).toEqual(value);
    expect(pair.decode(larger.subarray(3), 4)).toEqual(value);
  });

  it('decodes a row of structures', () => {
    const two = new Uint8Array(24);
    two.set(bytes);
    two.set(bytes, 12);
    expect(pair.decodeAll(two)).toEqual([value, value]);
    expect(() => pair.decodeAll(two.subarray(1))).toThrow('23 bytes are not a whole number of pair (12 bytes each)');
  });

  it('returns copies', () => {
    const source = bytes.slice();
    const decoded = pair.decode(source);
    source.fill(0);
    expect(decoded).toEqual(value);
  });

  it('refuses bytes that end early', () => {
    expect(() => pair.decode(bytes, 1)).toThrow('pair takes 12 bytes from 1, there are 12');
    expect(() => pair.decode(bytes, -1)).toThrow(RangeError);
  });

  it('refuses arrays of another length', () => {
    expect(() => pair.encode({ ...value, name: new Uint8Array(5) })).toThrow('pair.name has 4 elements, not 5');
    expect(() => pair.encode({ ...value, words: new Uint32Array(1) })).toThrow('pair.words has 2 elements, not 1');
  });
});
