/** DATAPLANE 3: how long sessions last, by state; nothing of them stays. What both ends are told is in expiry-resets.ts. */
import { Event } from '../../../src/datapath/layouts.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { CLIENT_ISN, ENDS, FIRST_LEASE, MEMBER_ISN, shakeHands, tcpBetween, udpBetween } from '../conversation.js';
import { CLIENT_NEXT, closeBy, MEMBER_NEXT } from '../endings.js';
import { eventCount, leasesTaken, nothingLeft, withPort } from '../readings.js';

const SYN = { flags: 'SYN', seq: CLIENT_ISN };
const SYN_ACK = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };

/** Asserts that the only session lasts `seconds` without a packet and not two more, and how many RSTs and which event that makes. */
async function lasts(gateway: GatewayUnderTest, seconds: number, expected: { resets: number; event: Event }) {
  await gateway.age(seconds - 1);
  equal('frames one second before', (await gateway.reap()).length, 0);
  equal('rows one second before', await gateway.rowCount(), 2);
  await gateway.age(2);
  equal('resets', (await gateway.reap()).length, expected.resets);
  for (const event of [Event.SESSION_ENDED_CLOSED, Event.SESSION_ENDED_IDLE, Event.SESSION_ENDED_SYN])
    equal(`events ${event}`, eventCount(gateway, event), event === expected.event ? 1 : 0);
  await nothingLeft(gateway);
}

async function established(gateway: GatewayUnderTest, idleTimeout?: number) {
  gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], ...(idleTimeout ? { idleTimeout } : {}) });
  const conversation = tcpBetween();
  await shakeHands(gateway, conversation);
  return conversation;
}

export const EXPIRY_CASES: readonly Case[] = [
  {
    sentence: 'a SYN that nobody answers is forgotten after the SYN timeout, without a word',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward' });
      await lasts(gateway, 30, { resets: 0, event: Event.SESSION_ENDED_SYN });
    },
  },
  {
    sentence: 'a handshake that the client never finishes is forgotten after the SYN timeout, and the member is told',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember } = tcpBetween();
      await check(gateway, fromClient(SYN), { outcome: 'forward' });
      await check(gateway, fromMember(SYN_ACK), { outcome: 'forward' });
      await lasts(gateway, 30, { resets: 1, event: Event.SESSION_ENDED_SYN });
    },
  },
  {
    sentence: 'an established session lasts its listener’s idle timeout: a minute here, a day there',
    run: async (gateway) => {
      for (const idleTimeout of [60, 900, 32_767, 86_400]) {
        await gateway.reset();
        await established(gateway, idleTimeout);
        await lasts(gateway, idleTimeout, { resets: 2, event: Event.SESSION_ENDED_IDLE });
      }
    },
  },
  {
    sentence: 'no idle timeout is cut short by how it is stored, nor drawn out by more than 3 s',
    run: async (gateway) => {
      for (const idleTimeout of [32_768, 32_769, 45_678, 86_399]) {
        await gateway.reset();
        await established(gateway, idleTimeout);
        await gateway.age(idleTimeout - 1);
        await gateway.reap();
        equal(`rows before ${idleTimeout} s`, await gateway.rowCount(), 2);
        await gateway.age(4);
        await gateway.reap();
        equal(`rows after ${idleTimeout + 3} s`, await gateway.rowCount(), 0);
      }
    },
  },
  {
    sentence: 'a changed idle timeout is for new sessions, those that exist keep theirs',
    run: async (gateway) => {
      await established(gateway, 60);
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], idleTimeout: 900 });
      await lasts(gateway, 60, { resets: 2, event: Event.SESSION_ENDED_IDLE });
    },
  },
  {
    sentence: 'a session of which only one direction is active stays, whichever it is',
    run: async (gateway) => {
      const { fromClient, fromMember } = await established(gateway);
      for (const speaks of [fromMember(MEMBER_NEXT), fromClient(CLIENT_NEXT)])
        for (let time = 0; time < 2; time++) {
          await gateway.age(600);
          equal('frames', (await gateway.reap()).length, 0);
          await check(gateway, speaks, { outcome: 'forward' });
        }
      equal('rows', await gateway.rowCount(), 2);
      await gateway.age(901);
      equal('resets after all', (await gateway.reap()).length, 2);
    },
  },
  {
    sentence: 'a half-closed session lasts the FIN timeout',
    run: async (gateway) => {
      for (const side of ['client', 'member'] as const) {
        await gateway.reset();
        const { fromClient, fromMember } = await established(gateway);
        const fin = { flags: 'FIN ACK' };
        const packet =
          side === 'client' ? fromClient({ ...fin, ...CLIENT_NEXT }) : fromMember({ ...fin, ...MEMBER_NEXT });
        await check(gateway, packet, { outcome: 'forward' });
        await lasts(gateway, 120, { resets: 2, event: Event.SESSION_ENDED_IDLE });
      }
    },
  },
  {
    sentence: 'a half-closed session does not outlast an idle timeout that is shorter',
    run: async (gateway) => {
      const { fromClient } = await established(gateway, 60);
      await check(gateway, fromClient({ flags: 'FIN ACK', ...CLIENT_NEXT }), { outcome: 'forward' });
      await lasts(gateway, 60, { resets: 2, event: Event.SESSION_ENDED_IDLE });
    },
  },
  {
    sentence: 'a session that its member closed first rests as long as the member holds TIME-WAIT, without RSTs',
    run: async (gateway) => {
      await closeBy('member', gateway, await established(gateway));
      await lasts(gateway, 60, { resets: 0, event: Event.SESSION_ENDED_CLOSED });
    },
  },
  {
    sentence: 'a session that its client closed first, or an RST ended, is soon forgotten, without RSTs',
    run: async (gateway) => {
      await closeBy('client', gateway, await established(gateway));
      await lasts(gateway, 10, { resets: 0, event: Event.SESSION_ENDED_CLOSED });
      await gateway.reset();
      const { fromMember } = await established(gateway);
      await check(gateway, fromMember({ flags: 'RST', ...MEMBER_NEXT }), { outcome: 'forward' });
      await lasts(gateway, 10, { resets: 0, event: Event.SESSION_ENDED_CLOSED });
    },
  },
  {
    sentence: 'a closed session is not forgotten while its packets still come',
    run: async (gateway) => {
      const conversation = await established(gateway);
      await closeBy('client', gateway, conversation);
      await gateway.age(9);
      const fin = { flags: 'FIN ACK', seq: MEMBER_ISN + 1, ack: CLIENT_ISN + 2 };
      await check(gateway, conversation.fromMember(fin), { outcome: 'forward', frame: conversation.toClient(fin) });
      await gateway.age(9);
      await gateway.reap();
      equal('rows', await gateway.rowCount(), 2);
    },
  },
  {
    sentence: 'a UDP session lasts its idle timeout and ends without a word',
    run: async (gateway) => {
      const times = { idleTimeout: 300 };
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: [ENDS.member], ...times });
      const { fromClient, fromMember } = udpBetween();
      await check(gateway, fromClient({}), { outcome: 'forward' });
      await gateway.age(200);
      await check(gateway, fromMember({}), { outcome: 'forward' });
      await lasts(gateway, 300, { resets: 0, event: Event.SESSION_ENDED_IDLE });
    },
  },
  {
    sentence: 'what is left of a session without its second row is removed with its lease',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward' });
      const [reverse] = (await gateway.tables.sessions.entries()).find(([key]) => key.dport === 1024)!;
      gateway.tables.sessions.delete(reverse);
      await gateway.age(2);
      equal('frames', (await gateway.reap()).length, 0);
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'sessions that end leave the others alone',
    run: async (gateway) => {
      await established(gateway, 60);
      await gateway.age(61);
      const other = withPort(ENDS.client, 2);
      await check(gateway, tcpBetween({ client: other }).fromClient(SYN), { outcome: 'forward' });
      equal('resets', (await gateway.reap()).length, 2);
      equal('the one that ended', gateway.hasSession(ENDS.member, FIRST_LEASE), false);
      equal('the other one', gateway.hasSession(other, ENDS.vip), true);
      equal('leases', await leasesTaken(gateway), 1);
    },
  },
];
