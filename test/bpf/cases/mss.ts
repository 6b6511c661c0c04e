/** The maximum segment size of SYN and SYN-ACK: clamped to the listener's, and lowered by the room that TOA takes. */
import type { ListenerOptions } from '../../support/gateway-configuration.js';
import {
  end,
  mss,
  nop,
  rawOption,
  sackPermitted,
  type TcpOption,
  timestamps,
  windowScale,
} from '../../support/tcp-options.js';
import { openTcp } from '../beginnings.js';
import type { Case } from '../case.js';
import { check } from '../check.js';
import { CLIENT_ISN, ENDS, MEMBER_ISN, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';

const TIMES = timestamps(7, 0);
const SYN = { flags: 'SYN', seq: CLIENT_ISN };
const SYN_ACK = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };

interface Clamping {
  sentence: string;
  listener: Partial<ListenerOptions>;
  /** Options as sent, and as received. */
  syn?: [sent: TcpOption[], received: TcpOption[]];
  synAck?: [sent: TcpOption[], received: TcpOption[]];
}

/** Both packets byte for byte; the event is counted where an option came out otherwise than it went in, and only there. */
function clampingCase({ sentence, listener, syn = [[], []], synAck = [[], []] }: Clamping): Case {
  return {
    sentence,
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], ...listener });
      const { fromClient, toMember, fromMember, toClient } = tcpBetween();
      const clamped = ([sent, received]: TcpOption[][]) =>
        Buffer.compare(Buffer.concat(sent as TcpOption[]), Buffer.concat(received as TcpOption[])) === 0
          ? []
          : ['mss_clamped'];
      // Twice: a retransmission is clamped like the first.
      for (const created of [['session_created'], []]) {
        await check(gateway, fromClient({ ...SYN, options: syn[0] }), {
          outcome: 'forward',
          frame: toMember({ ...SYN, options: syn[1] }),
          events: [...created, ...clamped(syn)],
        });
        await check(gateway, fromMember({ ...SYN_ACK, options: synAck[0] }), {
          outcome: 'forward',
          frame: toClient({ ...SYN_ACK, options: synAck[1] }),
          events: clamped(synAck),
        });
      }
    },
  };
}

const same = (options: TcpOption[]): [TcpOption[], TcpOption[]] => [options, options];

/** What Linux sends with SYN and SYN-ACK. */
const linux = (size: number): TcpOption[] => [mss(size), sackPermitted, TIMES, nop, windowScale(7)];

const CLAMPINGS: readonly Clamping[] = [
  {
    sentence: 'the MSS of Linux’s options is clamped, and lowered for TOA on the SYN-ACK',
    listener: { mss: 1400, toa: true },
    syn: [linux(1460), linux(1400)],
    synAck: [linux(8960), linux(1392)],
  },
  {
    sentence: 'Linux’s options with an MSS that fits and no TOA are left alone',
    listener: { mss: 1400 },
    syn: same(linux(1400)),
    synAck: same(linux(536)),
  },
  {
    sentence: 'options as long as Linux’s, in another order, are clamped as well',
    listener: { mss: 1400, toa: true },
    syn: [
      [mss(1460), TIMES, sackPermitted, nop, windowScale(7)],
      [mss(1400), TIMES, sackPermitted, nop, windowScale(7)],
    ],
    synAck: [
      [sackPermitted, TIMES, nop, windowScale(7), mss(1460)],
      [sackPermitted, TIMES, nop, windowScale(7), mss(1392)],
    ],
  },
  {
    sentence: 'a listener’s MSS is the most that SYN and SYN-ACK ask for',
    listener: { mss: 1400 },
    syn: [[mss(1460)], [mss(1400)]],
    synAck: [[mss(8960)], [mss(1400)]],
  },
  {
    sentence: 'TOA’s 8 bytes come off a SYN-ACK’s clamped MSS, and not off the SYN’s, whose direction carries none',
    listener: { mss: 1400, toa: true },
    syn: [[mss(65535)], [mss(1400)]],
    synAck: [[mss(65535)], [mss(1392)]],
  },
  {
    sentence: 'an MSS as large as the listener’s or smaller is left alone',
    listener: { mss: 1400 },
    syn: same([mss(1400)]),
    synAck: same([mss(1399)]),
  },
  {
    sentence: 'an MSS smaller than the listener’s only makes room for TOA, on the SYN-ACK',
    listener: { mss: 1400, toa: true },
    syn: same([mss(1220)]),
    synAck: [[mss(1220)], [mss(1212)]],
  },
  {
    sentence: 'without a listener’s MSS the SYN keeps its own and the SYN-ACK only makes room for TOA',
    listener: { toa: true },
    syn: same([mss(1460)]),
    synAck: [[mss(1460)], [mss(1452)]],
  },
  {
    sentence: 'without a listener’s MSS and without TOA both keep their own',
    listener: {},
    syn: same([mss(8960), sackPermitted, TIMES]),
    synAck: same([mss(8960), sackPermitted, TIMES]),
  },
  {
    sentence: 'a SYN and a SYN-ACK without MSS stay without: 536 is what both assume',
    listener: { mss: 1400, toa: true },
    syn: same([sackPermitted, TIMES, nop, windowScale(7)]),
    synAck: same([]),
  },
  {
    sentence: 'an MSS too small to give 8 bytes away is left alone',
    listener: { toa: true },
    synAck: same([mss(64)]),
  },
  {
    sentence: 'an MSS at an odd offset is clamped, and the checksum with it',
    listener: { mss: 1400, toa: true },
    syn: [
      [nop, mss(1460), windowScale(7)],
      [nop, mss(1400), windowScale(7)],
    ],
    synAck: [
      [windowScale(7), mss(1460), nop],
      [windowScale(7), mss(1392), nop],
    ],
  },
  {
    sentence: 'an MSS behind all the options of a full header is clamped',
    listener: { mss: 1400, toa: true },
    syn: [
      [TIMES, ...Array<TcpOption>(26).fill(nop), mss(1460)],
      [TIMES, ...Array<TcpOption>(26).fill(nop), mss(1400)],
    ],
    synAck: [
      [...Array<TcpOption>(18).fill(sackPermitted), mss(1460)],
      [...Array<TcpOption>(18).fill(sackPermitted), mss(1392)],
    ],
  },
  {
    sentence: 'a second MSS option is clamped like the first, whichever the receiver believes',
    listener: { mss: 1400 },
    syn: [
      [mss(1460), mss(9000)],
      [mss(1400), mss(1400)],
    ],
  },
  {
    sentence: 'what only looks like an MSS is left alone: of another length, behind the end, inside another option',
    listener: { mss: 1400, toa: true },
    syn: same([rawOption(2, [0x20]), rawOption(2, [1, 2, 3]), rawOption(77, mss(1460)), nop, nop]),
    synAck: same([nop, end, Uint8Array.of(3, 1), mss(1460)]),
  },
  {
    sentence: 'an MSS whose length reaches beyond the header is left alone',
    listener: { mss: 1400 },
    syn: same([nop, nop, Uint8Array.of(2, 4)]),
    synAck: same([nop, nop, nop, Uint8Array.of(2)]),
  },
];

export const MSS_CASES: readonly Case[] = [
  ...CLAMPINGS.map(clampingCase),
  {
    sentence: 'an MSS option on any other segment is nobody’s business',
    run: async (gateway) => {
      const { fromClient, toMember, fromMember, toClient } = await openTcp(gateway, { mss: 1000 });
      const [up, down] = [
        { ...CLIENT_NEXT, options: [mss(1460)] },
        { ...MEMBER_NEXT, options: [mss(1460)] },
      ];
      await check(gateway, fromClient(up), { outcome: 'forward', frame: toMember(up), events: [] });
      await check(gateway, fromMember(down), { outcome: 'forward', frame: toClient(down), events: [] });
    },
  },
];
