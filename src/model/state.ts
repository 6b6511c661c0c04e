/**
 * Everything a gateway's control plane keeps: the resource tree and the flat objects beside it. A state is never changed in
 * place; a change makes a new one that shares what stayed the same, so that comparing references finds what is to be saved.
 */
import type { Identity } from './identity.js';
import type { Tree } from './resources.js';

export interface Flavor {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  flavor_profile_id: string;
}

/** What a flavor guarantees and bounds (LB-6); null: no limit. */
export interface Specification {
  /** Concurrent connections. */
  connections: number | null;
  /** New connections per second. */
  connections_per_second: number | null;
  /** HTTP requests per second. */
  queries_per_second: number | null;
}

export interface FlavorProfile {
  id: string;
  name: string;
  provider_name: string;
  /** JSON text as Octavia carries it; the members of {@link Specification}. */
  flavor_data: string;
}

/** Keyed by its name. */
export interface AvailabilityZone {
  name: string;
  description: string;
  enabled: boolean;
  availability_zone_profile_id: string;
}

export interface AvailabilityZoneProfile {
  id: string;
  name: string;
  provider_name: string;
  availability_zone_data: string;
}

export const QUOTA_RESOURCES = [
  'loadbalancer',
  'listener',
  'pool',
  'member',
  'healthmonitor',
  'l7policy',
  'l7rule',
  'certificate',
] as const;
export type QuotaResource = (typeof QUOTA_RESOURCES)[number];

/** Limits of a project that differ from the defaults; -1: none. Its id is the project's. */
export type Quota = { project_id: string } & Partial<Record<QuotaResource, number>>;

/** A list of blocks that listeners refer to (LI-5). */
export interface AccessList {
  id: string;
  project_id: string;
  name: string;
  description: string;
  tags: string[];
  /** Canonical CIDRs, IPv4 and IPv6, without duplicates, at most 100,000. */
  cidrs: string[];
  created_at: string;
  updated_at: string | null;
}

/** A public address that can be bound to a load balancer (LB-3). */
export interface PublicAddress {
  id: string;
  project_id: string;
  name: string;
  description: string;
  tags: string[];
  /** Canonical text; one of the host file's public pools, or given. */
  address: string;
  loadbalancer_id: string | null;
  created_at: string;
  updated_at: string | null;
}

/** The flat objects by kind; each map is by id, availability zones by name, quotas by project. */
export interface Collections extends Identity {
  flavors: ReadonlyMap<string, Flavor>;
  flavorprofiles: ReadonlyMap<string, FlavorProfile>;
  availabilityzones: ReadonlyMap<string, AvailabilityZone>;
  availabilityzoneprofiles: ReadonlyMap<string, AvailabilityZoneProfile>;
  quotas: ReadonlyMap<string, Quota>;
  accesslists: ReadonlyMap<string, AccessList>;
  publicaddresses: ReadonlyMap<string, PublicAddress>;
}

export interface State extends Tree, Collections {
  /** Hash of the host file's `loadbalancers` when they were last taken in; null: never. */
  hostFileHash: string | null;
}
