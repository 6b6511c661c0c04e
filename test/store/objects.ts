/** Complete objects of the tree: defaults, and what a test gives. */
import {
  L7_POLICY_DEFAULTS,
  L7_RULE_DEFAULTS,
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../../src/model/defaults.js';
import type {
  HealthMonitor,
  L7Policy,
  L7Rule,
  Listener,
  LoadBalancer,
  Member,
  Pool,
} from '../../src/model/resources.js';

type Given<T extends { id: string }> = Partial<T> & { id: string };

const MADE = { project_id: 'p', created_at: '2026-01-31T12:00:00', updated_at: null };

export function loadBalancer(given: Given<LoadBalancer>): LoadBalancer {
  const vip = { vip_address: '198.18.0.10', vip_port_id: `port-${given.id}`, public_addresses: [] };
  return { ...MADE, ...LOADBALANCER_DEFAULTS, ...vip, managed_by: 'api', ...given };
}

export function listener(given: Given<Listener>): Listener {
  return { ...MADE, ...listenerDefaults('TCP'), protocol: 'TCP', protocol_port: 80, ...given };
}

export function l7policy(given: Given<L7Policy>): L7Policy {
  return { ...MADE, ...L7_POLICY_DEFAULTS, action: 'REJECT', position: 1, ...given };
}

export function l7rule(given: Given<L7Rule>): L7Rule {
  return { ...MADE, ...L7_RULE_DEFAULTS, type: 'PATH', compare_type: 'EQUAL_TO', value: '/', ...given };
}

export function pool(given: Given<Pool>): Pool {
  return { ...MADE, ...POOL_DEFAULTS, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', ...given };
}

export function member(given: Given<Member>): Member {
  return { ...MADE, ...MEMBER_DEFAULTS, address: '198.18.2.11', protocol_port: 8080, ...given };
}

export function healthMonitor(given: Given<HealthMonitor>): HealthMonitor {
  return { ...MADE, ...MONITOR_DEFAULTS, type: 'TCP', ...given };
}
