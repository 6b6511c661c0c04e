/** The JSON of what stands beside the tree: flavors, availability zones, quotas, access lists, public addresses. */
import type {
  AccessList,
  AvailabilityZone,
  AvailabilityZoneProfile,
  Flavor,
  FlavorProfile,
  PublicAddress,
  QuotaResource,
} from '../../model/state.js';
import type { Attribute, View } from '../list/view.js';

function plain<T extends object>(names: readonly (keyof T & string)[]): Record<string, Attribute<T>> {
  return Object.fromEntries(names.map((name) => [name, (item: T) => item[name]]));
}

export const flavorView: View<Flavor> = {
  one: 'flavor',
  many: 'flavors',
  key: 'id',
  attributes: plain<Flavor>(['id', 'name', 'description', 'enabled', 'flavor_profile_id']),
};

export const flavorprofileView: View<FlavorProfile> = {
  one: 'flavorprofile',
  many: 'flavorprofiles',
  key: 'id',
  attributes: plain<FlavorProfile>(['id', 'name', 'provider_name', 'flavor_data']),
};

export const availabilityzoneView: View<AvailabilityZone> = {
  one: 'availability_zone',
  many: 'availability_zones',
  key: 'name',
  attributes: plain<AvailabilityZone>(['name', 'description', 'enabled', 'availability_zone_profile_id']),
};

export const availabilityzoneprofileView: View<AvailabilityZoneProfile> = {
  one: 'availability_zone_profile',
  many: 'availability_zone_profiles',
  key: 'id',
  attributes: plain<AvailabilityZoneProfile>(['id', 'name', 'provider_name', 'availability_zone_data']),
};

/** A project's limits with the defaults filled in. */
export type QuotaItem = { project_id: string } & Readonly<Record<QuotaResource, number>>;

/** Octavia answers the names with an underscore too: its older clients read those. */
export const quotaView: View<QuotaItem> = {
  one: 'quota',
  many: 'quotas',
  key: 'project_id',
  attributes: {
    project_id: ({ project_id }) => project_id,
    tenant_id: ({ project_id }) => project_id,
    loadbalancer: ({ loadbalancer }) => loadbalancer,
    load_balancer: ({ loadbalancer }) => loadbalancer,
    healthmonitor: ({ healthmonitor }) => healthmonitor,
    health_monitor: ({ healthmonitor }) => healthmonitor,
    ...plain<QuotaItem>(['listener', 'pool', 'member', 'l7policy', 'l7rule', 'certificate']),
  },
};

export const accesslistView: View<AccessList> = {
  one: 'accesslist',
  many: 'accesslists',
  key: 'id',
  attributes: {
    ...plain<AccessList>(['id', 'project_id', 'name', 'description', 'tags', 'created_at', 'updated_at']),
    tenant_id: ({ project_id }) => project_id,
    cidrs_count: ({ cidrs }) => cidrs.length,
    cidrs: ({ cidrs }) => cidrs,
  },
  heavy: new Set(['cidrs']),
};

export const publicaddressView: View<PublicAddress> = {
  one: 'publicaddress',
  many: 'publicaddresses',
  key: 'id',
  attributes: {
    ...plain<PublicAddress>([
      'id',
      'project_id',
      'name',
      'description',
      'tags',
      'address',
      'loadbalancer_id',
      'created_at',
      'updated_at',
    ]),
    tenant_id: ({ project_id }) => project_id,
  },
};
