/** Configurations of the benches as a resource tree. */
import { randomUUID } from 'node:crypto';
import {
  DEFAULT_TIMEOUT_CLIENT_DATA,
  type Listener,
  type ListenerProtocol,
  type Member,
  type Pool,
  type Tree,
} from '#sluice/model/resources.js';

export interface ListenerOrder {
  protocol: ListenerProtocol;
  port: number;
  members: readonly { address: string; port: number; weight?: number }[];
}

/** One load balancer; every listener has a pool of its own, round robin, without health monitor. */
export function benchTree(vip: string, orders: readonly ListenerOrder[]): Tree {
  const pools = orders.map(poolOf);
  const listeners = orders.map((order, index) => listenerOf(order, pools[index]!));
  return { loadbalancers: [{ ...resource('bench'), description: '', vip_address: vip, listeners, pools }] };
}

function listenerOf({ protocol, port }: ListenerOrder, pool: Pool): Listener {
  return {
    ...resource(`${protocol}-${port}`),
    description: '',
    protocol,
    protocol_port: port,
    default_pool_id: pool.id,
    timeout_client_data: DEFAULT_TIMEOUT_CLIENT_DATA[protocol],
    client_address: 'toa',
  };
}

function poolOf({ protocol, port, members }: ListenerOrder): Pool {
  return {
    ...resource(`pool-${protocol}-${port}`),
    description: '',
    protocol,
    lb_algorithm: 'ROUND_ROBIN',
    session_persistence: null,
    members: members.map(memberOf),
    healthmonitor: null,
  };
}

function memberOf({ address, port, weight }: { address: string; port: number; weight?: number }): Member {
  return {
    ...resource(''),
    address,
    protocol_port: port,
    weight: weight ?? 1,
    backup: false,
    monitor_address: null,
    monitor_port: null,
  };
}

function resource(name: string) {
  return { id: randomUUID(), name, admin_state_up: true, tags: [] };
}
