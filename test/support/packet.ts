/**
 * Frames for tests: built from named fields, with every length and checksum computed unless a test states its own.
 *
 *     encode(tcp({ from: '198.18.0.2:40000', to: '198.18.1.1:80', flags: 'SYN', seq: 1000, options: [mss(1460)] }))
 *
 * packet-decode.ts reads frames back, packet-words.ts says in words what they hold and how two of them differ.
 */
import { checksum, concatenate, type Endpoint, parseEndpoint, parseIpv4, parseMac, uint16, uint32 } from './bytes.js';
import { encodeOptions, type TcpOption } from './tcp-options.js';

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd } as const;
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

export interface Ethernet {
  destination: string;
  source: string;
  type: number;
}

/** Fields marked "computed" come out right when absent; a number there is written as it is. */
export interface Ipv4 {
  source: string;
  destination: string;
  protocol: number;
  ttl: number;
  /** Type of service: DSCP and ECN, 8 bits. */
  tos: number;
  identification: number;
  dontFragment: boolean;
  moreFragments: boolean;
  /** Where a fragment's payload belongs, bytes (a multiple of 8). */
  fragmentOffset: number;
  options: Uint8Array;
  /** Version and header length byte; computed: 0x45 without options. */
  versionAndLength?: number;
  /** Header and payload, bytes; computed. */
  totalLength?: number;
  /** Computed. */
  checksum?: number;
}

export interface Tcp {
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack: number;
  /** Names separated by spaces, in the order FIN SYN RST PSH ACK URG ECE CWR when decoded; any order when built. */
  flags: string;
  window: number;
  urgent: number;
  options: TcpOption[];
  /** Header length, 32-bit words; computed. */
  headerWords?: number;
  /** Computed. */
  checksum?: number;
}

export interface Udp {
  sourcePort: number;
  destinationPort: number;
  /** Header and payload, bytes; computed. */
  length?: number;
  /** Computed; 0 says that there is none. */
  checksum?: number;
}

export interface Icmp {
  type: number;
  code: number;
  /** The second word of the header: identifier and sequence of an echo, MTU of frag-needed. */
  rest: number;
  /** Computed. */
  checksum?: number;
}

export interface Arp {
  /** 1: request, 2: reply. */
  operation: number;
  senderMac: string;
  sender: string;
  targetMac: string;
  target: string;
}

/** A frame, layer by layer. `payload` is what follows the last header present. */
export interface Packet {
  ethernet: Ethernet;
  ipv4?: Ipv4;
  tcp?: Tcp;
  udp?: Udp;
  icmp?: Icmp;
  arp?: Arp;
  payload: Uint8Array;
  /** What follows the IP packet in the frame: Ethernet padding. */
  trailer: Uint8Array;
}

const FLAG_BITS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

export const formatFlags = (bits: number): string => FLAG_BITS.filter((_, index) => bits & (1 << index)).join(' ');

export function parseFlags(flags: string): number {
  return flags
    .split(' ')
    .filter((name) => name !== '')
    .reduce((bits, name) => {
      const index = FLAG_BITS.indexOf(name);
      if (index < 0) throw new Error(`no TCP flag is called ${name}; there are ${FLAG_BITS.join(' ')}`);
      return bits | (1 << index);
    }, 0);
}

interface Common {
  from: Endpoint;
  to: Endpoint;
  payload?: Uint8Array | string;
  trailer?: Uint8Array;
  ip?: Partial<Ipv4>;
  ethernet?: Partial<Ethernet>;
}

const NO_MAC = '00:00:00:00:00:00';

function bytesOf(payload: Uint8Array | string = ''): Uint8Array {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
}

/** An IPv4 packet of any protocol; `from` and `to` are plain addresses. */
export function ip(fields: Common & { protocol: number }): Packet {
  return {
    ethernet: { destination: NO_MAC, source: NO_MAC, type: ETHERTYPE.ipv4, ...fields.ethernet },
    ipv4: {
      source: fields.from,
      destination: fields.to,
      protocol: fields.protocol,
      ttl: 64,
      tos: 0,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      options: new Uint8Array(),
      ...fields.ip,
    },
    payload: bytesOf(fields.payload),
    trailer: fields.trailer ?? new Uint8Array(),
  };
}

function between(fields: Common, protocol: number): { packet: Packet; sourcePort: number; destinationPort: number } {
  const source = parseEndpoint(fields.from);
  const destination = parseEndpoint(fields.to);
  const packet = ip({ ...fields, from: source.host, to: destination.host, protocol });
  return { packet, sourcePort: source.port, destinationPort: destination.port };
}

export function tcp(fields: Common & Partial<Omit<Tcp, 'sourcePort' | 'destinationPort'>>): Packet {
  const { packet, sourcePort, destinationPort } = between(fields, PROTOCOL.tcp);
  const { seq = 0, ack = 0, flags = 'ACK', window = 64240, urgent = 0, options = [] } = fields;
  const header: Tcp = { sourcePort, destinationPort, seq, ack, flags, window, urgent, options };
  if (fields.headerWords !== undefined) header.headerWords = fields.headerWords;
  if (fields.checksum !== undefined) header.checksum = fields.checksum;
  return { ...packet, tcp: header };
}

export function udp(fields: Common & Partial<Omit<Udp, 'sourcePort' | 'destinationPort'>>): Packet {
  const { packet, sourcePort, destinationPort } = between(fields, PROTOCOL.udp);
  const header: Udp = { sourcePort, destinationPort };
  if (fields.length !== undefined) header.length = fields.length;
  if (fields.checksum !== undefined) header.checksum = fields.checksum;
  return { ...packet, udp: header };
}

/** `from` and `to` are plain addresses; an error quotes `encode(packet).subarray(14, ...)` of the packet it is about. */
export function icmp(fields: Common & Partial<Icmp>): Packet {
  const { type = 8, code = 0, rest = 0 } = fields;
  const header: Icmp = { type, code, rest };
  if (fields.checksum !== undefined) header.checksum = fields.checksum;
  return { ...ip({ ...fields, protocol: PROTOCOL.icmp }), icmp: header };
}

export function arp(fields: Arp & { ethernet?: Partial<Ethernet>; trailer?: Uint8Array }): Packet {
  const { ethernet, trailer = new Uint8Array(), ...body } = fields;
  return {
    ethernet: { destination: body.targetMac, source: body.senderMac, type: ETHERTYPE.arp, ...ethernet },
    arp: body,
    payload: new Uint8Array(),
    trailer,
  };
}

/** A frame of any other kind. */
export function frame(ethernet: Ethernet, payload: Uint8Array | string): Packet {
  return { ethernet, payload: bytesOf(payload), trailer: new Uint8Array() };
}

/** The frame's bytes, from the Ethernet header on, without frame check sequence. */
export function encode(packet: Packet): Uint8Array {
  const { ethernet } = packet;
  return concatenate(
    parseMac(ethernet.destination),
    parseMac(ethernet.source),
    uint16(ethernet.type),
    packet.arp ? encodeArp(packet.arp) : packet.ipv4 ? encodeIpv4(packet.ipv4, packet) : packet.payload,
    packet.trailer,
  );
}

function encodeArp(fields: Arp): Uint8Array {
  const ethernetAndIpv4 = [...uint16(1), ...uint16(ETHERTYPE.ipv4), 6, 4];
  return concatenate(
    ethernetAndIpv4,
    uint16(fields.operation),
    parseMac(fields.senderMac),
    parseIpv4(fields.sender),
    parseMac(fields.targetMac),
    parseIpv4(fields.target),
  );
}

function encodeIpv4(fields: Ipv4, packet: Packet): Uint8Array {
  const body = encodeTransport(fields, packet);
  const headerLength = 20 + fields.options.length;
  const fragment =
    (fields.dontFragment ? 0x4000 : 0) | (fields.moreFragments ? 0x2000 : 0) | (fields.fragmentOffset >>> 3);
  const header = concatenate(
    [fields.versionAndLength ?? 0x40 | (headerLength / 4), fields.tos],
    uint16(fields.totalLength ?? headerLength + body.length),
    uint16(fields.identification),
    uint16(fragment),
    [fields.ttl, fields.protocol, 0, 0],
    parseIpv4(fields.source),
    parseIpv4(fields.destination),
    fields.options,
  );
  header.set(uint16(fields.checksum ?? checksum(header)), 10);
  return concatenate(header, body);
}

function encodeTransport(fields: Ipv4, packet: Packet): Uint8Array {
  if (packet.tcp) return encodeTcp(packet.tcp, fields, packet.payload);
  if (packet.udp) return encodeUdp(packet.udp, fields, packet.payload);
  if (packet.icmp) return encodeIcmp(packet.icmp, packet.payload);
  return packet.payload;
}

/** What TCP and UDP checksums cover besides the segment itself. */
export function pseudoHeader(fields: Pick<Ipv4, 'source' | 'destination' | 'protocol'>, length: number): Uint8Array {
  return concatenate(parseIpv4(fields.source), parseIpv4(fields.destination), [0, fields.protocol], uint16(length));
}

function encodeTcp(fields: Tcp, ipv4: Ipv4, payload: Uint8Array): Uint8Array {
  const options = encodeOptions(fields.options);
  const segment = concatenate(
    uint16(fields.sourcePort),
    uint16(fields.destinationPort),
    uint32(fields.seq),
    uint32(fields.ack),
    [((fields.headerWords ?? 5 + options.length / 4) & 0xf) << 4, parseFlags(fields.flags)],
    uint16(fields.window),
    [0, 0],
    uint16(fields.urgent),
    options,
    payload,
  );
  segment.set(uint16(fields.checksum ?? checksum(pseudoHeader(ipv4, segment.length), segment)), 16);
  return segment;
}

function encodeUdp(fields: Udp, ipv4: Ipv4, payload: Uint8Array): Uint8Array {
  const datagram = concatenate(
    uint16(fields.sourcePort),
    uint16(fields.destinationPort),
    uint16(fields.length ?? 8 + payload.length),
    [0, 0],
    payload,
  );
  // A computed 0 goes out as 0xffff, since 0 says "no checksum" (RFC 768).
  const computed = checksum(pseudoHeader(ipv4, datagram.length), datagram) || 0xffff;
  datagram.set(uint16(fields.checksum ?? computed), 6);
  return datagram;
}

function encodeIcmp(fields: Icmp, payload: Uint8Array): Uint8Array {
  const message = concatenate([fields.type, fields.code, 0, 0], uint32(fields.rest), payload);
  message.set(uint16(fields.checksum ?? checksum(message)), 2);
  return message;
}
