/**
 * Trees and gateways for tests of the plan.
 */
import { mergeTree } from '../../config/merge.js';
import {
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../../model/defaults.js';
import type {
  HealthMonitorSpec,
  ListenerProtocol,
  ListenerSpec,
  LoadBalancerSpec,
  MemberSpec,
  PoolSpec,
  SessionPersistence,
  Tree,
} from '../../model/resources.js';
import type { GatewayFacts } from '../desired.js';

/** A member with everything at its default. */
export function member(address: string, fields: Partial<MemberSpec> = {}): MemberSpec {
  return { ...MEMBER_DEFAULTS, address, protocol_port: 80, ...fields };
}

/** A TCP round-robin pool without a monitor. */
export function pool(members: MemberSpec[], fields: Partial<PoolSpec> = {}): PoolSpec {
  const defaults = { ...POOL_DEFAULTS, healthmonitor: null };
  return { ...defaults, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members, ...fields };
}

/** A TCP monitor with the clouds' times. */
export function monitor(fields: Partial<HealthMonitorSpec> = {}): HealthMonitorSpec {
  return { ...MONITOR_DEFAULTS, type: 'TCP', ...fields };
}

/** Stickiness by source address for a minute. */
export const STICKY: SessionPersistence = {
  type: 'SOURCE_IP',
  cookie_mode: null,
  persistence_timeout: 60,
  cookie_name: null,
  persistence_granularity: null,
};

/** A listener with everything at its default; UDP has no TOA. */
export function listener(
  protocol: ListenerProtocol,
  port: number,
  default_pool: PoolSpec | null,
  fields: Partial<ListenerSpec> = {},
): ListenerSpec {
  const { default_pool_id: _, l7policies: __, ...defaults } = listenerDefaults(protocol);
  const client_address = protocol === 'UDP' ? 'none' : 'toa';
  return { ...defaults, protocol, protocol_port: port, client_address, default_pool, l7policies: [], ...fields };
}

/** A load balancer with one listener of the pool's protocol for each pool, from port 80 on. */
export function loadBalancer(
  name: string,
  vip: string,
  pools: PoolSpec[],
  fields: Partial<LoadBalancerSpec> = {},
): LoadBalancerSpec {
  const listeners = pools.map((one, index) => listener(one.protocol === 'UDP' ? 'UDP' : 'TCP', 80 + index, one));
  return { ...LOADBALANCER_DEFAULTS, name, vip_address: vip, vip_port_id: null, listeners, pools, ...fields };
}

/** A tree of these load balancers; ids are the same for the same call. */
export function tree(...specs: LoadBalancerSpec[]): Tree {
  let next = 0;
  return mergeTree({ loadbalancers: [] }, specs, { newId: () => `id-${next++}` }).tree;
}

/** A gateway with two local addresses and one interface. */
export function facts(fields: Partial<GatewayFacts> = {}): GatewayFacts {
  return {
    localAddresses: ['198.18.1.10', '198.18.1.11'],
    sessions: 100_000,
    devices: [{ name: 'eth0', ifindex: 2, mac: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 1500 }],
    assignedAddresses: new Set(),
    leaseMask: 65_535,
    hashKey: 0x1234_5678,
    ...fields,
  };
}
