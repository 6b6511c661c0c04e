/** What random requests are made of: few addresses, ports and names, so that objects meet. */
import type { Configuration, Json, Request } from './api-client.js';

/** What there is to work with on a gateway. */
export interface Ground {
  /** Addresses that packets can arrive for. */
  vips: readonly string[];
  /** One that they cannot. */
  foreign: string;
  /** Of members: nobody has to answer there. */
  servers: readonly string[];
  /** Subnet that VIPs are allocated from. */
  subnetId: string;
  /** Two projects; what is made without one is the first's. */
  projects: readonly string[];
  /** Certificates, authorities and revocation lists as they are uploaded: a field is all that differs between some of them. */
  uploads: readonly Json[];
  /** Whether members may be checked: where they are, and nobody answers, their health changes at any moment. */
  monitors: boolean;
}

export interface World extends Ground {
  configuration: Configuration;
}

/** Three numbers, 0..60, that decide what a request is about. */
export type Numbers = readonly [a: number, b: number, c: number];
export type Step = (world: World, numbers: Numbers) => Request;

/** No object has it. */
export const NOBODY = '99999999-9999-4999-8999-999999999999';

export function of<T>(values: readonly T[], number: number): T {
  return values[number % values.length] as T;
}

/** Some object, now and then one that does not exist. */
export function some(objects: readonly Json[], number: number): Json {
  return number % 16 === 15 || objects.length === 0 ? { id: NOBODY, name: 'nobody' } : of(objects, number);
}

/** The object's id, or null now and then. */
export function someOrNull(objects: readonly Json[], number: number): string | null {
  return number % 5 === 4 ? null : some(objects, number).id;
}

/** Some certificate as people refer to it, mostly one of the type that belongs there. */
export function ref({ certificates }: Configuration, type: string, number: number): string {
  const fitting = certificates.filter((one) => one.type === type);
  const { id } = some(number % 9 === 8 ? certificates : fitting, number);
  return of([id, id, `/v2/sluice/certificates/${id}`, `https://keys.example/v1/containers/${id}`, id], number);
}

export function create(path: string, root: string, fields: object): Request {
  return { method: 'POST', path: `/v2/lbaas/${path}`, body: { [root]: fields } };
}

export function update(path: string, root: string, fields: object): Request {
  return { method: 'PUT', path: `/v2/lbaas/${path}`, body: { [root]: fields } };
}

export function remove(path: string): Request {
  return { method: 'DELETE', path: `/v2/lbaas/${path}` };
}

/** One field of several, with a value of its own: what an update says. */
export function oneOf(fields: Record<string, readonly unknown[]>, a: number, b: number): object {
  const name = of(Object.keys(fields), a);
  return { [name]: of(fields[name]!, b) };
}

export function member({ servers }: World, a: number, b: number): Json {
  return { address: of(servers, a), protocol_port: 8000 + (b % 2), weight: of([1, 2, 5, 0, 256, 10], a + b) };
}

/** Stickiness, of pools of any kind and of those that see cookies. */
const STICKY = [null, { type: 'SOURCE_IP' }];
const STICKY_BY_COOKIE = [
  { type: 'HTTP_COOKIE' },
  ...STICKY,
  { type: 'APP_COOKIE', cookie_name: 'session', persistence_timeout: 3600 },
  { type: 'HTTP_COOKIE', cookie_name: 'server', cookie_mode: 'REWRITE' },
];

/** A load balancer that has something of everything below it; TLS too, where there is a certificate. */
export function tree(world: World, a: number, b: number): Json {
  const members = [member(world, a, 0), member(world, a + 1, b)];
  const lb_algorithm = of(['ROUND_ROBIN', 'SOURCE_IP', 'LEAST_CONNECTIONS', 'SOURCE_IP_PORT'], b);
  const pool = (name: string, protocol: string, fields: object = {}) => {
    const session_persistence = of(protocol === 'HTTP' ? STICKY_BY_COOKIE : STICKY, a + b);
    return { name, protocol, lb_algorithm, members, session_persistence, ...fields };
  };
  const healthmonitor = world.monitors ? { type: 'TCP', delay: 50, timeout: 5, max_retries: 3 } : null;
  const { certificates } = world.configuration;
  const own = certificates.filter(({ type, project_id }) => type === 'SERVER' && project_id === world.projects[0]);
  const l7policies = [
    { action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' }] },
    {
      action: 'REDIRECT_TO_POOL',
      redirect_pool: pool('http2', 'HTTP'),
      rules: [{ type: 'HOST_NAME', compare_type: 'EQUAL_TO', value: 'b.example.org' }],
    },
  ];
  const https = own.map(({ id }) => ({
    protocol: 'TERMINATED_HTTPS',
    protocol_port: 443,
    default_tls_container_ref: id,
    default_pool: pool('https', 'HTTP'),
  }));
  return {
    vip_address: of(world.vips, a),
    listeners: [
      { protocol: 'TCP', protocol_port: 80, default_pool: pool('tcp', of(['TCP', 'PROXY', 'TCP', 'PROXYV2'], b)) },
      { protocol: 'UDP', protocol_port: 80, default_pool: pool('udp', 'UDP') },
      { protocol: 'HTTP', protocol_port: 81, default_pool: pool('http', 'HTTP', { healthmonitor }), l7policies },
      ...https.slice(0, 1),
    ],
  };
}
