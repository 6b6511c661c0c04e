/** LI-4, LB-6: connections at a time and new ones per second, of listeners and of load balancers. */
import { ServiceBit, TargetBit } from '../../../src/datapath/layouts.js';
import { mapIpv4, parseEndpoint } from '../../support/bytes.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import { PROTOCOL } from '../../support/packet.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, shakeHands, tcpBetween, udpBetween } from '../conversation.js';
import { CLIENT_NEXT, closeBy, MEMBER_NEXT } from '../endings.js';
import { connectionsOf, leaseOf, nothingLeft, turnedAway, withPort } from '../readings.js';
import { ADDRESS } from '../scene.js';
import { beginningOfSecond } from '../second.js';

const SYN = { flags: 'SYN', seq: 1000 };
const LISTENER = { vip: ENDS.vip, members: [ENDS.member] };
const SERVICE = {
  address: mapIpv4(parseEndpoint(ENDS.vip).host),
  port: parseEndpoint(ENDS.vip).port,
  protocol: PROTOCOL.tcp,
};
const OTHER_VIP = `${ADDRESS.otherVip}:80`;

/** Sends SYNs of new sessions of one client, from ascending ports; how many got in. Others must have the outcome given. */
async function open(
  gateway: GatewayUnderTest,
  count: number,
  refusal: string,
  {
    client = ADDRESS.client,
    firstPort = 2000,
    vip = ENDS.vip,
  }: { client?: string; firstPort?: number; vip?: string } = {},
): Promise<number> {
  let admitted = 0;
  for (let port = firstPort; port < firstPort + count; port++) {
    const { fromClient } = tcpBetween({ client: `${client}:${port}`, vip });
    const { outcome } = await gateway.send(fromClient(SYN));
    if (outcome === 'forward') admitted++;
    else equal('outcome', outcome, refusal);
  }
  return admitted;
}

/** How a connection may end. */
const COUNTED: [sentence: string, end: (gateway: GatewayUnderTest) => Promise<void>][] = [
  [
    'both sides close',
    async (gateway) => {
      await shakeHands(gateway, tcpBetween());
      await closeBy('member', gateway, tcpBetween());
    },
  ],
  [
    'the client resets it',
    async (gateway) => {
      await shakeHands(gateway, tcpBetween());
      await check(gateway, tcpBetween().fromClient({ flags: 'RST', ...CLIENT_NEXT }), { outcome: 'forward' });
    },
  ],
  [
    'the member refuses it',
    async (gateway) => {
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward' });
      const refusal = { flags: 'RST ACK', seq: 0, ack: 1001 };
      await check(gateway, tcpBetween().fromMember(refusal), { outcome: 'forward' });
    },
  ],
  [
    'it is idle for too long',
    async (gateway) => {
      await shakeHands(gateway, tcpBetween());
      await gateway.age(901);
      await gateway.reap();
      await nothingLeft(gateway);
    },
  ],
];

const COUNT_CASES: readonly Case[] = COUNTED.map(([sentence, end]) => ({
  sentence: `a connection is given back to its listener and load balancer when ${sentence}`,
  run: async (gateway) => {
    const balancer = gateway.configuration.balancer({ connections: 1 });
    const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 1 }, balancer });
    await end(gateway);
    equal('connections', [connectionsOf(gateway, index), connectionsOf(gateway, balancer)], [0, 0]);
    equal('room for another', await open(gateway, 2, 'drop_connection_limit'), 1);
  },
}));

export const LIMIT_CASES: readonly Case[] = [
  ...COUNT_CASES,
  {
    sentence: 'a listener has exactly as many connections as it may, and those it has go on',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 20 } });
      const first = tcpBetween();
      await shakeHands(gateway, first);
      equal('further ones', await open(gateway, 30, 'drop_connection_limit'), 19);
      equal('turned away', turnedAway(gateway, index), { connection_limit: 11 });
      equal('connections', connectionsOf(gateway, index), 20);
      const frame = first.toClient(MEMBER_NEXT);
      await check(gateway, first.fromMember(MEMBER_NEXT), { outcome: 'forward', frame });
      await closeBy('client', gateway, first);
      equal('in its place', await open(gateway, 2, 'drop_connection_limit', { firstPort: 3000 }), 1);
    },
  },
  {
    sentence: 'a listener that is limited later starts from the connections it has',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener(LISTENER);
      equal('without a limit', await open(gateway, 5, ''), 5);
      equal('connections', connectionsOf(gateway, index), 5);
      gateway.configuration.limit(index, { connections: 7 });
      gateway.tables.services.change(SERVICE, (row) => ({ ...row, flags: ServiceBit.LIMITED }));
      equal('further ones', await open(gateway, 5, 'drop_connection_limit', { firstPort: 3000 }), 2);
    },
  },
  {
    sentence: 'a limit that is lowered ends nothing, one that is raised lets in at once',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 4 } });
      const first = tcpBetween();
      await shakeHands(gateway, first);
      equal('before', await open(gateway, 5, 'drop_connection_limit'), 3);
      gateway.configuration.limit(index, { connections: 2 });
      equal('lowered', await open(gateway, 1, 'drop_connection_limit', { firstPort: 3000 }), 0);
      await check(gateway, first.fromClient(CLIENT_NEXT), { outcome: 'forward' });
      gateway.configuration.limit(index, { connections: 6 });
      equal('raised', await open(gateway, 5, 'drop_connection_limit', { firstPort: 3000 }), 2);
    },
  },
  {
    sentence: 'a limit of nothing lets nobody in',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 0 } });
      equal('admitted', await open(gateway, 2, 'drop_connection_limit'), 0);
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'a retransmitted SYN is not another connection',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({
        ...LISTENER,
        limits: { connections: 1, sessions: 1 },
      });
      await beginningOfSecond();
      for (let time = 0; time < 3; time++) await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward' });
      equal('connections', connectionsOf(gateway, index), 1);
    },
  },
  {
    sentence: 'a closed session that its client takes over counts once more, and only where there is room',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 1 } });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await closeBy('client', gateway, conversation);
      equal('another client’s', await open(gateway, 1, '', { client: ADDRESS.remoteClient }), 1);
      const again = { flags: 'SYN', seq: 90_000 };
      await check(gateway, conversation.fromClient(again), { outcome: 'drop_connection_limit', events: [] });
      gateway.configuration.limit(index, { connections: 2 });
      await check(gateway, conversation.fromClient(again), { outcome: 'forward', events: ['session_reopened'] });
      equal('connections', connectionsOf(gateway, index), 2);
    },
  },
  {
    sentence: 'a session that moves to another member is one connection throughout',
    run: async (gateway) => {
      const members = ADDRESS.members.slice(0, 2).map((address) => `${address}:8080`);
      const { index, targets } = await gateway.configuration.guarded({
        ...LISTENER,
        members,
        limits: { connections: 1 },
      });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'forward' });
      gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, flags: TargetBit.GONE }));
      const expected = { outcome: 'forward', events: ['session_created', 'session_moved'] };
      await check(gateway, tcpBetween().fromClient(SYN), expected);
      equal('connections', connectionsOf(gateway, index), 1);
    },
  },
  {
    sentence: 'what fails after it was admitted is given back',
    run: async (gateway) => {
      const balancer = gateway.configuration.balancer({ connections: 10 });
      const member = `${ADDRESS.unreachable}:8080`;
      await gateway.configuration.guarded({ ...LISTENER, members: [member], limits: { connections: 10 }, balancer });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'drop_no_route' });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'UDP sessions are connections as well',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, transport: 'udp', limits: { connections: 1 } });
      const [first, second] = [udpBetween(), udpBetween({ client: withPort(ENDS.client, 2) })];
      await check(gateway, first.fromClient({ payload: 'a' }), { outcome: 'forward' });
      await check(gateway, second.fromClient({ payload: 'b' }), { outcome: 'drop_connection_limit' });
      await check(gateway, first.fromClient({ payload: 'c' }), { outcome: 'forward' });
    },
  },
  {
    sentence: 'within one second a listener begins exactly as many sessions as it may',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { sessions: 10 } });
      await beginningOfSecond();
      equal('in one second', await open(gateway, 15, 'drop_rate_limit'), 10);
      equal('turned away', turnedAway(gateway, index), { rate_limit: 5 });
      equal('connections', connectionsOf(gateway, index), 10);
      await beginningOfSecond();
      equal('in another', await open(gateway, 15, 'drop_rate_limit', { firstPort: 3000 }), 10);
    },
  },
  {
    sentence: 'connections of all listeners of a load balancer count together',
    run: async (gateway) => {
      const balancer = gateway.configuration.balancer({ connections: 5 });
      const first = await gateway.configuration.guarded({ ...LISTENER, balancer });
      const second = await gateway.configuration.guarded({ ...LISTENER, vip: OTHER_VIP, balancer });
      equal('of the first', await open(gateway, 3, ''), 3);
      equal('of the second', await open(gateway, 5, 'drop_flavor_connections', { vip: OTHER_VIP }), 2);
      equal('turned away', turnedAway(gateway, second.index), { flavor_connections: 3 });
      const counts = [first.index, second.index, balancer].map((index) => connectionsOf(gateway, index));
      equal('connections', counts, [3, 2, 5]);
    },
  },
  {
    sentence: 'new sessions of all listeners of a load balancer count together',
    run: async (gateway) => {
      const balancer = gateway.configuration.balancer({ sessions: 5 });
      await gateway.configuration.guarded({ ...LISTENER, balancer });
      const second = await gateway.configuration.guarded({ ...LISTENER, vip: OTHER_VIP, balancer });
      await beginningOfSecond();
      equal('of the first', await open(gateway, 3, ''), 3);
      equal('of the second', await open(gateway, 5, 'drop_flavor_rate', { vip: OTHER_VIP }), 2);
      equal('turned away', turnedAway(gateway, second.index), { flavor_rate: 3 });
      equal('connections of the second', connectionsOf(gateway, second.index), 2);
    },
  },
  {
    sentence: 'a client that has most of the connections leaves the last eighth to others',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 32 } });
      const other = { client: ADDRESS.remoteClient };
      equal('of another', await open(gateway, 1, '', other), 1);
      equal('of the greedy one', await open(gateway, 40, 'drop_connection_limit'), 27);
      equal('of others', await open(gateway, 10, 'drop_connection_limit', { ...other, firstPort: 3000 }), 4);
    },
  },
  {
    sentence: 'once others were turned away, a client that had everything does not get the last eighth again',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 16 } });
      const first = tcpBetween();
      await shakeHands(gateway, first);
      equal('of one that is alone', await open(gateway, 20, 'drop_connection_limit'), 15);
      const other = { client: ADDRESS.remoteClient, firstPort: 3000 };
      equal('of another', await open(gateway, 1, 'drop_connection_limit', other), 0);
      await closeBy('client', gateway, first);
      equal('of the first', await open(gateway, 1, 'drop_connection_limit', { firstPort: 4000 }), 0);
      equal('of the other', await open(gateway, 1, '', other), 1);
    },
  },
  {
    sentence: 'a client that begins most of the sessions of a second leaves the last eighth to others',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, limits: { sessions: 16 } });
      const other = { client: ADDRESS.remoteClient };
      await beginningOfSecond();
      equal('of another', await open(gateway, 1, '', other), 1);
      equal('of the greedy one', await open(gateway, 20, 'drop_rate_limit'), 13);
      equal('of others', await open(gateway, 4, 'drop_rate_limit', { ...other, firstPort: 3000 }), 2);
    },
  },
  {
    sentence: 'a connection outlives its limit: it is given back to a listener that has none any more',
    run: async (gateway) => {
      await gateway.tables.clientCells.clear();
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { connections: 3 } });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      gateway.configuration.limit(index, {});
      const second = tcpBetween({ client: withPort(ENDS.client, 2) });
      const syn = await check(gateway, second.fromClient(SYN), { outcome: 'forward' });
      await closeBy('client', gateway, conversation);
      const reset = { flags: 'RST ACK', seq: 0, ack: 1001 };
      const { fromMember } = tcpBetween({ client: withPort(ENDS.client, 2), local: leaseOf(syn) });
      await check(gateway, fromMember(reset), { outcome: 'forward' });
      equal('connections', connectionsOf(gateway, index), 0);
      equal('left in the sketch', await tallied(gateway), 0);
    },
  },
];

/** Connections of all clients that the sketch still has. */
async function tallied(gateway: GatewayUnderTest): Promise<number> {
  const cells = await gateway.tables.clientCells.entries();
  return cells.reduce((sum, [, { connections }]) => sum + connections, 0);
}
