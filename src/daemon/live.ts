/** What is known of a running gateway beside its configuration: health, counters and statuses, by id. */
import type { MemberHealthFacts, Stats } from '../control/control-plane.js';
import { locate } from '../control/lookup.js';
import type { Datapath } from '../datapath/datapath.js';
import type { Counters } from '../datapath/stats.js';
import { restlessness } from '../health/flapping.js';
import type { HealthScheduler } from '../health/scheduler.js';
import { defaultPool, type Listener, type LoadBalancer, type Member, vipsOf } from '../model/resources.js';
import {
  listenerOperatingStatus,
  loadBalancerOperatingStatus,
  memberOperatingStatus,
  type OperatingStatus,
  poolOperatingStatus,
} from '../observe/operating-status.js';
import { addTraffic, type LiveFacts, type Refusals, type Traffic } from '../observe/status.js';
import { listenerKey, memberKey, targetKey } from '../plan/tables.js';
import type { ChangeRoad } from './change.js';

const NO_COUNTERS: Counters = { outcomes: {}, events: {}, targets: new Map(), listeners: new Map() };
const NO_TRAFFIC = { sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0 };

const NO_REFUSALS: Refusals = {
  refused: 0,
  dropped: 0,
  acl: 0,
  connection_limit: 0,
  rate_limit: 0,
  flavor_connections: 0,
  flavor_rate: 0,
  bandwidth: 0,
};
const REFUSALS = Object.keys(NO_REFUSALS) as (keyof Refusals)[];

export interface LiveParts {
  road: ChangeRoad;
  scheduler: HealthScheduler;
  datapath: Datapath | undefined;
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
    const { assigned } = road;
    if (!datapath || !assigned) {
      return NO_COUNTERS;
    }
    if (!only) {
      return datapath.counters({
        targets: assigned.targetIndexes.values(),
        listeners: assigned.listenerIndexes.values(),
      });
    }
    const { loadbalancer } = only;
    const keys = only.listeners.flatMap((listener) => keysOf(loadbalancer, listener));
    const targets = only.listeners.flatMap((listener) =>
      (defaultPool(loadbalancer, listener)?.members ?? []).flatMap((member) =>
        keysOf(loadbalancer, listener).map((key) => targetKey(key, member.address, member.protocol_port)),
      ),
    );
    return datapath.counters({
      targets: present(targets.map((key) => assigned.targetIndexes.get(key))),
      listeners: present(keys.map((key) => assigned.listenerIndexes.get(key))),
    });
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
      traffic: (loadbalancer, listener, member) => this.#traffic(counters, loadbalancer, listener, member),
      admission: (loadbalancer, listener) => this.#admission(counters, loadbalancer, listener),
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
    const traffic = addTraffic(
      listeners.flatMap((listener) =>
        (defaultPool(loadbalancer, listener)?.members ?? []).map((member) =>
          this.#traffic(counters, loadbalancer, listener, member),
        ),
      ),
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
    const found = locate(this.#parts.road.state, id);
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
      case 'member': {
        const member = found.object as Member;
        return memberOperatingStatus(pool!, member, this.health(member), this.reporting);
      }
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

  #traffic(counters: Counters, loadbalancer: LoadBalancer, listener: Listener, member: Member): Traffic {
    const { road, datapath } = this.#parts;
    const { assigned } = road;
    const { address, protocol_port: port } = member;
    const pool = defaultPool(loadbalancer, listener);
    const index = pool && assigned?.memberIndexes.get(memberKey(pool.id, address, port));
    const parts = keysOf(loadbalancer, listener).map((key) => {
      const id = assigned?.targetIndexes.get(targetKey(key, address, port));
      return { active: 0, ...(counters.targets.get(id ?? -1) ?? NO_TRAFFIC) };
    });
    return { ...addTraffic(parts), active: index === undefined ? 0 : (datapath?.active(index) ?? 0) };
  }

  #admission(counters: Counters, loadbalancer: LoadBalancer, listener: Listener): Refusals {
    const { assigned } = this.#parts.road;
    const total = { ...NO_REFUSALS };
    for (const key of keysOf(loadbalancer, listener)) {
      const counted = counters.listeners.get(assigned?.listenerIndexes.get(key) ?? -1);
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

function present(indexes: readonly (number | undefined)[]): number[] {
  return indexes.filter((index): index is number => index !== undefined);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
