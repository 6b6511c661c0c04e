/** Network-order numbers, addresses and the Internet checksum, for building and reading frames. */

/** `address:port`, IPv4: `198.18.0.2:40000`. */
export type Endpoint = string;

export const uint16 = (value: number): [number, number] => [(value >>> 8) & 0xff, value & 0xff];
export const uint32 = (value: number): [number, number, number, number] => [
  (value >>> 24) & 0xff,
  (value >>> 16) & 0xff,
  (value >>> 8) & 0xff,
  value & 0xff,
];

export const readUint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
export const readUint32 = (bytes: Uint8Array, at: number): number =>
  readUint16(bytes, at) * 0x10000 + readUint16(bytes, at + 2);

/** The four bytes of a dotted IPv4 address; throws where it is none. */
export function parseIpv4(text: string): Uint8Array {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    throw new Error(`not an IPv4 address: ${text}`);
  return Uint8Array.from(parts);
}

export const formatIpv4 = (bytes: Uint8Array): string => Array.from(bytes.subarray(0, 4)).join('.');

/** The IPv4 address as the 16 bytes that the gateway's slow maps use. */
export const mapIpv4 = (text: string): Uint8Array =>
  Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...parseIpv4(text)]);

export function parseEndpoint(endpoint: Endpoint): { address: Uint8Array; host: string; port: number } {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon);
  const port = Number(endpoint.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`not an endpoint (address:port): ${endpoint}`);
  return { address: parseIpv4(host), host, port };
}

/** The six bytes of `02:00:00:00:00:01`. */
export function parseMac(text: string): Uint8Array {
  const parts = text.split(':').map((part) => Number.parseInt(part, 16));
  if (parts.length !== 6 || parts.some((part) => !(part >= 0 && part <= 255)))
    throw new Error(`not a MAC address: ${text}`);
  return Uint8Array.from(parts);
}

export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');

export function concatenate(...parts: ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Internet checksum (RFC 1071) over the parts as if they were one; only the last may have an odd length. */
export function checksum(...parts: Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) for (let at = 0; at < part.length; at += 2) sum += readUint16(part, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
