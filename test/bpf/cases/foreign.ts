/** DATAPLANE 11 and 12: what is not the gateway's passes byte for byte; what is, and cannot be balanced, is dropped by name. */
import { AddressBit } from '../../../src/datapath/layouts.js';
import { concatenate } from '../../support/bytes.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import { ETHERTYPE, encode, frame, icmp, ip, type Packet, PROTOCOL, tcp, udp } from '../../support/packet.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, FIRST_LEASE, shakeHands, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';
import { nothingLeft } from '../readings.js';
import { ADDRESS, MAC } from '../scene.js';

const ETHERNET = { source: MAC.client, destination: MAC.front };
const LOCAL = ADDRESS.locals[0];
const STRANGER = ADDRESS.stranger;

/** TCP and UDP on the VIP's port 80. */
function listeners(gateway: GatewayUnderTest): void {
  for (const transport of ['tcp', 'udp'] as const)
    gateway.configuration.listener({ vip: ENDS.vip, transport, members: [ENDS.member] });
}

type Fields<Build extends typeof tcp | typeof udp> = Omit<Parameters<Build>[0], 'from' | 'to'>;
const syn = (host: string, fields: Fields<typeof tcp> = {}) =>
  tcp({ flags: 'SYN', seq: 1, ethernet: ETHERNET, ...fields, from: ENDS.client, to: `${host}:80` });
const datagram = (host: string, fields: Fields<typeof udp> = {}) =>
  udp({ payload: 'hello', ethernet: ETHERNET, ...fields, from: ENDS.client, to: `${host}:80` });

/** The frame up to a byte of its IP packet; what is cut off is still announced. */
const cut = (packet: Packet, length: number) => frame(packet.ethernet, encode(packet).subarray(14, 14 + length));

/** Dropped by this name when for a VIP or a local address, passed untouched when for somebody else. */
async function oursOnly(gateway: GatewayUnderTest, outcome: string, make: (host: string) => Packet): Promise<void> {
  listeners(gateway);
  for (const host of [ADDRESS.vip, LOCAL]) await check(gateway, make(host), { outcome, events: [] });
  await check(gateway, make(STRANGER), { outcome: 'pass_not_ours', events: [] });
  await nothingLeft(gateway);
}

/** Headers that contradict themselves or the frame, each with the word for it in the sentence. */
const MALFORMED: [what: string, make: (host: string) => Packet][] = [
  ['a TCP header that the frame cuts off', (host) => cut(syn(host), 39)],
  ['a TCP header that the IP packet cuts off', (host) => syn(host, { ip: { totalLength: 39 } })],
  ['a TCP header of less than five words', (host) => syn(host, { headerWords: 4 })],
  ['a TCP header longer than its packet', (host) => syn(host, { headerWords: 6 })],
  ['a UDP header that the frame cuts off', (host) => cut(datagram(host), 27)],
  ['a UDP header that the IP packet cuts off', (host) => datagram(host, { ip: { totalLength: 27 } })],
  ['an IP packet longer than its frame', (host) => syn(host, { ip: { totalLength: 41 } })],
  ['an IP packet shorter than its header', (host) => syn(host, { ip: { totalLength: 19 } })],
  ['an IP header of less than five words', (host) => syn(host, { ip: { versionAndLength: 0x44 } })],
  ['an IP version that is not the Ethernet type’s', (host) => syn(host, { ip: { versionAndLength: 0x65 } })],
];

const FRAGMENTS: [what: string, make: (host: string) => Packet][] = [
  ['the first fragment of a segment', (host) => syn(host, { ip: { dontFragment: false, moreFragments: true } })],
  ['the first fragment of a datagram', (host) => datagram(host, { ip: { dontFragment: false, moreFragments: true } })],
  ...[PROTOCOL.tcp, PROTOCOL.udp].map((protocol): (typeof FRAGMENTS)[number] => [
    `a later fragment of protocol ${protocol}`,
    (host) => {
      const fields = { dontFragment: false, fragmentOffset: 1480 };
      return ip({ protocol, from: ADDRESS.client, to: host, ip: fields, payload: 'tail', ethernet: ETHERNET });
    },
  ]),
];

export const FOREIGN_CASES: readonly Case[] = [
  {
    sentence: 'other protocols than TCP and UDP pass untouched, also to a VIP or local address',
    run: async (gateway) => {
      listeners(gateway);
      for (const to of [ADDRESS.vip, LOCAL, STRANGER]) {
        const fields = { from: ADDRESS.client, to, ethernet: ETHERNET };
        await check(gateway, icmp({ ...fields, payload: 'ping' }), { outcome: 'pass_not_ours' });
        await check(gateway, ip({ ...fields, protocol: 47, payload: 'GRE' }), { outcome: 'pass_not_ours' });
      }
    },
  },
  {
    sentence: 'IPv6, VLAN tags and other Ethernet types pass untouched, whatever is in them',
    run: async (gateway) => {
      listeners(gateway);
      const inner = encode(syn(ADDRESS.vip)).subarray(14);
      const bodies: [type: number, body: Uint8Array][] = [
        [ETHERTYPE.ipv6, inner],
        [ETHERTYPE.vlan, concatenate([0, 5, 0x08, 0x00], inner)],
        [0x88cc, new Uint8Array(46)],
      ];
      for (const [type, body] of bodies)
        await check(gateway, frame({ ...ETHERNET, type }, body), { outcome: 'pass_not_ip' });
    },
  },
  {
    sentence: 'a frame too short for an IP header passes untouched',
    run: async (gateway) => {
      listeners(gateway);
      for (const length of [0, 1, 19]) await check(gateway, cut(syn(ADDRESS.vip), length), { outcome: 'pass_not_ip' });
    },
  },
  {
    sentence: 'other ports of a VIP that an interface has are the host’s: their packets pass untouched',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: [ENDS.member] });
      gateway.configuration.address(ADDRESS.vip, AddressBit.VIP);
      for (const flags of ['SYN', 'ACK', 'RST'])
        await check(gateway, syn(ADDRESS.vip, { flags }), { outcome: 'pass_not_ours' });
      const other = udp({ from: ENDS.client, to: `${ADDRESS.vip}:81`, ethernet: ETHERNET });
      await check(gateway, other, { outcome: 'pass_not_ours' });
    },
  },
  {
    sentence: 'what a stranger gets or sends passes untouched, padding included',
    run: async (gateway) => {
      listeners(gateway);
      const trailer = new Uint8Array(6).fill(0x55);
      for (const flags of ['SYN', 'SYN ACK', 'FIN ACK', 'RST', ''])
        await check(gateway, syn(STRANGER, { flags, trailer }), { outcome: 'pass_not_ours' });
      await check(gateway, datagram(STRANGER, { checksum: 0 }), { outcome: 'pass_not_ours' });
      const back = { source: MAC.members, destination: MAC.back };
      const answer = tcp({ from: ENDS.member, to: `${STRANGER}:1024`, ethernet: back });
      await check(gateway, answer, { outcome: 'pass_not_ours' });
    },
  },
  {
    sentence: 'packets for a proxy on this host pass untouched, in whatever state it is with its client',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, pass: true });
      for (const flags of ['SYN', 'ACK', 'PSH ACK', 'FIN ACK', 'RST'])
        await check(gateway, syn(ADDRESS.vip, { flags, payload: 'x' }), { outcome: 'pass_proxy', events: [] });
      await nothingLeft(gateway);
    },
  },
  ...MALFORMED.map(([what, make]) => ({
    sentence: `${what}: dropped when for us, passed untouched when not`,
    run: (gateway: GatewayUnderTest) => oursOnly(gateway, 'drop_malformed', make),
  })),
  {
    sentence: 'IP options: dropped when for us, passed untouched when not',
    run: async (gateway) => {
      for (const length of [4, 40])
        await oursOnly(gateway, 'drop_ip_options', (host) =>
          syn(host, { ip: { options: new Uint8Array(length).fill(1) } }),
        );
    },
  },
  ...FRAGMENTS.map(([what, make]) => ({
    sentence: `${what}: dropped when for us, passed untouched when not`,
    run: (gateway: GatewayUnderTest) => oursOnly(gateway, 'drop_fragment', make),
  })),
  {
    sentence: 'a packet for us whose TTL is used up is dropped and changes nothing, one for others passes',
    run: async (gateway) => {
      listeners(gateway);
      const conversation = tcpBetween();
      for (const ttl of [0, 1]) {
        await check(gateway, syn(ADDRESS.vip, { ip: { ttl } }), { outcome: 'drop_ttl', events: [] });
        await check(gateway, syn(STRANGER, { ip: { ttl } }), { outcome: 'pass_not_ours' });
      }
      await nothingLeft(gateway);
      await shakeHands(gateway, conversation);
      const rows = async () => (await gateway.tables.sessions.entries()).map(([, row]) => [row.state, row.packets]);
      const before = await rows();
      const last = { flags: 'RST ACK', ip: { ttl: 1 } };
      await check(gateway, conversation.fromClient({ ...CLIENT_NEXT, ...last }), { outcome: 'drop_ttl' });
      await check(gateway, conversation.fromMember({ ...MEMBER_NEXT, ...last }), { outcome: 'drop_ttl' });
      equal('rows', await rows(), before);
      const enough = { ...CLIENT_NEXT, ip: { ttl: 2 } };
      const expected = { outcome: 'forward', frame: conversation.toMember(enough) };
      await check(gateway, conversation.fromClient(enough), expected);
    },
  },
  {
    sentence: 'what is for an address that was a VIP once passes untouched, its sessions go on',
    run: async (gateway) => {
      listeners(gateway);
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await gateway.tables.addresses.clear();
      await gateway.tables.services.clear();
      await check(gateway, tcpBetween({ client: `${ADDRESS.client}:1` }).fromClient({ flags: 'SYN' }), {
        outcome: 'pass_not_ours',
      });
      await check(gateway, conversation.fromMember(MEMBER_NEXT), {
        outcome: 'forward',
        frame: conversation.toClient(MEMBER_NEXT),
      });
      equal('row', gateway.hasSession(ENDS.member, FIRST_LEASE), true);
    },
  },
];
