/**
 * Octavia's operating status of each object. Pure.
 *
 * Weight 0 and disabled members are somebody's wish and no fault. A listener without a pool, or a pool without members, is
 * ONLINE as in Octavia, whose clients wait for that after they created one; that it serves nobody shows in its members.
 */
import { type Listener, type LoadBalancer, type Member, type Pool, poolsOf } from '../model/resources.js';

/** Octavia's words. DEGRADED: some members take traffic; ERROR: none does. */
export type OperatingStatus = 'ONLINE' | 'DEGRADED' | 'ERROR' | 'OFFLINE' | 'DRAINING' | 'NO_MONITOR';

/** Health of one member as the checks see it. */
export interface HealthFacts {
  up: boolean;
  probed: boolean;
  since: number;
  checkedAt?: number;
  milliseconds?: number;
  failure?: { at: number; cause: string };
  /** Why the gateway itself could not check. */
  unchecked?: { at: number; cause: string };
  history: readonly { at: number; up: boolean; cause: string }[];
}

export interface HealthSource {
  /** False without a data plane: then nothing is checked or served. */
  reporting: boolean;
  /** Undefined for members that are not checked. */
  health: (member: Member) => HealthFacts | undefined;
}

export function memberOperatingStatus(
  pool: Pool,
  member: Member,
  health: HealthFacts | undefined,
  reporting: boolean,
): OperatingStatus {
  if (!member.admin_state_up || !pool.admin_state_up) {
    return 'OFFLINE';
  }
  if (health && !health.up) {
    return health.probed ? 'ERROR' : 'OFFLINE';
  }
  if (member.weight === 0 && reporting) {
    return 'DRAINING';
  }
  if (health) {
    return 'ONLINE';
  }
  return pool.healthmonitor?.admin_state_up ? 'OFFLINE' : 'NO_MONITOR';
}

export function poolOperatingStatus(pool: Pool, { reporting, health }: HealthSource): OperatingStatus {
  if (!reporting || !pool.admin_state_up) {
    return 'OFFLINE';
  }
  let serving = 0;
  let faulty = 0;
  for (const member of pool.members) {
    const status = memberOperatingStatus(pool, member, health(member), reporting);
    serving += status === 'ONLINE' || status === 'NO_MONITOR' ? 1 : 0;
    faulty += status === 'ERROR' ? 1 : 0;
  }
  if (pool.members.length > 0 && serving === 0) {
    return 'ERROR';
  }
  return faulty > 0 ? 'DEGRADED' : 'ONLINE';
}

export function listenerOperatingStatus(
  loadbalancer: LoadBalancer,
  listener: Listener,
  source: HealthSource,
): OperatingStatus {
  if (!source.reporting || !loadbalancer.admin_state_up || !listener.admin_state_up) {
    return 'OFFLINE';
  }
  const statuses = poolsOf(loadbalancer, listener).map((pool) =>
    // A pool that is switched off serves nobody.
    pool.admin_state_up ? poolOperatingStatus(pool, source) : 'ERROR',
  );
  return together(statuses);
}

export function loadBalancerOperatingStatus(loadbalancer: LoadBalancer, source: HealthSource): OperatingStatus {
  if (!source.reporting || !loadbalancer.admin_state_up) {
    return 'OFFLINE';
  }
  const statuses = loadbalancer.listeners
    .map((listener) => listenerOperatingStatus(loadbalancer, listener, source))
    .filter((status) => status !== 'OFFLINE');
  return together(statuses);
}

/** Of what is made of parts: ERROR when no part serves, DEGRADED when one does not in full. */
function together(parts: readonly OperatingStatus[]): OperatingStatus {
  if (parts.length > 0 && parts.every((status) => status === 'ERROR')) {
    return 'ERROR';
  }
  return parts.some((status) => status === 'ERROR' || status === 'DEGRADED') ? 'DEGRADED' : 'ONLINE';
}
