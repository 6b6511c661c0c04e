/** How sessions begin, for cases that are about what comes after. */
import type { Endpoint } from '../support/bytes.js';
import { parseEndpoint } from '../support/bytes.js';
import type { ListenerOptions } from '../support/gateway-configuration.js';
import type { GatewayUnderTest } from '../support/gateway-under-test.js';
import type { Packet } from '../support/packet.js';
import { check } from './check.js';
import {
  type Ends,
  shakeHands,
  type TcpConversation,
  tcpBetween,
  type UdpConversation,
  udpBetween,
} from './conversation.js';
import { leaseOf } from './readings.js';

/** Configures a listener and finishes the handshake of its first session. */
export async function openTcp(
  gateway: GatewayUnderTest,
  listener: Partial<ListenerOptions> = {},
  ends: Partial<Ends> = {},
): Promise<TcpConversation> {
  const conversation = tcpBetween(ends);
  gateway.configuration.listener({ vip: conversation.ends.vip, members: [conversation.ends.member], ...listener });
  await shakeHands(gateway, conversation);
  return conversation;
}

/** Configures a UDP listener and sends the first datagram of its first session. */
export async function openUdp(
  gateway: GatewayUnderTest,
  listener: Partial<ListenerOptions> = {},
  ends: Partial<Ends> = {},
): Promise<UdpConversation> {
  const conversation = udpBetween(ends);
  const { vip, member } = conversation.ends;
  gateway.configuration.listener({ vip, transport: 'udp', members: [member], ...listener });
  await check(gateway, conversation.fromClient({ payload: 'first' }), { outcome: 'forward' });
  return conversation;
}

/** Another session of a listener that is there, from whatever lease it gets; past its handshake. */
export async function joinTcp(gateway: GatewayUnderTest, ends: Partial<Ends>): Promise<TcpConversation> {
  const syn = tcpBetween(ends).fromClient({ flags: 'SYN', seq: 1 });
  const conversation = tcpBetween({ ...ends, local: leaseOf(await check(gateway, syn, { outcome: 'forward' })) });
  await shakeHands(gateway, conversation);
  return conversation;
}

/** The same for UDP. */
export async function joinUdp(gateway: GatewayUnderTest, ends: Partial<Ends>): Promise<UdpConversation> {
  const first = udpBetween(ends).fromClient({ payload: 'first' });
  return udpBetween({ ...ends, local: leaseOf(await check(gateway, first, { outcome: 'forward' })) });
}

/** The packet between other ends, with checksums that fit them: what the kernel gets to forward itself, its hop not yet made. */
export function readdressed(packet: Packet, from: Endpoint, to: Endpoint): Packet {
  const [source, destination] = [parseEndpoint(from), parseEndpoint(to)];
  const ports = { sourcePort: source.port, destinationPort: destination.port };
  return {
    ...packet,
    ipv4: { ...packet.ipv4!, source: source.host, destination: destination.host },
    ...(packet.tcp ? { tcp: { ...packet.tcp, ...ports } } : {}),
    ...(packet.udp ? { udp: { ...packet.udp, ...ports } } : {}),
  };
}
