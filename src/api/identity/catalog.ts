/** The catalogue: which services clients find where. All of them are this gateway. */

export interface CatalogService {
  id: string;
  name: string;
  type: string;
  /** Below the gateway's base URL; clients add the version. */
  path: string;
  description: string;
}

export const SERVICES: readonly CatalogService[] = [
  {
    id: 'load-balancer',
    name: 'octavia',
    type: 'load-balancer',
    path: '/load-balancer',
    description: 'Load balancers (Octavia v2)',
  },
  {
    id: 'network',
    name: 'neutron',
    type: 'network',
    path: '/network',
    description: 'Subnets, networks and ports, as far as load balancers need them',
  },
  {
    id: 'identity',
    name: 'keystone',
    type: 'identity',
    path: '/identity',
    description: 'Users, projects and tokens (Identity v3)',
  },
];

const INTERFACES = ['public', 'internal', 'admin'] as const;

export interface Endpoint {
  id: string;
  service_id: string;
  interface: (typeof INTERFACES)[number];
  region: string;
  region_id: string;
  url: string;
  enabled: true;
}

/** Every service has one URL for all three interfaces: clients may ask for any of them. */
export function endpointsOf(base: string, region: string): Endpoint[] {
  return SERVICES.flatMap(({ id, path }) =>
    INTERFACES.map((name) => ({
      id: `${id}-${name}`,
      service_id: id,
      interface: name,
      region,
      region_id: region,
      url: `${base}${path}`,
      enabled: true as const,
    })),
  );
}

/** As tokens carry it. */
export function catalogOf(base: string, region: string): object[] {
  const endpoints = endpointsOf(base, region);
  return SERVICES.map(({ id, name, type }) => ({
    id,
    name,
    type,
    endpoints: endpoints
      .filter(({ service_id }) => service_id === id)
      .map(({ service_id: _service, enabled: _enabled, ...endpoint }) => endpoint),
  }));
}
