/** Subnets of the host file, VIPs and public addresses as Neutron shows them. */

import { cidrContains } from '../../model/address.js';
import type { LoadBalancer } from '../../model/resources.js';
import type { PublicAddress } from '../../model/state.js';
import type { Subnet } from '../../model/subnet.js';
import type { View } from '../list/view.js';

/** A network is what its subnets say it is. */
export interface NetworkItem {
  id: string;
  subnets: readonly Subnet[];
}

/** Networks belong to nobody and are there for all. */
const SHARED = { project_id: () => '', tenant_id: () => '', tags: () => [] as string[] };

export const networkView: View<NetworkItem> = {
  one: 'network',
  many: 'networks',
  key: 'id',
  attributes: {
    id: ({ id }) => id,
    name: ({ subnets }) => subnets[0]?.name ?? '',
    ...SHARED,
    description: () => '',
    status: () => 'ACTIVE',
    admin_state_up: () => true,
    shared: () => true,
    'router:external': ({ subnets }) => subnets.some((subnet) => subnet.public),
    is_default: () => false,
    mtu: () => 1500,
    port_security_enabled: () => false,
    subnets: ({ subnets }) => subnets.map(({ id }) => id),
    availability_zones: () => [],
    'provider:network_type': () => null,
    'provider:physical_network': () => null,
    'provider:segmentation_id': () => null,
  },
};

export const subnetView: View<Subnet> = {
  one: 'subnet',
  many: 'subnets',
  key: 'id',
  attributes: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    ...SHARED,
    description: () => '',
    network_id: ({ network_id }) => network_id,
    ip_version: ({ cidr }) => cidr.family,
    cidr: ({ cidr }) => `${cidr.address}/${cidr.prefix}`,
    gateway_ip: ({ gateway_ip }) => gateway_ip,
    allocation_pools: ({ allocation_pools }) => allocation_pools,
    dns_nameservers: () => [],
    host_routes: () => [],
    enable_dhcp: () => false,
    ipv6_address_mode: () => null,
    ipv6_ra_mode: () => null,
    service_types: () => [],
    segment_id: () => null,
    subnetpool_id: () => null,
  },
  filters: { shared: () => true },
};

/** The port that carries a load balancer's addresses. */
export const portView: View<LoadBalancer> = {
  one: 'port',
  many: 'ports',
  key: 'id',
  attributes: {
    id: ({ vip_port_id }) => vip_port_id,
    name: ({ id }) => `octavia-lb-${id}`,
    description: () => '',
    project_id: ({ project_id }) => project_id,
    tenant_id: ({ project_id }) => project_id,
    tags: () => [],
    network_id: ({ vip_network_id }) => vip_network_id,
    status: () => 'ACTIVE',
    admin_state_up: ({ admin_state_up }) => admin_state_up,
    device_id: ({ id }) => `lb-${id}`,
    device_owner: () => 'Octavia',
    mac_address: () => null,
    fixed_ips: ({ vip_address, vip_subnet_id, additional_vips }) => [
      { ip_address: vip_address, subnet_id: vip_subnet_id },
      ...additional_vips,
    ],
    security_groups: () => [],
    allowed_address_pairs: () => [],
    port_security_enabled: () => false,
    created_at: ({ created_at }) => `${created_at}Z`,
    updated_at: ({ created_at, updated_at }) => `${updated_at ?? created_at}Z`,
    'binding:vnic_type': () => 'normal',
  },
};

/** A public address, with the subnet it comes from. */
export interface FloatingItem {
  address: PublicAddress;
  loadbalancer: LoadBalancer | undefined;
  networkId: string | null;
}

export const floatingIpView: View<FloatingItem> = {
  one: 'floatingip',
  many: 'floatingips',
  key: 'id',
  attributes: {
    id: ({ address }) => address.id,
    floating_ip_address: ({ address }) => address.address,
    fixed_ip_address: ({ loadbalancer }) => loadbalancer?.vip_address ?? null,
    port_id: ({ loadbalancer }) => loadbalancer?.vip_port_id ?? null,
    floating_network_id: ({ networkId }) => networkId,
    status: ({ loadbalancer }) => (loadbalancer ? 'ACTIVE' : 'DOWN'),
    project_id: ({ address }) => address.project_id,
    tenant_id: ({ address }) => address.project_id,
    description: ({ address }) => address.description,
    tags: ({ address }) => address.tags,
    router_id: () => null,
    created_at: ({ address }) => `${address.created_at}Z`,
    updated_at: ({ address }) => `${address.updated_at ?? address.created_at}Z`,
  },
};

/** The network of the subnet an address lies in; null: of none. */
export function networkOf(subnets: readonly Subnet[], address: string): string | null {
  return subnets.find(({ cidr }) => cidrContains(cidr, address))?.network_id ?? null;
}
