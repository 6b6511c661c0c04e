/** Reads frames. Nothing is believed: what does not parse stays in `payload`, and `faults` says what is wrong. */
import { checksum, formatIpv4, formatMac, readUint16, readUint32 } from './bytes.js';
import { type Arp, ETHERTYPE, formatFlags, type Ipv4, type Packet, PROTOCOL, pseudoHeader } from './packet.js';
import { decodeOptions } from './tcp-options.js';

const ETHERNET_LENGTH = 14;

/** The fields of a frame; computed ones hold what the frame says, right or wrong. */
export function decode(frame: Uint8Array): Packet {
  const ethernet = {
    destination: formatMac(frame.subarray(0, 6)),
    source: formatMac(frame.subarray(6, 12)),
    type: readUint16(frame, 12),
  };
  const rest = frame.subarray(ETHERNET_LENGTH);
  const packet: Packet = { ethernet, payload: rest, trailer: new Uint8Array() };
  if (ethernet.type === ETHERTYPE.arp && rest.length >= 28) return decodeArp(packet, rest);
  if (ethernet.type === ETHERTYPE.ipv4 && rest.length >= 20) return decodeIpv4(packet, rest);
  return packet;
}

function decodeArp(packet: Packet, bytes: Uint8Array): Packet {
  const arp: Arp = {
    operation: readUint16(bytes, 6),
    senderMac: formatMac(bytes.subarray(8)),
    sender: formatIpv4(bytes.subarray(14)),
    targetMac: formatMac(bytes.subarray(18)),
    target: formatIpv4(bytes.subarray(24)),
  };
  return { ...packet, arp, payload: new Uint8Array(), trailer: bytes.slice(28) };
}

function decodeIpv4(packet: Packet, bytes: Uint8Array): Packet {
  const headerLength = Math.max(20, ((bytes[0] ?? 0) & 0xf) * 4);
  const totalLength = readUint16(bytes, 2);
  const flags = readUint16(bytes, 6);
  const ipv4: Ipv4 = {
    source: formatIpv4(bytes.subarray(12)),
    destination: formatIpv4(bytes.subarray(16)),
    protocol: bytes[9] ?? 0,
    ttl: bytes[8] ?? 0,
    tos: bytes[1] ?? 0,
    identification: readUint16(bytes, 4),
    dontFragment: (flags & 0x4000) !== 0,
    moreFragments: (flags & 0x2000) !== 0,
    fragmentOffset: (flags & 0x1fff) * 8,
    options: bytes.slice(20, headerLength),
    versionAndLength: bytes[0] ?? 0,
    totalLength,
    checksum: readUint16(bytes, 10),
  };
  const body = bytes.slice(headerLength, Math.max(headerLength, totalLength));
  const inner = { ...packet, ipv4, payload: body, trailer: bytes.slice(headerLength + body.length) };
  return ipv4.fragmentOffset > 0 ? inner : decodeTransport(inner, ipv4.protocol, body);
}

function decodeTransport(packet: Packet, protocol: number, body: Uint8Array): Packet {
  if (protocol === PROTOCOL.tcp && body.length >= 20) return decodeTcp(packet, body);
  if (protocol === PROTOCOL.udp && body.length >= 8) return decodeUdp(packet, body);
  if (protocol === PROTOCOL.icmp && body.length >= 8) return decodeIcmp(packet, body);
  return packet;
}

function decodeTcp(packet: Packet, body: Uint8Array): Packet {
  const headerWords = (body[12] ?? 0) >> 4;
  const headerLength = Math.max(20, headerWords * 4);
  const tcp = {
    sourcePort: readUint16(body, 0),
    destinationPort: readUint16(body, 2),
    seq: readUint32(body, 4),
    ack: readUint32(body, 8),
    flags: formatFlags(body[13] ?? 0),
    window: readUint16(body, 14),
    urgent: readUint16(body, 18),
    options: decodeOptions(body.subarray(20, headerLength)),
    headerWords,
    checksum: readUint16(body, 16),
  };
  return { ...packet, tcp, payload: body.slice(headerLength) };
}

function decodeUdp(packet: Packet, body: Uint8Array): Packet {
  const udp = {
    sourcePort: readUint16(body, 0),
    destinationPort: readUint16(body, 2),
    length: readUint16(body, 4),
    checksum: readUint16(body, 6),
  };
  return { ...packet, udp, payload: body.slice(8) };
}

function decodeIcmp(packet: Packet, body: Uint8Array): Packet {
  const icmp = { type: body[0] ?? 0, code: body[1] ?? 0, rest: readUint32(body, 4), checksum: readUint16(body, 2) };
  return { ...packet, icmp, payload: body.slice(8) };
}

/**
 * What a receiver would object to: wrong checksums and lengths, in words; empty for a sound frame. Checksums of fragments' payloads
 * are not judged, they cover bytes of other frames.
 */
export function faults(frame: Uint8Array): string[] {
  const { ipv4, tcp, udp, icmp } = decode(frame);
  if (!ipv4) return [];
  const bytes = frame.subarray(ETHERNET_LENGTH);
  const headerLength = 20 + ipv4.options.length;
  if (ipv4.versionAndLength !== (0x40 | (headerLength / 4))) return ['ipv4 version or header length is wrong'];
  if ((ipv4.totalLength ?? 0) > bytes.length || (ipv4.totalLength ?? 0) < headerLength)
    return [`ipv4 length ${ipv4.totalLength} does not fit the ${bytes.length} bytes of the frame`];
  const found: string[] = [];
  const judge = (name: string, sum: number) => {
    if (sum !== 0) found.push(`${name} checksum is wrong`);
  };
  judge('ipv4', checksum(bytes.subarray(0, headerLength)));
  if (ipv4.moreFragments || ipv4.fragmentOffset > 0) return found;
  const body = bytes.subarray(headerLength, ipv4.totalLength);
  const pseudo = pseudoHeader(ipv4, body.length);
  if (tcp) judge('tcp', checksum(pseudo, body));
  if (tcp && ((tcp.headerWords ?? 0) < 5 || (tcp.headerWords ?? 0) * 4 > body.length))
    found.push(`tcp header length ${tcp.headerWords} words does not fit`);
  if (udp && udp.length !== body.length) found.push(`udp length ${udp.length} is not ${body.length}`);
  if (udp && udp.checksum !== 0) judge('udp', checksum(pseudo, body));
  if (icmp) judge('icmp', checksum(body));
  return found;
}
