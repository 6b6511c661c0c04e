/**
 * What a tree asks for that this gateway cannot give, or not in full.
 */
import { Limits } from '../datapath/layouts.js';
import { addressFamily } from '../model/address.js';
import type { Fault } from '../model/errors.js';
import type { Tree } from '../model/resources.js';
import type { GatewayFacts } from './desired.js';

/**
 * IPv6 addresses, which this release reads but does not serve, and listeners without any local address.
 * @param localAddresses how many IPv4 ones there are
 */
export function findUnserved(tree: Tree, localAddresses: number): Fault[] {
  const faults: Fault[] = [];
  for (const { name, vip_address, listeners, pools } of tree.loadbalancers) {
    const path = `loadbalancer "${name}"`;
    if (addressFamily(vip_address) === 6) {
      faults.push(ipv6Fault(`${path}.vip_address`, vip_address));
    } else if (listeners.length > 0 && localAddresses === 0) {
      faults.push({
        code: 'invalid',
        path: 'gateway.local_addresses',
        message: `has no IPv4 address, and ${path} has IPv4 listeners`,
        suggestion: 'add an IPv4 address that members can reach: it is the source address towards them',
      });
    }
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
