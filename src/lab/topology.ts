/**
 * Who is in the lab, on which addresses, and which cables join them. Pure: nothing here touches the host.
 *
 * Two-armed is a routed star: every client and every backend has its own veth to the gateway and its own /24, and the VIPs
 * and local addresses are behind the gateway. Backends know the way to the local addresses only, so a packet that reaches
 * them with a client's source address is never answered: a leak shows as a failure instead of working by accident.
 * One-armed is a single bridged subnet in which VIPs and local addresses are assigned to nobody.
 */
import { labError } from './errors.js';

export type Topology = 'two-armed' | 'one-armed';
export type Role = 'client' | 'backend' | 'gateway' | 'switch';

export interface LabOptions {
  /** Names of namespaces, cgroup, run and pin directories start with it. 1-40 letters, digits and dashes. Default `sluice-lab`. */
  prefix?: string;
  /** 1-99, default 3. */
  clients?: number;
  /** 1-99, default 3. */
  backends?: number;
  /** Default `two-armed`. */
  topology?: Topology;
  /** Addresses per client, so that one namespace acts as that many clients. 1-100 (one-armed: 1-8), default 8. */
  sourcesPerClient?: number;
  /** Transmit and receive queues of every veth, 1-16, default 2. */
  queues?: number;
  /** Permanent neighbour entries instead of ARP. Default false. */
  resolveNeighbours?: boolean;
  /** See `offloads.ts`. Default `segmentation`. */
  offloads?: Offloads;
}

/** `none`: MTU-sized frames everywhere. `segmentation`: GSO and GRO. `all`: also unfinished checksums, which XDP cannot rewrite. */
export type Offloads = 'none' | 'segmentation' | 'all';

export interface Port {
  /** Name inside its namespace. */
  name: string;
  mac: string;
  /** CIDR notation; empty for ports of the switch. */
  addresses: string[];
}

export interface Route {
  to: string;
  via: string;
}

export interface Host {
  /** `client1`, `backend2`, `gateway` or `switch`. */
  name: string;
  role: Role;
  namespace: string;
  ports: Port[];
  routes: Route[];
  /** Addresses on `lo`, CIDR notation. */
  loopback: string[];
  /** Its own addresses without prefix length; the first one is the host's. */
  addresses: string[];
}

/** A veth pair. */
export interface Cable {
  ends: [{ host: Host; port: Port }, { host: Host; port: Port }];
}

/** An address that can be reached without a router, and who answers for it. */
export interface Neighbour {
  host: Host;
  port: Port;
  address: string;
  mac: string;
}

export interface LabPlan {
  prefix: string;
  topology: Topology;
  queues: number;
  resolveNeighbours: boolean;
  offloads: Offloads;
  hosts: Host[];
  clients: Host[];
  backends: Host[];
  gateway: Host;
  cables: Cable[];
  neighbours: Neighbour[];
  /** Addresses for load balancers. */
  vips: string[];
  /** Addresses the gateway uses towards backends; one CIDR block. */
  localAddresses: string;
  /** The same, one by one. */
  locals: string[];
  /** Interfaces of the gateway that a data plane is attached to. */
  gatewayInterfaces: string[];
}

/** One for each service of a test; on the shared segment of the one-armed lab fewer have room. */
const VIPS = { twoArmed: 64, oneArmed: 24 };
const LOCALS = 16;

type Settled = Required<LabOptions>;

/** @throws SluiceError `lab.option` naming the option that is out of range. */
export function planLab(options: LabOptions = {}): LabPlan {
  const settled = settle(options);
  return settled.topology === 'two-armed' ? planTwoArmed(settled) : planOneArmed(settled);
}

/** The namespaces a lab with this prefix may own; exact, so that the prefix `a` never covers the lab `a-b`. */
export function namespacePattern(prefix: string): RegExp {
  return new RegExp(`^${prefix}-(?:gateway|switch|client\\d+|backend\\d+)$`);
}

function settle(options: LabOptions): Settled {
  const settled: Settled = {
    prefix: options.prefix ?? 'sluice-lab',
    clients: options.clients ?? 3,
    backends: options.backends ?? 3,
    topology: options.topology ?? 'two-armed',
    sourcesPerClient: options.sourcesPerClient ?? 8,
    queues: options.queues ?? 2,
    resolveNeighbours: options.resolveNeighbours ?? false,
    offloads: options.offloads ?? 'segmentation',
  };
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(settled.prefix)) {
    throw labError('lab.option', `prefix "${settled.prefix}": use 1-40 letters, digits and dashes`);
  }
  const oneArmed = settled.topology === 'one-armed';
  requireRange('clients', settled.clients, oneArmed ? 10 : 99);
  requireRange('backends', settled.backends, oneArmed ? 50 : 99);
  requireRange('sourcesPerClient', settled.sourcesPerClient, oneArmed ? 8 : 100);
  requireRange('queues', settled.queues, 16);
  return settled;
}

function requireRange(option: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw labError('lab.option', `${option} is ${value}: a lab takes 1-${max}`);
  }
}

function planTwoArmed(settled: Settled): LabPlan {
  const locals = series('198.19.200', 0, LOCALS);
  const vips = series('198.18.200', 1, VIPS.twoArmed);
  const gateway = newHost(settled, 'gateway', 'gateway');
  gateway.loopback = [...vips, ...locals].map((address) => `${address}/32`);
  const cables: Cable[] = [];
  const neighbours: Neighbour[] = [];
  const connect = (role: 'client' | 'backend', index: number, network: string, addresses: number, beyond: string) => {
    const host = newHost(settled, `${role}${index}`, role);
    host.addresses = series(network, 2, addresses);
    host.routes = [{ to: beyond, via: `${network}.1` }];
    const far: Port = { name: 'eth0', mac: mac(role, index, 2), addresses: withPrefix(host.addresses, 24) };
    const near: Port = { name: host.name, mac: mac(role, index, 1), addresses: [`${network}.1/24`] };
    host.ports = [far];
    gateway.ports.push(near);
    gateway.addresses.push(`${network}.1`);
    cables.push({
      ends: [
        { host, port: far },
        { host: gateway, port: near },
      ],
    });
    neighbours.push({ host, port: far, address: `${network}.1`, mac: near.mac });
    for (const address of host.addresses) neighbours.push({ host: gateway, port: near, address, mac: far.mac });
    return host;
  };
  const clients = upTo(settled.clients).map((i) =>
    connect('client', i, `198.18.${i}`, settled.sourcesPerClient, '198.18.200.0/24'),
  );
  const backends = upTo(settled.backends).map((j) => connect('backend', j, `198.19.${j}`, 1, '198.19.200.0/24'));
  return {
    ...common(settled),
    hosts: [gateway, ...clients, ...backends],
    clients,
    backends,
    gateway,
    cables,
    neighbours,
    vips,
    locals,
    localAddresses: '198.19.200.0/28',
    gatewayInterfaces: gateway.ports.map((port) => port.name),
  };
}

function planOneArmed(settled: Settled): LabPlan {
  const network = '198.18.0';
  const locals = series(network, 208, LOCALS);
  const vips = series(network, 224, VIPS.oneArmed);
  const bridge = newHost(settled, 'switch', 'switch');
  const cables: Cable[] = [];
  const connect = (name: string, role: Role, index: number, addresses: string[]) => {
    const host = newHost(settled, name, role);
    host.addresses = addresses;
    const far: Port = { name: 'eth0', mac: mac(role, index, 2), addresses: withPrefix(addresses, 24) };
    const near: Port = { name, mac: mac(role, index, 1), addresses: [] };
    host.ports = [far];
    bridge.ports.push(near);
    cables.push({
      ends: [
        { host, port: far },
        { host: bridge, port: near },
      ],
    });
    return host;
  };
  const gateway = connect('gateway', 'gateway', 0, [`${network}.1`]);
  const clients = upTo(settled.clients).map((i) =>
    connect(`client${i}`, 'client', i, series(network, 10 + (i - 1) * 8, settled.sourcesPerClient)),
  );
  const backends = upTo(settled.backends).map((j) => connect(`backend${j}`, 'backend', j, [`${network}.${100 + j}`]));
  return {
    ...common(settled),
    hosts: [bridge, gateway, ...clients, ...backends],
    clients,
    backends,
    gateway,
    cables,
    neighbours: bridgedNeighbours(gateway, [...clients, ...backends], [...vips, ...locals]),
    vips,
    locals,
    localAddresses: `${network}.208/28`,
    gatewayInterfaces: ['eth0'],
  };
}

/** In the bridged subnet the gateway answers for its own addresses and for those assigned to nobody. */
function bridgedNeighbours(gateway: Host, others: Host[], unassigned: string[]): Neighbour[] {
  const gatewayPort = gateway.ports[0]!;
  return others.flatMap((host) => {
    const port = host.ports[0]!;
    return [
      ...[...gateway.addresses, ...unassigned].map((address) => ({ host, port, address, mac: gatewayPort.mac })),
      ...host.addresses.map((address) => ({ host: gateway, port: gatewayPort, address, mac: port.mac })),
    ];
  });
}

function common(settled: Settled) {
  const { prefix, topology, queues, resolveNeighbours, offloads } = settled;
  return { prefix, topology, queues, resolveNeighbours, offloads };
}

function newHost(settled: Settled, name: string, role: Role): Host {
  return { name, role, namespace: `${settled.prefix}-${name}`, ports: [], routes: [], loopback: [], addresses: [] };
}

const MAC_ROLES: Record<Role, string> = { switch: '00', gateway: '01', client: '02', backend: '03' };

/** Locally administered and the same in every run, so that captures of two runs can be compared. */
function mac(role: Role, index: number, end: number): string {
  return `02:5c:00:${MAC_ROLES[role]}:${index.toString(16).padStart(2, '0')}:0${end}`;
}

function series(network: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${network}.${first + i}`);
}

function withPrefix(addresses: string[], length: number): string[] {
  return addresses.map((address) => `${address}/${length}`);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
