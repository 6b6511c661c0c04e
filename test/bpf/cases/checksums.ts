/**
 * Checksums are changed by differences, never computed anew: what was right comes out as if computed anew, what was wrong stays
 * wrong by as much, so that the receiver still notices.
 */
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import { encode, type Packet } from '../../support/packet.js';
import { decode } from '../../support/packet-decode.js';
import { Random } from '../../support/random.js';
import { nop, timestamps, toa } from '../../support/tcp-options.js';
import { joinTcp, joinUdp, openTcp, openUdp } from '../beginnings.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';

type Layer = 'ipv4' | 'tcp' | 'udp';

/** A header's checksum as computed anew over the whole packet. */
const computed = (packet: Packet, layer: Layer): number => decode(encode(packet))[layer]!.checksum!;

/** The packet with a checksum of the test's own. */
const withChecksum = (packet: Packet, layer: Layer, checksum: number): Packet => ({
  ...packet,
  [layer]: { ...packet[layer]!, checksum },
});

/** The packet with a checksum that is wrong by `error`, in one's complement. */
function wrongBy(error: number, packet: Packet, layer: Layer): Packet {
  const sum = computed(packet, layer) + error;
  return withChecksum(packet, layer, (sum & 0xffff) + (sum >>> 16));
}

/** Payload that brings the checksum to 0: the checksum itself, where the payload was zero before. */
const payloadForZero = (build: (fields: { payload: Uint8Array }) => Packet, layer: Layer): Uint8Array => {
  const word = computed(build({ payload: new Uint8Array(2) }), layer);
  return Uint8Array.of(word >>> 8, word & 0xff);
};

const RANDOM_SESSIONS = 20;
const PACKETS_PER_SESSION = 16;

const randomClient = (random: Random) =>
  `198.19.${random.between(0, 255)}.${random.between(0, 255)}:${random.between(1, 65535)}`;

const randomIp = (random: Random) => ({
  tos: random.between(0, 255),
  identification: random.between(0, 0xffff),
  ttl: random.between(2, 255),
  dontFragment: random.chance(50),
});

/** Random sequence numbers, flags, options and payload of an established TCP session. */
const randomSegment = (random: Random) => ({
  seq: random.uint32(),
  ack: random.uint32(),
  flags: random.pick(['ACK', 'PSH ACK', 'PSH ACK URG', 'ECE ACK']),
  window: random.between(0, 0xffff),
  urgent: random.between(0, 0xffff),
  options: random.chance(50) ? [nop, nop, timestamps(random.uint32(), random.uint32())] : [],
  payload: random.bytes(random.between(0, 1400)),
  ip: randomIp(random),
});

const RANDOM_PACKETS: readonly Case[] = [
  {
    sentence: 'checksums of random TCP segments come out as computed anew, in both directions',
    run: async (gateway) => {
      const random = new Random(6);
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      for (let count = 0; count < RANDOM_SESSIONS; count++) {
        const { fromClient, toMember, fromMember, toClient } = await joinTcp(gateway, { client: randomClient(random) });
        for (let packets = 0; packets < PACKETS_PER_SESSION; packets++) {
          const [up, down] = [randomSegment(random), randomSegment(random)];
          await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up) });
          await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
        }
      }
    },
  },
  {
    sentence: 'checksums of random UDP datagrams come out as computed anew, in both directions',
    run: async (gateway) => {
      const random = new Random(17);
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: [ENDS.member] });
      for (let count = 0; count < RANDOM_SESSIONS; count++) {
        const { fromClient, toMember, fromMember, toClient } = await joinUdp(gateway, { client: randomClient(random) });
        for (let packets = 0; packets < PACKETS_PER_SESSION; packets++) {
          const datagram = { payload: random.bytes(random.between(0, 1400)), ip: randomIp(random) };
          await check(gateway, fromClient(datagram), { outcome: 'forward', frame: toMember(datagram) });
          await check(gateway, fromMember(datagram), { outcome: 'forward', frame: toClient(datagram) });
        }
      }
    },
  },
  {
    sentence: 'payloads of every length from 0 to 33 bytes keep their checksums right, with and without TOA in front',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway, { toa: true });
      const datagrams = await openUdp(gateway);
      for (let length = 0; length <= 33; length++) {
        const payload = new Random(length).bytes(length);
        const up = { ...CLIENT_NEXT, payload };
        await check(gateway, fromClient(up), {
          outcome: 'forward',
          frame: toMember({ ...up, options: [toa(ENDS.client)] }),
        });
        const down = { ...MEMBER_NEXT, payload };
        await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
        const frame = datagrams.toMember({ payload });
        await check(gateway, datagrams.fromClient({ payload }), { outcome: 'forward', frame });
      }
    },
  },
];

const ODD_BUT_VALID: readonly Case[] = [
  {
    sentence: 'a TCP checksum of 0xffff, which is as right as 0, leaves as computed anew',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      const up = {
        ...CLIENT_NEXT,
        payload: payloadForZero((fields) => fromClient({ ...CLIENT_NEXT, ...fields }), 'tcp'),
      };
      equal('checksum computed', computed(fromClient(up), 'tcp'), 0);
      for (const checksum of [0, 0xffff])
        await check(gateway, fromClient({ ...up, checksum }), { outcome: 'forward', frame: toMember(up) });
      const down = {
        ...MEMBER_NEXT,
        payload: payloadForZero((fields) => fromMember({ ...MEMBER_NEXT, ...fields }), 'tcp'),
      };
      for (const checksum of [0, 0xffff])
        await check(gateway, fromMember({ ...down, checksum }), { outcome: 'forward', frame: toClient(down) });
    },
  },
  {
    sentence: 'a TCP checksum that comes out as 0 is sent as 0',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      const up = {
        ...CLIENT_NEXT,
        payload: payloadForZero((fields) => toMember({ ...CLIENT_NEXT, ...fields }), 'tcp'),
      };
      await check(gateway, fromClient(up), { outcome: 'forward', frame: withChecksum(toMember(up), 'tcp', 0) });
      const down = {
        ...MEMBER_NEXT,
        payload: payloadForZero((fields) => toClient({ ...MEMBER_NEXT, ...fields }), 'tcp'),
      };
      await check(gateway, fromMember(down), { outcome: 'forward', frame: withChecksum(toClient(down), 'tcp', 0) });
    },
  },
  {
    sentence: 'an IP checksum of 0 and one of 0xffff leave as computed anew, and a computed 0 as 0',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway);
      const segment = (identification: number) => ({ ...CLIENT_NEXT, ip: { identification } });
      // As with payloads: the checksum of the header without identification is the identification that makes it 0.
      const arrivesZero = segment(computed(fromClient(segment(0)), 'ipv4'));
      for (const checksum of [0, 0xffff]) {
        const packet = withChecksum(fromClient(arrivesZero), 'ipv4', checksum);
        await check(gateway, packet, { outcome: 'forward', frame: toMember(arrivesZero) });
      }
      const leavesZero = segment(computed(toMember(segment(0)), 'ipv4'));
      const frame = withChecksum(toMember(leavesZero), 'ipv4', 0);
      await check(gateway, fromClient(leavesZero), { outcome: 'forward', frame });
    },
  },
  {
    sentence: 'a UDP checksum of 0 says that there is none and stays 0 in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openUdp(gateway);
      const datagram = { payload: 'unchecked', checksum: 0 };
      await check(gateway, fromClient(datagram), { outcome: 'forward', frame: toMember(datagram) });
      await check(gateway, fromMember(datagram), { outcome: 'forward', frame: toClient(datagram) });
    },
  },
  {
    sentence: 'a UDP checksum that comes out as 0 is sent as 0xffff in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openUdp(gateway);
      const up = { payload: payloadForZero(toMember, 'udp') };
      await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember({ ...up, checksum: 0xffff }) });
      const down = { payload: payloadForZero(toClient, 'udp') };
      await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient({ ...down, checksum: 0xffff }) });
    },
  },
  {
    sentence: 'a UDP checksum that arrives as 0xffff leaves as computed anew in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openUdp(gateway);
      const up = { payload: payloadForZero(fromClient, 'udp') };
      equal('checksum sent', computed(fromClient(up), 'udp'), 0xffff);
      await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up) });
      const down = { payload: payloadForZero(fromMember, 'udp') };
      await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
    },
  },
];

const ERRORS = [1, 0x00ff, 0x0100, 0x8000, 0xbeef, 0xfffe];

async function checkWrong(
  gateway: GatewayUnderTest,
  [packet, frame]: readonly [sent: Packet, expected: Packet],
  layer: Layer,
): Promise<void> {
  for (const error of ERRORS)
    await check(gateway, wrongBy(error, packet, layer), { outcome: 'forward', frame: wrongBy(error, frame, layer) });
}

const WRONG: readonly Case[] = [
  {
    sentence: 'a wrong TCP checksum is not repaired: it stays wrong by as much in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      const [up, down] = [
        { ...CLIENT_NEXT, payload: 'damaged' },
        { ...MEMBER_NEXT, payload: 'damaged' },
      ];
      await checkWrong(gateway, [fromClient(up), toMember(up)], 'tcp');
      await checkWrong(gateway, [fromMember(down), toClient(down)], 'tcp');
    },
  },
  {
    sentence: 'a wrong UDP checksum is not repaired: it stays wrong by as much in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openUdp(gateway);
      const datagram = { payload: 'damaged' };
      await checkWrong(gateway, [fromClient(datagram), toMember(datagram)], 'udp');
      await checkWrong(gateway, [fromMember(datagram), toClient(datagram)], 'udp');
    },
  },
  {
    sentence: 'a wrong IP checksum is not repaired: it stays wrong by as much in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      await checkWrong(gateway, [fromClient(CLIENT_NEXT), toMember(CLIENT_NEXT)], 'ipv4');
      await checkWrong(gateway, [fromMember(MEMBER_NEXT), toClient(MEMBER_NEXT)], 'ipv4');
    },
  },
  {
    sentence: 'a wrong TCP checksum stays wrong by as much where TOA is inserted, also into a full header',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      const told = toa(ENDS.client);
      for (const [options, expected] of [
        [[], [told]],
        [Array(40).fill(nop), [told]],
      ]) {
        const sent = fromClient({ ...CLIENT_NEXT, options: options! });
        await checkWrong(gateway, [sent, toMember({ ...CLIENT_NEXT, options: expected! })], 'tcp');
        await checkWrong(gateway, [sent, toMember({ ...CLIENT_NEXT, options: expected! })], 'ipv4');
      }
    },
  },
];

const PADDING: readonly Case[] = [
  {
    sentence: 'Ethernet padding stays in the frame and out of every checksum, whatever it holds',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      for (const length of [1, 6]) {
        const trailer = new Uint8Array(length).fill(0xee);
        const [up, down] = [
          { ...CLIENT_NEXT, trailer },
          { ...MEMBER_NEXT, trailer },
        ];
        await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up) });
        await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
      }
    },
  },
  {
    sentence: 'padding of a datagram stays in the frame and out of its checksum',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openUdp(gateway);
      const padded = { payload: 'odd', trailer: new Uint8Array(15).fill(0xee) };
      await check(gateway, fromClient(padded), { outcome: 'forward', frame: toMember(padded) });
      await check(gateway, fromMember(padded), { outcome: 'forward', frame: toClient(padded) });
    },
  },
  {
    sentence: 'padding stays behind the packet where TOA goes in front',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      const padded = { ...CLIENT_NEXT, trailer: new Uint8Array(6).fill(0xee) };
      const frame = toMember({ ...padded, options: [toa(ENDS.client)] });
      await check(gateway, fromClient(padded), { outcome: 'forward', frame });
    },
  },
  {
    sentence: 'a SYN padded to the shortest Ethernet frame begins a session and keeps its padding',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, toMember } = tcpBetween();
      const syn = { flags: 'SYN', seq: 1, trailer: new Uint8Array(6).fill(0xee) };
      await check(gateway, fromClient(syn), { outcome: 'forward', frame: toMember(syn) });
    },
  },
];

export const CHECKSUM_CASES: readonly Case[] = [...RANDOM_PACKETS, ...ODD_BUT_VALID, ...WRONG, ...PADDING];
