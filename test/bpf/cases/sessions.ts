/** DATAPLANE 1: a session is two rows, never one; SYNs of sessions that exist; packets of sessions that do not; the full table. */
import { Event, SessionBit, TargetBit } from '../../../src/datapath/layouts.js';
import { mapIpv4, parseEndpoint, readUint32 } from '../../support/bytes.js';
import { flow, type GatewayUnderTest } from '../../support/gateway-under-test.js';
import { mss } from '../../support/tcp-options.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { CLIENT_ISN, ENDS, FIRST_LEASE, MEMBER_ISN, shakeHands, tcpBetween, udpBetween } from '../conversation.js';
import { CLIENT_NEXT, closeBy, MEMBER_NEXT } from '../endings.js';
import { activeOf, eventCount, leaseOf, leasesTaken, memberOf, nothingLeft, turnedAway } from '../readings.js';
import { ADDRESS } from '../scene.js';

const OTHER_MEMBER = `${ADDRESS.members[1]}:8080`;
const SYN = { flags: 'SYN', seq: CLIENT_ISN, options: [mss(1460)] };

const number = (endpoint: string) => readUint32(parseEndpoint(endpoint).address, 0);

/** Opens sessions of the scene's client, one a port. */
async function openFrom(gateway: GatewayUnderTest, firstPort: number, count: number): Promise<void> {
  for (let port = firstPort; port < firstPort + count; port++)
    await check(gateway, tcpBetween({ client: `${ADDRESS.client}:${port}` }).fromClient(SYN), { outcome: 'forward' });
}

export const SESSION_CASES: readonly Case[] = [
  {
    sentence: 'each row of a session translates to what the other one is found by',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward' });
      const forward = gateway.session(ENDS.client, ENDS.vip);
      const reverse = gateway.session(ENDS.member, FIRST_LEASE);
      const { saddr, daddr, sport, dport } = forward;
      const translation = [saddr, sport, daddr, dport];
      equal('to the member', translation, [number(FIRST_LEASE), 1024, number(ENDS.member), 8080]);
      const back = [reverse.saddr, reverse.sport, reverse.daddr, reverse.dport];
      equal('to the client', back, [number(ENDS.vip), 80, number(ENDS.client), 40000]);
      equal('reverse bits', [forward.state & SessionBit.REVERSE, reverse.state & SessionBit.REVERSE], [0, 1]);
    },
  },
  {
    sentence: 'a session of which only one row finds room leaves no row, no lease and no count',
    sizes: { sessions: 4 },
    run: async (gateway) => {
      const { index, targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await openFrom(gateway, 1, 3);
      const stray = flow('198.18.0.9:9', '198.18.0.9:9');
      gateway.tables.sessions.put(stray, gateway.session(ENDS.member, FIRST_LEASE));
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'drop_sessions_full', events: [] });
      equal('rows', await gateway.rowCount(), 7);
      equal('leases', await leasesTaken(gateway), 3);
      equal('open sessions', activeOf(gateway, targets[0]!), 3);
      equal('turned away', turnedAway(gateway, index), { dropped: 1 });
      gateway.tables.sessions.delete(stray);
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward', events: ['session_created'] });
    },
  },
  {
    sentence: 'a full table lets both directions of every session go on, and new ones in as soon as one has ended',
    sizes: { sessions: 4 },
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const first = tcpBetween();
      await shakeHands(gateway, first);
      await openFrom(gateway, 1, 3);
      const another = tcpBetween({ client: `${ADDRESS.client}:5` }).fromClient(SYN);
      await check(gateway, another, { outcome: 'drop_sessions_full' });
      const question = { flags: 'PSH ACK', ...CLIENT_NEXT, payload: 'ping' };
      await check(gateway, first.fromClient(question), { outcome: 'forward', frame: first.toMember(question) });
      const answer = { flags: 'PSH ACK', ...MEMBER_NEXT, payload: 'pong' };
      await check(gateway, first.fromMember(answer), { outcome: 'forward', frame: first.toClient(answer) });
      await gateway.age(31);
      await gateway.reap();
      equal('rows once the three unfinished have ended', await gateway.rowCount(), 2);
      await check(gateway, another, { outcome: 'forward' });
    },
  },
  {
    sentence:
      'a lease whose row is still there is not used twice: the packet is dropped, its retransmission gets another',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await openFrom(gateway, 1, 1);
      const left = gateway.session(ENDS.member, FIRST_LEASE);
      await gateway.reset();
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.tables.sessions.put(flow(ENDS.member, FIRST_LEASE), left);
      const { fromClient } = tcpBetween();
      await check(gateway, fromClient(SYN), { outcome: 'drop_race', events: [] });
      equal('rows', await gateway.rowCount(), 1);
      equal('open sessions', activeOf(gateway, targets[0]!), 0);
      const second = await check(gateway, fromClient(SYN), { outcome: 'forward', events: ['session_created'] });
      equal('the lease', leaseOf(second), `${ADDRESS.locals[0]}:1088`);
    },
  },
  {
    sentence: 'a retransmitted SYN takes the way of the first and begins nothing',
    run: async (gateway) => {
      const members = [ENDS.member, OTHER_MEMBER];
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members });
      const { fromClient, toMember } = tcpBetween();
      for (const events of [['session_created'], [], []])
        await check(gateway, fromClient(SYN), { outcome: 'forward', frame: toMember(SYN), events });
      equal('rows', await gateway.rowCount(), 2);
      const active = targets.map((target) => activeOf(gateway, target));
      equal('open sessions', active, [1, 0]);
    },
  },
  {
    sentence: 'a SYN within an open session is for the member to answer: the session stays as it is',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      const { state } = gateway.session(ENDS.client, ENDS.vip);
      const again = { ...SYN, seq: 777 };
      const expected = { outcome: 'forward', frame: conversation.toMember(again), events: [] };
      await check(gateway, conversation.fromClient(again), expected);
      equal('state', gateway.session(ENDS.client, ENDS.vip).state, state);
    },
  },
  {
    sentence: 'a SYN from the port of a closed session opens that again: same member, same lease, all else as new',
    run: async (gateway) => {
      const members = [ENDS.member, OTHER_MEMBER];
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await closeBy('client', gateway, conversation);
      equal('open sessions when closed', activeOf(gateway, targets[0]!), 0);
      const again = { ...SYN, seq: 777 };
      const expected = { outcome: 'forward', frame: conversation.toMember(again), events: ['session_reopened'] };
      await check(gateway, conversation.fromClient(again), expected);
      equal('open sessions', activeOf(gateway, targets[0]!), 1);
      equal('sessions counted', Number(gateway.tables.targetStats.total(targets[0]!).sessions), 2);
      for (const [from, to, packets] of [[ENDS.client, ENDS.vip, 1] as const, [ENDS.member, FIRST_LEASE, 0] as const]) {
        const row = gateway.session(from, to);
        const past = SessionBit.ANSWERED | SessionBit.FIN | SessionBit.RST | SessionBit.CLOSED;
        equal(`bits of the past, ${from}`, row.state & (past | SessionBit.MEMBER_CLOSED_FIRST), 0);
        equal(`packets, ${from}`, row.packets, packets);
      }
      await shakeHands(gateway, conversation, { clientIsn: 777, memberIsn: 9000 });
    },
  },
  {
    sentence: 'a SYN from the port of a closed session whose member takes no more goes to another member',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member, OTHER_MEMBER] });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await closeBy('client', gateway, conversation);
      gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, flags: 0 }));
      const events = ['session_created', 'session_ended_closed'];
      const verdict = await check(gateway, conversation.fromClient(SYN), { outcome: 'forward', events });
      equal('member', memberOf(verdict), OTHER_MEMBER);
      equal('row of the old session', gateway.hasSession(ENDS.member, FIRST_LEASE), false);
      equal('leases', await leasesTaken(gateway), 1);
      const active = targets.map((target) => activeOf(gateway, target));
      equal('open sessions', active, [0, 1]);
    },
  },
  {
    sentence: 'a SYN from the port of a closed session whose target id has been given to another member begins anew',
    run: async (gateway) => {
      for (const given of [{ listener: 60 }, { port: 9090 }, { address: mapIpv4(ADDRESS.members[2]!) }]) {
        await gateway.reset();
        const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member, OTHER_MEMBER] });
        const conversation = tcpBetween();
        await shakeHands(gateway, conversation);
        await closeBy('client', gateway, conversation);
        gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, ...given }));
        const events = ['session_created', 'session_ended_closed'];
        const verdict = await check(gateway, conversation.fromClient(SYN), { outcome: 'forward', events });
        equal('member', memberOf(verdict), OTHER_MEMBER);
      }
    },
  },
  {
    sentence:
      'a SYN from the port of a closed session of a listener that was deleted is refused, and the session is gone',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await closeBy('member', gateway, conversation);
      await gateway.tables.services.clear();
      const expected = { outcome: 'refused_no_listener', events: ['session_ended_closed'] };
      await check(gateway, conversation.fromClient(SYN), expected);
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'a segment of no session for a listener is answered by the RST that its sender believes',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, gatewayToClient } = tcpBetween();
      const data = { flags: 'PSH ACK', seq: 5, ack: 4_000_000_000, payload: 'late', options: [mss(536)] };
      const reset = { flags: 'RST', seq: 4_000_000_000, window: 0 };
      await check(gateway, fromClient(data), { outcome: 'refused_no_session', frame: gatewayToClient(reset) });
      // Nothing is acknowledged: the RST acknowledges instead, payload and FIN included.
      const odd = { flags: 'FIN PSH', seq: 0xffff_fffe, payload: 'late' };
      const answer = { flags: 'RST ACK', seq: 0, ack: 3, window: 0 };
      await check(gateway, fromClient(odd), { outcome: 'refused_no_session', frame: gatewayToClient(answer) });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'a segment of no session for a local address is answered by RST in the name of that address',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromMember, gatewayToMember } = tcpBetween();
      const late = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      const reset = { flags: 'RST', seq: CLIENT_ISN + 1, window: 0 };
      await check(gateway, fromMember(late), { outcome: 'refused_no_session', frame: gatewayToMember(reset) });
      const syn = { flags: 'SYN', seq: MEMBER_ISN };
      const answer = { flags: 'RST ACK', seq: 0, ack: MEMBER_ISN + 1, window: 0 };
      await check(gateway, fromMember(syn), { outcome: 'refused_no_session', frame: gatewayToMember(answer) });
    },
  },
  {
    sentence: 'an RST of no session is dropped, so is a datagram of none for a local address',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember } = tcpBetween();
      for (const flags of ['RST', 'RST ACK', 'SYN RST']) {
        await check(gateway, fromClient({ flags, seq: 1, ack: 1 }), { outcome: 'drop_no_session' });
        await check(gateway, fromMember({ flags, seq: 1, ack: 1 }), { outcome: 'drop_no_session' });
      }
      await check(gateway, udpBetween().fromMember({ payload: 'late' }), { outcome: 'drop_no_session' });
    },
  },
  {
    sentence: 'a session counts the packets and bytes of its directions, and so does its member',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const { fromClient, fromMember, ...rest } = tcpBetween();
      await shakeHands(gateway, { fromClient, fromMember, ...rest });
      // Ethernet padding does not count, neither do the 8 bytes that TOA adds.
      await check(gateway, fromClient({ ...CLIENT_NEXT, trailer: new Uint8Array(6) }), { outcome: 'forward' });
      await check(gateway, fromMember({ ...MEMBER_NEXT, payload: 'x'.repeat(1000) }), { outcome: 'forward' });
      const [forward, reverse] = [gateway.session(ENDS.client, ENDS.vip), gateway.session(ENDS.member, FIRST_LEASE)];
      equal('in', [forward.packets, Number(forward.bytes)], [3, 44 + 40 + 40]);
      equal('out', [reverse.packets, Number(reverse.bytes)], [2, 44 + 1040]);
      const { sessions, packets_in, bytes_in, packets_out, bytes_out } = gateway.tables.targetStats.total(targets[0]!);
      const counted = [sessions, packets_in, bytes_in, packets_out, bytes_out].map(Number);
      equal('of the member', counted, [1, 3, 124, 2, 1084]);
      equal('created', eventCount(gateway, Event.SESSION_CREATED), 1);
    },
  },
  {
    sentence: 'a SYN that its member never answered is retransmitted to another one once that member is gone',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member, OTHER_MEMBER] });
      const { fromClient, toMember } = tcpBetween();
      const setFlags = (flags: number) => gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, flags }));
      await check(gateway, fromClient(SYN), { outcome: 'forward' });
      setFlags(0);
      await check(gateway, fromClient(SYN), { outcome: 'forward', frame: toMember(SYN), events: [] });
      setFlags(TargetBit.GONE);
      const events = ['session_created', 'session_moved'];
      const verdict = await check(gateway, fromClient(SYN), { outcome: 'forward', events });
      equal('member', memberOf(verdict), OTHER_MEMBER);
      equal('rows', await gateway.rowCount(), 2);
      equal('leases', await leasesTaken(gateway), 1);
      const active = targets.map((target) => activeOf(gateway, target));
      equal('open sessions', active, [0, 1]);
    },
  },
  {
    sentence: 'a TCP session goes on while its member is drained or even gone; only new ones go elsewhere',
    run: async (gateway) => {
      const members = [ENDS.member, OTHER_MEMBER];
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      for (const flags of [0, TargetBit.GONE]) {
        gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, flags }));
        const data = { flags: 'PSH ACK', ...CLIENT_NEXT, payload: 'x' };
        const expected = { outcome: 'forward', frame: conversation.toMember(data), events: [] };
        await check(gateway, conversation.fromClient(data), expected);
      }
      await check(gateway, conversation.fromClient(SYN), { outcome: 'forward', events: [] });
      equal('open sessions', activeOf(gateway, targets[0]!), 1);
    },
  },
];
