/**
 * Layouts of C structures and enums as BTF tells them: what scripts/generate-layouts.ts writes codecs from, and what the layout
 * hash is taken of.
 */
import { createHash } from 'node:crypto';
import { type BtfType, parseBtf } from './btf.js';

/** How the bytes of one field are to be read. */
export type Shape =
  | { kind: 'number'; size: 1 | 2 | 4 | 8; signed: boolean; order: 'host' | 'network' }
  | { kind: 'array'; element: Shape; length: number }
  | { kind: 'struct'; name: string }
  /** Arms of an anonymous union: all of them start at the same byte. */
  | { kind: 'union'; arms: Field[] };

export interface Field {
  /** Empty for a union. */
  name: string;
  /** Bytes from the start of the structure. */
  offset: number;
  shape: Shape;
}

export interface StructLayout {
  kind: 'struct';
  name: string;
  size: number;
  fields: Field[];
}

export interface EnumLayout {
  kind: 'enum';
  name: string;
  values: { name: string; value: number }[];
}

export type Layout = StructLayout | EnumLayout;

/** Fields of these types hold numbers in network order. */
const NETWORK_ORDER = new Set(['__be16', '__be32', '__be64']);

/**
 * Layouts of the named types, in the order of the names.
 * @throws Error listing every name that the BTF lacks, or naming a field that codecs cannot express
 */
export function layoutsOf(btf: Uint8Array, names: readonly string[]): Layout[] {
  const types = parseBtf(btf);
  const found = new Map<string, BtfType>();
  for (const type of types) if (type.kind === 'struct' || type.kind === 'enum') found.set(type.name, type);

  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) {
    const list = missing.join(', ');
    throw new Error(
      `the BTF lacks ${list}: a type that no map, variable or live code mentions is left out of the object`,
    );
  }
  return names.map((name) => layoutOf(types, found.get(name)!));
}

/**
 * Identifies layouts: 32 hexadecimal digits over all names, offsets, sizes and types, the same for the same header whatever
 * the compiler. Two objects with the same hash may share pinned maps.
 */
export function layoutHash(btf: Uint8Array, names: readonly string[]): string {
  const text = JSON.stringify(layoutsOf(btf, [...names].sort()));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function layoutOf(types: BtfType[], type: BtfType): Layout {
  if (type.kind === 'enum') {
    const values = type.values.map(({ name, value }) => ({ name, value: Number(value) }));
    return { kind: 'enum', name: type.name, values };
  }
  if (type.kind !== 'struct') throw new Error('only structures and enums have layouts');
  return { kind: 'struct', name: type.name, size: type.size, fields: fieldsOf(types, type, type.name, 0) };
}

function fieldsOf(
  types: BtfType[],
  type: Extract<BtfType, { kind: 'struct' | 'union' }>,
  path: string,
  base: number,
): Field[] {
  return type.members.map((member) => {
    const where = `${path}.${member.name || '(anonymous)'}`;
    if (member.bitSize > 0 || member.bitOffset % 8 !== 0)
      throw new Error(`${where} is a bit-field: use masks of a whole number`);
    const offset = base + member.bitOffset / 8;
    return { name: member.name, offset, shape: shapeOf(types, member.type, where, offset) };
  });
}

function shapeOf(types: BtfType[], id: number, where: string, offset: number): Shape {
  const { type, order } = resolve(types, id);
  switch (type.kind) {
    case 'int':
    case 'enum':
      return { kind: 'number', size: numberSize(type.size, where), signed: type.signed, order };
    case 'array':
      return { kind: 'array', element: shapeOf(types, type.element, `${where}[]`, offset), length: type.length };
    case 'struct':
      if (type.name === '') throw new Error(`${where} is an anonymous structure: give it a name`);
      return { kind: 'struct', name: type.name };
    case 'union':
      if (!where.endsWith('.(anonymous)')) throw new Error(`${where} is a named union: make it anonymous`);
      return { kind: 'union', arms: fieldsOf(types, type, where, offset) };
    default:
      throw new Error(`${where} has no fixed width: use __u8 to __u64, arrays of them, or a structure`);
  }
}

/** Strips typedefs and qualifiers. */
function resolve(types: BtfType[], id: number): { type: BtfType; order: 'host' | 'network' } {
  let order: 'host' | 'network' = 'host';
  let type = types[id];
  while (type && (type.kind === 'typedef' || type.kind === 'qualifier')) {
    if (NETWORK_ORDER.has(type.name)) order = 'network';
    type = types[type.target];
  }
  if (!type) throw new RangeError(`BTF refers to type ${id}, which it does not have`);
  return { type, order };
}

function numberSize(size: number, where: string): 1 | 2 | 4 | 8 {
  if (size === 1 || size === 2 || size === 4 || size === 8) return size;
  throw new Error(`${where} is ${size} bytes wide: numbers have 1, 2, 4 or 8`);
}
