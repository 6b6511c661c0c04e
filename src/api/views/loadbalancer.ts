/** The JSON of load balancers. */
import type { LoadBalancer } from '../../model/resources.js';
import type { View } from '../list/view.js';
import { commonAttributes, idsOf, nameAttribute, type Placed, plainAttributes } from './placed.js';

export const loadbalancerView: View<Placed<LoadBalancer>> = {
  one: 'loadbalancer',
  many: 'loadbalancers',
  key: 'id',
  attributes: {
    ...commonAttributes<LoadBalancer>(),
    ...nameAttribute<LoadBalancer>(),
    ...plainAttributes<LoadBalancer>([
      'description',
      'vip_address',
      'vip_subnet_id',
      'vip_network_id',
      'vip_port_id',
      'vip_qos_policy_id',
      'additional_vips',
      'provider',
      'flavor_id',
      'availability_zone',
    ]),
    listeners: ({ object }) => idsOf(object.listeners),
    pools: ({ object }) => idsOf(object.pools),
    public_addresses: ({ object }) => object.public_addresses,
    managed_by: ({ object }) => object.managed_by,
    status_reason: ({ object }, live) => live.errorOf(object.id) ?? null,
  },
};
