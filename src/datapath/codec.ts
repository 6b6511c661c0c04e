/** What the codecs of layouts.ts have in common. */

/** Turns a C structure into an object and back. Numbers are in host order whatever the structure has. */
export interface Codec<Value, Input = Value> {
  /** Name of the structure. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** New bytes, padding zero. @throws RangeError where an array has another length than the structure's */
  encode(value: Input): Uint8Array;
  /** @param offset where the structure starts in `bytes`, 0 by default. @throws RangeError when the bytes end early */
  decode(bytes: Uint8Array, offset?: number): Value;
  /** All structures that stand one after the other in `bytes`. @throws RangeError when they do not end with the last one */
  decodeAll(bytes: Uint8Array): Value[];
  /** Into existing bytes; leaves padding as it is. */
  write(view: DataView, at: number, value: Input): void;
  read(view: DataView, at: number): Value;
}

/** Completes the two functions that are particular to a structure. */
export function codec<Value, Input = Value>(
  name: string,
  size: number,
  read: (view: DataView, at: number) => Value,
  write: (view: DataView, at: number, value: Input) => void,
): Codec<Value, Input> {
  return {
    name,
    size,
    read,
    write,
    encode(value) {
      const bytes = new Uint8Array(size);
      write(new DataView(bytes.buffer), 0, value);
      return bytes;
    },
    decode(bytes, offset = 0) {
      if (offset < 0 || offset + size > bytes.length) {
        throw new RangeError(`${name} takes ${size} bytes from ${offset}, there are ${bytes.length}`);
      }
      return read(viewOf(bytes), offset);
    },
    decodeAll(bytes) {
      if (bytes.length % size !== 0) {
        throw new RangeError(`${bytes.length} bytes are not a whole number of ${name} (${size} bytes each)`);
      }
      const view = viewOf(bytes);
      return Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
    },
  };
}

/** A copy: the bytes may belong to a buffer that is used again. */
export function getBytes(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
}

export function putBytes(view: DataView, at: number, length: number, value: Uint8Array, field: string): void {
  requireLength(value.length, length, field);
  new Uint8Array(view.buffer, view.byteOffset + at, length).set(value);
}

export function getWords(view: DataView, at: number, length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => view.getUint32(at + i * 4, true));
}

export function putWords(view: DataView, at: number, length: number, value: Uint32Array, field: string): void {
  requireLength(value.length, length, field);
  value.forEach((word, i) => {
    view.setUint32(at + i * 4, word, true);
  });
}

function requireLength(actual: number, expected: number, field: string): void {
  if (actual !== expected) throw new RangeError(`${field} has ${expected} elements, not ${actual}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
