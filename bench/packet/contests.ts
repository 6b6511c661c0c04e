/** What is measured packet by packet, and how each run proves that it measured what it says. */
import { Event, Outcome } from '#sluice/datapath/layouts.js';
import { CLIENTS, frame, GUARDED_PORT, LOCALS, MEMBER, MEMBER_PORT, TCP, UDP, VIP, VIP_PORT } from './flows.js';
import type { PacketRig, Packets, Program } from './rig.js';

export interface Contest {
  name: string;
  protocol: number;
  /** How `packets` vary is for established sessions; `fresh` makes each packet a new flow. */
  packets(flows: number): Packets;
  /** Counter that grows by one for each packet that went the way the contest is about; undefined: none may grow. */
  proof: { map: 'outcomes' | 'events'; index: number } | undefined;
}

/** Offset in a frame. */
const DESTINATION_PORT = 36;

const UPSTREAM = { varies: 'source', ingress: 'client1' } as const;
const DOWNSTREAM = { varies: 'destination', ingress: 'backend1' } as const;

const toVip = { source: CLIENTS, destination: VIP, destinationPort: VIP_PORT };
const toLocal = { source: MEMBER, destination: LOCALS, sourcePort: MEMBER_PORT };

/** The protocol decides which sessions the table is filled with. */
export const ESTABLISHED: readonly Contest[] = [
  {
    name: 'TCP, client to member',
    protocol: TCP,
    packets: (flows) => ({ ...UPSTREAM, flows, template: frame({ ...toVip, protocol: TCP }) }),
    proof: undefined,
  },
  {
    name: 'TCP, member to client',
    protocol: TCP,
    packets: (flows) => ({ ...DOWNSTREAM, flows, template: frame({ ...toLocal, protocol: TCP }) }),
    proof: undefined,
  },
  {
    name: 'TCP, client to member, TOA inserted',
    protocol: TCP,
    packets: (flows) => ({ ...UPSTREAM, flows, template: frame({ ...toVip, protocol: TCP, kind: 'toa' }) }),
    proof: { map: 'events', index: Event.TOA_INSERTED },
  },
  {
    name: 'UDP, client to member',
    protocol: UDP,
    packets: (flows) => ({ ...UPSTREAM, flows, template: frame({ ...toVip, protocol: UDP }) }),
    proof: undefined,
  },
  {
    name: 'UDP, member to client',
    protocol: UDP,
    packets: (flows) => ({ ...DOWNSTREAM, flows, template: frame({ ...toLocal, protocol: UDP }) }),
    proof: undefined,
  },
];

/** Not for the gateway: left to the kernel. */
export const PASS_THROUGH: Contest = {
  name: 'pass-through (TCP, not for a VIP)',
  protocol: TCP,
  packets: (flows) => ({
    ...UPSTREAM,
    flows,
    template: frame({ source: CLIENTS, destination: '198.19.1.2', destinationPort: VIP_PORT, protocol: TCP }),
  }),
  proof: { map: 'outcomes', index: Outcome.PASS_NOT_OURS },
};

/** First packets. */
export const NEW_SESSIONS: readonly Contest[] = [
  {
    name: 'new TCP session (SYN)',
    protocol: TCP,
    packets: () => ({
      ...UPSTREAM,
      ports: 32_768,
      flows: 0,
      template: frame({ ...toVip, protocol: TCP, kind: 'syn' }),
    }),
    proof: { map: 'events', index: Event.SESSION_CREATED },
  },
  {
    name: 'new UDP session',
    protocol: UDP,
    packets: () => ({ ...UPSTREAM, ports: 32_768, flows: 0, template: frame({ ...toVip, protocol: UDP }) }),
    proof: { map: 'events', index: Event.SESSION_CREATED },
  },
];

/** The same packets for the listener without and for the one with access list and limits. */
export const GUARDED: readonly { name: string; fresh: boolean; plain: Contest; guarded: Contest }[] = [
  {
    name: 'new TCP session: a deny-list of 100,000 blocks, limits of listener and load balancer',
    fresh: true,
    plain: NEW_SESSIONS[0]!,
    guarded: towards(GUARDED_PORT, NEW_SESSIONS[0]!),
  },
  {
    name: 'established TCP, client to member: a bandwidth peak',
    fresh: false,
    plain: ESTABLISHED[0]!,
    guarded: towards(GUARDED_PORT, ESTABLISHED[0]!),
  },
];

/** A contest whose packets go to another port of the VIP. */
function towards(port: number, contest: Contest): Contest {
  return {
    ...contest,
    packets: (flows) => {
      const packets = contest.packets(flows);
      const template = packets.template.slice();
      new DataView(template.buffer).setUint16(DESTINATION_PORT, port);
      return { ...packets, template };
    },
  };
}

/** Measures one program, and makes sure that the gateway did to each packet what the contest is about. @throws Error */
export async function measure(
  rig: PacketRig,
  contest: Contest,
  program: Program,
  flows: number,
  repeat: number,
): Promise<number> {
  const before = snapshot(rig);
  const cost = await rig.run(program, contest.packets(flows), repeat);
  if (program !== 'gateway') return cost;
  const wanted = contest.proof ? label(contest.proof) : undefined;
  for (const [name, value] of snapshot(rig)) {
    const grown = value - before.get(name)!;
    const expected = name === wanted ? repeat : 0;
    if (grown !== expected) {
      throw new Error(`${contest.name}: ${grown} packets counted as ${name}, expected ${expected} of ${repeat}`);
    }
  }
  return cost;
}

const label = ({ map, index }: { map: string; index: number }): string => `${map}[${index}]`;

/** All counters but those that accompany other work. */
function snapshot(rig: PacketRig): Map<string, number> {
  const counters = new Map<string, number>();
  for (let index = 0; index < Outcome.MAX; index++) counters.set(`outcomes[${index}]`, rig.counter('outcomes', index));
  for (const index of [Event.SESSION_CREATED, Event.TOA_INSERTED, Event.TOA_NO_ROOM, Event.TOA_STRIPPED]) {
    counters.set(`events[${index}]`, rig.counter('events', index));
  }
  return counters;
}
