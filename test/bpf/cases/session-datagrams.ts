/** DATAPLANE 1 for UDP: sessions that have no handshake and no end. */
import { Event, TargetBit } from '../../../src/datapath/layouts.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, FIRST_LEASE, udpBetween } from '../conversation.js';
import { activeOf, eventCount, leaseOf, leasesTaken, memberOf } from '../readings.js';
import { ADDRESS } from '../scene.js';

const OTHER_MEMBER = `${ADDRESS.members[1]}:8080`;

function twoMembers(gateway: GatewayUnderTest): number[] {
  const members = [ENDS.member, OTHER_MEMBER];
  return gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members, wheel: [0, 1] }).targets;
}

function setFlags(gateway: GatewayUnderTest, target: number, flags: number): void {
  gateway.tables.targets.change(target, (row) => ({ ...row, flags }));
}

export const SESSION_DATAGRAM_CASES: readonly Case[] = [
  {
    sentence: 'the datagrams of a client are one session with one member, both directions translated',
    run: async (gateway) => {
      const targets = twoMembers(gateway);
      const { fromClient, toMember, fromMember, toClient } = udpBetween();
      for (const [payload, events] of [['first', ['session_created']] as const, ['second', []] as const]) {
        const expected = { outcome: 'forward', frame: toMember({ payload }), events: [...events] };
        await check(gateway, fromClient({ payload }), expected);
      }
      for (const payload of ['one', 'two'])
        await check(gateway, fromMember({ payload }), { outcome: 'forward', frame: toClient({ payload }), events: [] });
      equal('rows', await gateway.rowCount(), 2);
      const active = targets.map((target) => activeOf(gateway, target));
      equal('open sessions', active, [1, 0]);
    },
  },
  {
    sentence: 'a UDP session leaves a member that is gone with the next datagram, which begins a new one elsewhere',
    run: async (gateway) => {
      const targets = twoMembers(gateway);
      const { fromClient } = udpBetween();
      await check(gateway, fromClient({ payload: 'first' }), { outcome: 'forward' });
      setFlags(gateway, targets[0]!, TargetBit.GONE);
      const events = ['session_created', 'session_moved'];
      const verdict = await check(gateway, fromClient({ payload: 'second' }), { outcome: 'forward', events });
      equal('member', memberOf(verdict), OTHER_MEMBER);
      const frame = udpBetween({ member: OTHER_MEMBER, local: leaseOf(verdict) }).toMember({ payload: 'third' });
      await check(gateway, fromClient({ payload: 'third' }), { outcome: 'forward', frame, events: [] });
      equal('row of the old session', gateway.hasSession(ENDS.member, FIRST_LEASE, 'udp'), false);
      equal('leases', await leasesTaken(gateway), 1);
      const active = targets.map((target) => activeOf(gateway, target));
      equal('open sessions', active, [0, 1]);
      equal('moved', eventCount(gateway, Event.SESSION_MOVED), 1);
    },
  },
  {
    sentence: 'a UDP session stays with a member that is drained',
    run: async (gateway) => {
      const targets = twoMembers(gateway);
      const { fromClient, toMember } = udpBetween();
      await check(gateway, fromClient({ payload: 'first' }), { outcome: 'forward' });
      setFlags(gateway, targets[0]!, 0);
      const expected = { outcome: 'forward', frame: toMember({ payload: 'second' }), events: [] };
      await check(gateway, fromClient({ payload: 'second' }), expected);
    },
  },
  {
    sentence: 'what a member that is gone still answers reaches the client',
    run: async (gateway) => {
      const targets = twoMembers(gateway);
      const { fromClient, fromMember, toClient } = udpBetween();
      await check(gateway, fromClient({ payload: 'first' }), { outcome: 'forward' });
      setFlags(gateway, targets[0]!, TargetBit.GONE);
      const expected = { outcome: 'forward', frame: toClient({ payload: 'late' }), events: [] };
      await check(gateway, fromMember({ payload: 'late' }), expected);
      equal('rows', await gateway.rowCount(), 2);
    },
  },
  {
    sentence: 'a UDP session whose member is gone and has no successor is refused, and nothing of it stays',
    run: async (gateway) => {
      const targets = twoMembers(gateway);
      const { fromClient } = udpBetween();
      await check(gateway, fromClient({ payload: 'first' }), { outcome: 'forward' });
      setFlags(gateway, targets[0]!, TargetBit.GONE);
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp' });
      const expected = { outcome: 'refused_no_member', events: ['session_moved'] };
      await check(gateway, fromClient({ payload: 'second' }), expected);
      equal('rows', await gateway.rowCount(), 0);
    },
  },
];
