/** DATAPLANE 1 and 3: what FIN and RST do to a session's books, and what they do not. */
import { SessionBit } from '../../../src/datapath/layouts.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { CLIENT_ISN, ENDS, FIRST_LEASE, MEMBER_ISN, shakeHands, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, closeBy, MEMBER_NEXT } from '../endings.js';
import { activeOf } from '../readings.js';

/** An established session of the scene's client with its only member. */
async function established(gateway: GatewayUnderTest) {
  const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
  const conversation = tcpBetween();
  await shakeHands(gateway, conversation);
  return { ...conversation, conversation, active: () => activeOf(gateway, targets[0]!) };
}

const isClosed = (gateway: GatewayUnderTest) =>
  (gateway.session(ENDS.client, ENDS.vip).state & SessionBit.CLOSED) !== 0;

export const SESSION_END_CASES: readonly Case[] = [
  {
    sentence: 'a session closes with the second FIN: once, whatever is retransmitted, and late packets still pass',
    run: async (gateway) => {
      const { fromClient, fromMember, toMember, active } = await established(gateway);
      const clientFin = fromClient({ flags: 'FIN ACK', ...CLIENT_NEXT });
      const memberFin = fromMember({ flags: 'FIN ACK', seq: MEMBER_ISN + 1, ack: CLIENT_ISN + 2 });
      for (const fin of [clientFin, clientFin]) await check(gateway, fin, { outcome: 'forward' });
      equal('open after one side', [active(), isClosed(gateway)], [1, false]);
      for (const fin of [memberFin, memberFin, clientFin]) {
        await check(gateway, fin, { outcome: 'forward' });
        equal('open after both sides', [active(), isClosed(gateway)], [0, true]);
      }
      const last = { flags: 'ACK', seq: CLIENT_ISN + 2, ack: MEMBER_ISN + 2 };
      await check(gateway, fromClient(last), { outcome: 'forward', frame: toMember(last) });
      equal('rows', await gateway.rowCount(), 2);
    },
  },
  {
    sentence: 'the member holds TIME-WAIT where it closed first, and only there',
    run: async (gateway) => {
      for (const first of ['client', 'member'] as const) {
        await gateway.reset();
        const { conversation } = await established(gateway);
        await closeBy(first, gateway, conversation);
        // The first FIN once more: that it comes last now says nothing.
        const again =
          first === 'client'
            ? conversation.fromClient({ flags: 'FIN ACK', ...CLIENT_NEXT })
            : conversation.fromMember({ flags: 'FIN ACK', ...MEMBER_NEXT });
        await check(gateway, again, { outcome: 'forward' });
        const { state } = gateway.session(ENDS.client, ENDS.vip);
        equal(`${first} first`, (state & SessionBit.MEMBER_CLOSED_FIRST) !== 0, first === 'member');
      }
    },
  },
  {
    sentence: 'a half-closed session carries the other direction on as before',
    run: async (gateway) => {
      const { fromClient, fromMember, toClient, toMember, active } = await established(gateway);
      await check(gateway, fromClient({ flags: 'FIN ACK', ...CLIENT_NEXT }), { outcome: 'forward' });
      const data = { flags: 'PSH ACK', seq: MEMBER_ISN + 1, ack: CLIENT_ISN + 2, payload: 'x'.repeat(1400) };
      await check(gateway, fromMember(data), { outcome: 'forward', frame: toClient(data) });
      const thanks = { flags: 'ACK', seq: CLIENT_ISN + 2, ack: MEMBER_ISN + 1401 };
      await check(gateway, fromClient(thanks), { outcome: 'forward', frame: toMember(thanks) });
      equal('open sessions', [active(), isClosed(gateway)], [1, false]);
    },
  },
  {
    sentence: 'an RST of either side reaches the other and closes the session, once',
    run: async (gateway) => {
      for (const side of ['client', 'member'] as const) {
        await gateway.reset();
        const { fromClient, fromMember, toClient, toMember, active } = await established(gateway);
        const [send, arrive, next] =
          side === 'client' ? [fromClient, toMember, CLIENT_NEXT] : [fromMember, toClient, MEMBER_NEXT];
        const reset = { flags: 'RST', seq: next.seq, window: 0 };
        for (let time = 0; time < 2; time++) {
          await check(gateway, send(reset), { outcome: 'forward', frame: arrive(reset) });
          equal(`open after the RST of the ${side}`, [active(), isClosed(gateway)], [0, true]);
        }
      }
    },
  },
  {
    sentence: 'an RST that the receiver would not believe passes, but does not close the session',
    run: async (gateway) => {
      const { fromClient, fromMember, toMember, active } = await established(gateway);
      const guess = { flags: 'RST', seq: CLIENT_ISN + 2 ** 24, window: 0 };
      await check(gateway, fromClient(guess), { outcome: 'forward', frame: toMember(guess) });
      await check(gateway, fromClient({ ...guess, seq: CLIENT_ISN - 1 }), { outcome: 'forward' });
      await check(gateway, fromMember({ ...guess, seq: MEMBER_ISN + 2 ** 24 }), { outcome: 'forward' });
      equal('open sessions', [active(), isClosed(gateway)], [1, false]);
    },
  },
  {
    sentence: 'the window that an RST must be in moves with what its receiver acknowledges',
    run: async (gateway) => {
      const { fromClient, fromMember } = await established(gateway);
      const ahead = CLIENT_ISN + 2 ** 24;
      await check(gateway, fromMember({ flags: 'ACK', seq: MEMBER_ISN + 1, ack: ahead }), { outcome: 'forward' });
      await check(gateway, fromClient({ flags: 'RST', seq: CLIENT_ISN + 1 }), { outcome: 'forward' });
      equal('closed by an RST from the past', isClosed(gateway), false);
      await check(gateway, fromClient({ flags: 'RST', seq: ahead }), { outcome: 'forward' });
      equal('closed', isClosed(gateway), true);
    },
  },
  {
    sentence: 'a member that refuses the connection closes the session',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember, toClient } = tcpBetween();
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      const refusal = { flags: 'RST ACK', seq: 0, ack: CLIENT_ISN + 1, window: 0 };
      await check(gateway, fromMember(refusal), { outcome: 'forward', frame: toClient(refusal) });
      equal('open sessions', [activeOf(gateway, targets[0]!), isClosed(gateway)], [0, true]);
    },
  },
  {
    sentence: 'a client that gives up closes the session, whether the member has answered yet or not',
    run: async (gateway) => {
      const isn = 3_000_000_000;
      for (const answered of [true, false]) {
        await gateway.reset();
        const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
        const { fromClient, fromMember } = tcpBetween();
        await check(gateway, fromClient({ flags: 'SYN', seq: isn }), { outcome: 'forward' });
        const answer = fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: isn + 1 });
        if (answered) await check(gateway, answer, { outcome: 'forward' });
        await check(gateway, fromClient({ flags: 'RST', seq: isn + 1 }), { outcome: 'forward' });
        equal('open sessions', [activeOf(gateway, targets[0]!), isClosed(gateway)], [0, true]);
      }
    },
  },
  {
    sentence: 'each direction knows that it has spoken beyond its SYN',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember } = tcpBetween();
      const answered = () =>
        [gateway.session(ENDS.client, ENDS.vip), gateway.session(ENDS.member, FIRST_LEASE)].map(
          ({ state }) => (state & SessionBit.ANSWERED) !== 0,
        );
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      equal('after the SYN', answered(), [false, false]);
      const answer = fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 });
      await check(gateway, answer, { outcome: 'forward' });
      equal('after the SYN-ACK', answered(), [false, true]);
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward' });
      equal('after the ACK', answered(), [true, true]);
    },
  },
];
