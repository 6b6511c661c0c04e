/** DATAPLANE 2: which local address and port a session speaks from, also when hardly any is left. */
import { Limits } from '../../../src/datapath/layouts.js';
import { parseEndpoint } from '../../support/bytes.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, FIRST_LEASE, shakeHands, tcpBetween, udpBetween } from '../conversation.js';
import { closeBy } from '../endings.js';
import { activeOf, leaseOf, leasesTaken, memberOf, nothingLeft, tally, turnedAway, withPort } from '../readings.js';
import { ADDRESS } from '../scene.js';

const OTHER_MEMBER = `${ADDRESS.members[1]}:8080`;
const SYN = { flags: 'SYN', seq: 1 };

/** Opens a session from this port of the scene's client. */
function open(gateway: GatewayUnderTest, port: number, vip = ENDS.vip) {
  const { fromClient } = tcpBetween({ client: withPort(ENDS.client, port), vip });
  return check(gateway, fromClient(SYN), { outcome: 'forward' });
}

async function openMany(gateway: GatewayUnderTest, count: number, vip = ENDS.vip): Promise<string[]> {
  const leases: string[] = [];
  for (let port = 1; port <= count; port++) leases.push(leaseOf(await open(gateway, port, vip)));
  return leases;
}

/** Words with about `percent` of their bits set, the same ones at each run (xorshift32). */
function occupy(gateway: GatewayUnderTest, percent: number): void {
  let state = 0x2545f491;
  const taken = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % 100 < percent;
  };
  for (let index = 0; index < 1024; index++) {
    let word = 0n;
    for (let bit = 0n; bit < 64n; bit++) if (taken()) word |= 1n << bit;
    gateway.tables.leaseWords.put(index, word);
  }
}

/** @throws Error where a lease occurs twice */
function allDifferent(leases: string[]): void {
  for (const [lease, count] of Object.entries(tally(leases))) if (count > 1) equal(`sessions on ${lease}`, count, 1);
}

export const LEASE_CASES: readonly Case[] = [
  {
    sentence: 'sessions of one member never share a local address and port, which the local addresses give in turn',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.configuration.locals(...ADDRESS.locals);
      const leases = await openMany(gateway, 100);
      allDifferent(leases);
      const shares = tally(leases.map((lease) => parseEndpoint(lease).host));
      equal('leases by local address', shares, Object.fromEntries(ADDRESS.locals.map((address) => [address, 25])));
      equal('taken', await leasesTaken(gateway), 100);
    },
  },
  {
    sentence: 'two listeners of one member never share a local address and port',
    run: async (gateway) => {
      const second = `${ADDRESS.otherVip}:80`;
      for (const vip of [ENDS.vip, second]) gateway.configuration.listener({ vip, members: [ENDS.member] });
      allDifferent([...(await openMany(gateway, 30)), ...(await openMany(gateway, 30, second))]);
    },
  },
  {
    sentence: 'two members, and TCP and UDP of one, may be spoken to from the same local address and port',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member, OTHER_MEMBER] });
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: [ENDS.member] });
      const verdicts = [await open(gateway, 1), await open(gateway, 2)];
      verdicts.push(await check(gateway, udpBetween().fromClient({}), { outcome: 'forward' }));
      equal('members', verdicts.map(memberOf), [ENDS.member, OTHER_MEMBER, ENDS.member]);
      equal('leases', verdicts.map(leaseOf), [FIRST_LEASE, FIRST_LEASE, FIRST_LEASE]);
    },
  },
  {
    sentence: 'two ports of one server are two members: they have leases of their own',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member, withPort(ENDS.member, 8081)] });
      const verdicts = [await open(gateway, 1), await open(gateway, 2)];
      equal('leases', verdicts.map(leaseOf), [FIRST_LEASE, FIRST_LEASE]);
    },
  },
  {
    sentence: 'two clients that use the same port have a session each, and each gets its own answers',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      for (const client of [ENDS.client, withPort(`${ADDRESS.remoteClient}:0`, 40000)]) {
        const verdict = await check(gateway, tcpBetween({ client }).fromClient(SYN), { outcome: 'forward' });
        const { fromMember, toClient } = tcpBetween({ client, local: leaseOf(verdict) });
        const answer = { flags: 'SYN ACK', seq: 5, ack: 2 };
        await check(gateway, fromMember(answer), { outcome: 'forward', frame: toClient(answer) });
      }
      equal('rows', await gateway.rowCount(), 4);
    },
  },
  {
    sentence: 'a lease comes back when its session has ended, and is not the next one taken',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const leases: string[] = [];
      for (const [turn, local] of [FIRST_LEASE, `${ADDRESS.locals[0]}:1088`, `${ADDRESS.locals[0]}:1152`].entries()) {
        const conversation = tcpBetween({ local });
        await shakeHands(gateway, conversation, { clientIsn: turn * 1000, memberIsn: turn * 5000 });
        const reset = conversation.fromClient({ flags: 'RST', seq: turn * 1000 + 1 });
        await check(gateway, reset, { outcome: 'forward' });
        leases.push(local);
        await gateway.age(11);
        await gateway.reap();
        await nothingLeft(gateway);
      }
      allDifferent(leases);
    },
  },
  {
    sentence: 'a lease has its next turn when all others of the member have had theirs',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.tables.members.put(targets[0]!, { active: 0, leases: Limits.LEASE_PORTS - 2 });
      const leases = await openMany(gateway, 3);
      const local = ADDRESS.locals[0];
      equal('leases', leases, [`${local}:65471`, `${local}:65535`, FIRST_LEASE]);
    },
  },
  {
    sentence: 'where the lease whose turn it is has not come back yet the next port of its word is taken',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await open(gateway, 1);
      // 63 rounds later, when the last port of each word has its turn.
      const turn = { active: 1, leases: 63 * Limits.LEASE_WORDS_PER_LOCAL };
      gateway.tables.members.put(targets[0]!, turn);
      const lease = leaseOf(await open(gateway, 2));
      gateway.tables.members.put(targets[0]!, turn);
      const next = leaseOf(await open(gateway, 3));
      equal('leases', [lease, next], [`${ADDRESS.locals[0]}:1087`, `${ADDRESS.locals[0]}:1025`]);
    },
  },
  {
    sentence: 'every local address has all its ports for every member: where one has none left the other still gives',
    sizes: { leaseWords: 16_384 },
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const [first, second] = ADDRESS.locals as unknown as [string, string];
      await open(gateway, 1);
      const [window] = (await gateway.tables.leaseWords.entries()).find(([, bits]) => bits !== 0n)!;
      for (let word = 0; word < Limits.LEASE_WORDS_PER_LOCAL; word++)
        gateway.tables.leaseWords.put((window + word) & 16_383, 2n ** 64n - 1n);
      const { fromClient } = tcpBetween({ client: withPort(ENDS.client, 2) });
      await check(gateway, fromClient(SYN), { outcome: 'drop_leases_exhausted' });
      gateway.configuration.locals(first, second);
      for (let port = 2; port < 12; port++)
        equal('local address', parseEndpoint(leaseOf(await open(gateway, port))).host, second);
    },
  },
  {
    sentence: 'with nine tenths of the leases taken every session still finds one at once',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      occupy(gateway, 90);
      const before = await leasesTaken(gateway);
      allDifferent(await openMany(gateway, 200));
      equal('taken', await leasesTaken(gateway), before + 200);
    },
  },
  {
    sentence: 'with 99 of 100 leases taken every session still finds one',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.configuration.locals(...ADDRESS.locals.slice(0, 2));
      occupy(gateway, 99);
      const before = await leasesTaken(gateway);
      allDifferent(await openMany(gateway, 200));
      equal('taken', await leasesTaken(gateway), before + 200);
    },
  },
  {
    sentence: 'with all leases taken a session is refused by name and counted, and those that have one go on',
    run: async (gateway) => {
      const { index, targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await open(gateway, 1);
      const words = await gateway.tables.leaseWords.entries();
      gateway.configuration.leases('taken');
      const second = tcpBetween({ client: withPort(ENDS.client, 2) }).fromClient(SYN);
      await check(gateway, second, { outcome: 'drop_leases_exhausted', events: [] });
      equal('rows', await gateway.rowCount(), 2);
      equal('open sessions', activeOf(gateway, targets[0]!), 1);
      equal('turned away', turnedAway(gateway, index), { dropped: 1 });
      await open(gateway, 1);
      for (const [word, bits] of words) gateway.tables.leaseWords.put(word, bits);
      await check(gateway, second, { outcome: 'forward' });
    },
  },
  {
    sentence: 'with all leases but one taken that one is found',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await open(gateway, 1);
      await gateway.age(31);
      const [word] = (await gateway.tables.leaseWords.entries()).find(([, bits]) => bits !== 0n)!;
      gateway.configuration.leases('taken');
      await gateway.reap();
      gateway.tables.leaseWords.change((word + 20) & 1023, (bits) => bits & ~(1n << 63n));
      const port = Limits.LEASE_FIRST_PORT + 20 * 64 + 63;
      equal('lease', leaseOf(await open(gateway, 2)), `${ADDRESS.locals[0]}:${port}`);
    },
  },
  {
    sentence: 'without a local address there are no sessions, and the outcome says so',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.configuration.locals();
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'drop_no_local_address', events: [] });
      equal('turned away', turnedAway(gateway, index), { dropped: 1 });
      await nothingLeft(gateway);
    },
  },
  {
    sentence:
      'sessions of a local address that was taken out of use go on and give their leases back; new ones use the others',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.configuration.locals(ADDRESS.locals[0]);
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      gateway.configuration.locals(ADDRESS.locals[1]);
      const later = tcpBetween({ client: withPort(ENDS.client, 2), local: `${ADDRESS.locals[1]}:1088` });
      await check(gateway, later.fromClient(SYN), { outcome: 'forward', frame: later.toMember(SYN) });
      await closeBy('client', gateway, conversation);
      await gateway.age(31);
      await gateway.reap();
      await nothingLeft(gateway);
    },
  },
];
