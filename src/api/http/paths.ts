/**
 * Where the routes are, and under which other paths clients ask for them. They disagree: the OpenStack client asks below /v2.0/lbaas,
 * its SDK and gophercloud below /v2/lbaas, old ones below /v2; a catalogue may put /load-balancer or /network in front. Without a
 * catalogue (`--os-auth-type none`) the OpenStack client looks projects up at the root.
 */
import type { Route } from './route.js';

export interface RouteGroup {
  prefix: string;
  routes: readonly Route[];
}

/** Prefixes of the groups, by what they hold. */
export const PREFIXES = {
  /** What belongs to no version. */
  root: '',
  /** Octavia's resources. */
  lbaas: '/v2/lbaas',
  /** Octavia's administration of what carries load balancers. */
  octavia: '/v2/octavia',
  /** Our own. */
  sluice: '/v2/sluice',
  /** The part of Neutron that load-balancer clients look things up in. */
  network: '/v2.0',
} as const;

/** Collections that old clients ask for directly below the version. */
const LBAAS_COLLECTIONS: ReadonlySet<string> = new Set([
  'loadbalancers',
  'listeners',
  'pools',
  'healthmonitors',
  'l7policies',
  'quotas',
  'flavors',
  'flavorprofiles',
  'availabilityzones',
  'availabilityzoneprofiles',
  'providers',
]);
const NAMESPACES: ReadonlySet<string> = new Set(['lbaas', 'octavia', 'sluice']);

/**
 * The one path that a request's path, whatever prefixes it has, is routed by: `/load-balancer/v2.0/loadbalancers` is
 * `/v2/lbaas/loadbalancers`.
 * @param url path and query
 */
export function routedUrl(url: string): string {
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(url) ?? [];
  const local = path.replace(/^\/(?:load-balancer|network)(?=\/|$)/, '');
  if (/^\/projects(?=\/|$)/.test(path)) {
    return `/v3${url}`;
  }
  const versioned = /^\/v2(?:\.0)?(\/([^/]+).*)$/s.exec(local);
  if (!versioned) {
    return `${local || '/'}${query}`;
  }
  const [, below = '', first = ''] = versioned;
  if (NAMESPACES.has(first)) {
    return `/v2${below}${query}`;
  }
  return `${LBAAS_COLLECTIONS.has(first) ? PREFIXES.lbaas : PREFIXES.network}${below}${query}`;
}
