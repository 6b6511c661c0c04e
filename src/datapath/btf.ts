/**
 * Reads BTF, the type information that compilers put into BPF objects.
 * Format: Documentation/bpf/btf.rst of the kernel; `struct btf_header`, `struct btf_type` in linux/btf.h. Little-endian only, as
 * are all hosts that Sluice runs on.
 */

/** One type. Ids are positions in the list of types; 0 is `void`. */
export type BtfType =
  | { kind: 'void' }
  | { kind: 'int'; name: string; size: number; signed: boolean }
  | { kind: 'pointer' }
  | { kind: 'array'; element: number; length: number }
  | { kind: 'struct' | 'union'; name: string; size: number; members: BtfMember[] }
  | { kind: 'enum'; name: string; size: number; signed: boolean; values: { name: string; value: number | bigint }[] }
  /** Another name, or a qualifier without one, for `target`. */
  | { kind: 'typedef' | 'qualifier'; name: string; target: number }
  /** Functions, variables, sections and what else has no layout. */
  | { kind: 'other'; name: string };

export interface BtfMember {
  /** Empty: anonymous. */
  name: string;
  type: number;
  /** From the start of the structure, bits. */
  bitOffset: number;
  /** Width of a bit-field; 0: not one. */
  bitSize: number;
}

const MAGIC = 0xeb9f;
const TYPE_BYTES = 12;
const MEMBER_BYTES = 12;

/** `BTF_KIND_*` and how many bytes follow the type: fixed, and per element. */
const KINDS: Record<number, { name: string; extra: number; each: number }> = {
  1: { name: 'int', extra: 4, each: 0 },
  2: { name: 'pointer', extra: 0, each: 0 },
  3: { name: 'array', extra: 12, each: 0 },
  4: { name: 'struct', extra: 0, each: MEMBER_BYTES },
  5: { name: 'union', extra: 0, each: MEMBER_BYTES },
  6: { name: 'enum', extra: 0, each: 8 },
  7: { name: 'other', extra: 0, each: 0 }, // forward declaration
  8: { name: 'typedef', extra: 0, each: 0 },
  9: { name: 'qualifier', extra: 0, each: 0 }, // volatile
  10: { name: 'qualifier', extra: 0, each: 0 }, // const
  11: { name: 'qualifier', extra: 0, each: 0 }, // restrict
  12: { name: 'other', extra: 0, each: 0 }, // function
  13: { name: 'other', extra: 0, each: 8 }, // function prototype
  14: { name: 'other', extra: 4, each: 0 }, // variable
  15: { name: 'other', extra: 0, each: 12 }, // section
  16: { name: 'other', extra: 0, each: 0 }, // floating point
  17: { name: 'other', extra: 4, each: 0 }, // declaration tag
  18: { name: 'qualifier', extra: 0, each: 0 }, // type tag
  19: { name: 'enum64', extra: 0, each: 12 },
};

/**
 * All types of raw BTF, by id.
 * @throws RangeError where the bytes are not BTF or end early
 */
export function parseBtf(bytes: Uint8Array): BtfType[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 24 || view.getUint16(0, true) !== MAGIC)
    throw new RangeError('not BTF: the magic number is missing');
  const header = view.getUint32(4, true);
  const typesStart = header + view.getUint32(8, true);
  const typesEnd = typesStart + view.getUint32(12, true);
  const stringsStart = header + view.getUint32(16, true);
  const stringsEnd = stringsStart + view.getUint32(20, true);
  if (typesEnd > bytes.length || stringsEnd > bytes.length) throw new RangeError('BTF ends early');

  const reader = new Reader(view, bytes.subarray(stringsStart, stringsEnd));
  const types: BtfType[] = [{ kind: 'void' }];
  for (let at = typesStart; at < typesEnd; ) {
    const info = view.getUint32(at + 4, true);
    const kind = KINDS[(info >>> 24) & 0x1f];
    if (!kind) throw new RangeError(`BTF kind ${(info >>> 24) & 0x1f} of type ${types.length} is unknown`);
    types.push(reader.type(at, kind.name, info));
    at += TYPE_BYTES + kind.extra + kind.each * (info & 0xffff);
  }
  return types;
}

class Reader {
  constructor(
    private readonly view: DataView,
    private readonly strings: Uint8Array,
  ) {}

  type(at: number, kind: string, info: number): BtfType {
    const name = this.name(at);
    const sizeOrType = this.u32(at + 8);
    const body = at + TYPE_BYTES;
    const count = info & 0xffff;
    const flag = info >>> 31 === 1;
    switch (kind) {
      case 'int':
        return { kind, name, size: sizeOrType, signed: ((this.u32(body) >>> 24) & 1) === 1 };
      case 'pointer':
        return { kind };
      case 'array':
        return { kind, element: this.u32(body), length: this.u32(body + 8) };
      case 'struct':
      case 'union':
        return { kind, name, size: sizeOrType, members: this.members(body, count, flag) };
      case 'enum':
      case 'enum64':
        return { kind: 'enum', name, size: sizeOrType, signed: flag, values: this.values(body, count, flag, kind) };
      case 'typedef':
      case 'qualifier':
        return { kind, name, target: sizeOrType };
      default:
        return { kind: 'other', name };
    }
  }

  /** With `packed` the upper 8 bits of an offset are the width of a bit-field. */
  private members(body: number, count: number, packed: boolean): BtfMember[] {
    return Array.from({ length: count }, (_, i) => {
      const at = body + i * MEMBER_BYTES;
      const offset = this.u32(at + 8);
      return {
        name: this.name(at),
        type: this.u32(at + 4),
        bitOffset: packed ? offset & 0xffffff : offset,
        bitSize: packed ? offset >>> 24 : 0,
      };
    });
  }

  private values(body: number, count: number, signed: boolean, kind: 'enum' | 'enum64') {
    return Array.from({ length: count }, (_, i) => {
      const at = body + i * (kind === 'enum' ? 8 : 12);
      return {
        name: this.name(at),
        value: kind === 'enum' ? this.value32(at + 4, signed) : this.value64(at + 4, signed),
      };
    });
  }

  private value32(at: number, signed: boolean): number {
    return signed ? this.view.getInt32(at, true) : this.u32(at);
  }

  private value64(at: number, signed: boolean): bigint {
    const value = (BigInt(this.u32(at + 4)) << 32n) | BigInt(this.u32(at));
    return signed ? BigInt.asIntN(64, value) : value;
  }

  private u32(at: number): number {
    return this.view.getUint32(at, true);
  }

  /** The string whose offset stands at `at`. */
  private name(at: number): string {
    const start = this.u32(at);
    const end = this.strings.indexOf(0, start);
    if (end < 0) throw new RangeError('BTF has a name outside its strings');
    return String.fromCharCode(...this.strings.subarray(start, end));
  }
}
