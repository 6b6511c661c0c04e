/** What is known of a running gateway beside its configuration: health, counters and statuses, by id. */
import type { MemberHealthFacts, Stats } from '../control/control-plane.js';
import { locate, locateMember } from '../control/lookup.js';
import type { Datapath } from '../datapath/datapath.js';
import { type Counters, NO_REFUSALS, type Refusals } from '../datapath/stats.js';
import { restlessness } from '../health/flapping.js';
import type { HealthScheduler } from '../health/scheduler.js';
import { listenerName } from '../l7/compile/names.js';
import { serverName } from '../l7/compile/servers.js';
import { defaultPool, type Listener, type LoadBalancer, type Member, type Pool, vipsOf } from '../model/resources.js';
import { isStream, servedBy } from '../model/served-by.js';
import {
  listenerOperatingStatus,
  loadBalancerOperatingStatus,
  memberOperatingStatus,
  type OperatingStatus,
  poolOperatingStatus,
} from '../observe/operating-status.js';
import { listenerTraffic, memberTraffic } from '../observe/proxied.js';
import { addTraffic, type LiveFacts, type Traffic } from '../observe/status.js';
import { listenerKey } from '../plan/tables.js';
import type { ChangeRoad } from './change.js';
import type { Layer7 } from './layer7.js';

const NO_COUNTERS: Counters = { outcomes: {}, events: {}, targets: new Map(), listeners: new Map() };
const NO_TRAFFIC = { sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0 };

const REFUSALS = Object.keys(NO_REFUSALS) as (keyof Refusals)[];

export interface LiveParts {
  road: ChangeRoad;
  scheduler: HealthScheduler;
  datapath: Datapath | undefined;
  layer7: Pick<Layer7, 'stats' | 'requests'>;
}

export class Live {
  readonly #parts: LiveParts;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** False without a data plane. */
  get reporting(): boolean {
    return this.#parts.datapath !== undefined;
  }

  readonly health = (member: Member) => this.#parts.scheduler.health(member.id);

  /** Counters of everything that is configured, or of one load balancer's listeners. */
  counters(only?: { loadbalancer: LoadBalancer; listeners: readonly Listener[] }): Counters {
    const { road, datapath } = this.#parts;
    const { held } = road;
    if (!datapath || !held) {
      return NO_COUNTERS;
    }
    const keys = only
      ? only.listeners.flatMap((listener) => keysOf(only.loadbalancer, listener))
      : held.tables.services.keys();
    const listeners = [...keys].flatMap((key) => held.listenerOf(key) ?? []);
    const targets = listeners.flatMap((listener) => [...(held.targets.inUse(listener)?.values() ?? [])]);
    return datapath.counters({ targets, listeners });
  }

  /** Facts for a status document, from one reading of the counters. */
  facts(counters: Counters): LiveFacts {
    return {
      reporting: this.reporting,
      health: this.health,
      restlessness: (member) => {
        const health = this.health(member);
        return health && restlessness(health.changes, Date.now());
      },
      traffic: (loadbalancer, listener, pool, member) =>
        this.#traffic(counters, { loadbalancer, listener }, pool, member),
      admission: (loadbalancer, listener) => this.#admission(counters, loadbalancer, listener),
      proxied: this.#proxiedTraffic(),
    };
  }

  /** Of a load balancer or listener; zeros for what packets do not know. */
  stats(id: string): Stats {
    const found = locate(this.#parts.road.state, id);
    const listeners = found?.listener ? [found.listener] : (found?.loadbalancer.listeners ?? []);
    if (!found) {
      return { bytes_in: 0, bytes_out: 0, active_connections: 0, total_connections: 0, request_errors: 0 };
    }
    const { loadbalancer } = found;
    const counters = this.counters({ loadbalancer, listeners });
    const proxied = this.#proxiedTraffic();
    const traffic = addTraffic(
      listeners.flatMap((listener) => {
        const whole = proxied(loadbalancer, listener);
        const pool = defaultPool(loadbalancer, listener);
        return (
          whole ?? (pool?.members ?? []).map((one) => this.#traffic(counters, { loadbalancer, listener }, pool!, one))
        );
      }),
    );
    const refused = listeners.map((listener) => this.#admission(counters, loadbalancer, listener));
    return {
      bytes_in: traffic.bytes_in,
      bytes_out: traffic.bytes_out,
      active_connections: traffic.active,
      total_connections: traffic.sessions,
      // Packets over a bandwidth peak are no requests.
      request_errors: refused.reduce(
        (sum, { bandwidth: _, ...causes }) => sum + Object.values(causes).reduce((one, other) => one + other, 0),
        0,
      ),
    };
  }

  /** Of anything in the tree; OFFLINE for what is not there. */
  operatingStatus(id: string): OperatingStatus {
    const { state } = this.#parts.road;
    const of = locateMember(state, id);
    if (of) {
      return memberOperatingStatus(of.pool, of.member, this.health(of.member), this.reporting);
    }
    const found = locate(state, id);
    if (!found) {
      return 'OFFLINE';
    }
    const { loadbalancer, listener, pool } = found;
    switch (found.kind) {
      case 'loadbalancer':
        return loadBalancerOperatingStatus(loadbalancer, this);
      case 'listener':
        return listenerOperatingStatus(loadbalancer, listener!, this);
      case 'pool':
        return poolOperatingStatus(pool!, this);
      default:
        return (found.object as { admin_state_up: boolean }).admin_state_up ? 'ONLINE' : 'OFFLINE';
    }
  }

  memberHealth(id: string): MemberHealthFacts | undefined {
    const health = this.#parts.scheduler.health(id);
    if (!health) {
      return undefined;
    }
    const { up, failure, unchecked, since, checkedAt, history, changes } = health;
    return {
      cause: !up && failure ? failure.cause : (unchecked?.cause ?? null),
      since: iso(since),
      checked_at: checkedAt === undefined ? null : iso(checkedAt),
      flapping: restlessness(changes, Date.now()).flapping,
      history: history.map((transition) => ({ ...transition, at: iso(transition.at) })),
    };
  }

  #traffic(
    counters: Counters,
    { loadbalancer, listener }: { loadbalancer: LoadBalancer; listener: Listener },
    pool: Pool,
    member: Member,
  ): Traffic {
    const { road, datapath, layer7 } = this.#parts;
    const { address, protocol_port: port } = member;
    if (servedBy(loadbalancer, listener) === 'proxy') {
      const stats = layer7.stats();
      return stats ? memberTraffic(stats, pool.id, serverName(member)) : addTraffic([]);
    }
    const targets = keysOf(loadbalancer, listener).flatMap((key) => road.held?.targetOf(key, address, port) ?? []);
    const parts = targets.map(({ id }) => ({ active: 0, ...(counters.targets.get(id) ?? NO_TRAFFIC) }));
    // Listeners and VIPs that share a pool share what is active.
    const index = targets[0]?.row.member;
    return { ...addTraffic(parts), active: index === undefined ? 0 : (datapath?.active(index) ?? 0) };
  }

  /** From one reading of the counters. */
  #proxiedTraffic(): LiveFacts['proxied'] {
    const { layer7 } = this.#parts;
    const stats = layer7.stats();
    const requests = layer7.requests();
    return (loadbalancer, listener) =>
      servedBy(loadbalancer, listener) === 'proxy'
        ? listenerTraffic(stats?.frontends.get(listenerName(listener)), requests.get(listener.id), !isStream(listener))
        : undefined;
  }

  #admission(counters: Counters, loadbalancer: LoadBalancer, listener: Listener): Refusals {
    const { held } = this.#parts.road;
    const total = { ...NO_REFUSALS };
    for (const key of keysOf(loadbalancer, listener)) {
      const counted = counters.listeners.get(held?.listenerOf(key) ?? -1);
      for (const cause of REFUSALS) {
        total[cause] += counted?.[cause] ?? 0;
      }
    }
    return total;
  }
}

/** A listener has a row for each VIP. */
function keysOf(loadbalancer: LoadBalancer, { protocol, protocol_port }: Listener): string[] {
  return vipsOf(loadbalancer).map((vip) => listenerKey(vip, protocol, protocol_port));
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
