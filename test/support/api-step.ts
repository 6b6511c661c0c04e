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
  /** Two projects. */
  projects: readonly string[];
  /** Whether HTTP is served. */
  http: boolean;
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

/** A load balancer that has something of everything below it. */
export function tree(world: World, a: number, b: number): Json {
  const pool = {
    lb_algorithm: of(['ROUND_ROBIN', 'SOURCE_IP', 'LEAST_CONNECTIONS', 'SOURCE_IP_PORT'], b),
    members: [member(world, a, 0), member(world, a + 1, b)],
  };
  const healthmonitor = world.monitors ? { type: 'TCP', delay: 50, timeout: 5, max_retries: 3 } : null;
  const l7policies = [
    { action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' }] },
    { action: 'REDIRECT_TO_POOL', redirect_pool: { ...pool, name: 'http2', protocol: 'HTTP' } },
  ];
  return {
    vip_address: of(world.vips, a),
    listeners: [
      { protocol: 'TCP', protocol_port: 80, default_pool: { ...pool, name: 'tcp', protocol: 'TCP' } },
      { protocol: 'UDP', protocol_port: 80, default_pool: { ...pool, name: 'udp', protocol: 'UDP' } },
      {
        protocol_port: 81,
        default_pool: { ...pool, name: 'http', protocol: 'HTTP', healthmonitor },
        ...(world.http ? { protocol: 'HTTP', l7policies } : { protocol: 'TCP' }),
      },
    ],
  };
}
