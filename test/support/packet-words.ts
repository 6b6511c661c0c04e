/** Frames in words, and how two of them differ, for the messages of failed tests. */
import type { Arp, Icmp, Ipv4, Packet, Tcp, Udp } from './packet.js';
import { decode, faults } from './packet-decode.js';
import { describeOption } from './tcp-options.js';

type Fields = [name: string, text: string][];

const hex = (value: number | undefined, digits = 4) => `0x${(value ?? 0).toString(16).padStart(digits, '0')}`;

function ipv4Fields(ipv4: Ipv4): Fields {
  return [
    ['ipv4 source', ipv4.source],
    ['ipv4 destination', ipv4.destination],
    ['ipv4 protocol', String(ipv4.protocol)],
    ['ipv4 version and length', hex(ipv4.versionAndLength, 2)],
    ['ipv4 tos', hex(ipv4.tos, 2)],
    ['ipv4 total length', String(ipv4.totalLength)],
    ['ipv4 identification', String(ipv4.identification)],
    ['ipv4 dont-fragment', String(ipv4.dontFragment)],
    ['ipv4 more-fragments', String(ipv4.moreFragments)],
    ['ipv4 fragment offset', String(ipv4.fragmentOffset)],
    ['ipv4 ttl', String(ipv4.ttl)],
    ['ipv4 checksum', hex(ipv4.checksum)],
    ['ipv4 options', Buffer.from(ipv4.options).toString('hex') || 'none'],
  ];
}

function tcpFields(tcp: Tcp): Fields {
  return [
    ['tcp source port', String(tcp.sourcePort)],
    ['tcp destination port', String(tcp.destinationPort)],
    ['tcp seq', String(tcp.seq)],
    ['tcp ack', String(tcp.ack)],
    ['tcp header words', String(tcp.headerWords)],
    ['tcp flags', tcp.flags || 'none'],
    ['tcp window', String(tcp.window)],
    ['tcp checksum', hex(tcp.checksum)],
    ['tcp urgent', String(tcp.urgent)],
    ['tcp options', tcp.options.map(describeOption).join(', ') || 'none'],
  ];
}

function udpFields(udp: Udp): Fields {
  return [
    ['udp source port', String(udp.sourcePort)],
    ['udp destination port', String(udp.destinationPort)],
    ['udp length', String(udp.length)],
    ['udp checksum', hex(udp.checksum)],
  ];
}

function icmpFields(icmp: Icmp): Fields {
  return [
    ['icmp type', String(icmp.type)],
    ['icmp code', String(icmp.code)],
    ['icmp checksum', hex(icmp.checksum)],
    ['icmp rest', hex(icmp.rest, 8)],
  ];
}

function arpFields(arp: Arp): Fields {
  return [
    ['arp operation', arp.operation === 1 ? 'request' : arp.operation === 2 ? 'reply' : String(arp.operation)],
    ['arp sender', `${arp.sender} at ${arp.senderMac}`],
    ['arp target', `${arp.target} at ${arp.targetMac}`],
  ];
}

function fieldsOf(packet: Packet): Fields {
  return [
    ['ethernet destination', packet.ethernet.destination],
    ['ethernet source', packet.ethernet.source],
    ['ethernet type', hex(packet.ethernet.type)],
    ...(packet.arp ? arpFields(packet.arp) : []),
    ...(packet.ipv4 ? ipv4Fields(packet.ipv4) : []),
    ...(packet.tcp ? tcpFields(packet.tcp) : []),
    ...(packet.udp ? udpFields(packet.udp) : []),
    ...(packet.icmp ? icmpFields(packet.icmp) : []),
  ];
}

/** A run of bytes, shown whole while short. */
function bytesInWords(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty';
  const shown = Buffer.from(bytes.subarray(0, 24)).toString('hex');
  return `${bytes.length} bytes ${shown}${bytes.length > 24 ? '…' : ''}`;
}

/** Every field of a frame, one a line, and what is wrong with it. */
export function describeFrame(frame: Uint8Array): string[] {
  const packet = decode(frame);
  return [
    ...fieldsOf(packet).map(([name, text]) => `${name}: ${text}`),
    `payload: ${bytesInWords(packet.payload)}`,
    ...(packet.trailer.length > 0 ? [`trailer: ${bytesInWords(packet.trailer)}`] : []),
    ...faults(frame).map((fault) => `fault: ${fault}`),
  ];
}

/** Where two byte runs part, in words; undefined where they do not. */
function differenceOfBytes(name: string, actual: Uint8Array, expected: Uint8Array): string | undefined {
  const length = Math.max(actual.length, expected.length);
  for (let at = 0; at < length; at++) {
    if (actual[at] === expected[at]) continue;
    return `${name} differs from byte ${at} on: ${bytesInWords(actual.subarray(at))}, expected ${bytesInWords(expected.subarray(at))}`;
  }
  return undefined;
}

/**
 * How `actual` differs from `expected`, one line a field; empty means that all bytes are equal. Checksums that are wrong in
 * themselves are named, so that a test's own mistake in an expected field can be told from the program's.
 */
export function differences(actual: Uint8Array, expected: Uint8Array): string[] {
  const was = decode(actual);
  const should = decode(expected);
  const wanted = new Map(fieldsOf(should));
  const seen = new Map(fieldsOf(was));
  const lines: string[] = [];
  for (const name of new Set([...wanted.keys(), ...seen.keys()])) {
    const have = seen.get(name) ?? 'absent';
    const want = wanted.get(name) ?? 'absent';
    if (have !== want) lines.push(`${name} is ${have}, expected ${want}`);
  }
  for (const name of ['payload', 'trailer'] as const) {
    const line = differenceOfBytes(name, was[name], should[name]);
    if (line) lines.push(line);
  }
  // Reserved bits and the like have no field of their own.
  if (lines.length === 0)
    lines.push(...[differenceOfBytes('frame', actual, expected)].filter((line) => line !== undefined));
  if (lines.length > 0) lines.push(...faults(actual).map((fault) => `besides: ${fault}`));
  return lines;
}
