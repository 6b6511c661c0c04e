/** AL-1: which member a new session goes to, by algorithm. Stickiness is in balance-sticky.ts. */
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, tcpBetween } from '../conversation.js';
import { activeOf, memberOf, tally, withPort } from '../readings.js';
import { ADDRESS } from '../scene.js';

const MEMBERS = ADDRESS.members.map((address) => `${address}:8080`);
const [A, B, C] = MEMBERS as [string, string, string];
const SYN = { flags: 'SYN', seq: 1 };

/** The member that a new session of this client goes to. */
async function choose(gateway: GatewayUnderTest, client: string): Promise<string> {
  return memberOf(await check(gateway, tcpBetween({ client }).fromClient(SYN), { outcome: 'forward' }));
}

/** The members that sessions go to that the scene's client opens one after the other, from ports 1, 2, 3 … by default. */
async function chooseMany(gateway: GatewayUnderTest, count: number, firstPort = 1): Promise<string[]> {
  const members: string[] = [];
  for (let port = firstPort; port < firstPort + count; port++)
    members.push(await choose(gateway, withPort(ENDS.client, port)));
  return members;
}

/** Client after client, behind the router. */
const remoteClient = (index: number) => `198.19.${index % 7}.${(index * 37) % 251}:${1024 + index}`;

/** Ends a session that `choose` began. */
async function giveUp(gateway: GatewayUnderTest, client: string): Promise<void> {
  await check(gateway, tcpBetween({ client }).fromClient({ flags: 'RST', seq: 2 }), { outcome: 'forward' });
}

/** Entries of a wheel in which each of four members has a quarter, side by side. */
const QUARTERS = Array.from({ length: 64 }, (_, entry) => entry % 4);

export const BALANCE_CASES: readonly Case[] = [
  {
    sentence: 'round robin takes the wheel entry by entry, so that each cycle gives every member exactly its weight',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B, C], wheel: [0, 1, 0, 2, 0] });
      const cycle = [A, B, A, C, A];
      equal('members', await chooseMany(gateway, 15), [...cycle, ...cycle, ...cycle]);
    },
  },
  {
    sentence: 'a wheel of many cells is turned over their borders: no entry is skipped, none comes twice',
    run: async (gateway) => {
      const wheel = Array.from({ length: 37 }, (_, entry) => (entry * entry + (entry >> 2)) % 4);
      gateway.configuration.listener({ vip: `${ADDRESS.otherVip}:80`, members: [C], wheel: [0, 0, 0] });
      gateway.configuration.listener({ vip: ENDS.vip, members: MEMBERS, wheel });
      const cycle = wheel.map((position) => MEMBERS[position]!);
      equal('members', await chooseMany(gateway, 74), [...cycle, ...cycle]);
    },
  },
  {
    sentence: 'packets of sessions that exist do not turn the wheel',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B, C] });
      equal('first', await choose(gateway, ENDS.client), A);
      for (let time = 0; time < 2; time++) equal('again', await choose(gateway, ENDS.client), A);
      equal('second', await choose(gateway, withPort(ENDS.client, 1)), B);
    },
  },
  {
    sentence: 'a replaced wheel is for new sessions only',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B] });
      equal('before', await chooseMany(gateway, 2), [A, B]);
      gateway.configuration.listener({ vip: ENDS.vip, members: [C] });
      equal('sessions from before', await chooseMany(gateway, 2), [A, B]);
      equal('new ones', await chooseMany(gateway, 2, 3), [C, C]);
    },
  },
  {
    sentence: 'listeners turn wheels of their own',
    run: async (gateway) => {
      const vips = [ENDS.vip, `${ADDRESS.vip}:443`, `${ADDRESS.otherVip}:80`];
      for (const vip of vips) gateway.configuration.listener({ vip, members: [A, B] });
      for (const vip of vips) {
        const { fromClient } = tcpBetween({ vip });
        equal(vip, memberOf(await check(gateway, fromClient(SYN), { outcome: 'forward' })), A);
      }
    },
  },
  {
    sentence: 'least connections fills members in proportion to their weights, the heavier ones first',
    run: async (gateway) => {
      const members = [
        { at: A, weight: 1 },
        { at: B, weight: 3 },
      ];
      gateway.configuration.listener({ vip: ENDS.vip, members, algorithm: 'LEAST_CONNECTIONS' });
      equal('the first two', await chooseMany(gateway, 2), [B, B]);
      equal('of eight', tally(await chooseMany(gateway, 8)), { [B]: 6, [A]: 2 });
    },
  },
  {
    sentence: 'among equals of least connections each has its turn',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B, C], algorithm: 'LEAST_CONNECTIONS' });
      const members: string[] = [];
      for (let port = 1; port <= 6; port++) {
        members.push(...(await chooseMany(gateway, 1, port)));
        await giveUp(gateway, withPort(ENDS.client, port));
      }
      equal('members', members, [A, B, C, A, B, C]);
    },
  },
  {
    sentence: 'least connections follows sessions as they close, however uneven that makes the members',
    run: async (gateway) => {
      const members = [A, B];
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members, algorithm: 'LEAST_CONNECTIONS' });
      const opened = await chooseMany(gateway, 6);
      equal('evenly', tally(opened), { [A]: 3, [B]: 3 });
      const ofA = opened.flatMap((member, index) => (member === A ? [withPort(ENDS.client, index + 1)] : []));
      for (const client of ofA) await giveUp(gateway, client);
      const active = targets.map((target) => activeOf(gateway, target));
      equal('open sessions', active, [0, 3]);
      equal('until they are even again', await chooseMany(gateway, 3, 7), [A, A, A]);
    },
  },
  {
    sentence: 'least connections counts the sessions of a member over all listeners that share it',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: `${ADDRESS.otherVip}:80`, members: [A] });
      const members = [A, B];
      const second = gateway.configuration.listener({ vip: ENDS.vip, members, algorithm: 'LEAST_CONNECTIONS' });
      const member = targets[0]!;
      gateway.tables.targets.change(second.targets[0]!, (row) => ({ ...row, member }));
      const { fromClient } = tcpBetween({ vip: `${ADDRESS.otherVip}:80` });
      await check(gateway, fromClient(SYN), { outcome: 'forward' });
      equal('the idle one', await chooseMany(gateway, 1), [B]);
    },
  },
  {
    sentence: 'source hash gives a client the same member for every port, and many clients spread over all members',
    run: async (gateway) => {
      const options = { vip: ENDS.vip, members: MEMBERS, wheel: QUARTERS };
      gateway.configuration.listener({ ...options, algorithm: 'SOURCE_HASH' });
      equal('members of one client', Object.values(tally(await chooseMany(gateway, 20))), [20]);
      const members: string[] = [];
      for (let index = 0; index < 200; index++) members.push(await choose(gateway, remoteClient(index)));
      for (const [member, clients] of Object.entries(tally(members)))
        equal(`${clients} of 200 clients at ${member} is 30 to 70`, clients >= 30 && clients <= 70, true);
      equal('members in use', new Set(members).size, 4);
    },
  },
  {
    sentence: 'source hash depends on nothing but client and listener: later sessions meet the same member',
    run: async (gateway) => {
      const options = { vip: ENDS.vip, members: MEMBERS, wheel: QUARTERS };
      const clients = Array.from({ length: 20 }, (_, index) => remoteClient(index));
      const rounds: string[][] = [];
      for (let round = 0; round < 2; round++) {
        await gateway.reset();
        // Cells and target ids of the second round are others than those of the first.
        if (round > 0) gateway.configuration.listener({ vip: `${ADDRESS.otherVip}:80`, members: [A] });
        gateway.configuration.listener({ ...options, algorithm: 'SOURCE_HASH' });
        const members: string[] = [];
        for (const client of round > 0 ? clients.toReversed() : clients) members.push(await choose(gateway, client));
        rounds.push(round > 0 ? members.reverse() : members);
      }
      equal('second round', rounds[1], rounds[0]);
    },
  },
  {
    sentence: 'source and port hash spreads the ports of one client, and gives each port the same member again',
    run: async (gateway) => {
      const options = { vip: ENDS.vip, members: MEMBERS, wheel: QUARTERS };
      gateway.configuration.listener({ ...options, algorithm: 'SOURCE_PORT_HASH' });
      const first = await chooseMany(gateway, 60);
      equal('members in use', new Set(first).size, 4);
      await gateway.age(31);
      await gateway.reap();
      equal('rows', await gateway.rowCount(), 0);
      equal('second time', await chooseMany(gateway, 60), first);
    },
  },
];
