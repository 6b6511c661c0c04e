/**
 * Compares a configuration with the host it is for: interfaces, networks, and ports the host uses itself.
 */
import { cidrContains, formatEndpoint, parseCidr } from '../model/address.js';
import type { Fault } from '../model/errors.js';
import type { HostSnapshot, HostSocket } from '../model/host.js';
import { type LoadBalancer, type Tree, transportOf, vipsOf } from '../model/resources.js';
import { type Server, servedBy } from '../model/served-by.js';
import { nearest } from '../schema/faults.js';
import type { GatewayConfig } from './gateway-fields.js';

export interface HostFindings {
  faults: Fault[];
  warnings: Fault[];
}

/**
 * What is wrong with this configuration on this host.
 *
 * Faults: an interface that does not exist; a VIP or local address that no packet can arrive for, because it is neither in the network
 * of a configured interface nor on any interface; a listener on a port that a program of this host uses on that VIP.
 * Warnings: an interface that is down; a local address that the host itself has, so its own connections could use it too.
 */
export function checkHost(gateway: GatewayConfig, tree: Tree, host: HostSnapshot): HostFindings {
  const findings: HostFindings = { faults: [], warnings: [] };
  if (gateway.dataplane === 'none') {
    return findings;
  }
  checkInterfaces(gateway, host, findings);
  const reach = reachOf(gateway, host);
  reach.require(gateway.local_addresses, 'gateway.local_addresses', findings);
  for (const address of gateway.local_addresses) {
    const owner = reach.ownerOf(address);
    if (owner !== undefined && owner !== 'lo') {
      findings.warnings.push({
        code: 'conflict',
        path: 'gateway.local_addresses',
        message: `${address} is also an address of ${owner}: connections of this host could use the same ports`,
        suggestion: `take it off with ip addr del ${address} dev ${owner}, or list another address`,
      });
    }
  }
  for (const loadbalancer of tree.loadbalancers) {
    const { vip_address, additional_vips, public_addresses } = loadbalancer;
    const path = `loadbalancer "${loadbalancer.name}"`;
    reach.require([vip_address], `${path}.vip_address`, findings);
    reach.require(
      additional_vips.map(({ ip_address }) => ip_address),
      `${path}.additional_vips`,
      findings,
    );
    reach.require(public_addresses, `${path}.public_addresses`, findings);
    findings.faults.push(...socketFaults(loadbalancer, reach, host.sockets ?? []));
  }
  return findings;
}

function checkInterfaces(gateway: GatewayConfig, host: HostSnapshot, findings: HostFindings): void {
  const names = host.interfaces.map(({ name }) => name);
  for (const [index, name] of gateway.interfaces.entries()) {
    const path = `gateway.interfaces[${index}]`;
    const found = host.interfaces.find((one) => one.name === name);
    if (!found) {
      const meant = nearest(name, names);
      findings.faults.push({
        code: 'invalid',
        path,
        message: `this host has no interface ${name}`,
        suggestion: `${meant ? `did you mean ${meant}? ` : ''}it has ${names.join(', ')}`,
      });
    } else if (!found.up) {
      findings.warnings.push({
        code: 'invalid',
        path,
        message: `${name} is down`,
        suggestion: `bring it up with ip link set ${name} up`,
      });
    }
  }
}

function socketFaults(loadbalancer: LoadBalancer, reach: Reach, sockets: readonly HostSocket[]): Fault[] {
  return loadbalancer.listeners.flatMap((listener, index): Fault[] => {
    const { protocol_port: port } = listener;
    const transport = transportOf(listener.protocol);
    const server = servedBy(loadbalancer, listener);
    const onPort = sockets.filter((socket) => socket.protocol === transport && socket.port === port);
    const vip = vipsOf(loadbalancer).find((address) =>
      onPort.some((socket) => isInTheWay(socket, address, server, reach)),
    );
    return vip === undefined
      ? []
      : [
          {
            code: 'conflict',
            path: `loadbalancer "${loadbalancer.name}".listeners[${index}].protocol_port`,
            message: `a program of this host uses ${transport} ${formatEndpoint(vip, port)} itself`,
            suggestion: 'choose another port or VIP, or have the program listen on another address',
          },
        ];
  });
}

/**
 * Whether a listener cannot have the port of a socket. XDP takes packets before any socket does; the host would lose its own on addresses
 * that it has. The proxy needs the port for itself on every VIP, and what is bound to the VIP alone is the proxy.
 */
function isInTheWay(socket: HostSocket, vip: string, server: Server, reach: Reach): boolean {
  const ofAll = socket.address === '::' || (socket.address === '0.0.0.0' && !vip.includes(':'));
  return server === 'proxy' ? ofAll : socket.address === vip || (ofAll && reach.ownerOf(vip) !== undefined);
}

/** A host is looked at on each change, and seldom another one. */
const reaches = new WeakMap<GatewayConfig, WeakMap<HostSnapshot, Reach>>();

function reachOf(gateway: GatewayConfig, host: HostSnapshot): Reach {
  const known = reaches.get(gateway) ?? new WeakMap<HostSnapshot, Reach>();
  reaches.set(gateway, known);
  const reach = known.get(host) ?? new Reach(gateway, host);
  known.set(host, reach);
  return reach;
}

/** Which addresses packets can arrive for. */
class Reach {
  readonly #reachable = new Map<string, boolean>();
  readonly #networks: Array<ReturnType<typeof parseCidr>>;
  readonly #owners = new Map<string, string>();
  readonly #interfaces: string;

  constructor(gateway: GatewayConfig, host: HostSnapshot) {
    this.#interfaces = gateway.interfaces.join(', ');
    this.#networks = host.interfaces
      .filter(({ name }) => gateway.interfaces.includes(name))
      .flatMap(({ addresses }) => addresses.map(parseCidr));
    for (const { name, addresses } of host.interfaces) {
      for (const address of addresses) {
        this.#owners.set(address.split('/')[0]!, name);
      }
    }
  }

  /** The interface that has this address itself. */
  ownerOf(address: string): string | undefined {
    return this.#owners.get(address);
  }

  /** One fault for all that are out of reach: a block may hold thousands. */
  require(addresses: readonly string[], path: string, findings: HostFindings): void {
    const [address, ...others] = addresses.filter((one) => !this.#isReachable(one));
    if (address === undefined) {
      return;
    }
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    findings.faults.push({
      code: 'invalid',
      path,
      message: `${address}${more} is in no network of ${this.#interfaces || 'the configured interfaces'} and on no interface`,
      suggestion:
        'write an address of one of these networks, or, if routers send it here, ' +
        `add it with ip addr add ${address}/${address.includes(':') ? 128 : 32} dev lo`,
    });
  }

  #isReachable(address: string): boolean {
    let reachable = this.#reachable.get(address);
    if (reachable === undefined) {
      reachable = this.#findWay(address);
      this.#reachable.set(address, reachable);
    }
    return reachable;
  }

  #findWay(address: string): boolean {
    const inside = this.#networks.some((network) => network !== undefined && cidrContains(network, address));
    return inside || this.#owners.has(address);
  }
}
