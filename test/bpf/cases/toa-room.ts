/** TOA where room is short: TCP headers that are nearly full, packets that are as large as the MTU. */
import {
  end,
  nop,
  rawOption,
  sack,
  sackPermitted,
  type TcpOption,
  timestamps,
  toa,
} from '../../support/tcp-options.js';
import { openTcp } from '../beginnings.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS } from '../conversation.js';
import { CLIENT_NEXT } from '../endings.js';
import { ADDRESS } from '../scene.js';

const TIMES = timestamps(0x11223344, 0x55667788);
const TOLD = toa(ENDS.client);
const THREE_BLOCKS = sack([1, 2], [3, 4], [5, 6]);
const TWO_BLOCKS = sack([1, 2], [3, 4]);
const unknown = (length: number) => rawOption(77, new Uint8Array(length - 2).fill(0x5a));
const nops = (count: number): TcpOption[] => Array<TcpOption>(count).fill(nop);

interface Pruning {
  sentence: string;
  sent: TcpOption[];
  /** Behind TOA, before padding. */
  kept: TcpOption[];
}

const PRUNED: readonly Pruning[] = [
  {
    sentence: 'NOPs give way in a header of 14 words',
    sent: [nop, nop, TIMES, ...nops(6), unknown(18)],
    kept: [TIMES, unknown(18)],
  },
  {
    sentence: 'a header full of NOPs has room once they are gone',
    sent: nops(40),
    kept: [],
  },
  {
    sentence: 'in a header of 15 words timestamps stay where SACK blocks give way',
    sent: [nop, nop, TIMES, nop, nop, THREE_BLOCKS],
    kept: [TIMES],
  },
  {
    sentence: 'SACK blocks stay where it is enough that NOPs give way',
    sent: [nop, nop, TIMES, nop, nop, TWO_BLOCKS, ...nops(8)],
    kept: [TIMES, TWO_BLOCKS],
  },
  {
    sentence: 'what the gateway does not know stays where SACK blocks give way',
    sent: [unknown(6), TIMES, sack([1, 2]), unknown(12), nop, nop],
    kept: [unknown(6), TIMES, unknown(12)],
  },
  {
    sentence: 'exactly 32 bytes that have to stay fit',
    sent: [nop, nop, TIMES, nop, nop, unknown(22)],
    kept: [TIMES, unknown(22)],
  },
  {
    sentence: 'many small options stay, every one of them',
    sent: [...Array<TcpOption>(16).fill(sackPermitted), ...nops(8)],
    kept: Array<TcpOption>(16).fill(sackPermitted),
  },
  {
    sentence: 'what stands behind the end of the options is no loss',
    sent: [TIMES, end, ...nops(29).map(() => Uint8Array.of(0x5a))],
    kept: [TIMES],
  },
  {
    sentence: 'what receivers cannot read is no loss either',
    sent: [TIMES, Uint8Array.of(77, 0), ...nops(28)],
    kept: [TIMES],
  },
  {
    sentence: 'a foreign TOA in a full header gives way to the gateway’s own',
    sent: [toa('192.0.2.1:9'), TIMES, nop, nop, TWO_BLOCKS, nop, nop],
    kept: [TIMES, TWO_BLOCKS],
  },
];

function pruningCase({ sentence, sent, kept }: Pruning): Case {
  return {
    sentence: `TOA: ${sentence}`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      for (const payload of ['', 'odd', 'p'.repeat(1400)]) {
        const segment = { ...CLIENT_NEXT, flags: 'PSH ACK', payload };
        const { events } = await check(gateway, fromClient({ ...segment, options: sent }), {
          outcome: 'forward',
          frame: toMember({ ...segment, options: [TOLD, ...kept] }),
        });
        equal('counted', events.slice(0, 2).join(), 'toa_inserted,toa_pruned');
      }
    },
  };
}

/** Headers that stay too full whatever gives way. */
const FULL: readonly [words: string, options: TcpOption[]][] = [
  ['40 bytes of unknown options', [unknown(20), unknown(20)]],
  ['33 bytes that have to stay', [unknown(33), nop, nop, nop]],
  ['timestamps, unknown options and SACK', [TIMES, unknown(23), nop, nop, nop]],
  ['twenty small options', Array<TcpOption>(20).fill(sackPermitted)],
];

const NO_ROOM = FULL.map(
  ([words, options]): Case => ({
    sentence: `TOA: a header with ${words} has no room: counted, and forwarded as it is`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true });
      const segment = { ...CLIENT_NEXT, options, payload: 'whole' };
      await check(gateway, fromClient(segment), {
        outcome: 'forward',
        frame: toMember(segment),
        events: ['toa_no_room'],
      });
    },
  }),
);

/** Ways to a member, and how many bytes of IP packet fit. */
const WAYS = [
  { member: ENDS.member, mtu: 1500 },
  { member: `${ADDRESS.narrowMember}:8080`, mtu: 1400 },
];

const MTU: readonly Case[] = WAYS.flatMap(({ member, mtu }): Case[] => [
  {
    sentence: `TOA: towards an MTU of ${mtu} a packet carries it up to that size, and one byte more goes without`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true }, { member });
      const segment = (length: number) => ({ ...CLIENT_NEXT, payload: new Uint8Array(length).fill(0x42) });
      const fits = segment(mtu - 48);
      await check(gateway, fromClient(fits), {
        outcome: 'forward',
        frame: toMember({ ...fits, options: [TOLD] }),
        events: ['toa_inserted'],
      });
      for (const large of [segment(mtu - 47), segment(mtu - 40)])
        await check(gateway, fromClient(large), {
          outcome: 'forward',
          frame: toMember(large),
          events: ['toa_no_room'],
        });
    },
  },
  {
    sentence: `TOA: towards an MTU of ${mtu} a full packet carries it where its options shrink by as much`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true }, { member });
      const segment = { ...CLIENT_NEXT, payload: new Uint8Array(mtu - 80).fill(0x42) };
      await check(gateway, fromClient({ ...segment, options: [nop, nop, TIMES, nop, nop, THREE_BLOCKS] }), {
        outcome: 'forward',
        frame: toMember({ ...segment, options: [TOLD, TIMES] }),
        events: ['toa_inserted', 'toa_pruned'],
      });
    },
  },
  {
    sentence: `TOA: towards an MTU of ${mtu} a full packet goes without where its options do not shrink enough`,
    run: async (gateway) => {
      const { fromClient, toMember } = await openTcp(gateway, { toa: true }, { member });
      // 36 bytes of options, of which 32 stay: with TOA 4 more than before.
      const options = [unknown(32), ...nops(4)];
      const large = { ...CLIENT_NEXT, options, payload: new Uint8Array(mtu - 76).fill(0x42) };
      await check(gateway, fromClient(large), { outcome: 'forward', frame: toMember(large), events: ['toa_no_room'] });
      const fits = { ...large, payload: new Uint8Array(mtu - 80).fill(0x42) };
      await check(gateway, fromClient(fits), {
        outcome: 'forward',
        frame: toMember({ ...fits, options: [TOLD, unknown(32)] }),
        events: ['toa_inserted', 'toa_pruned'],
      });
    },
  },
]);

export const TOA_ROOM_CASES: readonly Case[] = [...PRUNED.map(pruningCase), ...NO_ROOM, ...MTU];
