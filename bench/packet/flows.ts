/** Flows and frames of the packet contests: addresses, templates, session rows. */
import { type Flow4, flow4, type Session4Input, SessionBit, session4 } from '#sluice/datapath/layouts.js';

/** First addresses; sessions beyond PORTS take the next ones. */
export const CLIENTS = '198.18.64.0';
export const LOCALS = '198.19.200.0';
export const VIP = '198.18.200.1';
export const VIP_PORT = 80;
/** Of the listener with access list and limits. */
export const GUARDED_PORT = 81;
/** The lab's first backend. */
export const MEMBER = '198.19.1.2';
export const MEMBER_PORT = 8080;

/** Ports that flows take from one address, from FIRST_PORT on: a power of two. */
export const PORTS = 256;
export const FIRST_PORT = 1024;

/** Ethernet, IPv4, TCP with 20 bytes of options (as a SYN of Linux) or with 12 and a payload of 8. */
export const FRAME_LENGTH = 74;

export const TCP = 6;
export const UDP = 17;

const SYN = 0x02;
const ACK = 0x10;
const NOP_NOP_TIMESTAMPS = [1, 1, 8, 10];
const SYN_OPTIONS = [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7];

/** Acknowledgment number that makes a packet of an established session carry TOA. */
export const TOA_ACK = 77;
const OTHER_ACK = 5;

/** Idle timeout of the sessions, s. */
const IDLE = 900;

export interface FrameOptions {
  source: string;
  destination: string;
  sourcePort?: number;
  destinationPort?: number;
  protocol: number;
  kind?: 'segment' | 'toa' | 'syn';
}

export function ipv4(text: string): number {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

/** A frame of FRAME_LENGTH bytes. Its checksums are arbitrary: the gateway only adds differences to them. */
export function frame(options: FrameOptions): Uint8Array {
  const bytes = new Uint8Array(FRAME_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint16(16, FRAME_LENGTH - 14);
  view.setUint8(22, 64);
  view.setUint8(23, options.protocol);
  view.setUint32(26, ipv4(options.source));
  view.setUint32(30, ipv4(options.destination));
  view.setUint16(34, options.sourcePort ?? 0);
  view.setUint16(36, options.destinationPort ?? 0);
  if (options.protocol === UDP) {
    view.setUint16(38, FRAME_LENGTH - 34);
    view.setUint16(40, 0x1234);
    return bytes;
  }
  const syn = options.kind === 'syn';
  view.setUint32(42, syn ? 0 : options.kind === 'toa' ? TOA_ACK : OTHER_ACK);
  view.setUint8(46, (syn ? 10 : 8) << 4);
  view.setUint8(47, syn ? SYN : ACK);
  bytes.set(syn ? SYN_OPTIONS : NOP_NOP_TIMESTAMPS, 54);
  return bytes;
}

/** A listener of the bench: how its sessions count. */
export interface SessionsOf {
  protocol: number;
  port: number;
  /** Index of its account. */
  account: number;
  /** It has a bandwidth peak. */
  metered: boolean;
}

/** Both rows of `count` established sessions from number `first` on, as a batch for the session table. */
export function sessionRows(first: number, count: number, of: SessionsOf): { keys: Uint8Array; values: Uint8Array } {
  const keys = new DataView(new ArrayBuffer(2 * count * flow4.size));
  const values = new DataView(new ArrayBuffer(2 * count * session4.size));
  for (let row = 0; row < count; row++) {
    const { forward, reverse } = sessionOf(first + row, of);
    flow4.write(keys, 2 * row * flow4.size, forward.key);
    session4.write(values, 2 * row * session4.size, forward.row);
    flow4.write(keys, (2 * row + 1) * flow4.size, reverse.key);
    session4.write(values, (2 * row + 1) * session4.size, reverse.row);
  }
  return { keys: new Uint8Array(keys.buffer), values: new Uint8Array(values.buffer) };
}

/** Next hops are left to the first packet: the gateway asks for them in the passes that warm up. */
function sessionOf(number: number, { protocol, port: vipPort, account, metered }: SessionsOf) {
  const host = Math.floor(number / PORTS);
  const port = FIRST_PORT + (number % PORTS);
  const client = { address: ipv4(CLIENTS) + host, port };
  const vip = { address: ipv4(VIP), port: vipPort };
  const local = { address: ipv4(LOCALS) + host, port };
  const member = { address: ipv4(MEMBER), port: MEMBER_PORT };
  const timeout = IDLE << SessionBit.IDLE_SHIFT;
  const toa = protocol === TCP ? SessionBit.TOA : 0;
  const common = SessionBit.ANSWERED | (metered ? SessionBit.METERED : 0);
  return {
    forward: {
      key: key(client, vip, protocol),
      row: { ...row(local, member), account, state: common | toa | timeout, toa_ack: TOA_ACK },
    },
    reverse: {
      key: key(member, local, protocol),
      row: { ...row(vip, client), account, state: common | SessionBit.REVERSE },
    },
  };
}

interface End {
  address: number;
  port: number;
}

function key(source: End, destination: End, protocol: number): Flow4 {
  return {
    saddr: source.address,
    daddr: destination.address,
    sport: source.port,
    dport: destination.port,
    protocol,
  };
}

function row(source: End, destination: End): Session4Input {
  return {
    saddr: source.address,
    daddr: destination.address,
    sport: source.port,
    dport: destination.port,
    ip_delta: 0,
    l4_delta: 0,
    dmac: new Uint8Array(6),
    smac: new Uint8Array(6),
    ifindex: 0,
    seen: 0,
    state: 0,
    target: 0,
    account: 0,
    ack: 0,
    packets: 0,
    bytes: 0n,
  };
}
