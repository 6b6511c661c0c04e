/** Which addresses are free, and which one comes next. */
import { cidrContains, fromInteger, type IntegerRange, toInteger } from '../model/address.js';
import type { State } from '../model/state.js';
import type { Subnet } from '../model/subnet.js';
import { findByVip, isMemberAddress } from './lookup.js';
import type { Context } from './operation.js';
import { conflict } from './refusals.js';

/** Ids of public addresses by address, for each collection of them that was asked about. */
const publicAddresses = new WeakMap<State['publicaddresses'], Map<string, string>>();

/** The public address object that has an address. */
function findPublicAddress(state: Pick<State, 'publicaddresses'>, address: string): string | undefined {
  let ids = publicAddresses.get(state.publicaddresses);
  if (!ids) {
    ids = new Map();
    for (const publicAddress of state.publicaddresses.values()) {
      ids.set(publicAddress.address, publicAddress.id);
    }
    publicAddresses.set(state.publicaddresses, ids);
  }
  return ids.get(address);
}

/** Who has an address, in words; undefined: it is free for a load balancer. */
export function userOf(context: Context, address: string): string | undefined {
  const owner = ownerOf(context, address);
  if (owner !== undefined) {
    return owner;
  }
  const loadbalancer = findByVip(context.state, address);
  if (loadbalancer) {
    return `an address of load balancer ${loadbalancer.id}`;
  }
  return isMemberAddress(context.state, address) ? 'the address of a member' : undefined;
}

/** @throws SluiceError `conflict` when clients of a load balancer cannot use an address */
export function requireFree(context: Context, address: string): void {
  const user = userOf(context, address);
  if (user !== undefined) {
    throw conflict(
      `IP address ${address} already allocated: it is ${user}. Choose another, or a subnet to have one chosen`,
    );
  }
}

/** @throws SluiceError `conflict` when no server can have an address, because the gateway has it */
export function requireServerAddress(context: Context, address: string): void {
  const vip = findByVip(context.state, address);
  const owner = vip ? `an address of load balancer ${vip.id} "${vip.name}"` : ownerOf(context, address);
  if (owner !== undefined) {
    throw conflict(`${address} is ${owner}; write the address of a server`);
  }
}

/** Who has an address without being a load balancer or member. */
export function ownerOf({ state, localAddresses }: Context, address: string): string | undefined {
  if (localAddresses.has(address)) {
    return 'a local address of the gateway';
  }
  const publicAddress = findPublicAddress(state, address);
  return publicAddress === undefined ? undefined : `public address ${publicAddress}`;
}

/** Whether an address can be somebody's in a subnet: it is in its block and not the gateway's or, for IPv4, its first or last. */
export function fitsSubnet({ cidr, gateway_ip }: Subnet, address: string): boolean {
  if (!cidrContains(cidr, address) || address === gateway_ip) {
    return false;
  }
  if (cidr.family === 6 || cidr.prefix >= 31) {
    return true;
  }
  const hosts = 2 ** (32 - cidr.prefix);
  const place = Number(toInteger(address) - toInteger(cidr.address));
  return place > 0 && place < hosts - 1;
}

/**
 * The next free address of a subnet's pools after `last`, from their start on when none follows; undefined: all are taken. An address
 * that was given back is the last to be used again: clients and neighbours may remember it.
 */
export function nextFree(
  subnet: Subnet,
  last: string | undefined,
  isFree: (address: string) => boolean,
): string | undefined {
  for (const { first, last: end } of rangesAfter(subnet, last)) {
    for (let integer = first; integer <= end; integer++) {
      const address = fromInteger(integer);
      if (address !== subnet.gateway_ip && isFree(address)) {
        return address;
      }
    }
  }
  return undefined;
}

/** The pools of a subnet, beginning after an address of theirs and ending with it. */
function rangesAfter({ allocation_pools }: Subnet, address: string | undefined): IntegerRange[] {
  const pools = allocation_pools.map(
    ({ start, end }): IntegerRange => ({ first: toInteger(start), last: toInteger(end) }),
  );
  const after = address === undefined ? -1n : toInteger(address);
  const index = pools.findIndex(({ first, last }) => first <= after && after <= last);
  const pool = pools[index];
  return pool
    ? [
        { first: after + 1n, last: pool.last },
        ...pools.slice(index + 1),
        ...pools.slice(0, index),
        { first: pool.first, last: after },
      ]
    : pools;
}
