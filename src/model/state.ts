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

export const CERTIFICATE_TYPES = ['SERVER', 'CLIENT_CA', 'CRL'] as const;
/** What listeners show, the authorities that clients' or members' certificates come from, certificates taken back (TL-1, TL-4). */
export type CertificateType = (typeof CERTIFICATE_TYPES)[number];

/** Characters of PEM that a certificate of each type may have. */
export const MAX_PEM: Readonly<Record<CertificateType, number>> = {
  SERVER: 65_536,
  CLIENT_CA: 1_048_576,
  CRL: 1_048_576,
};

/** What the PEM of a certificate says. Times are UTC, as `2026-01-31T12:00:00`. */
export interface CertificateFacts {
  /** `CN=www.example.com, O=Example`, of the first certificate; null: of a CRL. */
  subject: string | null;
  issuer: string;
  /** DNS names and addresses of the leaf; what TLS clients ask for. Empty unless the type is SERVER. */
  domains: string[];
  /** Of the leaf; the latest of authorities; `thisUpdate` of a CRL. */
  not_before: string;
  /** Of the leaf; the earliest of authorities; `nextUpdate` of a CRL, null: it has none. */
  not_after: string | null;
  /** Hexadecimal, capitals; null: of a CRL. */
  serial: string | null;
  /** SHA-256 of the DER, 64 hexadecimal digits; of the first where there are several. */
  fingerprint: string;
  /** `RSA-2048`, `ECDSA-P256`; null: of a CRL. */
  key_type: string | null;
  /** How many certificates or CRLs the PEM has. */
  count: number;
}

/** What TLS listeners and pools refer to (TL-1, TL-2). */
export interface Certificate {
  id: string;
  project_id: string;
  name: string;
  description: string;
  tags: string[];
  type: CertificateType;
  /** PEM in canonical form. SERVER: the chain, leaf first; CLIENT_CA: authorities; CRL: X.509 CRLs. */
  certificate: string;
  /** SERVER: the private key, PKCS#8 PEM, sealed by the vault; null otherwise. Never leaves through the API. */
  sealed_key: string | null;
  facts: CertificateFacts;
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
  certificates: ReadonlyMap<string, Certificate>;
}

export interface State extends Tree, Collections {
  /** Hash of the host file's `loadbalancers` when they were last taken in; null: never. */
  hostFileHash: string | null;
}
