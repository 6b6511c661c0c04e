/** The subnets of the host file, that VIPs are allocated from. */
import { createHash } from 'node:crypto';
import {
  type Cidr,
  cidrContains,
  fromInteger,
  type IntegerRange,
  parseAddressSet,
  parseCidr,
  toInteger,
} from '../model/address.js';
import type { Subnet } from '../model/subnet.js';
import { below, type FaultReport } from '../schema/faults.js';
import type { SubnetSection } from './host-schema.js';

/** Of RFC 9562 name-based ids: those of Sluice's own subnets and networks. */
const NAMESPACE = Buffer.from('b1f1c0c6d2a84a0e9a0c5d2f7e0b6a11', 'hex');

/**
 * The subnets of a host file, ids made from their names where none are given; reports those that overlap, and ranges outside of them.
 * @param localAddresses the gateway's, canonical text: they are nobody's VIP, and no router's
 */
export function readSubnets(
  sections: readonly SubnetSection[],
  localAddresses: ReadonlySet<string>,
  report: FaultReport,
): Subnet[] {
  const subnets: Subnet[] = [];
  for (const [index, section] of sections.entries()) {
    const tell = below(report, index);
    const cidr = parseCidr(section.cidr);
    if (!cidr) {
      continue;
    }
    const subnet: Subnet = {
      id: section.id ?? namedId(`subnet ${section.name}`),
      network_id: section.network_id ?? namedId(`network ${section.name}`),
      name: section.name,
      cidr,
      gateway_ip: section.gateway_ip,
      allocation_pools: readPools(section, cidr, localAddresses, tell),
      public: section.public,
    };
    checkGateway(subnet, localAddresses, tell);
    checkOthers(subnet, subnets, tell);
    subnets.push(subnet);
  }
  return subnets;
}

function checkGateway({ gateway_ip, cidr }: Subnet, localAddresses: ReadonlySet<string>, report: FaultReport): void {
  if (gateway_ip === null || gateway_ip === '') {
    return;
  }
  if (!cidrContains(cidr, gateway_ip)) {
    report(['gateway_ip'], {
      message: `${gateway_ip} is not in ${show(cidr)}`,
      suggestion: 'write the address that routers have in the subnet, or leave it out',
    });
  } else if (localAddresses.has(gateway_ip)) {
    report(['gateway_ip'], {
      code: 'conflict',
      message: `${gateway_ip} is a local address of the gateway`,
      suggestion: 'take it out of gateway.local_addresses',
    });
  }
}

function checkOthers(subnet: Subnet, others: readonly Subnet[], report: FaultReport): void {
  const tell = (field: string, message: string, suggestion: string) =>
    report([field], { code: 'conflict', message, suggestion });
  for (const other of others) {
    if (subnet.name !== '' && other.name === subnet.name) {
      tell('name', `the name "${subnet.name}" is used twice`, 'give each subnet a name of its own');
    } else if (other.id === subnet.id) {
      tell('id', `the id ${subnet.id} is used twice`, 'leave id out: it is made from the name');
    }
    if (cidrContains(other.cidr, subnet.cidr.address) || cidrContains(subnet.cidr, other.cidr.address)) {
      tell('cidr', `${show(subnet.cidr)} overlaps ${show(other.cidr)} of "${other.name}"`, 'make one of them smaller');
    }
  }
}

function readPools(
  { allocation_pools }: SubnetSection,
  cidr: Cidr,
  localAddresses: ReadonlySet<string>,
  report: FaultReport,
): Subnet['allocation_pools'] {
  if (allocation_pools === null) {
    return [wholeOf(cidr)];
  }
  const seen: IntegerRange[] = [];
  return allocation_pools.flatMap((text, index) => {
    const set = parseAddressSet(text);
    if (!set) {
      return [];
    }
    const range = { first: toInteger(set.first), last: toInteger(set.last) };
    const fault = poolFault(set.first, set.last, range, { cidr, seen, localAddresses });
    if (fault) {
      report(['allocation_pools', index], fault);
    }
    seen.push(range);
    return [{ start: set.first, end: set.last }];
  });
}

function poolFault(
  start: string,
  end: string,
  range: IntegerRange,
  { cidr, seen, localAddresses }: { cidr: Cidr; seen: readonly IntegerRange[]; localAddresses: ReadonlySet<string> },
) {
  if (!cidrContains(cidr, start) || !cidrContains(cidr, end)) {
    return { message: `${start}-${end} is not in ${show(cidr)}`, suggestion: 'write addresses of the subnet' };
  }
  if (seen.some(({ first, last }) => range.first <= last && first <= range.last)) {
    return { message: `${start}-${end} overlaps a range before it`, suggestion: 'write each address once' };
  }
  const local = [...localAddresses].find((address) => {
    return address.includes(':') === start.includes(':') && isWithin(toInteger(address), range);
  });
  return (
    local && {
      code: 'conflict' as const,
      message: `${local} in it is a local address of the gateway`,
      suggestion: 'leave it out of the range, or take it out of gateway.local_addresses',
    }
  );
}

function isWithin(value: bigint, { first, last }: IntegerRange): boolean {
  return value >= first && value <= last;
}

/** Every address that a host can have: in IPv4, not the first and the last of a block of four and more. */
function wholeOf(cidr: Cidr): { start: string; end: string } {
  const set = parseAddressSet(show(cidr))!;
  if (cidr.family === 6 || cidr.prefix >= 31) {
    return { start: set.first, end: set.last };
  }
  return { start: fromInteger(toInteger(set.first) + 1n), end: fromInteger(toInteger(set.last) - 1n) };
}

function show({ address, prefix }: Cidr): string {
  return `${address}/${prefix}`;
}

/** A version 5 UUID: the same name makes the same id, on every start and every gateway. */
function namedId(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
