/** The JSON of pools, members and health monitors. */
import type { HealthMonitor, Listener, LoadBalancer, Member, Pool } from '../../model/resources.js';
import type { View } from '../list/view.js';
import { commonAttributes, idsOf, nameAttribute, type Placed, plainAttributes } from './placed.js';

/** Listeners that send sessions to a pool: by default, or by a policy in use. */
function listenersUsing({ listeners }: LoadBalancer, { id }: Pool): Listener[] {
  return listeners.filter(
    ({ default_pool_id, l7policies }) =>
      default_pool_id === id ||
      l7policies.some(({ redirect_pool_id, admin_state_up }) => redirect_pool_id === id && admin_state_up),
  );
}

export const poolView: View<Placed<Pool>> = {
  one: 'pool',
  many: 'pools',
  key: 'id',
  attributes: {
    ...commonAttributes<Pool>(),
    ...nameAttribute<Pool>(),
    ...plainAttributes<Pool>([
      'description',
      'protocol',
      'lb_algorithm',
      'session_persistence',
      'tls_enabled',
      'tls_container_ref',
      'ca_tls_container_ref',
      'crl_container_ref',
      'tls_ciphers',
      'tls_versions',
      'alpn_protocols',
    ]),
    loadbalancers: ({ loadbalancer }) => [{ id: loadbalancer.id }],
    listeners: ({ loadbalancer, object }) => idsOf(listenersUsing(loadbalancer, object)),
    members: ({ object }) => idsOf(object.members),
    healthmonitor_id: ({ object }) => object.healthmonitor?.id ?? null,
  },
  filters: {
    loadbalancer_id: ({ loadbalancer }) => loadbalancer.id,
    listener_id: ({ loadbalancer, object }) => listenersUsing(loadbalancer, object).map(({ id }) => id),
  },
};

export const memberView: View<Placed<Member>> = {
  one: 'member',
  many: 'members',
  key: 'id',
  attributes: {
    ...commonAttributes<Member>(),
    ...nameAttribute<Member>(),
    ...plainAttributes<Member>([
      'address',
      'protocol_port',
      'weight',
      'backup',
      'subnet_id',
      'monitor_address',
      'monitor_port',
    ]),
  },
};

export const healthmonitorView: View<Placed<HealthMonitor>> = {
  one: 'healthmonitor',
  many: 'healthmonitors',
  key: 'id',
  attributes: {
    ...commonAttributes<HealthMonitor>(),
    ...nameAttribute<HealthMonitor>(),
    ...plainAttributes<HealthMonitor>([
      'type',
      'delay',
      'timeout',
      'max_retries',
      'max_retries_down',
      'http_method',
      'url_path',
      'expected_codes',
      'http_version',
      'domain_name',
      'udp_request',
      'udp_response',
    ]),
    pools: ({ pool }) => (pool ? [{ id: pool.id }] : []),
  },
  filters: {
    pool_id: ({ pool }) => pool?.id ?? null,
    loadbalancer_id: ({ loadbalancer }) => loadbalancer.id,
  },
};
