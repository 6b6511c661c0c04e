/** The flat objects beside the tree: flavors, availability zones, quotas, access lists, public addresses. */
import { PROVIDER } from '../model/defaults.js';
import type {
  AccessList,
  AvailabilityZone,
  AvailabilityZoneProfile,
  Flavor,
  FlavorProfile,
  PublicAddress,
  QuotaResource,
} from '../model/state.js';
import {
  address,
  choice,
  DESCRIPTION,
  type Field,
  type FieldsOf,
  flag,
  integer,
  NAME,
  optional,
  patch,
  pick,
  record,
  TAGS,
  text,
  uuid,
} from './fields.js';
import { CIDRS } from './listeners.js';
import { OWNER, type Owned } from './owner.js';

type Owning = 'id' | 'project_id' | 'created_at' | 'updated_at';

export type FlavorCreate = Omit<Flavor, 'id'>;
export type FlavorPatch = Partial<Pick<Flavor, 'name' | 'description' | 'enabled'>>;
export type FlavorProfileCreate = Omit<FlavorProfile, 'id'>;
export type FlavorProfilePatch = Partial<FlavorProfileCreate>;
export type AvailabilityZoneCreate = AvailabilityZone;
export type AvailabilityZonePatch = Partial<Pick<AvailabilityZone, 'description' | 'enabled'>>;
export type AvailabilityZoneProfileCreate = Omit<AvailabilityZoneProfile, 'id'>;
export type AvailabilityZoneProfilePatch = Partial<AvailabilityZoneProfileCreate>;
export type AccessListCreate = Omit<AccessList, Owning> & { project_id?: string };
export type AccessListPatch = Partial<Omit<AccessList, Owning>>;
/** Address null: one of the public subnets is allocated. */
export type PublicAddressCreate = Omit<PublicAddress, Owning | 'address'> & {
  project_id?: string;
  address: string | null;
};
export type PublicAddressPatch = Partial<Omit<PublicAddress, Owning | 'address'>>;
/** Null: the default again. */
export type QuotaPatch = Partial<Record<QuotaResource, number | null>>;

const REQUIRED_NAME = text('Name, 1 to 255 characters', { format: 'line' });
const ENABLED = flag('Whether new load balancers can have it.', true);
const PROVIDER_NAME = choice<string>('The provider it is for', [PROVIDER, 'octavia', 'amphora']);

const FLAVOR: FieldsOf<FlavorCreate> = {
  name: REQUIRED_NAME,
  description: DESCRIPTION,
  enabled: ENABLED,
  flavor_profile_id: uuid('The flavor profile with its limits'),
};
export const flavorCreate = record<FlavorCreate>('A flavor', FLAVOR);
export const flavorPatch = patch<Required<FlavorPatch>>('A flavor', pick(FLAVOR, ['name', 'description', 'enabled']), [
  'flavor_profile_id',
]);

const FLAVOR_PROFILE: FieldsOf<FlavorProfileCreate> = {
  name: REQUIRED_NAME,
  provider_name: PROVIDER_NAME,
  flavor_data: text(
    'JSON text of an object with connections, connections_per_second and queries_per_second, each a number or null for no limit',
    { format: 'flavor-data', maxLength: 4096 },
  ),
};
export const flavorProfileCreate = record<FlavorProfileCreate>('A flavor profile', FLAVOR_PROFILE);
export const flavorProfilePatch = patch<FlavorProfileCreate>('A flavor profile', FLAVOR_PROFILE);

const AVAILABILITY_ZONE: FieldsOf<AvailabilityZoneCreate> = {
  name: REQUIRED_NAME,
  description: DESCRIPTION,
  enabled: ENABLED,
  availability_zone_profile_id: uuid('The profile of the zone'),
};
export const availabilityZoneCreate = record<AvailabilityZoneCreate>('An availability zone', AVAILABILITY_ZONE);
export const availabilityZonePatch = patch<Required<AvailabilityZonePatch>>(
  'An availability zone',
  pick(AVAILABILITY_ZONE, ['description', 'enabled']),
  ['name', 'availability_zone_profile_id'],
);

const AVAILABILITY_ZONE_PROFILE: FieldsOf<AvailabilityZoneProfileCreate> = {
  name: REQUIRED_NAME,
  provider_name: PROVIDER_NAME,
  availability_zone_data: text('JSON text of an object; what it says is up to the operator', {
    format: 'json-object',
    maxLength: 4096,
  }),
};
export const availabilityZoneProfileCreate = record<AvailabilityZoneProfileCreate>(
  'An availability zone profile',
  AVAILABILITY_ZONE_PROFILE,
);
export const availabilityZoneProfilePatch = patch<AvailabilityZoneProfileCreate>(
  'An availability zone profile',
  AVAILABILITY_ZONE_PROFILE,
);

const ACCESS_LIST: FieldsOf<Required<AccessListPatch>> = {
  name: NAME,
  description: DESCRIPTION,
  tags: TAGS,
  cidrs: optional(CIDRS, []),
};
export const accessListCreate = record<Required<AccessListPatch> & Owned>('An access list', {
  ...ACCESS_LIST,
  ...OWNER,
});
export const accessListPatch = patch<Required<AccessListPatch>>('An access list', ACCESS_LIST);
/** Blocks to add to a list, or to take out of it. */
export const accessListCidrs = record<{ cidrs: string[] }>('Blocks of addresses', { cidrs: CIDRS });

const PUBLIC_ADDRESS: FieldsOf<Required<PublicAddressPatch>> = {
  name: NAME,
  description: DESCRIPTION,
  tags: TAGS,
  loadbalancer_id: optional(uuid('The load balancer it is bound to. Null: none.'), null),
};
export const publicAddressCreate = record<Omit<Required<PublicAddressCreate>, 'project_id'> & Owned>(
  'A public address',
  {
    ...PUBLIC_ADDRESS,
    ...OWNER,
    address: optional(address('The address; one of the public subnets where none is given.'), null),
  },
);
export const publicAddressPatch = patch<Required<PublicAddressPatch>>('A public address', PUBLIC_ADDRESS, ['address']);

function limit(what: string): Field<number | null> {
  return optional(
    integer(`How many ${what} the project may have; -1 for no limit. Null: the default.`, -1, 2_147_483_647),
    null,
  );
}

/** What a quota body may hold: two resources have an older name too, which OpenStack's command line still sends. */
export type QuotaWritten = Record<QuotaResource | 'load_balancer' | 'health_monitor', number | null>;
const LIMITS: FieldsOf<QuotaWritten> = {
  loadbalancer: limit('load balancers'),
  listener: limit('listeners'),
  pool: limit('pools'),
  member: limit('members'),
  healthmonitor: limit('health monitors'),
  l7policy: limit('policies'),
  l7rule: limit('rules'),
  certificate: limit('certificates'),
  load_balancer: limit('load balancers'),
  health_monitor: limit('health monitors'),
};
export const quotaPatch = patch<QuotaWritten>('A quota', LIMITS);

/** The body by today's names. */
export function renameLimits({ load_balancer, health_monitor, ...rest }: Partial<QuotaWritten>): QuotaPatch {
  return {
    ...(load_balancer === undefined ? {} : { loadbalancer: load_balancer }),
    ...(health_monitor === undefined ? {} : { healthmonitor: health_monitor }),
    ...rest,
  };
}
