/**
 * What a tree asks for that this gateway cannot give, or not in full.
 */
import { Limits } from '../datapath/layouts.js';
import { addressFamily } from '../model/address.js';
import type { Fault } from '../model/errors.js';
import {
  HEALTH_MONITOR_TYPES,
  type ListenerProtocol,
  type LoadBalancer,
  type PoolProtocol,
  type Tree,
  vipsOf,
} from '../model/resources.js';
import type { GatewayFacts } from './desired.js';

/** Layer 4: everything else has to wait for a proxy. */
const SERVED_LISTENERS: readonly ListenerProtocol[] = ['TCP', 'UDP', 'HTTPS'];
/** An HTTP pool behind a TCP listener is TCP to packets. */
const SERVED_POOLS: readonly PoolProtocol[] = ['TCP', 'UDP', 'HTTP', 'HTTPS'];

/**
 * IPv6 addresses and protocols above layer 4, which this release reads but does not serve, and listeners without any local address.
 * @param localAddresses how many IPv4 ones there are
 */
export function findUnserved(tree: Tree, localAddresses: number): Fault[] {
  const faults: Fault[] = [];
  for (const loadbalancer of tree.loadbalancers) {
    const { name, listeners, pools } = loadbalancer;
    const path = `loadbalancer "${name}"`;
    const ipv6 = vipsOf(loadbalancer).find((vip) => addressFamily(vip) === 6);
    if (ipv6 !== undefined) {
      faults.push(ipv6Fault(`${path}.vip_address`, ipv6));
    } else if (listeners.length > 0 && localAddresses === 0) {
      faults.push({
        code: 'invalid',
        path: 'gateway.local_addresses',
        message: `has no IPv4 address, and ${path} has IPv4 listeners`,
        suggestion: 'add an IPv4 address that members can reach: it is the source address towards them',
      });
    }
    faults.push(...findProtocols(loadbalancer, path));
    for (const [poolIndex, pool] of pools.entries()) {
      for (const [index, { address }] of pool.members.entries()) {
        if (addressFamily(address) === 6) {
          faults.push(ipv6Fault(`${path}.pools[${poolIndex}].members[${index}].address`, address));
        }
      }
    }
  }
  return faults;
}

function findProtocols({ listeners, pools }: LoadBalancer, path: string): Fault[] {
  const faults: Fault[] = [];
  for (const [index, { protocol }] of listeners.entries()) {
    if (!SERVED_LISTENERS.includes(protocol)) {
      faults.push(protocolFault(`${path}.listeners[${index}].protocol`, `${protocol} listeners`, SERVED_LISTENERS));
    }
  }
  for (const [index, { protocol, healthmonitor, session_persistence: persistence }] of pools.entries()) {
    if (!SERVED_POOLS.includes(protocol)) {
      faults.push(protocolFault(`${path}.pools[${index}].protocol`, `${protocol} pools`, SERVED_POOLS));
    }
    if (healthmonitor?.type === 'SCTP') {
      const served = HEALTH_MONITOR_TYPES.filter((type) => type !== 'SCTP');
      faults.push(protocolFault(`${path}.pools[${index}].healthmonitor.type`, 'SCTP health monitors', served));
    }
    if (persistence && persistence.type !== 'SOURCE_IP') {
      const where = `${path}.pools[${index}].session_persistence.type`;
      faults.push(protocolFault(where, `stickiness by ${persistence.type}`, ['SOURCE_IP']));
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
  tree: Tree,
  accessLists: ReadonlyMap<string, unknown>,
  specifications: ReadonlyMap<string, unknown>,
): Fault[] {
  return tree.loadbalancers.flatMap(({ name, flavor_id: flavor, listeners }) => {
    const path = `loadbalancer "${name}"`;
    const lists = listeners.flatMap(({ access_list_id: id, access_list_action: action }, index) =>
      id === null || action === null || accessLists.has(id)
        ? []
        : [unknownFault(`${path}.listeners[${index}].access_list_id`, 'access list', id)],
    );
    const known = flavor === null || specifications.has(flavor);
    return known ? lists : [unknownFault(`${path}.flavor_id`, 'flavor', flavor), ...lists];
  });
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
export function checkLeases(tree: Tree, facts: GatewayFacts, localAddresses: number): Fault[] {
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

/** Different servers and ports in all pools; stops at `enough`. */
function countMembers(tree: Tree, enough: number): number {
  const members = new Set<string>();
  for (const pool of tree.loadbalancers.flatMap(({ pools }) => pools)) {
    for (const { address, protocol_port } of pool.members) {
      if (members.size >= enough) {
        return members.size;
      }
      members.add(`${pool.protocol} ${address} ${protocol_port}`);
    }
  }
  return members.size;
}
