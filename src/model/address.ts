/**
 * IP addresses as text, as 16 bytes, and in blocks. Canonical text is dotted decimal for IPv4 and RFC 5952 for IPv6; an
 * IPv4-mapped IPv6 address is the IPv4 address. Tables hold 16 bytes for both families, IPv4 as ::ffff:a.b.c.d.
 */
import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

/** A block of addresses; `address` is its first one, in canonical text. */
export interface Cidr {
  address: string;
  prefix: number;
  family: Family;
}

/** Bytes of an address in tables. */
export const ADDRESS_BYTES = 16;

/**
 * Canonical text of an IPv4 or IPv6 address, or undefined when the text is none. Refuses what people do not mean: octal and hex
 * parts, fewer than four parts, zone ids.
 */
export function parseAddress(text: string): string | undefined {
  const address = parseIp(text);
  return address && canonical(address);
}

/** Family of an address in canonical text. */
export function addressFamily(address: string): Family {
  return address.includes(':') ? 6 : 4;
}

/**
 * The 16 bytes of an address in canonical text.
 * @throws RangeError when it is not an address
 */
export function addressBytes(address: string): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_BYTES);
  if (fillDotted(address, bytes)) {
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    return bytes;
  }
  const parsed = parseIp(address);
  if (!parsed) {
    throw new RangeError(`not an IP address: ${address}`);
  }
  bytes.set((parsed.kind() === 'ipv4' ? (parsed as ipaddr.IPv4).toIPv4MappedAddress() : parsed).toByteArray());
  return bytes;
}

/** Canonical text of 16 address bytes, or of 4 bytes of IPv4. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) {
    return bytes.join('.');
  }
  if (isIpv4(bytes)) {
    return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  }
  return new ipaddr.IPv6([...bytes]).toRFC5952String();
}

/** Addresses of one family by their order and distance; both ends included. */
export interface IntegerRange {
  first: bigint;
  last: bigint;
}

/**
 * The 16 bytes of an address in canonical text as one number.
 * @throws RangeError when it is not an address
 */
export function toInteger(address: string): bigint {
  const { buffer } = addressBytes(address);
  const view = new DataView(buffer);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** Canonical text of what {@link toInteger} gives. */
export function fromInteger(integer: bigint): string {
  const bytes = new Uint8Array(ADDRESS_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, integer >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, integer));
  return formatAddress(bytes);
}

/** Whether 16 address bytes are an IPv4 address. */
export function isIpv4(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) {
    if (bytes[i] !== 0) {
      return false;
    }
  }
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** A block in CIDR notation, `198.18.1.16/30`, cut to its network; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text.trim());
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  if (address === undefined) {
    return undefined;
  }
  const family = addressFamily(address);
  const prefix = Number(match?.[2]);
  if (prefix > width(family)) {
    return undefined;
  }
  const size = 1n << BigInt(width(family) - prefix);
  const value = toInteger(address);
  return { address: fromInteger(value - (value % size)), prefix, family };
}

/** Whether an address in canonical text lies in a block. */
export function cidrContains(cidr: Cidr, address: string): boolean {
  if (addressFamily(address) !== cidr.family) {
    return false;
  }
  const shift = BigInt(width(cidr.family) - cidr.prefix);
  return toInteger(address) >> shift === toInteger(cidr.address) >> shift;
}

/**
 * First and last address of what `local_addresses` takes: an address, a block (all its addresses, first and last too: they are
 * never broadcast to), or a range `first-last`. Undefined when the text is none of these.
 */
export function parseAddressSet(text: string): { first: string; last: string; size: bigint } | undefined {
  const cidr = parseCidr(text);
  if (cidr) {
    const size = 1n << BigInt(width(cidr.family) - cidr.prefix);
    return { first: cidr.address, last: fromInteger(toInteger(cidr.address) + size - 1n), size };
  }
  const [from, to, ...rest] = text.split('-');
  const first = parseAddress(from ?? '');
  const last = to === undefined ? first : parseAddress(to);
  if (first === undefined || last === undefined || rest.length > 0 || addressFamily(first) !== addressFamily(last)) {
    return undefined;
  }
  const size = toInteger(last) - toInteger(first) + 1n;
  return size > 0n ? { first, last, size } : undefined;
}

/** The `size` addresses from `first` on, in canonical text. */
export function listAddresses(first: string, size: number): string[] {
  const start = toInteger(first);
  return Array.from({ length: size }, (_, index) => fromInteger(start + BigInt(index)));
}

/** What an address is for: `unicast` for those a load balancer, member or gateway can have, else why it cannot. */
export function addressKind(address: string): 'unicast' | 'multicast' | 'loopback' | 'unspecified' | 'broadcast' {
  const range = ipaddr.parse(address).range();
  switch (range) {
    case 'multicast':
    case 'loopback':
    case 'unspecified':
    case 'broadcast':
      return range;
    default:
      return 'unicast';
  }
}

/** `198.18.0.10:80`, `[fd00::10]:80`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function parseIp(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const trimmed = text.trim();
  if (ipaddr.IPv4.isValidFourPartDecimal(trimmed)) {
    return /(^|\.)0\d/.test(trimmed) ? undefined : ipaddr.IPv4.parse(trimmed);
  }
  if (!trimmed.includes(':') || trimmed.includes('%') || !ipaddr.IPv6.isValid(trimmed)) {
    return undefined;
  }
  return ipaddr.IPv6.parse(trimmed);
}

function canonical(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address.kind() === 'ipv4') {
    return address.toString();
  }
  const ipv6 = address as ipaddr.IPv6;
  return ipv6.isIPv4MappedAddress() ? ipv6.toIPv4Address().toString() : ipv6.toRFC5952String();
}

/** Ten thousand members are read on every change: dotted decimal takes this short way. */
function fillDotted(text: string, bytes: Uint8Array): boolean {
  let part = 12;
  let value = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46 && digits > 0 && part < 15) {
      bytes[part++] = value;
      value = 0;
      digits = 0;
    } else if (code >= 48 && code <= 57 && digits < 3) {
      value = value * 10 + code - 48;
      digits++;
    } else {
      return false;
    }
    if (value > 255) {
      return false;
    }
  }
  bytes[part] = value;
  return part === 15 && digits > 0;
}

function width(family: Family): number {
  return family === 4 ? 32 : 128;
}
