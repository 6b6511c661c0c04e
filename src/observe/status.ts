/** What `status` and `stats` answer: configuration, health and live counts put together. Pure. */
import type { Restlessness } from '../health/flapping.js';
import {
  defaultPool,
  type Listener,
  type LoadBalancer,
  type Member,
  type Pool,
  type Tree,
} from '../model/resources.js';
import {
  type HealthFacts,
  type HealthSource,
  listenerOperatingStatus,
  loadBalancerOperatingStatus,
  memberOperatingStatus,
  type OperatingStatus,
} from './operating-status.js';

/** Traffic since the tables were made. In: from the client; bytes of IP packets as received. */
export interface Traffic {
  /** Sessions that are not closed yet. */
  active: number;
  sessions: number;
  packets_in: number;
  bytes_in: number;
  packets_out: number;
  bytes_out: number;
}

export interface MemberStatus extends Traffic {
  id: string;
  name: string;
  address: string;
  protocol_port: number;
  weight: number;
  operating_status: OperatingStatus;
  /** Why the last failed check failed, while the member is down or not up yet. */
  cause?: string;
  /** Last change, last check, last failure: ISO 8601. */
  since?: string;
  checked_at?: string;
  failed_at?: string;
  /** Duration of the last successful check, ms. */
  check_milliseconds?: number;
  history?: { at: string; up: boolean; cause: string }[];
  /** Why the gateway could not check it of late: nothing is known against the member. */
  unchecked?: string;
  /** Changes of state within the last 10 and 60 minutes, and whether those are too many. */
  changes_10_minutes?: number;
  changes_60_minutes?: number;
  flapping?: boolean;
}

/** What a listener turned away since the tables were made. */
export interface Refusals {
  /** New sessions, because no member was usable. */
  refused: number;
  /** New sessions that failed for none of the other reasons. */
  dropped: number;
  /** Clients kept out by access lists. */
  acl: number;
  /** New sessions above a limit of the listener. */
  connection_limit: number;
  rate_limit: number;
  /** New sessions above a limit of the load balancer's flavor. */
  flavor_connections: number;
  flavor_rate: number;
  /** Packets above the bandwidth limit. */
  bandwidth: number;
}

export interface ListenerStatus extends Traffic, Refusals {
  id: string;
  name: string;
  protocol: string;
  protocol_port: number;
  operating_status: OperatingStatus;
  pool: string | null;
  members: MemberStatus[];
}

export interface LoadBalancerStatus {
  id: string;
  name: string;
  vip_address: string;
  operating_status: OperatingStatus;
  listeners: ListenerStatus[];
}

export interface InterfaceStatus {
  name: string;
  mode: string;
}

export interface GatewayStatus {
  name: string;
  version: string;
  dataplane: 'xdp' | 'none';
  started_at: string;
  interfaces: InterfaceStatus[];
  local_addresses: number;
  /** Null without a data plane. */
  sessions: { used: number; capacity: number } | null;
}

export interface StatusDocument {
  /** When it was taken, ms since the epoch. */
  at: number;
  gateway: GatewayStatus;
  loadbalancers: LoadBalancerStatus[];
  /** Packets by outcome, without the forwarded ones. */
  outcomes: Record<string, number>;
  events: Record<string, number>;
  warnings: string[];
}

/** Where live facts come from. */
export interface LiveFacts extends HealthSource {
  /** How often a member has changed lately; undefined for members that are not checked. */
  restlessness: (member: Member) => Restlessness | undefined;
  traffic: (loadbalancer: LoadBalancer, listener: Listener, member: Member) => Traffic;
  admission: (loadbalancer: LoadBalancer, listener: Listener) => Refusals;
}

const NO_TRAFFIC: Traffic = { active: 0, sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0 };

/** The tree with what is known of each object. */
export function statusOf(tree: Tree, live: LiveFacts): LoadBalancerStatus[] {
  return tree.loadbalancers.map((loadbalancer) => {
    const listeners = loadbalancer.listeners.map((listener) => listenerStatus(loadbalancer, listener, live));
    return {
      id: loadbalancer.id,
      name: loadbalancer.name,
      vip_address: loadbalancer.vip_address,
      operating_status: loadBalancerOperatingStatus(loadbalancer, live),
      listeners,
    };
  });
}

/** Traffic of several, added up. */
export function addTraffic(parts: readonly Traffic[]): Traffic {
  const total = { ...NO_TRAFFIC };
  for (const part of parts) {
    for (const key of Object.keys(NO_TRAFFIC) as (keyof Traffic)[]) {
      total[key] += part[key];
    }
  }
  return total;
}

function listenerStatus(loadbalancer: LoadBalancer, listener: Listener, live: LiveFacts): ListenerStatus {
  const pool = defaultPool(loadbalancer, listener);
  const members = (pool?.members ?? []).map((member) =>
    memberStatus(loadbalancer, listener, pool as Pool, member, live),
  );
  return {
    id: listener.id,
    name: listener.name,
    protocol: listener.protocol,
    protocol_port: listener.protocol_port,
    operating_status: listenerOperatingStatus(loadbalancer, listener, live),
    pool: pool ? pool.name || pool.id : null,
    ...live.admission(loadbalancer, listener),
    ...addTraffic(members),
    members,
  };
}

function memberStatus(
  loadbalancer: LoadBalancer,
  listener: Listener,
  pool: Pool,
  member: Member,
  live: LiveFacts,
): MemberStatus {
  const health = live.health(member);
  return {
    id: member.id,
    name: member.name,
    address: member.address,
    protocol_port: member.protocol_port,
    weight: member.weight,
    operating_status: memberOperatingStatus(pool, member, health, live.reporting),
    ...(health ? healthDetails(health) : {}),
    ...live.restlessness(member),
    ...live.traffic(loadbalancer, listener, member),
  };
}

function healthDetails(health: HealthFacts): Partial<MemberStatus> {
  const { up, failure, checkedAt, milliseconds, history } = health;
  return {
    ...(!up && failure ? { cause: failure.cause } : {}),
    ...(health.unchecked ? { unchecked: health.unchecked.cause } : {}),
    since: iso(health.since),
    ...(checkedAt === undefined ? {} : { checked_at: iso(checkedAt) }),
    ...(failure ? { failed_at: iso(failure.at) } : {}),
    ...(milliseconds === undefined ? {} : { check_milliseconds: Math.round(milliseconds * 1000) / 1000 }),
    history: history.map((transition) => ({ ...transition, at: iso(transition.at) })),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
