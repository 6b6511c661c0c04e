/**
 * The gateway section of the host file.
 */
import { addressKind, listAddresses, parseAddressSet } from '../model/address.js';
import { type FaultReport, isObject } from '../schema/faults.js';
import type { GatewaySection } from './host-schema.js';

export interface GatewayConfig {
  /** 1..63 characters; names the directory of the pinned maps, so two gateways on one host need two names. */
  name: string;
  /** Interfaces that run the XDP program, at least one unless `dataplane` is `none`. */
  interfaces: string[];
  /** Source addresses towards members, blocks and ranges written out, canonical text, no duplicates. */
  local_addresses: string[];
  state_dir: string;
  /** Sessions the table holds, 1,000..16,000,000. */
  sessions: number;
  /** `none`: the control plane alone, nothing is attached. */
  dataplane: 'xdp' | 'none';
}

export const DEFAULT_GATEWAY_NAME = 'gateway';
export const DEFAULT_STATE_DIR = '/var/lib/sluice';
export const DEFAULT_SESSIONS = 1_000_000;
export const MIN_SESSIONS = 1000;
export const MAX_SESSIONS = 16_000_000;
/** Entries of the `locals` table. */
export const MAX_LOCAL_ADDRESSES = 4096;

/**
 * The gateway of a host file; reports what it lacks for its `dataplane`.
 * @param source the section as it was written; undefined or null: there is none, which has been reported
 */
export function readGateway(section: GatewaySection, source: unknown, report: FaultReport): GatewayConfig {
  if (isObject(source) && section.dataplane === 'xdp') {
    requireList('interfaces', source.interfaces, 'list the interfaces packets arrive on', report);
    requireList('local_addresses', source.local_addresses, 'list the source addresses towards members', report);
  }
  return {
    ...section,
    interfaces: readInterfaces(section.interfaces, report),
    local_addresses: readLocalAddresses(section.local_addresses, report),
  };
}

function requireList(name: string, written: unknown, suggestion: string, report: FaultReport): void {
  const isMissing = written === undefined || written === null;
  if (isMissing || (Array.isArray(written) && written.length === 0)) {
    report(isMissing ? [] : [name], {
      code: 'missing',
      message: `${name} is ${isMissing ? 'missing' : 'empty'}`,
      suggestion: `${suggestion}, or write dataplane: none`,
    });
  }
}

/** An empty name stands for one that had a fault of its own. */
function readInterfaces(written: readonly string[], report: FaultReport): string[] {
  const names = new Set<string>();
  for (const [index, name] of written.entries()) {
    if (names.has(name)) {
      report(['interfaces', index], {
        code: 'conflict',
        message: `${name} is listed twice`,
        suggestion: 'remove one',
      });
    }
    if (name !== '') {
      names.add(name);
    }
  }
  return [...names];
}

function readLocalAddresses(written: readonly string[], report: FaultReport): string[] {
  const addresses = new Set<string>();
  for (const [index, entry] of written.entries()) {
    const path = ['local_addresses', index];
    const set = parseAddressSet(entry);
    if (!set) {
      continue;
    }
    if (set.size + BigInt(addresses.size) > BigInt(MAX_LOCAL_ADDRESSES)) {
      report(path, {
        message: `${entry} brings the local addresses to more than ${MAX_LOCAL_ADDRESSES.toLocaleString('en')}`,
        suggestion: 'write a smaller block: each address gives 64,512 sessions towards every member',
      });
      continue;
    }
    const kind = addressKind(set.first);
    if (kind !== 'unicast') {
      report(path, {
        message: `${set.first} is a ${kind} address`,
        suggestion: 'write addresses of a network that reaches the members',
      });
      continue;
    }
    const brought = listAddresses(set.first, Number(set.size));
    const twice = brought.find((address) => addresses.has(address));
    if (twice !== undefined) {
      report(path, {
        code: 'conflict',
        message: `${twice} is listed twice`,
        suggestion: 'remove it from one of the entries',
      });
    }
    for (const address of brought) {
      addresses.add(address);
    }
  }
  return [...addresses];
}
