/**
 * The gateway section of the host file.
 */
import { addressKind, listAddresses, parseAddressSet } from '../model/address.js';
import { Fields, show } from './fields.js';
import type { Report } from './report.js';

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

/** The BPF file system refuses names with dots, and the name becomes a directory there. */
const GATEWAY_NAME = /^[a-z0-9][a-z0-9_-]*$/i;
/** IFNAMSIZ - 1 characters; the kernel refuses slashes and white space. */
const INTERFACE_NAME = /^[^\s/:]{1,15}$/;
const MAX_PATH = 4096;

/** The `gateway` section of a host file; reports what it lacks for its `dataplane`. */
export function readGateway(report: Report, host: Fields): GatewayConfig {
  host.require(['gateway'], { gateway: 'add gateway: with interfaces: and local_addresses:' });
  const fields = new Fields(report, ['gateway'], host.raw('gateway') ?? {}, 'the gateway section');
  const gateway: GatewayConfig = {
    name:
      fields.text('name', {
        min: 1,
        max: 63,
        pattern: GATEWAY_NAME,
        expected: 'letters, digits, - and _, starting with a letter or digit',
      }) ?? DEFAULT_GATEWAY_NAME,
    interfaces: readInterfaces(report, fields),
    local_addresses: readLocalAddresses(report, fields),
    state_dir: fields.path('state_dir', MAX_PATH) ?? DEFAULT_STATE_DIR,
    sessions: fields.integer('sessions', MIN_SESSIONS, MAX_SESSIONS) ?? DEFAULT_SESSIONS,
    dataplane: fields.choice('dataplane', ['xdp', 'none']) ?? 'xdp',
  };
  if (host.has('gateway') && gateway.dataplane === 'xdp') {
    requireList(report, fields, 'interfaces', 'list the interfaces packets arrive on');
    requireList(report, fields, 'local_addresses', 'list the source addresses towards members');
  }
  fields.finish();
  return gateway;
}

function requireList(report: Report, fields: Fields, name: string, suggestion: string): void {
  const value = fields.raw(name);
  if (value === undefined || (Array.isArray(value) && value.length === 0)) {
    report.fault(value === undefined ? ['gateway'] : fields.at(name), {
      code: 'missing',
      message: `${name} is ${value === undefined ? 'missing' : 'empty'}`,
      suggestion: `${suggestion}, or write dataplane: none`,
    });
  }
}

function readInterfaces(report: Report, fields: Fields): string[] {
  const names = new Set<string>();
  for (const [index, name] of fields.list('interfaces').entries()) {
    if (typeof name !== 'string' || !INTERFACE_NAME.test(name)) {
      report.fault([...fields.at('interfaces'), index], {
        message: `${show(name)} is not an interface name`,
        suggestion: 'write a name that ip link shows, such as eth0',
      });
    } else if (names.has(name)) {
      report.fault([...fields.at('interfaces'), index], {
        code: 'conflict',
        message: `${name} is listed twice`,
        suggestion: 'remove one',
      });
    } else {
      names.add(name);
    }
  }
  return [...names];
}

function readLocalAddresses(report: Report, fields: Fields): string[] {
  const addresses = new Set<string>();
  for (const [index, entry] of fields.list('local_addresses').entries()) {
    const path = [...fields.at('local_addresses'), index];
    const set = typeof entry === 'string' ? parseAddressSet(entry) : undefined;
    if (!set) {
      report.fault(path, {
        message: `${show(entry)} is neither an address nor a block of addresses`,
        suggestion: 'write an address (198.18.1.10), a block ("198.18.1.16/30") or a range ("198.18.1.10-198.18.1.19")',
      });
      continue;
    }
    if (set.size + BigInt(addresses.size) > BigInt(MAX_LOCAL_ADDRESSES)) {
      report.fault(path, {
        message: `${entry} brings the local addresses to more than ${MAX_LOCAL_ADDRESSES.toLocaleString('en')}`,
        suggestion: 'write a smaller block: each address gives 64,512 sessions towards every member',
      });
      continue;
    }
    const kind = addressKind(set.first);
    if (kind !== 'unicast') {
      report.fault(path, {
        message: `${set.first} is a ${kind} address`,
        suggestion: 'write addresses of a network that reaches the members',
      });
      continue;
    }
    const twice = listAddresses(set.first, Number(set.size)).find((address) => addresses.has(address));
    if (twice !== undefined) {
      report.fault(path, {
        code: 'conflict',
        message: `${twice} is listed twice`,
        suggestion: 'remove it from one of the entries',
      });
    }
    for (const address of listAddresses(set.first, Number(set.size))) {
      addresses.add(address);
    }
  }
  return [...addresses];
}
