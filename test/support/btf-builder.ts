/** Builds raw BTF by hand, so that its parser is tested against the format and not against a compiler. */

type Member = readonly [name: string, type: number, offset: number];

const INT = 1;
const ARRAY = 3;
const STRUCT = 4;
const UNION = 5;
const ENUM = 6;
const TYPEDEF = 8;

/** Each function adds a type and returns its id. */
export class BtfBuilder {
  #types: number[] = [];
  #strings = '\0';
  #count = 0;

  int(name: string, size: number, signed = false): number {
    return this.raw(name, INT, size, { extra: [(signed ? 1 << 24 : 0) | (size * 8)] });
  }

  typedef(name: string, target: number): number {
    return this.raw(name, TYPEDEF, target);
  }

  /** `kind`: 9 volatile, 10 const, 11 restrict, 18 type tag. */
  qualifier(kind: number, target: number): number {
    return this.raw('', kind, target);
  }

  array(element: number, length: number): number {
    return this.raw('', ARRAY, 0, { extra: [element, element, length] });
  }

  /** @param packed offsets carry the width of a bit-field in their upper 8 bits */
  struct(name: string, size: number, members: readonly Member[], packed = false): number {
    return this.#composite(STRUCT, name, size, members, packed);
  }

  union(name: string, size: number, members: readonly Member[]): number {
    return this.#composite(UNION, name, size, members, false);
  }

  enum(name: string, values: readonly (readonly [name: string, value: number])[], signed = false): number {
    const extra = values.flatMap(([value, number]) => [this.#string(value), number]);
    return this.raw(name, ENUM, 4, { extra, count: values.length, flag: signed });
  }

  raw(
    name: string,
    kind: number,
    sizeOrType: number,
    { extra = [], count = 0, flag = false }: { extra?: number[]; count?: number; flag?: boolean } = {},
  ): number {
    const info = ((flag ? 0x80000000 : 0) | (kind << 24) | count) >>> 0;
    this.#types.push(this.#string(name), info, sizeOrType, ...extra);
    return ++this.#count;
  }

  bytes(): Uint8Array {
    const types = this.#types.length * 4;
    const magicVersionFlags = 0x0001eb9f;
    const header = [magicVersionFlags, 24, 0, types, types, this.#strings.length];
    const words = Uint32Array.from([...header, ...this.#types]);
    const strings = new TextEncoder().encode(this.#strings);
    const bytes = new Uint8Array(words.byteLength + strings.length);
    bytes.set(new Uint8Array(words.buffer));
    bytes.set(strings, words.byteLength);
    return bytes;
  }

  #composite(kind: number, name: string, size: number, members: readonly Member[], flag: boolean): number {
    const extra = members.flatMap(([member, type, offset]) => [this.#string(member), type, offset]);
    return this.raw(name, kind, size, { extra, count: members.length, flag });
  }

  #string(text: string): number {
    if (text === '') return 0;
    const offset = this.#strings.length;
    this.#strings += `${text}\0`;
    return offset;
  }
}

export function buildBtf(fill: (builder: BtfBuilder) => void): Uint8Array {
  const builder = new BtfBuilder();
  fill(builder);
  return builder.bytes();
}
