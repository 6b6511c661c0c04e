/**
 * Options by which a client could claim to be somebody else are made harmless: NOPs take their place, so that nothing moves. What the
 * gateway has no reason to touch stays as it is, byte for byte.
 */
import type { ListenerOptions } from '../../support/gateway-configuration.js';
import {
  end,
  fastOpen,
  mss,
  nop,
  rawOption,
  sack,
  sackPermitted,
  type TcpOption,
  timestamps,
  toa,
  windowScale,
} from '../../support/tcp-options.js';
import { openTcp } from '../beginnings.js';
import type { Case } from '../case.js';
import { check } from '../check.js';
import { CLIENT_ISN, ENDS, MEMBER_ISN, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';

const TIMES = timestamps(7, 9);
const TOLD = toa(ENDS.client);
const FORGED = toa('192.0.2.66:666');
const FORGED_253 = toa('192.0.2.66:666', 253);
const nops = (count: number): TcpOption[] => Array<TcpOption>(count).fill(nop);

/** Client's options that hold a claim, and what the member may see of them. */
const CLAIMS: readonly [words: string, sent: TcpOption[], received: TcpOption[]][] = [
  ['alone', [FORGED], nops(8)],
  ['of kind 253', [FORGED_253], nops(8)],
  ['first', [FORGED, nop, nop, TIMES], [...nops(8), nop, nop, TIMES]],
  ['between others', [nop, nop, TIMES, FORGED, nop, nop, sack([1, 2])], [nop, nop, TIMES, ...nops(10), sack([1, 2])]],
  ['last', [nop, nop, TIMES, FORGED], [nop, nop, TIMES, ...nops(8)]],
  ['at an odd offset', [nop, FORGED, windowScale(1)], [...nops(9), windowScale(1)]],
  ['three times', [FORGED, FORGED_253, FORGED], nops(24)],
  ['without content', [rawOption(254), rawOption(253)], nops(4)],
  ['of an odd length', [rawOption(254, [1, 2, 3]), nop, nop, nop], nops(8)],
  ['as long as LVS makes it for IPv6', [rawOption(253, new Uint8Array(18))], nops(20)],
  ['as long as a header allows', [rawOption(254, new Uint8Array(26)), nop, nop], nops(30)],
  ['behind a Fast Open cookie request of the experimental kind', [rawOption(254, [0xf9, 0x89]), nop, nop], nops(6)],
];

/** The same on listeners that tell and do not tell the client. */
function onBothListeners(toaIsOn: boolean): Case[] {
  const listener = { toa: toaIsOn };
  const where = toaIsOn ? 'with' : 'without';
  const claims = CLAIMS.map(([words, sent, received]): Case => {
    return {
      sentence: `a TOA of the client’s own, ${words}, becomes NOPs on a listener ${where} TOA`,
      run: async (gateway) => {
        const { fromClient, toMember } = await openTcp(gateway, listener);
        for (const payload of ['', 'odd']) {
          const segment = { ...CLIENT_NEXT, payload };
          await check(gateway, fromClient({ ...segment, options: sent }), {
            outcome: 'forward',
            frame: toMember({ ...segment, options: toaIsOn ? [TOLD, ...received] : received }),
            events: toaIsOn ? ['toa_inserted', 'toa_stripped'] : ['toa_stripped'],
          });
        }
      },
    };
  });
  return [
    ...claims,
    {
      sentence: `a TOA on a client’s SYN and handshake ACK becomes NOPs on a listener ${where} TOA`,
      run: async (gateway) => {
        gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], ...listener });
        const { fromClient, toMember, fromMember } = tcpBetween();
        const syn = { flags: 'SYN', seq: CLIENT_ISN };
        for (const forged of [FORGED, FORGED_253])
          await check(gateway, fromClient({ ...syn, options: [mss(1460), forged, sackPermitted, TIMES] }), {
            outcome: 'forward',
            frame: toMember({ ...syn, options: [mss(1460), ...nops(8), sackPermitted, TIMES] }),
          });
        const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
        await check(gateway, fromMember(answer), { outcome: 'forward' });
        await check(gateway, fromClient({ ...CLIENT_NEXT, options: [FORGED] }), {
          outcome: 'forward',
          frame: toMember({ ...CLIENT_NEXT, options: toaIsOn ? [TOLD, ...nops(8)] : nops(8) }),
        });
      },
    },
    {
      sentence: `a TOA on a client’s later data, RST and FIN becomes NOPs on a listener ${where} TOA`,
      run: async (gateway) => {
        const { fromClient, toMember } = await openTcp(gateway, listener);
        for (const flags of ['ACK', 'PSH ACK URG', 'RST', 'RST ACK', 'FIN ACK', 'SYN ACK', '']) {
          const segment = { ...CLIENT_NEXT, ack: CLIENT_NEXT.ack + 5, flags };
          await check(gateway, fromClient({ ...segment, options: [nop, nop, TIMES, FORGED] }), {
            outcome: 'forward',
            frame: toMember({ ...segment, options: [nop, nop, TIMES, ...nops(8)] }),
            events: ['toa_stripped'],
          });
        }
      },
    },
    {
      sentence: `a full header of the smallest claims becomes NOPs to the last one on a listener ${where} TOA`,
      run: async (gateway) => {
        const { fromClient, toMember } = await openTcp(gateway, listener);
        const segment = { ...CLIENT_NEXT, ack: CLIENT_NEXT.ack + 5 };
        await check(gateway, fromClient({ ...segment, options: [...Array(16).fill(rawOption(254)), FORGED] }), {
          outcome: 'forward',
          frame: toMember({ ...segment, options: nops(40) }),
          events: ['toa_stripped'],
        });
      },
    },
    {
      sentence: `a member’s own 253 and 254 reach the client from a listener ${where} TOA`,
      run: async (gateway) => {
        gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], mss: 1400, ...listener });
        const { fromClient, fromMember, toClient } = tcpBetween();
        await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
        const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
        const cookie = fastOpen([1, 2, 3, 4]);
        await check(gateway, fromMember({ ...answer, options: [FORGED, mss(1460), FORGED_253, cookie] }), {
          outcome: 'forward',
          frame: toClient({ ...answer, options: [FORGED, mss(toaIsOn ? 1392 : 1400), FORGED_253, cookie] }),
          events: ['mss_clamped'],
        });
        const data = { ...MEMBER_NEXT, options: [nop, nop, TIMES, FORGED], payload: 'data' };
        await check(gateway, fromMember(data), { outcome: 'forward', frame: toClient(data), events: [] });
      },
    },
  ];
}

/** What comes in as it must go out, sent where TOA is no longer added. */
const UNTOUCHED: readonly [words: string, options: TcpOption[]][] = [
  ['NOP NOP timestamps whose clock looks like TOA', [nop, nop, timestamps(0xfe08fd08, 0xfefefdfd)]],
  ['timestamps and SACK', [nop, nop, TIMES, nop, nop, sack([1, 2], [3, 4], [5, 6])]],
  ['an unknown option that holds the bytes of TOA', [rawOption(77, FORGED), nop, nop]],
  ['kinds next to TOA’s', [rawOption(252, [1, 2]), rawOption(255, [1, 2]), nop, nop, nop, nop]],
  // Read as an option, the end and the bytes behind it would lead to the TOA.
  ['TOA behind the end of the options', [nop, end, Uint8Array.of(3, 1), FORGED]],
  ['a TOA of length 0', [Uint8Array.of(254, 0, 1, 2, 3, 4, 5, 6)]],
  ['a TOA of length 1', [Uint8Array.of(254, 1, 1, 2, 3, 4, 5, 6)]],
  ['a TOA that reaches beyond the header', [nop, nop, nop, Uint8Array.of(254, 8, 1, 2, 3)]],
  ['a TOA kind as the last byte', [nop, nop, nop, Uint8Array.of(254)]],
  ['an option of length 0 in front of TOA', [Uint8Array.of(77, 0), FORGED, nop, nop]],
  ['an option in front of TOA that reaches beyond the header', [Uint8Array.of(77, 40), FORGED, nop, nop]],
  ['Fast Open after the SYN', [fastOpen([1, 2, 3, 4]), nop, nop]],
];

const LEFT_ALONE = UNTOUCHED.map(
  ([words, options]): Case => ({
    sentence: `${words}: the member gets the client’s options as they are, receivers do not see a TOA there`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      const segment = { ...CLIENT_NEXT, ack: CLIENT_NEXT.ack + 5, options, payload: 'data' };
      await check(gateway, fromClient(segment), { outcome: 'forward', frame: toMember(segment), events: [] });
    },
  }),
);

const COOKIE = fastOpen([1, 2, 3, 4, 5, 6, 7, 8]);

/** Options of a SYN, and what is left of them where a member must not accept before it knows the client. */
const FAST_OPEN: readonly [words: string, sent: TcpOption[], withToa: TcpOption[]][] = [
  ['a cookie', [mss(1460), COOKIE, nop, nop], [mss(1460), ...nops(12)]],
  ['a request for one', [mss(1460), fastOpen(), nop, nop], [mss(1460), ...nops(4)]],
];

const fastOpenCases = (listener: Partial<ListenerOptions>, what: string): Case[] =>
  FAST_OPEN.map(([words, sent, withToa]) => ({
    sentence: `Fast Open with ${words} ${what}, and the data of the SYN stays`,
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], ...listener });
      const { fromClient, toMember } = tcpBetween();
      const syn = { flags: 'SYN', seq: CLIENT_ISN, payload: 'GET / HTTP/1.0\r\n\r\n' };
      await check(gateway, fromClient({ ...syn, options: sent }), {
        outcome: 'forward',
        frame: toMember({ ...syn, options: listener.toa ? withToa : sent }),
        events: ['session_created', ...(listener.toa ? ['toa_stripped'] : [])],
      });
    },
  }));

export const STRIP_CASES: readonly Case[] = [
  ...onBothListeners(true),
  ...onBothListeners(false),
  ...LEFT_ALONE,
  ...fastOpenCases({ toa: true }, 'becomes NOPs on a SYN to a listener with TOA'),
  ...fastOpenCases({ toa: false }, 'passes on a SYN to a listener without TOA'),
];
