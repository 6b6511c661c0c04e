/**
 * The four places where packets of one session are seen, so that a case can say what it means:
 *
 *     fromClient ──> VIP │ gateway │ toMember   ──> member
 *     toClient   <── VIP │ gateway │ fromMember <── member
 */
import type { Endpoint } from '../support/bytes.js';
import { parseEndpoint } from '../support/bytes.js';
import type { GatewayUnderTest } from '../support/gateway-under-test.js';
import { type Packet, tcp, udp } from '../support/packet.js';
import { mss, type TcpOption } from '../support/tcp-options.js';
import { check } from './check.js';
import { ADDRESS, MAC, wayTo } from './scene.js';

/** The first lease a fresh gateway hands out: the first port of its first local address. */
export const FIRST_LEASE: Endpoint = `${ADDRESS.locals[0]}:1024`;

/** Between whom; what is left out are the scene's own client, VIP and member, and the first lease. */
export interface Ends {
  client: Endpoint;
  vip: Endpoint;
  local: Endpoint;
  member: Endpoint;
}

export const ENDS: Ends = {
  client: `${ADDRESS.client}:40000`,
  vip: `${ADDRESS.vip}:80`,
  local: FIRST_LEASE,
  member: `${ADDRESS.members[0]}:8080`,
};

type Fields<Build extends typeof tcp | typeof udp> = Omit<Parameters<Build>[0], 'from' | 'to' | 'ethernet'>;

/** A packet as it leaves: one hop further. */
function forwarded(packet: Packet): Packet {
  const ipv4 = packet.ipv4!;
  return { ...packet, ipv4: { ...ipv4, ttl: ipv4.ttl - 1 } };
}

function views<Build extends typeof tcp | typeof udp>(build: Build, ends: Ends) {
  const client = wayTo(parseEndpoint(ends.client).host);
  const member = wayTo(parseEndpoint(ends.member).host);
  const make = (fields: Fields<Build>, from: Endpoint, to: Endpoint, source: string, destination: string) =>
    (build as typeof tcp)({ ...(fields as Fields<typeof tcp>), from, to, ethernet: { source, destination } });
  return {
    ends,
    fromClient: (fields: Fields<Build>) => make(fields, ends.client, ends.vip, client.mac, MAC[client.interface]),
    toMember: (fields: Fields<Build>) =>
      forwarded(make(fields, ends.local, ends.member, MAC[member.interface], member.mac)),
    fromMember: (fields: Fields<Build>) => make(fields, ends.member, ends.local, member.mac, MAC[member.interface]),
    toClient: (fields: Fields<Build>) =>
      forwarded(make(fields, ends.vip, ends.client, MAC[client.interface], client.mac)),
    // What the gateway says itself in the name of the other side: it has made no hop yet.
    gatewayToMember: (fields: Fields<Build>) =>
      make(fields, ends.local, ends.member, MAC[member.interface], member.mac),
    gatewayToClient: (fields: Fields<Build>) => make(fields, ends.vip, ends.client, MAC[client.interface], client.mac),
  };
}

/** Packets of a TCP session, by who sends and who gets them; the fields are those of `tcp` in support/packet.ts. */
export const tcpBetween = (ends: Partial<Ends> = {}) => views(tcp, { ...ENDS, ...ends });
export type TcpConversation = ReturnType<typeof tcpBetween>;

/** The same for UDP. */
export const udpBetween = (ends: Partial<Ends> = {}) => views(udp, { ...ENDS, ...ends });
export type UdpConversation = ReturnType<typeof udpBetween>;

/** Initial sequence numbers of handshakes made by `shakeHands`. */
export const CLIENT_ISN = 1000;
export const MEMBER_ISN = 5000;

export interface HandshakeOptions {
  /** Options of the SYN and of the SYN-ACK, as sent; an MSS of 1460 by default. */
  options?: TcpOption[];
  clientIsn?: number;
  memberIsn?: number;
}

/**
 * SYN, SYN-ACK, ACK: leaves the session established. Only asserts that all three are forwarded; the cases about handshakes look closer.
 */
export async function shakeHands(
  gateway: GatewayUnderTest,
  conversation: TcpConversation,
  { options = [mss(1460)], clientIsn = CLIENT_ISN, memberIsn = MEMBER_ISN }: HandshakeOptions = {},
): Promise<void> {
  const { fromClient, fromMember } = conversation;
  const next = (isn: number) => (isn + 1) >>> 0;
  await check(gateway, fromClient({ flags: 'SYN', seq: clientIsn, options }), { outcome: 'forward' });
  const answer = fromMember({ flags: 'SYN ACK', seq: memberIsn, ack: next(clientIsn), options });
  await check(gateway, answer, { outcome: 'forward' });
  const last = fromClient({ flags: 'ACK', seq: next(clientIsn), ack: next(memberIsn) });
  await check(gateway, last, { outcome: 'forward' });
}
