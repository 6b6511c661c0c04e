/** DATAPLANE 9: the next hop is the routing table's, of the moment; what XDP cannot send itself the kernel forwards. */
import { execFileSync } from 'node:child_process';
import { formatMac, parseEndpoint } from '../../support/bytes.js';
import type { Ethernet, Packet } from '../../support/packet.js';
import { tcp, udp } from '../../support/packet.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { CLIENT_ISN, ENDS, FIRST_LEASE, MEMBER_ISN, shakeHands, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';
import { nothingLeft, turnedAway } from '../readings.js';
import { ADDRESS, MAC } from '../scene.js';

const SYN = { flags: 'SYN', seq: CLIENT_ISN };
/** A row asks the routing table again after at most 4.3 s. */
const REFRESH = 5;
const MEMBER = `${ADDRESS.members[3]}:8080`;

/** Changes the scene's network while `run` runs. */
async function withNetwork(change: string, undo: string, run: () => Promise<void>): Promise<void> {
  const ip = (command: string) => execFileSync('ip', command.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] });
  ip(change);
  try {
    await run();
  } finally {
    ip(undo);
  }
}

const FROM_CLIENT = { source: MAC.client, destination: MAC.front };
const FROM_MEMBER = { source: MAC.members, destination: MAC.back };

/** The same packet with another next hop. */
const via = (packet: Packet, ethernet: Partial<Ethernet>): Packet => ({
  ...packet,
  ethernet: { ...packet.ethernet, ...ethernet },
});

export const ROUTING_CASES: readonly Case[] = [
  {
    sentence: 'what is for a client behind a router goes to the router',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, fromMember, toClient, toMember } = tcpBetween({ client: `${ADDRESS.remoteClient}:40000` });
      await check(gateway, fromClient(SYN), { outcome: 'forward', frame: toMember(SYN) });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      const frame = toClient(answer);
      equal('next hop', frame.ethernet.destination, MAC.router);
      await check(gateway, fromMember(answer), { outcome: 'forward', frame });
    },
  },
  {
    sentence: 'one-armed: packets leave by the interface they came in by',
    run: async (gateway) => {
      const member = `${ADDRESS.neighbourMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const { fromClient, fromMember, toClient, toMember } = tcpBetween({ member });
      await check(gateway, fromClient(SYN), { outcome: 'forward', action: 'TX', frame: toMember(SYN) });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      await check(gateway, fromMember(answer), { outcome: 'forward', action: 'TX', frame: toClient(answer) });
    },
  },
  {
    sentence:
      'towards a member whose neighbour entry is missing the kernel forwards: translated, TTL and MAC untouched',
    run: async (gateway) => {
      const member = `${ADDRESS.unresolvedMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const syn = tcpBetween().fromClient(SYN);
      const translated = tcp({ ...SYN, from: FIRST_LEASE, to: member, ethernet: FROM_CLIENT });
      await check(gateway, syn, { outcome: 'kernel_forward', frame: translated, events: ['session_created'] });
      await check(gateway, syn, { outcome: 'kernel_forward', frame: translated, events: [] });
      const known = `neigh replace ${ADDRESS.unresolvedMember} lladdr ${MAC.members} dev back nud permanent`;
      await withNetwork(known, `neigh del ${ADDRESS.unresolvedMember} dev back`, async () => {
        const forwarded = tcp({ ...SYN, from: FIRST_LEASE, to: member, ip: { ttl: 63 } });
        const frame = via(forwarded, { source: MAC.back, destination: MAC.members });
        await check(gateway, syn, { outcome: 'forward', frame, events: [] });
      });
    },
  },
  {
    sentence: 'towards a client whose neighbour entry is missing the kernel forwards as well',
    run: async (gateway) => {
      const client = '198.18.0.77:40000';
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const syn = tcp({ ...SYN, from: client, to: ENDS.vip, ethernet: FROM_CLIENT });
      await check(gateway, syn, { outcome: 'forward', frame: tcpBetween().toMember(SYN) });
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      const translated = tcp({ ...answer, from: ENDS.vip, to: client, ethernet: FROM_MEMBER });
      const expected = { outcome: 'kernel_forward', frame: translated };
      await check(gateway, tcpBetween().fromMember(answer), expected);
    },
  },
  {
    sentence: 'a datagram that the kernel forwards keeps a right checksum, or none if it had none',
    run: async (gateway) => {
      const member = `${ADDRESS.unresolvedMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: [member] });
      for (const sum of [{}, { checksum: 0 }]) {
        const datagram = { payload: 'hello', ethernet: FROM_CLIENT, ...sum };
        const frame = udp({ ...datagram, from: FIRST_LEASE, to: member });
        const sent = udp({ ...datagram, from: ENDS.client, to: ENDS.vip });
        await check(gateway, sent, { outcome: 'kernel_forward', frame });
      }
    },
  },
  {
    sentence: 'towards an interface that does not run the gateway the kernel forwards',
    run: async (gateway) => {
      const member = `${ADDRESS.elsewhereMember}:8080`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [member] });
      const frame = tcp({ ...SYN, from: FIRST_LEASE, to: member, ethernet: FROM_CLIENT });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'kernel_forward', frame });
    },
  },
  {
    sentence: 'a session follows its neighbour to another MAC address',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [MEMBER] });
      const conversation = tcpBetween({ member: MEMBER });
      await shakeHands(gateway, conversation);
      const replaced = '02:00:00:00:02:99';
      const entry = (mac: string) => `neigh replace ${ADDRESS.members[3]} lladdr ${mac} dev back nud permanent`;
      await withNetwork(entry(replaced), entry(MAC.members), async () => {
        await gateway.age(REFRESH);
        const frame = via(conversation.toMember(CLIENT_NEXT), { destination: replaced });
        await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'forward', frame });
      });
    },
  },
  {
    sentence: 'new sessions to a member whose neighbour has changed follow it as well',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [MEMBER] });
      await shakeHands(gateway, tcpBetween({ member: MEMBER }));
      const replaced = '02:00:00:00:02:99';
      const entry = (mac: string) => `neigh replace ${ADDRESS.members[3]} lladdr ${mac} dev back nud permanent`;
      await withNetwork(entry(replaced), entry(MAC.members), async () => {
        await gateway.age(REFRESH);
        const next = { client: `${ADDRESS.client}:40001`, member: MEMBER };
        const { frame } = await check(gateway, tcpBetween(next).fromClient(SYN), { outcome: 'forward' });
        equal('next hop', formatMac(frame), replaced);
      });
    },
  },
  {
    sentence: 'a session follows a changed route to another interface, and back',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [MEMBER] });
      const conversation = tcpBetween({ member: MEMBER });
      await shakeHands(gateway, conversation);
      const there = conversation.toMember(CLIENT_NEXT);
      const detour = `${ADDRESS.members[3]}/32 via ${ADDRESS.narrowMember}`;
      await withNetwork(`route add ${detour}`, `route del ${detour}`, async () => {
        await gateway.age(REFRESH);
        const frame = via(there, { source: MAC.narrow, destination: MAC.narrowMember });
        await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'forward', frame });
      });
      await gateway.age(REFRESH);
      await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'forward', frame: there });
    },
  },
  {
    sentence: 'a session whose neighbour entry has vanished is the kernel’s to forward until it is back',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [MEMBER] });
      const conversation = tcpBetween({ member: MEMBER });
      await shakeHands(gateway, conversation);
      const entry = `neigh replace ${ADDRESS.members[3]} lladdr ${MAC.members} dev back nud permanent`;
      await withNetwork(`neigh del ${ADDRESS.members[3]} dev back`, entry, async () => {
        await gateway.age(REFRESH);
        const frame = tcp({ ...CLIENT_NEXT, from: FIRST_LEASE, to: MEMBER, ethernet: FROM_CLIENT });
        await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'kernel_forward', frame });
      });
      const frame = conversation.toMember(CLIENT_NEXT);
      await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'forward', frame });
    },
  },
  {
    sentence: 'a session without a route to its member is refused by name, and nothing of it stays',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener({ vip: ENDS.vip, members: [`${ADDRESS.unreachable}:8080`] });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'drop_no_route', events: [] });
      equal('turned away', turnedAway(gateway, index), { dropped: 1 });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'a session without a route back to its client is refused as well, before the member hears of it',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const syn = tcp({ ...SYN, from: `${ADDRESS.unreachable}:40000`, to: ENDS.vip, ethernet: FROM_CLIENT });
      await check(gateway, syn, { outcome: 'drop_no_route', events: [] });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'a session that loses its route is interrupted, not ended: with the route it goes on',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [MEMBER] });
      const conversation = tcpBetween({ member: MEMBER });
      await shakeHands(gateway, conversation);
      const route = `unreachable ${parseEndpoint(MEMBER).host}/32`;
      await withNetwork(`route add ${route}`, `route del ${route}`, async () => {
        await gateway.age(REFRESH);
        await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'drop_no_route' });
        const frame = conversation.toClient(MEMBER_NEXT);
        await check(gateway, conversation.fromMember(MEMBER_NEXT), { outcome: 'forward', frame });
      });
      const frame = conversation.toMember(CLIENT_NEXT);
      await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'forward', frame });
    },
  },
];
