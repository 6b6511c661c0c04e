/**
 * TCP options by name. An option is its bytes as they stand in the header, so that a wrong one is as easy to make as a right one.
 */
import { type Endpoint, formatIpv4, parseEndpoint, readUint16, readUint32, uint16, uint32 } from './bytes.js';

export type TcpOption = Uint8Array;

/** Kinds that the gateway has to do with (IANA TCP parameters; 253 and 254 are experimental). */
export const OPTION_KIND = {
  end: 0,
  nop: 1,
  mss: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
  fastOpen: 34,
  toaAlternate: 253,
  toa: 254,
} as const;

/** Any kind with any body; `length` overrides the length byte, to build malformed options. */
export function rawOption(kind: number, body: ArrayLike<number> = [], length = body.length + 2): TcpOption {
  return Uint8Array.from([kind, length, ...Array.from(body)]);
}

export const nop: TcpOption = Uint8Array.of(OPTION_KIND.nop);
/** End of options: receivers look no further. */
export const end: TcpOption = Uint8Array.of(OPTION_KIND.end);
export const sackPermitted = rawOption(OPTION_KIND.sackPermitted);

/** Maximum segment size, bytes. */
export const mss = (bytes: number) => rawOption(OPTION_KIND.mss, uint16(bytes));

/** Window scale: a shift, 0 to 14. */
export const windowScale = (shift: number) => rawOption(OPTION_KIND.windowScale, [shift]);

/** Timestamps: own clock, echo of the other's. */
export const timestamps = (value: number, echo: number) =>
  rawOption(OPTION_KIND.timestamps, [...uint32(value), ...uint32(echo)]);

/** SACK: blocks of [left edge, right edge). */
export const sack = (...blocks: [number, number][]) =>
  rawOption(
    OPTION_KIND.sack,
    blocks.flatMap(([left, right]) => [...uint32(left), ...uint32(right)]),
  );

/** The client's address as the gateway tells it to members: port and IPv4 address. */
export function toa(client: Endpoint, kind: number = OPTION_KIND.toa): TcpOption {
  const { address, port } = parseEndpoint(client);
  return rawOption(kind, [...uint16(port), ...address]);
}

/** TCP Fast Open: empty asks for a cookie. */
export const fastOpen = (cookie: ArrayLike<number> = []) => rawOption(OPTION_KIND.fastOpen, cookie);

/** Options one after the other, filled up with zero bytes to whole 32-bit words as the data offset wants. */
export function encodeOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes = options.flatMap((option) => Array.from(option));
  while (bytes.length % 4 !== 0) bytes.push(OPTION_KIND.end);
  return Uint8Array.from(bytes);
}

/**
 * Splits a header's options. What does not parse, and what follows the end marker, comes as one last piece, so that the
 * pieces joined are always the bytes given.
 */
export function decodeOptions(bytes: Uint8Array): TcpOption[] {
  const options: TcpOption[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = optionLength(bytes.subarray(at));
    options.push(bytes.slice(at, at + length));
    at += length;
  }
  return options;
}

function optionLength(rest: Uint8Array): number {
  if (rest[0] === OPTION_KIND.nop) return 1;
  const length = rest[1] ?? 0;
  return rest[0] === OPTION_KIND.end || length < 2 || length > rest.length ? rest.length : length;
}

const WORDS: Record<number, (body: Uint8Array) => string> = {
  [OPTION_KIND.mss]: (body) => `mss ${readUint16(body, 0)}`,
  [OPTION_KIND.windowScale]: (body) => `windowScale ${body[0]}`,
  [OPTION_KIND.sackPermitted]: () => 'sackPermitted',
  [OPTION_KIND.sack]: (body) => `sack ${blocks(body)}`,
  [OPTION_KIND.timestamps]: (body) => `timestamps ${readUint32(body, 0)} ${readUint32(body, 4)}`,
  [OPTION_KIND.toa]: (body) => `toa ${client(body)}`,
  [OPTION_KIND.toaAlternate]: (body) => `toa(253) ${client(body)}`,
};

/** Body lengths of the kinds that have a fixed one; of any other length they are shown as bytes. */
const BODY_LENGTH: Record<number, number> = {
  [OPTION_KIND.mss]: 2,
  [OPTION_KIND.windowScale]: 1,
  [OPTION_KIND.sackPermitted]: 0,
  [OPTION_KIND.timestamps]: 8,
  [OPTION_KIND.toa]: 6,
  [OPTION_KIND.toaAlternate]: 6,
};

function client(body: Uint8Array): string {
  return `${formatIpv4(body.subarray(2))}:${readUint16(body, 0)}`;
}

function blocks(body: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at + 8 <= body.length; at += 8) texts.push(`${readUint32(body, at)}-${readUint32(body, at + 4)}`);
  return texts.join(' ');
}

/** An option in words: `mss 1460`, `toa 198.18.0.2:40000`; unknown and malformed ones as hex. */
export function describeOption(option: TcpOption): string {
  const kind = option[0] ?? OPTION_KIND.end;
  if (kind === OPTION_KIND.nop) return 'nop';
  if (kind === OPTION_KIND.end) return option.every((byte) => byte === 0) ? `end×${option.length}` : hexOption(option);
  const body = option.subarray(2);
  const whole = option[1] === option.length && (BODY_LENGTH[kind] ?? body.length) === body.length;
  return (whole && WORDS[kind]?.(body)) || hexOption(option);
}

function hexOption(option: TcpOption): string {
  return `option[${Buffer.from(option).toString('hex')}]`;
}
