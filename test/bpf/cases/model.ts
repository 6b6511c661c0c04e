/**
 * Random packets of many sessions at once, compared with a model of the gateway: each emitted packet byte for byte, so its addresses,
 * sequence numbers, options and checksums, and the events counted. A seed that fails belongs into the list.
 */
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import { Random } from '../../support/random.js';
import {
  decodeOptions,
  encodeOptions,
  end,
  fastOpen,
  mss,
  nop,
  rawOption,
  sack,
  sackPermitted,
  type TcpOption,
  timestamps,
  toa,
  windowScale,
} from '../../support/tcp-options.js';
import type { Case } from '../case.js';
import { check } from '../check.js';
import { type Ends, tcpBetween } from '../conversation.js';
import { roomFor, type Segment, SessionModel } from '../model.js';
import { leaseOf } from '../readings.js';
import { ADDRESS } from '../scene.js';

const SEEDS = [1, 2, 3];
const SESSIONS = 12;
const PACKETS = 500;

const LISTENERS = [
  { vip: `${ADDRESS.vip}:80`, members: [`${ADDRESS.members[0]}:8080`], toa: true, mss: 1400, mtu: 1500 },
  { vip: `${ADDRESS.vip}:443`, members: [`${ADDRESS.narrowMember}:8443`], toa: true, mss: 0, mtu: 1400 },
  { vip: `${ADDRESS.otherVip}:80`, members: [`${ADDRESS.members[1]}:80`], toa: false, mss: 1300, mtu: 1500 },
  { vip: `${ADDRESS.otherVip}:81`, members: [`${ADDRESS.members[2]}:80`], toa: false, mss: 0, mtu: 1500 },
];

/** A session in the middle of things. */
interface Running {
  ends: Ends;
  model: SessionModel;
  clientIsn: number;
  memberIsn: number;
  /** Once a side has ended it, a SYN would begin another session. */
  ended: boolean;
}

function anyOption(random: Random): TcpOption {
  const forged = toa(`192.0.2.${random.between(1, 254)}:${random.between(1, 65535)}`, random.pick([253, 254]));
  const edge = random.uint32();
  return random.pick([
    nop,
    nop,
    timestamps(random.uint32(), random.uint32()),
    sack([edge, random.uint32()]),
    sack([edge, random.uint32()], [random.uint32(), random.uint32()]),
    sackPermitted,
    windowScale(random.between(0, 14)),
    mss(random.between(0, 0xffff)),
    fastOpen(random.bytes(random.pick([0, 4, 8]))),
    rawOption(random.between(0, 255), random.bytes(random.between(0, 20))),
    rawOption(random.between(2, 255), random.bytes(2), random.between(0, 255)),
    forged,
    forged,
    end,
  ]);
}

/** Mostly what real senders send, the rest anything that fits, split as a receiver would. */
function anyOptions(random: Random, flags: string): TcpOption[] {
  const common = random.between(1, 4);
  if (common === 1) return [];
  if (common === 2) return [nop, nop, timestamps(random.uint32(), random.uint32())];
  const options = flags.startsWith('SYN') ? [mss(random.pick([64, 536, 1220, 1460, 8960]))] : [];
  const most = random.between(1, 10) * 4;
  let length = options.length * 4;
  for (let tries = 0; tries < 40; tries++) {
    const option = anyOption(random);
    if (length + option.length > most) continue;
    options.push(option);
    length += option.length;
  }
  return decodeOptions(encodeOptions(options));
}

function anyPayload(random: Random, room: number): Uint8Array {
  const length = random.pick([0, 1, random.between(0, 200), random.between(0, room), room - random.between(0, 12)]);
  return random.bytes(Math.min(length, room));
}

function anySegment(random: Random, fields: Pick<Segment, 'seq' | 'ack' | 'flags'>): Segment {
  const options = anyOptions(random, fields.flags);
  const payload = anyPayload(random, roomFor(options));
  return {
    ...fields,
    options,
    payload,
    window: random.between(0, 0xffff),
    urgent: random.between(0, 0xffff),
    ip: {
      tos: random.between(0, 255),
      identification: random.between(0, 0xffff),
      dontFragment: random.chance(80),
      ttl: random.between(2, 255),
    },
    trailer: payload.length > 0 ? new Uint8Array() : random.bytes(random.pick([0, 0, 6])),
  };
}

/** Flags of the session's next packet; SYNs only while they are retransmissions. */
function anyFlags(random: Random, session: Running, syn: string): string {
  if (random.chance(20) && !session.ended) return syn;
  if (random.chance(95)) return random.pick(['ACK', 'PSH ACK', 'PSH ACK URG', 'ECE ACK']);
  session.ended = true;
  return random.pick(['FIN ACK', 'FIN PSH ACK', 'RST', 'RST ACK']);
}

const beyond = (isn: number, bytes: number): number => (isn + 1 + bytes) >>> 0;

function clientSegment(random: Random, session: Running): Segment {
  const flags = anyFlags(random, session, 'SYN');
  const acknowledged = random.pick([0, 0, 0, 0, 1, random.between(2, 100_000), random.uint32()]);
  const seq = flags === 'SYN' ? session.clientIsn : beyond(session.clientIsn, random.between(0, 100_000));
  return anySegment(random, { flags, seq, ack: beyond(session.memberIsn, acknowledged) });
}

function memberSegment(random: Random, session: Running): Segment {
  const flags = anyFlags(random, session, 'SYN ACK');
  const seq = flags === 'SYN ACK' ? session.memberIsn : beyond(session.memberIsn, random.between(0, 100_000));
  return anySegment(random, { flags, seq, ack: beyond(session.clientIsn, random.between(0, 100_000)) });
}

/** SYN and SYN-ACK, random ones too; the first packet tells which lease the session got. */
async function begin(gateway: GatewayUnderTest, random: Random, number: number): Promise<Running> {
  const { vip, members, ...listener } = random.pick(LISTENERS);
  const client = `198.19.${number}.${random.between(1, 254)}:${random.between(1, 65535)}`;
  const from = tcpBetween({ client, vip, member: members[0]! });
  const [clientIsn, memberIsn] = [random.uint32(), random.pick([random.uint32(), 0xffffffff])];
  const first = await check(gateway, from.fromClient({ flags: 'SYN', seq: clientIsn }), { outcome: 'forward' });
  const ends = { ...from.ends, local: leaseOf(first) };
  const session = { ends, model: new SessionModel({ ends, ...listener }), clientIsn, memberIsn, ended: false };
  const answer = { flags: 'SYN ACK', seq: memberIsn, ack: beyond(clientIsn, 0) };
  await send(gateway, session, 'member', anySegment(random, answer));
  return session;
}

/** The packet has to come out as the model says. */
async function send(gateway: GatewayUnderTest, { ends, model }: Running, by: 'client' | 'member', segment: Segment) {
  const { fromClient, toMember, fromMember, toClient } = tcpBetween(ends);
  const [enter, leave] = by === 'client' ? [fromClient, toMember] : [fromMember, toClient];
  const prediction = by === 'client' ? model.fromClient(segment) : model.fromMember(segment);
  await check(gateway, enter(segment), {
    outcome: 'forward',
    frame: leave(prediction.segment),
    events: prediction.events,
  });
}

async function runSequence(gateway: GatewayUnderTest, seed: number): Promise<void> {
  const random = new Random(seed);
  for (const listener of LISTENERS) gateway.configuration.listener(listener);
  const sessions: Running[] = [];
  for (let number = 0; number < SESSIONS; number++) sessions.push(await begin(gateway, random, number));
  for (let number = 0; number < PACKETS; number++) {
    const session = random.pick(sessions);
    const by = random.pick(['client', 'client', 'member'] as const);
    const segment = by === 'client' ? clientSegment(random, session) : memberSegment(random, session);
    try {
      await send(gateway, session, by, segment);
    } catch (error) {
      throw new Error(`packet ${number}, of the ${by}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

export const MODEL_CASES: readonly Case[] = SEEDS.map((seed) => ({
  sentence: `${PACKETS} random packets of ${SESSIONS} sessions come out as the model says, seed ${seed}`,
  run: (gateway) => runSequence(gateway, seed),
}));
