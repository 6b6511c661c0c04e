/** The JSON of listeners, L7 policies and L7 rules. */
import type { L7Policy, L7Rule, Listener } from '../../model/resources.js';
import type { View } from '../list/view.js';
import { commonAttributes, idsOf, nameAttribute, type Placed, plainAttributes } from './placed.js';

export const listenerView: View<Placed<Listener>> = {
  one: 'listener',
  many: 'listeners',
  key: 'id',
  attributes: {
    ...commonAttributes<Listener>(),
    ...nameAttribute<Listener>(),
    ...plainAttributes<Listener>([
      'description',
      'protocol',
      'protocol_port',
      'connection_limit',
      'default_pool_id',
      'insert_headers',
      'allowed_cidrs',
      'timeout_client_data',
      'timeout_member_connect',
      'timeout_member_data',
      'timeout_tcp_inspect',
      'default_tls_container_ref',
      'sni_container_refs',
      'client_authentication',
      'client_ca_tls_container_ref',
      'client_crl_container_ref',
      'tls_ciphers',
      'tls_versions',
      'alpn_protocols',
      'hsts_max_age',
      'hsts_include_subdomains',
      'hsts_preload',
    ]),
    loadbalancers: ({ loadbalancer }) => [{ id: loadbalancer.id }],
    l7policies: ({ object }) => idsOf(object.l7policies),
    ...plainAttributes<Listener>([
      'tls_policy',
      'timeout_http_keepalive',
      'keepalive_requests',
      'compression',
      'preserve_host',
      'policy_order',
      'access_log',
      'client_address',
      'access_list_id',
      'access_list_action',
      'session_rate_limit',
      'request_rate_limit',
      'bandwidth_limit',
    ]),
  },
  filters: { loadbalancer_id: ({ loadbalancer }) => loadbalancer.id },
};

export const l7policyView: View<Placed<L7Policy>> = {
  one: 'l7policy',
  many: 'l7policies',
  key: 'id',
  attributes: {
    ...commonAttributes<L7Policy>(),
    ...nameAttribute<L7Policy>(),
    ...plainAttributes<L7Policy>([
      'description',
      'action',
      'position',
      'redirect_pool_id',
      'redirect_url',
      'redirect_prefix',
      'redirect_listener_id',
      'redirect_http_code',
    ]),
    listener_id: ({ listener }) => listener?.id ?? null,
    rules: ({ object }) => idsOf(object.rules),
  },
  filters: { loadbalancer_id: ({ loadbalancer }) => loadbalancer.id },
};

export const l7ruleView: View<Placed<L7Rule>> = {
  one: 'rule',
  many: 'rules',
  key: 'id',
  attributes: {
    ...commonAttributes<L7Rule>(),
    ...plainAttributes<L7Rule>(['type', 'compare_type', 'key', 'value', 'invert']),
  },
  // Rules have no names; clients that look for anything by id or name ask nevertheless.
  filters: { name: () => '' },
};
