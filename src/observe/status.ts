/** What `status` and `stats` answer: configuration, health and live counts put together. Pure. */
import type { Refusals } from '../datapath/stats.js';
import type { Restlessness } from '../health/flapping.js';
import {
  defaultPool,
  type Listener,
  type LoadBalancer,
  type Member,
  type Pool,
  poolsOf,
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
  /** Name of its pool, its id where it has none: policies of a listener lead to other pools than its own. */
  pool: string;
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

/** Requests of a listener that is served by the proxy, since the listener was made. */
export interface HttpStatus {
  requests: number;
  /** Over the last second. */
  requests_per_second: number;
  /** Answers by the first digit of their status; `other` has none that is valid. */
  responses: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'other', number>>;
  /** Among them; 499: the client went away before it was answered. Estimates where requests are sampled. */
  responses_404: number;
  responses_499: number;
  responses_502: number;
  /** Requests whose duration was taken, and the sum of those in ms: from the first byte of the request to the last of the answer. */
  timed: number;
  milliseconds: number;
  /** Requests refused by the limit of requests, by policies, and those that were none. */
  denied: number;
  malformed: number;
  tls_handshakes: number;
  tls_resumed: number;
  tls_failed: number;
}

export interface ListenerStatus extends Traffic, Refusals {
  id: string;
  name: string;
  protocol: string;
  protocol_port: number;
  operating_status: OperatingStatus;
  pool: string | null;
  /** Whether HAProxy serves it: its connections are no sessions of the data plane. */
  proxied: boolean;
  /** Null for those whose requests nobody looks into. */
  http: HttpStatus | null;
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

/** The HAProxy that serves HTTP listeners and the like. */
export interface ProxyStatus {
  version: string;
  /** Seconds since its last reload. */
  uptime: number;
  connections: number;
  max_connections: number;
  /** Resident, bytes. */
  memory: number;
  /** Processes that finish their connections after a reload. */
  old_workers: number;
  /** Lines of the access log that were lost, by cause; `dropped`: HAProxy could not hand them over. */
  lost_log_lines: Readonly<Record<string, number>>;
}

export interface CertificateStatus {
  id: string;
  name: string;
  /** ISO 8601; null: a revocation list without an end. */
  not_after: string | null;
}

export interface StatusDocument {
  /** When it was taken, ms since the epoch. */
  at: number;
  gateway: GatewayStatus;
  loadbalancers: LoadBalancerStatus[];
  /** Null while nothing is proxied. */
  proxy: ProxyStatus | null;
  certificates: CertificateStatus[];
  /** Packets by outcome, without the forwarded ones. */
  outcomes: Record<string, number>;
  events: Record<string, number>;
  warnings: string[];
}

/** Where live facts come from. */
export interface LiveFacts extends HealthSource {
  /** How often a member has changed lately; undefined for members that are not checked. */
  restlessness: (member: Member) => Restlessness | undefined;
  traffic: (loadbalancer: LoadBalancer, listener: Listener, pool: Pool, member: Member) => Traffic;
  admission: (loadbalancer: LoadBalancer, listener: Listener) => Refusals;
  /** Of a listener that the proxy serves: its traffic and requests as a whole; undefined: it is the sum of its members. */
  proxied: (loadbalancer: LoadBalancer, listener: Listener) => (Traffic & { http: HttpStatus | null }) | undefined;
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
  const members = poolsOf(loadbalancer, listener).flatMap((one) =>
    one.members.map((member) => memberStatus(loadbalancer, listener, one, member, live)),
  );
  const whole = live.proxied(loadbalancer, listener);
  return {
    id: listener.id,
    name: listener.name,
    protocol: listener.protocol,
    protocol_port: listener.protocol_port,
    operating_status: listenerOperatingStatus(loadbalancer, listener, live),
    pool: pool ? pool.name || pool.id : null,
    ...live.admission(loadbalancer, listener),
    proxied: whole !== undefined,
    http: null,
    ...(whole ?? addTraffic(members)),
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
    pool: pool.name || pool.id,
    address: member.address,
    protocol_port: member.protocol_port,
    weight: member.weight,
    operating_status: memberOperatingStatus(pool, member, health, live.reporting),
    ...(health ? healthDetails(health) : {}),
    ...live.restlessness(member),
    ...live.traffic(loadbalancer, listener, pool, member),
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
