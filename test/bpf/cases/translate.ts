/** Addresses, ports, next hops: what a forwarded packet looks like below its options, in both directions. */
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import { joinTcp, joinUdp, openTcp, openUdp, readdressed } from '../beginnings.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, FIRST_LEASE, type TcpConversation, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';
import { ADDRESS, MAC } from '../scene.js';

/** A segment and its answer, each expected at the other end byte for byte. */
async function exchange(gateway: GatewayUnderTest, conversation: TcpConversation, action: 'TX' | 'REDIRECT') {
  const { fromClient, toMember, fromMember, toClient } = conversation;
  const question = { flags: 'PSH ACK', ...CLIENT_NEXT, payload: 'question' };
  await check(gateway, fromClient(question), { outcome: 'forward', action, frame: toMember(question) });
  const answer = { flags: 'PSH ACK', ...MEMBER_NEXT, payload: 'the answer' };
  await check(gateway, fromMember(answer), { outcome: 'forward', action, frame: toClient(answer) });
}

/** Every header field that is no business of the gateway's, at an unusual value. */
const UNUSUAL = {
  seq: 0xfffffff0,
  window: 3,
  urgent: 77,
  ip: { tos: 0x2f, identification: 0xbeef, dontFragment: false, ttl: 200 },
  payload: 'across the end of the sequence numbers',
};

const HIGH_AND_LOW = {
  client: '198.18.0.2:65535',
  vip: '198.18.1.1:1',
  member: '198.18.2.11:65535',
};

const ADDRESSES: readonly Case[] = [
  {
    sentence: 'a segment of the client differs in addresses, ports, TTL and checksums only when the member gets it',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway);
      const segment = { ...UNUSUAL, ack: 0x01020304, flags: 'PSH ACK URG ECE CWR' };
      await check(gateway, fromClient(segment), { outcome: 'forward', frame: toMember(segment), events: [] });
    },
  },
  {
    sentence: 'a segment of the member differs in addresses, ports, TTL and checksums only when the client gets it',
    run: async (gateway) => {
      const { fromMember, toClient } = await openTcp(gateway);
      const segment = { ...UNUSUAL, ack: 0xffffffff, flags: 'PSH ACK URG ECE CWR' };
      await check(gateway, fromMember(segment), { outcome: 'forward', frame: toClient(segment), events: [] });
    },
  },
  {
    sentence: 'a datagram of the client leaves from the local address to the member, tos and identification kept',
    run: async (gateway) => {
      const { fromClient, toMember } = await openUdp(gateway);
      const datagram = { payload: 'question', ip: { tos: 0xb8, identification: 0x1234, dontFragment: false } };
      await check(gateway, fromClient(datagram), { outcome: 'forward', frame: toMember(datagram), events: [] });
    },
  },
  {
    sentence: 'a datagram of the member leaves from the VIP to the client, tos and identification kept',
    run: async (gateway) => {
      const { fromMember, toClient } = await openUdp(gateway);
      const datagram = { payload: 'the answer', ip: { tos: 0x03, identification: 0x4321, ttl: 255 } };
      await check(gateway, fromMember(datagram), { outcome: 'forward', frame: toClient(datagram), events: [] });
    },
  },
  {
    sentence: 'an empty datagram is forwarded both ways',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openUdp(gateway);
      await check(gateway, fromClient({}), { outcome: 'forward', frame: toMember({}) });
      await check(gateway, fromMember({}), { outcome: 'forward', frame: toClient({}) });
    },
  },
  {
    sentence: 'the lowest and the highest port numbers are ports like others',
    run: async (gateway) => {
      await exchange(gateway, await openTcp(gateway, {}, HIGH_AND_LOW), 'REDIRECT');
      const { fromMember, toClient } = await openUdp(gateway, {}, { ...HIGH_AND_LOW, local: FIRST_LEASE });
      await check(gateway, fromMember({ payload: 'x' }), { outcome: 'forward', frame: toClient({ payload: 'x' }) });
    },
  },
  {
    sentence: 'a segment as large as the MTU is forwarded whole in both directions',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      const payload = new Uint8Array(1460).fill(0xa5);
      const [up, down] = [
        { ...CLIENT_NEXT, payload },
        { ...MEMBER_NEXT, payload },
      ];
      await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up) });
      await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
    },
  },
  ...['none', 'RST', 'RST ACK', 'FIN', 'FIN PSH ACK', 'FIN SYN RST PSH ACK URG'].map((flags): Case => {
    const set = flags === 'none' ? '' : flags;
    return {
      sentence: `an established session carries segments with flags ${flags} both ways`,
      run: async (gateway) => {
        const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
        const [up, down] = [
          { ...CLIENT_NEXT, flags: set },
          { ...MEMBER_NEXT, flags: set },
        ];
        await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up) });
        await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
      },
    };
  }),
];

const NEIGHBOURS_IN_THE_TABLE: readonly Case[] = [
  {
    sentence: 'two clients with the same port get different leases of one member, and each its own answers',
    run: async (gateway) => {
      const first = await openTcp(gateway, {}, { client: '198.19.0.1:5555' });
      const second = await joinTcp(gateway, { client: '198.19.0.2:5555' });
      equal('the leases differ', first.ends.local !== second.ends.local, true);
      for (const conversation of [first, second, first]) await exchange(gateway, conversation, 'REDIRECT');
    },
  },
  {
    sentence: 'TCP and UDP between the same ends are two sessions',
    run: async (gateway) => {
      const stream = await openTcp(gateway);
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: ['198.18.2.12:53'] });
      const { fromClient, toMember, fromMember, toClient } = await joinUdp(gateway, { member: '198.18.2.12:53' });
      await check(gateway, fromClient({ payload: 'q' }), { outcome: 'forward', frame: toMember({ payload: 'q' }) });
      await check(gateway, fromMember({ payload: 'a' }), { outcome: 'forward', frame: toClient({ payload: 'a' }) });
      await exchange(gateway, stream, 'REDIRECT');
    },
  },
  {
    sentence: 'one client speaks to two VIPs and to two ports of one VIP without mixing them up',
    run: async (gateway) => {
      const ends = [
        {},
        { vip: `${ADDRESS.vip}:81`, member: '198.18.2.12:8080' },
        { vip: `${ADDRESS.otherVip}:80`, member: '198.18.2.13:8080' },
      ];
      const conversations: TcpConversation[] = [];
      for (const each of ends) conversations.push(await openTcp(gateway, {}, each));
      for (const conversation of conversations) await exchange(gateway, conversation, 'REDIRECT');
    },
  },
];

const HOPS: readonly Case[] = [
  {
    sentence: 'the TTL goes down by one in both directions, from 255 as from 2',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway);
      for (const ttl of [255, 129, 128, 2]) {
        const [up, down] = [
          { ...CLIENT_NEXT, ip: { ttl } },
          { ...MEMBER_NEXT, ip: { ttl } },
        ];
        const verdict = await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up) });
        equal('TTL at the member', verdict.packet.ipv4?.ttl, ttl - 1);
        await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down) });
      }
    },
  },
  {
    sentence: 'a packet whose TTL is used up is dropped in either direction, and a SYN of that kind begins nothing',
    run: async (gateway) => {
      const { fromClient, fromMember } = await openTcp(gateway);
      for (const ttl of [1, 0]) {
        await check(gateway, fromClient({ ...CLIENT_NEXT, ip: { ttl } }), { outcome: 'drop_ttl' });
        await check(gateway, fromMember({ ...MEMBER_NEXT, ip: { ttl } }), { outcome: 'drop_ttl' });
        const syn = tcpBetween({ client: '198.19.0.9:1' }).fromClient({ flags: 'SYN', ip: { ttl } });
        await check(gateway, syn, { outcome: 'drop_ttl' });
      }
      equal('rows', await gateway.rowCount(), 2);
    },
  },
  {
    sentence:
      'two-armed: packets are redirected to the interface of their next hop, from its MAC address to the next hop’s',
    run: async (gateway) => {
      const conversation = await openTcp(gateway);
      equal('MAC address at the member', conversation.toMember({}).ethernet.destination, MAC.members);
      await exchange(gateway, conversation, 'REDIRECT');
    },
  },
  {
    sentence: 'one-armed: a member on the clients’ network is spoken to through the interface the packet came in by',
    run: async (gateway) => {
      const member = `${ADDRESS.neighbourMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const conversation = tcpBetween({ member });
      const syn = { flags: 'SYN', seq: 1000 };
      await check(gateway, conversation.fromClient(syn), {
        outcome: 'forward',
        action: 'TX',
        frame: conversation.toMember(syn),
      });
      await exchange(gateway, conversation, 'TX');
    },
  },
  {
    sentence: 'members of one listener on different networks are each reached through their own interface',
    run: async (gateway) => {
      const members = [ENDS.member, `${ADDRESS.narrowMember}:8080`];
      const first = await openTcp(gateway, { members });
      const second = await joinTcp(gateway, { member: members[1]!, client: '198.19.0.1:1' });
      await exchange(gateway, first, 'REDIRECT');
      await exchange(gateway, second, 'REDIRECT');
    },
  },
];

/** Next hops that XDP does not know: the kernel makes the hop itself. More of that kind is in routing.ts. */
const LEFT_TO_THE_KERNEL: readonly Case[] = [
  {
    sentence: 'packets to a member whose neighbour is unknown are left to the kernel, TTL and MAC addresses untouched',
    run: async (gateway) => {
      const member = `${ADDRESS.unresolvedMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const { fromClient } = tcpBetween();
      for (const fields of [
        { flags: 'SYN', seq: 1000 },
        { ...CLIENT_NEXT, payload: 'odd', ip: { ttl: 2 } },
      ]) {
        const packet = fromClient(fields);
        await check(gateway, packet, { outcome: 'kernel_forward', frame: readdressed(packet, FIRST_LEASE, member) });
      }
    },
  },
];

export const TRANSLATE_CASES: readonly Case[] = [
  ...ADDRESSES,
  ...NEIGHBOURS_IN_THE_TABLE,
  ...HOPS,
  ...LEFT_TO_THE_KERNEL,
];
