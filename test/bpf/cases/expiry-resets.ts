/** DATAPLANE 3 and LI-2: the RSTs that tell both ends of an expired session, with the sequence numbers they expect (RFC 5961). */
import { SessionBit } from '../../../src/datapath/layouts.js';
import { flow, type GatewayUnderTest } from '../../support/gateway-under-test.js';
import { type Packet, tcp } from '../../support/packet.js';
import type { Case } from '../case.js';
import { check, equal, equalFrame } from '../check.js';
import { CLIENT_ISN, ENDS, FIRST_LEASE, MEMBER_ISN, shakeHands, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';
import { withPort } from '../readings.js';
import { ADDRESS, MAC } from '../scene.js';

const RESET = { flags: 'RST', window: 0 };

/** Lets the session of `gateway` expire; its RSTs must be these, by interface. */
async function endsWith(gateway: GatewayUnderTest, expected: [from: string, frame: Packet][]): Promise<void> {
  await gateway.age(901);
  const sent = await gateway.reap();
  equal(
    'interfaces',
    sent.map((each) => each.interface),
    expected.map(([name]) => name),
  );
  for (const [index, [, frame]] of expected.entries()) equalFrame(sent[index]!.frame, frame);
  equal('rows', await gateway.rowCount(), 0);
}

export const EXPIRY_RESET_CASES: readonly Case[] = [
  {
    sentence: 'the RSTs of an expired session continue what both ends have received',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember, gatewayToClient, gatewayToMember, ...rest } = tcpBetween();
      await shakeHands(gateway, { fromClient, fromMember, gatewayToClient, gatewayToMember, ...rest });
      await check(gateway, fromClient({ flags: 'PSH ACK', ...CLIENT_NEXT, payload: 'ping' }), { outcome: 'forward' });
      const answer = { flags: 'PSH ACK', seq: MEMBER_ISN + 1, ack: CLIENT_ISN + 5, payload: 'x'.repeat(700) };
      await check(gateway, fromMember(answer), { outcome: 'forward' });
      await check(gateway, fromClient({ seq: CLIENT_ISN + 5, ack: MEMBER_ISN + 701 }), { outcome: 'forward' });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: MEMBER_ISN + 701 })],
        ['back', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 5 })],
      ]);
    },
  },
  {
    sentence: 'the RSTs are right where sequence numbers have wrapped around',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      const { fromClient, fromMember, gatewayToClient, gatewayToMember } = conversation;
      await shakeHands(gateway, conversation, { clientIsn: 0xffff_fff0, memberIsn: 0xffff_ffff });
      const question = { flags: 'PSH ACK', seq: 0xffff_fff1, ack: 0, payload: 'x'.repeat(100) };
      await check(gateway, fromClient(question), { outcome: 'forward' });
      await check(gateway, fromMember({ flags: 'PSH ACK', seq: 0, ack: 85, payload: 'y' }), { outcome: 'forward' });
      await check(gateway, fromClient({ seq: 85, ack: 1 }), { outcome: 'forward' });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: 1 })],
        ['back', gatewayToMember({ ...RESET, seq: 85 })],
      ]);
    },
  },
  {
    sentence: 'an acknowledgment that was overtaken by a later one does not take the RSTs back',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      const { fromClient, fromMember, gatewayToClient, gatewayToMember } = conversation;
      await shakeHands(gateway, conversation, { memberIsn: 0xffff_ff00 });
      for (const ack of [0x0000_0400, 0xffff_ff80, 0x0000_0200])
        await check(gateway, fromClient({ seq: CLIENT_ISN + 1, ack }), { outcome: 'forward' });
      for (const ack of [CLIENT_ISN + 301, CLIENT_ISN + 201])
        await check(gateway, fromMember({ seq: MEMBER_ISN + 1, ack }), { outcome: 'forward' });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: 0x0000_0400 })],
        ['back', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 301 })],
      ]);
    },
  },
  {
    sentence:
      'an acknowledgment of what was never sent does not mislead the RSTs for longer than to the next right one',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      const { fromClient, gatewayToClient, gatewayToMember } = conversation;
      await shakeHands(gateway, conversation);
      for (const ack of [MEMBER_ISN + 2 ** 30, MEMBER_ISN + 1])
        await check(gateway, fromClient({ seq: CLIENT_ISN + 1, ack }), { outcome: 'forward' });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: MEMBER_ISN + 1 })],
        ['back', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 1 })],
      ]);
    },
  },
  {
    sentence: 'a handshake that the client never finished is reset at the member alone, which answered',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember, gatewayToMember } = tcpBetween();
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      const answer = fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 });
      await check(gateway, answer, { outcome: 'forward' });
      await endsWith(gateway, [['back', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 1 })]]);
    },
  },
  {
    sentence: 'a half-closed session is reset beyond the FIN that was acknowledged',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      const { fromClient, fromMember, gatewayToClient, gatewayToMember } = conversation;
      await shakeHands(gateway, conversation);
      await check(gateway, fromMember({ flags: 'FIN ACK', ...MEMBER_NEXT }), { outcome: 'forward' });
      await check(gateway, fromClient({ seq: CLIENT_ISN + 1, ack: MEMBER_ISN + 2 }), { outcome: 'forward' });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: MEMBER_ISN + 2 })],
        ['back', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 1 })],
      ]);
    },
  },
  {
    sentence: 'RSTs take the way of the session: through a router, or back out where both ends are',
    run: async (gateway) => {
      const ends = { client: `${ADDRESS.remoteClient}:40000`, member: `${ADDRESS.neighbourMember}:8080` };
      gateway.configuration.listener({ vip: ENDS.vip, members: [ends.member] });
      const conversation = tcpBetween(ends);
      const { gatewayToClient, gatewayToMember, fromClient, fromMember, toMember, toClient } = conversation;
      const handshake = [
        [fromClient, toMember, { flags: 'SYN', seq: CLIENT_ISN }],
        [fromMember, toClient, { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 }],
        [fromClient, toMember, { flags: 'ACK', ...CLIENT_NEXT }],
      ] as const;
      for (const [send, arrive, fields] of handshake)
        await check(gateway, send(fields), { outcome: 'forward', action: 'TX', frame: arrive(fields) });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: MEMBER_ISN + 1 })],
        ['front', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 1 })],
      ]);
    },
  },
  {
    sentence: 'an end that the kernel forwards to, by an interface without the gateway, is told as well',
    run: async (gateway) => {
      const member = `${ADDRESS.elsewhereMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const { fromClient, fromMember, gatewayToClient, gatewayToMember } = tcpBetween({ member });
      const syn = fromClient({ flags: 'SYN', seq: CLIENT_ISN });
      await check(gateway, syn, { outcome: 'kernel_forward' });
      const answer = fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 });
      await check(gateway, answer, { outcome: 'forward', ingress: 'back' });
      await check(gateway, fromClient({ flags: 'ACK', ...CLIENT_NEXT }), { outcome: 'kernel_forward' });
      await endsWith(gateway, [
        ['front', gatewayToClient({ ...RESET, seq: MEMBER_ISN + 1 })],
        ['elsewhere', gatewayToMember({ ...RESET, seq: CLIENT_ISN + 1 })],
      ]);
    },
  },
  {
    sentence: 'an end whose next hop was never known is not told, the other one is',
    run: async (gateway) => {
      const member = `${ADDRESS.unresolvedMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const { fromClient, gatewayToClient } = tcpBetween();
      const fromMember = (fields: { flags?: string; seq: number; ack: number }) =>
        tcp({ ...fields, from: member, to: FIRST_LEASE, ethernet: { source: MAC.members, destination: MAC.back } });
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'kernel_forward' });
      const answer = fromMember({ flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 });
      await check(gateway, answer, { outcome: 'forward' });
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'kernel_forward' });
      await endsWith(gateway, [['front', gatewayToClient({ ...RESET, seq: MEMBER_ISN + 1 })]]);
    },
  },
  {
    sentence: 'a thousand sessions that expire at once are reset at both ends, each once',
    sizes: { sessions: 1000 },
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await shakeHands(gateway, tcpBetween());
      for (let port = 2000; port < 2999; port++) cloneSession(gateway, port);
      equal('rows', await gateway.rowCount(), 2000);
      await gateway.age(901);
      // Where the kernel's buffer is full within a hash bucket, a walk may miss what follows in it; the next one does not.
      const sent = [...(await gateway.reap()), ...(await gateway.reap())];
      const told = sent.map(({ packet }) => [packet.ipv4?.destination, ...ports(packet)].join(' '));
      equal('frames', [sent.length, new Set(told).size], [2000, 2000]);
      equal('rows', await gateway.rowCount(), 0);
    },
  },
];

const ports = ({ tcp }: Packet) => [tcp?.sourcePort, tcp?.destinationPort];

/** Another session like the scene's own; client and local port are both `port`. */
function cloneSession(gateway: GatewayUnderTest, port: number): void {
  const forward = gateway.session(ENDS.client, ENDS.vip);
  const reverse = gateway.session(ENDS.member, FIRST_LEASE);
  const state = forward.state | SessionBit.UNLEASED;
  gateway.tables.sessions.put(flow(withPort(ENDS.client, port), ENDS.vip), { ...forward, sport: port, state });
  gateway.tables.sessions.put(flow(ENDS.member, withPort(FIRST_LEASE, port)), { ...reverse, dport: port });
}
