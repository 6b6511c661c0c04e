/** Encodes structures of the bench's own BPF programs by the layout their object declares. */
import { type Field, layoutsOf, type Shape } from '#sluice/datapath/shapes.js';

export type Values = Readonly<Record<string, number | bigint | Uint8Array>>;

/**
 * Bytes of a structure; fields that are not given are zero.
 * @param btf of the object
 * @throws Error when the object lacks the structure, or the structure a field
 */
export function encodeStruct(btf: Uint8Array, name: string, values: Values): Uint8Array {
  const layout = layoutsOf(btf, [name])[0]!;
  if (layout.kind !== 'struct') throw new Error(`${name} is not a structure`);
  const bytes = new Uint8Array(layout.size);
  for (const [key, value] of Object.entries(values)) {
    const field = layout.fields.find((candidate) => candidate.name === key);
    if (!field) throw new Error(`struct ${name} has no field ${key}`);
    put(bytes, field, value);
  }
  return bytes;
}

function put(bytes: Uint8Array, { name, offset, shape }: Field, value: number | bigint | Uint8Array): void {
  if (value instanceof Uint8Array) {
    if (value.length > lengthOf(shape)) throw new RangeError(`${name} has room for ${lengthOf(shape)} bytes`);
    bytes.set(value, offset);
    return;
  }
  if (shape.kind !== 'number') throw new Error(`${name} is not a number`);
  const view = new DataView(bytes.buffer);
  const little = shape.order === 'host';
  if (shape.size === 8) view.setBigUint64(offset, BigInt(value), little);
  else if (shape.size === 4) view.setUint32(offset, Number(value), little);
  else if (shape.size === 2) view.setUint16(offset, Number(value), little);
  else view.setUint8(offset, Number(value));
}

function lengthOf(shape: Shape): number {
  return shape.kind === 'array' ? shape.length : 0;
}
