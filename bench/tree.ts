/** Configurations of the benches as a resource tree. */
import { randomUUID } from 'node:crypto';
import { LOADBALANCER_DEFAULTS, listenerDefaults, MEMBER_DEFAULTS, POOL_DEFAULTS } from '#sluice/model/defaults.js';
import type { Listener, Member, Pool, Tree } from '#sluice/model/resources.js';

export interface ListenerOrder {
  protocol: 'TCP' | 'UDP';
  port: number;
  members: readonly { address: string; port: number; weight?: number }[];
}

/** One load balancer; every listener has a pool of its own, round robin, without health monitor. */
export function benchTree(vip: string, orders: readonly ListenerOrder[]): Tree {
  const pools = orders.map(poolOf);
  const listeners = orders.map((order, index) => listenerOf(order, pools[index]!));
  const loadbalancer = {
    ...LOADBALANCER_DEFAULTS,
    ...made('bench'),
    vip_address: vip,
    vip_port_id: randomUUID(),
    public_addresses: [],
    managed_by: 'api' as const,
    listeners,
    pools,
  };
  return { loadbalancers: [loadbalancer] };
}

function listenerOf({ protocol, port }: ListenerOrder, pool: Pool): Listener {
  return {
    ...listenerDefaults(protocol),
    ...made(`${protocol}-${port}`),
    protocol,
    protocol_port: port,
    default_pool_id: pool.id,
  };
}

function poolOf({ protocol, port, members }: ListenerOrder): Pool {
  return {
    ...POOL_DEFAULTS,
    ...made(`pool-${protocol}-${port}`),
    protocol,
    lb_algorithm: 'ROUND_ROBIN',
    members: members.map(memberOf),
  };
}

function memberOf({ address, port, weight = 1 }: { address: string; port: number; weight?: number }): Member {
  return { ...MEMBER_DEFAULTS, ...made(''), address, protocol_port: port, weight };
}

function made(name: string) {
  return { id: randomUUID(), project_id: 'bench', created_at: '2026-01-01T00:00:00', updated_at: null, name };
}
