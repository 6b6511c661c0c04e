/** Elements of DER (X.690), as far as certificates, keys and revocation lists need them. Whatever is in them, reading stays within. */

export interface Der {
  /** The identifier octet: 0x30 is a SEQUENCE, 0xa0 the context's [0]. */
  tag: number;
  /** Contents octets. */
  content: Buffer;
  /** All of it. */
  raw: Buffer;
}

export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** The element that bytes begin with; undefined: they begin with none, or end before it does. */
export function readDer(bytes: Buffer): Der | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) {
    return undefined;
  }
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // 0x80 is the indefinite length of BER; no input has four gigabytes.
  if (first === 0x80 || lengthBytes > 4 || bytes.length < 2 + lengthBytes) {
    return undefined;
  }
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  if (start + length > bytes.length) {
    return undefined;
  }
  return { tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(0, start + length) };
}

/** Elements one after another; undefined: not all of it is. */
export function readAll(bytes: Buffer): Der[] | undefined {
  const elements: Der[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const element = readDer(rest);
    if (!element) {
      return undefined;
    }
    elements.push(element);
    rest = rest.subarray(element.raw.length);
  }
  return elements;
}

/** What a constructed element consists of; nothing where it is malformed. */
export function childrenOf(element: Der | undefined): Der[] {
  return (element && readAll(element.content)) ?? [];
}

/** `1.2.840.113549.1.1.11`; undefined: the element is no object identifier. */
export function oidOf(element: Der | undefined): string | undefined {
  if (element?.tag !== TAG.oid || element.content.length === 0 || element.content.length > 32) {
    return undefined;
  }
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of element.content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** A UTCTime or GeneralizedTime as `2026-01-31T12:00:00`, UTC; undefined: the element is neither (RFC 5280, 4.1.2.5). */
export function timeOf(element: Der | undefined): string | undefined {
  if (element?.tag !== TAG.utcTime && element?.tag !== TAG.generalizedTime) {
    return undefined;
  }
  const [, written, ...parts] = TIME.exec(element.content.toString('latin1')) ?? [];
  if (written === undefined || written.length !== (element.tag === TAG.utcTime ? 2 : 4)) {
    return undefined;
  }
  const year = written.length === 4 ? written : `${Number(written) < 50 ? 20 : 19}${written}`;
  const [month, day, hour, minute, second] = parts;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  return Number.isNaN(Date.parse(`${text}Z`)) ? undefined : text;
}
