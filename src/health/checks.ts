/** What is to be probed: one check for each member that has an enabled monitor. Pure. */
import type { HealthMonitor, Member, Pool, Tree } from '../model/resources.js';
import type { Thresholds } from './thresholds.js';

/** One member under supervision. Equal checks mean equal probes: a scheduler leaves those alone. */
export interface Check {
  /** The member's id. */
  id: string;
  address: string;
  port: number;
  intervalMs: number;
  timeoutMs: number;
  thresholds: Thresholds;
  /** Absent: a TCP check. */
  http?: HttpRequest;
}

/** What an HTTP check asks and accepts. */
export interface HttpRequest {
  method: string;
  path: string;
  /** Host header; null: the member's address and port. */
  host: string | null;
  /** {@link HealthMonitor.expected_codes} as written. */
  expectedCodes: string;
}

/**
 * The checks of a tree. Members with weight 0 are checked: whoever raises the weight again wants to know. Disabled ones are not,
 * nor those of a disabled pool, monitor or load balancer.
 */
export function checksOf(tree: Tree): Check[] {
  return tree.loadbalancers
    .filter((loadbalancer) => loadbalancer.admin_state_up)
    .flatMap((loadbalancer) => loadbalancer.pools)
    .filter((pool) => pool.admin_state_up)
    .flatMap(poolChecks);
}

function poolChecks(pool: Pool): Check[] {
  const monitor = pool.healthmonitor;
  if (!monitor?.admin_state_up) {
    return [];
  }
  return pool.members.filter((member) => member.admin_state_up).map((member) => memberCheck(member, monitor));
}

function memberCheck(member: Member, monitor: HealthMonitor): Check {
  return {
    id: member.id,
    address: member.monitor_address ?? member.address,
    port: member.monitor_port ?? member.protocol_port,
    intervalMs: monitor.delay * 1000,
    timeoutMs: Math.min(monitor.timeout, monitor.delay) * 1000,
    thresholds: { rise: monitor.max_retries, fall: monitor.max_retries_down },
    ...(monitor.type === 'HTTP' ? { http: httpRequest(monitor) } : {}),
  };
}

function httpRequest(monitor: HealthMonitor): HttpRequest {
  return {
    method: monitor.http_method,
    path: monitor.url_path,
    host: monitor.domain_name,
    expectedCodes: monitor.expected_codes,
  };
}
