/** LI-5: who may begin sessions with a listener, by allow- and deny-lists. */
import { createAccessList } from '../../../src/datapath/access-lists.js';
import { loadAddon } from '../../../src/datapath/addon.js';
import { Access, accessKey, ServiceBit } from '../../../src/datapath/layouts.js';
import { addressBytes, cidrContains, parseCidr } from '../../../src/model/address.js';
import { mapIpv4, parseEndpoint } from '../../support/bytes.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import { PROTOCOL } from '../../support/packet.js';
import { Random } from '../../support/random.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, shakeHands, tcpBetween, udpBetween } from '../conversation.js';
import { CLIENT_NEXT, closeBy, MEMBER_NEXT } from '../endings.js';
import { nothingLeft, turnedAway, withPort } from '../readings.js';
import { ADDRESS } from '../scene.js';

const SYN = { flags: 'SYN', seq: 1000 };
const REMOTE = `${ADDRESS.remoteClient}:40000`;
const LISTENER = { vip: ENDS.vip, members: [ENDS.member] };
const SERVICE = {
  address: mapIpv4(parseEndpoint(ENDS.vip).host),
  port: parseEndpoint(ENDS.vip).port,
  protocol: PROTOCOL.tcp,
};

/** Outcomes of a SYN of the client nearby and of one behind the router. */
async function asked(gateway: GatewayUnderTest, expected: [near: string, remote: string]): Promise<void> {
  const [near, remote] = expected;
  await check(gateway, tcpBetween().fromClient(SYN), { outcome: near });
  await check(gateway, tcpBetween({ client: REMOTE }).fromClient(SYN), { outcome: remote });
}

/** What lists do, as the outcomes for a client 198.18.0.2 and one 198.19.7.7. */
const LISTS: [sentence: string, lists: object, near: string, remote: string][] = [
  ['an allow-list lets in whom it lists', { accessList: allow('198.18.0.0/24') }, 'forward', 'drop_acl'],
  ['a deny-list keeps out whom it lists', { accessList: deny('198.18.0.0/24') }, 'drop_acl', 'forward'],
  ['an empty allow-list lets nobody in', { accessList: allow() }, 'drop_acl', 'drop_acl'],
  ['an empty deny-list keeps nobody out', { accessList: deny() }, 'forward', 'forward'],
  ['allowed_cidrs let in whom they list', { allowedCidrs: ['198.19.7.7/32'] }, 'drop_acl', 'forward'],
  ['empty allowed_cidrs let nobody in', { allowedCidrs: [] }, 'drop_acl', 'drop_acl'],
  [
    'who is on allowed_cidrs and on the deny-list stays out',
    { allowedCidrs: ['198.16.0.0/12'], accessList: deny('198.19.0.0/16') },
    'forward',
    'drop_acl',
  ],
  [
    'with allowed_cidrs and an allow-list a client must be on both',
    { allowedCidrs: ['198.18.0.0/24'], accessList: allow('198.18.0.0/24', '198.19.0.0/16') },
    'forward',
    'drop_acl',
  ],
  ['::/0 is all of IPv6 and nothing of IPv4', { accessList: deny('::/0', '::/80') }, 'forward', 'forward'],
  ['0.0.0.0/0 is all of IPv4', { accessList: deny('::/0', '0.0.0.0/0') }, 'drop_acl', 'drop_acl'],
  [
    'a block within another does not take anything away from it',
    { accessList: deny('198.18.0.0/15', '198.19.0.0/24') },
    'drop_acl',
    'drop_acl',
  ],
];

function allow(...cidrs: string[]) {
  return { action: 'allow' as const, cidrs };
}

function deny(...cidrs: string[]) {
  return { action: 'deny' as const, cidrs };
}

const LIST_CASES: readonly Case[] = LISTS.map(([sentence, lists, near, remote]) => ({
  sentence,
  run: async (gateway) => {
    await gateway.configuration.guarded({ ...LISTENER, ...lists });
    await asked(gateway, [near, remote]);
  },
}));

/** Any block of either family, with short and long prefixes, and addresses in and around it. */
function anyBlock(random: Random): { cidr: string; addresses: string[] } {
  const ipv4 = random.chance(60);
  const prefix = ipv4 ? random.between(0, 32) : random.between(0, 128);
  const bytes = random.bytes(ipv4 ? 4 : 16);
  const text = ipv4 ? bytes.join('.') : words(bytes);
  const { address } = parseCidr(`${text}/${prefix}`)!;
  return { cidr: `${address}/${prefix}`, addresses: [text, address, before(address)] };
}

const words = (bytes: Uint8Array): string =>
  Array.from({ length: 8 }, (_, word) => (bytes[2 * word]! * 256 + bytes[2 * word + 1]!).toString(16)).join(':');

/** The address one below: the last of the block in front. */
function before(address: string): string {
  const mapped = addressBytes(address);
  const ipv4 = !address.includes(':');
  const bytes = ipv4 ? mapped.slice(12) : mapped;
  for (let at = bytes.length - 1; at >= 0 && bytes[at]!-- === 0; at--);
  return ipv4 ? bytes.join('.') : words(bytes);
}

async function compareWithReference(seed: number): Promise<void> {
  const random = new Random(seed);
  const blocks = Array.from({ length: random.between(0, 40) }, () => anyBlock(random));
  const cidrs = [...new Set(blocks.map(({ cidr }) => cidr))];
  const reference = cidrs.map((cidr) => parseCidr(cidr)!);
  const others = Array.from({ length: 40 }, () => anyBlock(random));
  const trie = await createAccessList(loadAddon(), 'reference', cidrs);
  for (const address of [...blocks, ...others].flatMap(({ addresses }) => addresses)) {
    const found = trie.get(accessKey.encode({ prefix: 128, address: addressBytes(address) }));
    const listed = found !== undefined && found[0] === Access.LISTED;
    const expected = reference.some((cidr) => cidrContains(cidr, address));
    equal(`seed ${seed}: ${address} in ${cidrs.join(' ')}`, listed, expected);
  }
  trie.close();
}

export const ACCESS_CASES: readonly Case[] = [
  ...LIST_CASES,
  {
    sentence: 'a client that is kept out leaves nothing behind and is counted under its reason',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, accessList: deny('198.18.0.2/32') });
      await check(gateway, tcpBetween().fromClient(SYN), { outcome: 'drop_acl', events: [] });
      equal('turned away', turnedAway(gateway, index), { acl: 1 });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'datagrams are let in and kept out alike',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, transport: 'udp', accessList: allow('198.19.0.0/16') });
      await check(gateway, udpBetween().fromClient({ payload: 'a' }), { outcome: 'drop_acl' });
      await check(gateway, udpBetween({ client: REMOTE }).fromClient({ payload: 'a' }), { outcome: 'forward' });
    },
  },
  {
    sentence: 'a client that is kept out gets no answer to other packets either, as if nobody listened',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, accessList: deny('198.18.0.2/32') });
      await check(gateway, tcpBetween().fromClient({ flags: 'ACK', seq: 1, ack: 1 }), { outcome: 'drop_acl' });
    },
  },
  {
    sentence: 'connections that exist go on when their client is denied, new ones of it are refused',
    run: async (gateway) => {
      gateway.configuration.listener(LISTENER);
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await gateway.configuration.guarded({ ...LISTENER, accessList: deny('198.18.0.2/32') });
      const { fromClient, toMember, fromMember, toClient } = conversation;
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', frame: toMember(CLIENT_NEXT) });
      await check(gateway, fromMember(MEMBER_NEXT), { outcome: 'forward', frame: toClient(MEMBER_NEXT) });
      const another = tcpBetween({ client: withPort(ENDS.client, 40001) });
      await check(gateway, another.fromClient(SYN), { outcome: 'drop_acl' });
    },
  },
  {
    sentence: 'a denied client does not get in through its own closed session',
    run: async (gateway) => {
      gateway.configuration.listener(LISTENER);
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await closeBy('client', gateway, conversation);
      await gateway.configuration.guarded({ ...LISTENER, accessList: deny('198.18.0.2/32') });
      await check(gateway, conversation.fromClient(SYN), { outcome: 'drop_acl', events: [] });
      equal('rows, which rest as before', await gateway.rowCount(), 2);
    },
  },
  {
    sentence: 'in front of a proxy of this host connections of denied clients are stopped, those that exist go on',
    run: async (gateway) => {
      await gateway.configuration.guarded({ vip: ENDS.vip, pass: true, accessList: deny('198.18.0.2/32') });
      await asked(gateway, ['drop_acl', 'pass_proxy']);
      await check(gateway, tcpBetween().fromClient({ flags: 'ACK', seq: 1, ack: 1 }), { outcome: 'pass_proxy' });
    },
  },
  {
    sentence: 'a list that is not there lets nobody in',
    run: async (gateway) => {
      gateway.configuration.listener(LISTENER);
      for (const flags of [ServiceBit.ALLOWED_CIDRS, ServiceBit.ALLOW, ServiceBit.DENY]) {
        const missing = { flags, allowed_cidrs: 1000, access_list: 1001 };
        gateway.tables.services.change(SERVICE, (row) => ({ ...row, ...missing }));
        await asked(gateway, ['drop_acl', 'drop_acl']);
      }
    },
  },
  {
    sentence: 'a listener that is switched to another list follows that one and nothing of the old one',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, accessList: deny('198.18.0.0/24') });
      await asked(gateway, ['drop_acl', 'forward']);
      await gateway.configuration.guarded({ ...LISTENER, accessList: deny('198.19.0.0/16') });
      const near = tcpBetween({ client: withPort(ENDS.client, 40001) });
      await check(gateway, near.fromClient(SYN), { outcome: 'forward' });
      const remote = tcpBetween({ client: withPort(REMOTE, 40001) });
      await check(gateway, remote.fromClient(SYN), { outcome: 'drop_acl' });
    },
  },
  {
    sentence: 'lists of any blocks of both families contain what a reference says, in and around each block',
    run: async () => {
      for (let seed = 1; seed <= 12; seed++) await compareWithReference(seed);
    },
  },
];
