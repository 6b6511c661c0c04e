/** TOA: which packets tell the member who the client is, and what exactly they say. Where room is short: toa-room.ts. */
import { mss, nop, sack, type TcpOption, timestamps, toa } from '../../support/tcp-options.js';
import { joinTcp, openTcp, openUdp, readdressed } from '../beginnings.js';
import type { Case } from '../case.js';
import { check } from '../check.js';
import { CLIENT_ISN, ENDS, FIRST_LEASE, MEMBER_ISN, type TcpConversation, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';
import { ADDRESS } from '../scene.js';

type Segment = Parameters<TcpConversation['fromClient']>[0];

const TIMES = [nop, nop, timestamps(0xfe08fd08, 0x01020304)];
const TOLD = toa(ENDS.client);

/** The segment with what the client says of itself in front of its own options. */
const telling = (segment: Segment, client: TcpOption = TOLD): Segment => ({
  ...segment,
  options: [client, ...(segment.options ?? [])],
});

const WHICH_PACKETS: readonly Case[] = [
  {
    sentence: 'neither a SYN nor its retransmission carries TOA, the ACK that ends the handshake does',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const { fromClient, toMember, fromMember } = tcpBetween();
      const syn = { flags: 'SYN', seq: CLIENT_ISN, options: [mss(1460), ...TIMES] };
      await check(gateway, fromClient(syn), { outcome: 'forward', frame: toMember(syn), events: ['session_created'] });
      await check(gateway, fromClient(syn), { outcome: 'forward', frame: toMember(syn), events: [] });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      await check(gateway, fromMember(answer), { outcome: 'forward' });
      await check(gateway, fromClient(CLIENT_NEXT), {
        outcome: 'forward',
        frame: toMember(telling(CLIENT_NEXT)),
        events: ['toa_inserted'],
      });
    },
  },
  {
    sentence: 'every packet of the client carries TOA until it acknowledges member data, and none after',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember } = await openTcp(gateway, { toa: true });
      for (const offset of [0, 100, 200, 100, 0]) {
        const segment = { ...CLIENT_NEXT, flags: 'PSH ACK', seq: CLIENT_NEXT.seq + offset, payload: 'x'.repeat(100) };
        await check(gateway, fromClient(segment), { outcome: 'forward', frame: toMember(telling(segment)) });
      }
      await check(gateway, fromMember({ ...MEMBER_NEXT, payload: 'first' }), { outcome: 'forward' });
      const duplicate = { ...CLIENT_NEXT, seq: CLIENT_NEXT.seq + 300 };
      await check(gateway, fromClient(duplicate), { outcome: 'forward', frame: toMember(telling(duplicate)) });
      for (const acknowledged of [1, 5, 5, 0x7fffffff]) {
        const later = { ...duplicate, ack: (CLIENT_NEXT.ack + acknowledged) >>> 0, options: TIMES };
        await check(gateway, fromClient(later), { outcome: 'forward', frame: toMember(later), events: [] });
      }
    },
  },
  {
    sentence: 'a FIN before any member data carries TOA',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      const fin = { ...CLIENT_NEXT, flags: 'FIN PSH ACK', payload: 'all I have to say' };
      await check(gateway, fromClient(fin), { outcome: 'forward', frame: toMember(telling(fin)) });
    },
  },
  {
    sentence: 'an RST carries no TOA',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      for (const flags of ['RST', 'RST ACK', 'RST PSH ACK']) {
        const reset = { ...CLIENT_NEXT, flags };
        await check(gateway, fromClient(reset), { outcome: 'forward', frame: toMember(reset), events: [] });
      }
    },
  },
  {
    sentence: 'a SYN in the middle of a session carries no TOA, also with an acknowledgment',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      for (const flags of ['SYN', 'SYN ACK']) {
        const segment = { ...CLIENT_NEXT, flags };
        await check(gateway, fromClient(segment), { outcome: 'forward', frame: toMember(segment), events: [] });
      }
    },
  },
  {
    sentence: 'data that overtakes the ACK of the handshake carries TOA, and so does that ACK',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const { fromClient, toMember, fromMember } = tcpBetween();
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      await check(gateway, fromMember(answer), { outcome: 'forward' });
      const data = { ...CLIENT_NEXT, flags: 'PSH ACK', payload: 'GET / HTTP/1.0\r\n\r\n', options: TIMES };
      await check(gateway, fromClient(data), { outcome: 'forward', frame: toMember(telling(data)) });
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', frame: toMember(telling(CLIENT_NEXT)) });
    },
  },
  {
    sentence: 'a wrong first acknowledgment goes without TOA and cannot keep it off the right one',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const { fromClient, toMember, fromMember } = tcpBetween();
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      const early = { seq: CLIENT_ISN + 1, ack: 12345 };
      await check(gateway, fromClient(early), { outcome: 'forward', frame: toMember(early) });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      await check(gateway, fromMember(answer), { outcome: 'forward' });
      for (const ack of [MEMBER_ISN, MEMBER_ISN + 2, 0, 0xffffffff]) {
        const wrong = { ...CLIENT_NEXT, ack };
        await check(gateway, fromClient(wrong), { outcome: 'forward', frame: toMember(wrong) });
      }
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', frame: toMember(telling(CLIENT_NEXT)) });
    },
  },
  {
    sentence: 'a retransmitted SYN-ACK changes nothing: the ACK that answers it carries TOA again',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember } = await openTcp(gateway, { toa: true });
      await check(gateway, fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 }), {
        outcome: 'forward',
      });
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', frame: toMember(telling(CLIENT_NEXT)) });
    },
  },
  {
    sentence: 'a member that begins its sequence numbers anew in a second SYN-ACK is told the client again',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember } = await openTcp(gateway, { toa: true });
      await check(gateway, fromMember({ flags: 'SYN ACK', seq: 0x70000000, ack: CLIENT_ISN + 1 }), {
        outcome: 'forward',
      });
      const segment = { ...CLIENT_NEXT, ack: 0x70000001 };
      await check(gateway, fromClient(segment), { outcome: 'forward', frame: toMember(telling(segment)) });
    },
  },
  {
    sentence: 'a member whose sequence numbers begin at the very end of their range is told the client as well',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const { fromClient, toMember, fromMember } = tcpBetween();
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      const answer = { flags: 'SYN ACK', seq: 0xffffffff, ack: CLIENT_ISN + 1 };
      await check(gateway, fromMember(answer), { outcome: 'forward' });
      const last = { seq: CLIENT_ISN + 1, ack: 0 };
      await check(gateway, fromClient(last), { outcome: 'forward', frame: toMember(telling(last)) });
      const later = { ...last, ack: 1 };
      await check(gateway, fromClient(later), { outcome: 'forward', frame: toMember(later) });
    },
  },
];

const NOWHERE_ELSE: readonly Case[] = [
  {
    sentence: 'on a listener without TOA the member is told nothing',
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: false });
      for (const options of [[], TIMES]) {
        const segment = { ...CLIENT_NEXT, options };
        await check(gateway, fromClient(segment), { outcome: 'forward', frame: toMember(segment), events: [] });
      }
    },
  },
  {
    sentence: 'nothing that goes to the client carries TOA, whatever it acknowledges',
    run: async (gateway) => {
      const { fromMember, toClient } = await openTcp(gateway, { toa: true });
      for (const ack of [CLIENT_ISN + 1, MEMBER_ISN + 1]) {
        const segment = { ...MEMBER_NEXT, ack, payload: 'for the client', options: TIMES };
        await check(gateway, fromMember(segment), { outcome: 'forward', frame: toClient(segment), events: [] });
      }
    },
  },
  {
    sentence: 'a UDP listener with TOA forwards datagrams as they are',
    run: async (gateway) => {
      const { fromClient, toMember } = await openUdp(gateway, { toa: true });
      const datagram = { payload: 'question' };
      await check(gateway, fromClient(datagram), { outcome: 'forward', frame: toMember(datagram), events: [] });
    },
  },
];

/** Option layouts that leave room for TOA. */
const LAYOUTS: readonly [words: string, options: TcpOption[]][] = [
  ['without options', []],
  ['with NOP NOP timestamps', TIMES],
  ['with timestamps before the NOPs', [timestamps(7, 8), nop, nop]],
  ['with one SACK block', [nop, nop, sack([1, 2])]],
  ['with timestamps and one SACK block', [...TIMES, nop, nop, sack([1, 2])]],
  ['with two SACK blocks', [nop, nop, sack([1, 2], [3, 4])]],
  ['with a header of 13 words, all that leaves room', [...TIMES, nop, nop, sack([1, 2], [3, 4])]],
];

const LAYOUT_CASES = LAYOUTS.map(
  ([words, options]): Case => ({
    sentence: `a segment ${words} gets TOA in front of what it has`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      for (const payload of ['', 'odd']) {
        const segment = { ...CLIENT_NEXT, options, payload };
        const frame = toMember(telling(segment));
        await check(gateway, fromClient(segment), { outcome: 'forward', frame, events: ['toa_inserted'] });
      }
    },
  }),
);

const CONTENT: readonly Case[] = [
  {
    sentence: 'each session tells its own client’s address and port, as the client’s packets show them',
    run: async (gateway) => {
      const clients = ['198.18.0.2:40001', '198.19.255.254:65535', '198.19.0.1:1', '198.19.254.8:65032'];
      await openTcp(gateway, { toa: true });
      for (const client of clients) {
        const { fromClient, toMember } = await joinTcp(gateway, { client });
        const frame = toMember(telling(CLIENT_NEXT, toa(client)));
        await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', frame });
      }
    },
  },
  {
    sentence: 'a one-armed gateway sends TOA out by the interface the packet came in by',
    run: async (gateway) => {
      const member = `${ADDRESS.neighbourMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member], toa: true });
      const { fromClient, toMember, fromMember } = tcpBetween({ member });
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward', action: 'TX' });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      await check(gateway, fromMember(answer), { outcome: 'forward', action: 'TX' });
      const frame = toMember(telling(CLIENT_NEXT));
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', action: 'TX', frame });
    },
  },
  {
    sentence: 'a packet that is left to the kernel, its neighbour unknown, carries TOA as well',
    run: async (gateway) => {
      const member = `${ADDRESS.unresolvedMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member], toa: true });
      const { fromClient, fromMember } = tcpBetween();
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'kernel_forward' });
      const answer = fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 });
      await check(gateway, readdressed(answer, member, FIRST_LEASE), { outcome: 'forward' });
      for (const options of [[], TIMES, Array<TcpOption>(40).fill(nop)]) {
        const told = options.length === 40 ? [TOLD] : [TOLD, ...options];
        await check(gateway, fromClient({ ...CLIENT_NEXT, options, payload: 'odd' }), {
          outcome: 'kernel_forward',
          frame: readdressed(fromClient({ ...CLIENT_NEXT, options: told, payload: 'odd' }), FIRST_LEASE, member),
        });
      }
    },
  },
];

export const TOA_CASES: readonly Case[] = [...WHICH_PACKETS, ...NOWHERE_ELSE, ...LAYOUT_CASES, ...CONTENT];
