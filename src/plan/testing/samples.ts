/**
 * Trees and gateways for tests of the plan.
 */
import { mergeTree } from '../../config/merge.js';
import type { LoadBalancerSpec, MemberSpec, PoolSpec, Tree } from '../../model/resources.js';
import type { GatewayFacts } from '../desired.js';

/** A member with everything at its default. */
export function member(address: string, fields: Partial<MemberSpec> = {}): MemberSpec {
  return {
    name: '',
    admin_state_up: true,
    tags: [],
    address,
    protocol_port: 80,
    weight: 1,
    backup: false,
    monitor_address: null,
    monitor_port: null,
    ...fields,
  };
}

/** A TCP round-robin pool without a monitor. */
export function pool(members: MemberSpec[], fields: Partial<PoolSpec> = {}): PoolSpec {
  return {
    name: '',
    description: '',
    admin_state_up: true,
    tags: [],
    protocol: 'TCP',
    lb_algorithm: 'ROUND_ROBIN',
    session_persistence: null,
    healthmonitor: null,
    members,
    ...fields,
  };
}

/** A load balancer with one TCP listener on port 80 for each pool, from port 80 on. */
export function loadBalancer(
  name: string,
  vip: string,
  pools: PoolSpec[],
  fields: Partial<LoadBalancerSpec> = {},
): LoadBalancerSpec {
  return {
    name,
    description: '',
    admin_state_up: true,
    tags: [],
    vip_address: vip,
    listeners: pools.map((default_pool, index) => ({
      name: '',
      description: '',
      admin_state_up: true,
      tags: [],
      protocol: default_pool.protocol,
      protocol_port: 80 + index,
      timeout_client_data: 900_000,
      client_address: default_pool.protocol === 'TCP' ? 'toa' : 'none',
      default_pool,
    })),
    pools,
    ...fields,
  };
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
