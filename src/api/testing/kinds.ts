/** One of each kind of object that the API creates, as bodies, for tests. */
import type { TestApi } from './api.js';

export interface Kind {
  root: string;
  many: string;
  path: string;
  fields: object;
  change: Record<string, unknown>;
}

/** One of each kind, on a load balancer with listener and pool. */
export async function kinds(api: TestApi): Promise<Record<string, Kind>> {
  const { loadbalancer, pool } = await api.createWeb();
  const http = await api.create('listeners', 'listener', {
    protocol: 'HTTP',
    protocol_port: 8000,
    loadbalancer_id: loadbalancer.id,
  });
  const policy = await api.create('l7policies', 'l7policy', { action: 'REJECT', listener_id: http.id });
  const profile = await api.create('flavorprofiles', 'flavorprofile', {
    name: 'used',
    provider_name: 'sluice',
    flavor_data: '{"connections": 5}',
  });
  const zone = await api.create('availabilityzoneprofiles', 'availability_zone_profile', {
    name: 'used',
    provider_name: 'sluice',
    availability_zone_data: '{}',
  });
  const named = { change: { name: 'changed' } };
  return {
    loadbalancer: {
      root: 'loadbalancer',
      many: 'loadbalancers',
      path: 'loadbalancers',
      fields: { vip_address: '198.18.0.20' },
      ...named,
    },
    listener: {
      root: 'listener',
      many: 'listeners',
      path: 'listeners',
      fields: { protocol: 'UDP', protocol_port: 53, loadbalancer_id: loadbalancer.id },
      ...named,
    },
    pool: {
      root: 'pool',
      many: 'pools',
      path: 'pools',
      fields: { protocol: 'TCP', lb_algorithm: 'SOURCE_IP', loadbalancer_id: loadbalancer.id },
      ...named,
    },
    member: {
      root: 'member',
      many: 'members',
      path: `pools/${pool.id}/members`,
      fields: { address: '198.18.1.12', protocol_port: 80 },
      change: { weight: 7 },
    },
    healthmonitor: {
      root: 'healthmonitor',
      many: 'healthmonitors',
      path: 'healthmonitors',
      fields: { type: 'TCP', delay: 5, timeout: 3, max_retries: 2, pool_id: pool.id },
      change: { delay: 9 },
    },
    l7policy: {
      root: 'l7policy',
      many: 'l7policies',
      path: 'l7policies',
      fields: { action: 'REJECT', listener_id: http.id },
      ...named,
    },
    l7rule: {
      root: 'rule',
      many: 'rules',
      path: `l7policies/${policy.id}/rules`,
      fields: { type: 'PATH', compare_type: 'STARTS_WITH', value: '/a' },
      change: { value: '/b' },
    },
    flavorprofile: {
      root: 'flavorprofile',
      many: 'flavorprofiles',
      path: 'flavorprofiles',
      fields: { name: 'p', provider_name: 'sluice', flavor_data: '{"connections": 7}' },
      ...named,
    },
    flavor: {
      root: 'flavor',
      many: 'flavors',
      path: 'flavors',
      fields: { name: 'f', flavor_profile_id: profile.id },
      change: { enabled: false },
    },
    availabilityzoneprofile: {
      root: 'availability_zone_profile',
      many: 'availability_zone_profiles',
      path: 'availabilityzoneprofiles',
      fields: { name: 'p', provider_name: 'sluice', availability_zone_data: '{"compute_zone": "a"}' },
      ...named,
    },
    availabilityzone: {
      root: 'availability_zone',
      many: 'availability_zones',
      path: 'availabilityzones',
      fields: { name: 'zone a', availability_zone_profile_id: zone.id },
      change: { description: 'changed' },
    },
  };
}

export const KIND_NAMES = [
  'loadbalancer',
  'listener',
  'pool',
  'member',
  'healthmonitor',
  'l7policy',
  'l7rule',
  'flavorprofile',
  'flavor',
  'availabilityzoneprofile',
  'availabilityzone',
];
