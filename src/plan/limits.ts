/**
 * What a tree asks for that this gateway cannot give, or not in full.
 */
import { Limits } from '../datapath/layouts.js';
import { addressFamily } from '../model/address.js';
import type { Fault } from '../model/errors.js';
import {
  HEALTH_MONITOR_TYPES,
  LISTENER_PROTOCOLS,
  type LoadBalancer,
  POOL_PROTOCOLS,
  type Pool,
  type Tree,
  vipsOf,
} from '../model/resources.js';
import { servedBy } from '../model/served-by.js';
import type { GatewayFacts } from './desired.js';

/** SCTP is known to the API and served by nobody. */
const SERVED_LISTENERS = LISTENER_PROTOCOLS.filter((protocol) => protocol !== 'SCTP');
const SERVED_POOLS = POOL_PROTOCOLS.filter((protocol) => protocol !== 'SCTP');
const SERVED_MONITORS = HEALTH_MONITOR_TYPES.filter((type) => type !== 'SCTP');

/**
 * What of a load balancer this release reads but does not serve: IPv6 addresses, SCTP, stickiness by cookie where XDP moves packets;
 * and listeners of XDP without any local address.
 * @param localAddresses how many IPv4 ones there are
 */
export function findUnserved(loadbalancer: LoadBalancer, localAddresses: number): Fault[] {
  const faults: Fault[] = [];
  const path = `loadbalancer "${loadbalancer.name}"`;
  const ipv6 = vipsOf(loadbalancer).find((vip) => addressFamily(vip) === 6);
  const needsLocal =
    localAddresses === 0 && loadbalancer.listeners.some((one) => servedBy(loadbalancer, one) === 'xdp');
  if (ipv6 !== undefined) {
    faults.push(ipv6Fault(`${path}.vip_address`, ipv6));
  } else if (needsLocal) {
    faults.push({
      code: 'invalid',
      path: 'gateway.local_addresses',
      message: `has no IPv4 address, and ${path} has IPv4 listeners`,
      suggestion: 'add an IPv4 address that members can reach: it is the source address towards them',
    });
  }
  faults.push(...findListeners(loadbalancer, path), ...findPools(loadbalancer, path));
  return faults;
}

function findListeners(loadbalancer: LoadBalancer, path: string): Fault[] {
  return loadbalancer.listeners.flatMap((listener, index) => {
    if (listener.protocol === 'SCTP') {
      return protocolFault(`${path}.listeners[${index}].protocol`, 'SCTP listeners', SERVED_LISTENERS);
    }
    const pool = loadbalancer.pools.findIndex(({ id }) => id === listener.default_pool_id);
    const persistence = loadbalancer.pools[pool]?.session_persistence;
    if (!persistence || persistence.type === 'SOURCE_IP' || servedBy(loadbalancer, listener) === 'proxy') {
      return [];
    }
    const what = `stickiness by ${persistence.type} behind ${listener.protocol} listeners`;
    return protocolFault(`${path}.pools[${pool}].session_persistence.type`, what, ['SOURCE_IP']);
  });
}

function findPools({ pools }: LoadBalancer, path: string): Fault[] {
  const faults: Fault[] = [];
  for (const [index, { protocol, healthmonitor, members }] of pools.entries()) {
    const where = `${path}.pools[${index}]`;
    if (protocol === 'SCTP') {
      faults.push(protocolFault(`${where}.protocol`, 'SCTP pools', SERVED_POOLS));
    }
    if (healthmonitor?.type === 'SCTP') {
      faults.push(protocolFault(`${where}.healthmonitor.type`, 'SCTP health monitors', SERVED_MONITORS));
    }
    for (const [position, { address }] of members.entries()) {
      if (addressFamily(address) === 6) {
        faults.push(ipv6Fault(`${where}.members[${position}].address`, address));
      }
    }
  }
  return faults;
}

function protocolFault(path: string, what: string, served: readonly string[]): Fault {
  return {
    code: 'unsupported',
    path,
    message: `this release does not serve ${what}`,
    suggestion: `write one of ${served.join(', ')}`,
  };
}

/** Access lists and flavors that are referred to and do not exist: packets must not be let in for want of a list. */
export function findUnknown(
  { name, flavor_id: flavor, listeners }: LoadBalancer,
  accessLists: ReadonlyMap<string, unknown>,
  specifications: ReadonlyMap<string, unknown>,
): Fault[] {
  const path = `loadbalancer "${name}"`;
  const lists = listeners.flatMap(({ access_list_id: id, access_list_action: action }, index) =>
    id === null || action === null || accessLists.has(id)
      ? []
      : [unknownFault(`${path}.listeners[${index}].access_list_id`, 'access list', id)],
  );
  const known = flavor === null || specifications.has(flavor);
  return known ? lists : [unknownFault(`${path}.flavor_id`, 'flavor', flavor), ...lists];
}

function unknownFault(path: string, kind: string, id: string): Fault {
  return { code: 'invalid', path, message: `there is no ${kind} ${id}`, suggestion: `name one that exists, or none` };
}

function ipv6Fault(path: string, address: string): Fault {
  return {
    code: 'unsupported',
    path,
    message: `${address} is an IPv6 address, which this release does not serve`,
    suggestion: 'write an IPv4 address',
  };
}

/** Warnings about local addresses: those that are not used, and a pool of them too small for the session table. */
export function checkLeases(tree: Tree, facts: Pick<GatewayFacts, 'localAddresses' | 'sessions'>): Fault[] {
  const localAddresses = facts.localAddresses.filter((address) => addressFamily(address) === 4).length;
  const warnings: Fault[] = facts.localAddresses
    .filter((address) => addressFamily(address) === 6)
    .map((address) => ({
      code: 'unsupported',
      path: 'gateway.local_addresses',
      message: `${address} is an IPv6 address, which this release does not use`,
    }));
  const perMember = localAddresses * Limits.LEASE_PORTS;
  const members = countMembers(tree, Math.ceil(facts.sessions / perMember));
  if (members > 0 && perMember * members < facts.sessions) {
    const needed = Math.ceil(facts.sessions / (Limits.LEASE_PORTS * members));
    warnings.push({
      code: 'invalid',
      path: 'gateway.local_addresses',
      message:
        `${localAddresses} local addresses towards ${members} members carry at most ` +
        `${(perMember * members).toLocaleString('en')} sessions, fewer than gateway.sessions ` +
        `(${facts.sessions.toLocaleString('en')})`,
      suggestion: `list ${needed} local addresses to use the whole session table`,
    });
  }
  return warnings;
}

/** Different servers and ports that XDP sends sessions to; stops at `enough`. */
function countMembers({ loadbalancers }: Tree, enough: number): number {
  const members = new Set<string>();
  for (const { protocol, members: servers } of loadbalancers.flatMap(poolsOfPackets)) {
    for (const { address, protocol_port } of servers) {
      if (members.size >= enough) {
        return members.size;
      }
      members.add(`${protocol} ${address} ${protocol_port}`);
    }
  }
  return members.size;
}

/** Pools behind listeners of XDP. */
function poolsOfPackets(loadbalancer: LoadBalancer): Pool[] {
  const used = new Set(
    loadbalancer.listeners
      .filter((listener) => servedBy(loadbalancer, listener) === 'xdp')
      .map((listener) => listener.default_pool_id),
  );
  return loadbalancer.pools.filter(({ id }) => used.has(id));
}
