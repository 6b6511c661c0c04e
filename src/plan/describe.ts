/**
 * Operations in words, for `apply --dry-run` and for the summary of a change.
 */
import { AddressBit, Algorithm, Limits, ServiceBit, TargetBit, Unlimited } from '../datapath/layouts.js';
import { formatAddress, formatEndpoint } from '../model/address.js';
import { NOT_LEASED } from './assign.js';
import type { Assigned } from './assigned.js';
import { byteTime } from './budgets.js';
import type { Operation } from './order.js';
import type { Step } from './step.js';
import {
  type AddressRow,
  type BudgetRow,
  type ListenerKey,
  PROTOCOL_NUMBERS,
  type ServiceKey,
  type ServiceRow,
  type TargetRow,
} from './tables.js';

const ALGORITHM_WORDS: Record<number, string> = {
  [Algorithm.WHEEL]: 'round robin',
  [Algorithm.SOURCE_HASH]: 'source address hash',
  [Algorithm.SOURCE_PORT_HASH]: 'source address and port hash',
  [Algorithm.LEAST_CONNECTIONS]: 'least connections',
};

/**
 * One line for each operation that a person would call a change: `+` created, `-` removed, `~` changed. Housekeeping, such as
 * forgetting a removed member whose last session ended, has no line.
 */
export function describeOperations(operations: readonly Operation[], step: Step, assigned: Assigned): string[] {
  const names = new Names(operations, step, assigned);
  const switched = new Set(operations.flatMap((one) => (one.table === 'services' ? [one.name] : [])));
  return operations.flatMap((operation) => describe(operation, names, switched) ?? []);
}

function describe(operation: Operation, names: Names, switched: ReadonlySet<string>): string | undefined {
  switch (operation.table) {
    case 'services': {
      const name = names.of(operation.name, operation.key);
      return operation.action === 'remove' ? `- listener ${name}` : describeService(operation, name);
    }
    case 'targets':
      return operation.action === 'clear'
        ? describeGone(operation.before, names)
        : describeTarget(operation.row, operation.before, names);
    case 'addresses':
      return describeAddress(operation);
    case 'devices': {
      const interfaceName = names.ofInterface(operation.ifindex);
      return operation.action === 'put'
        ? `${operation.before ? '~' : '+'} interface ${interfaceName}: MAC ${formatMac(operation.row.mac)}`
        : `- interface ${interfaceName}`;
    }
    case 'wheel':
      return switched.has(operation.name) ? undefined : `~ wheel of ${operation.name}`;
    case 'budgets':
      return describeBudget(operation, names);
    case 'settings':
      return operation.before
        ? describeFields('settings', operation.before, operation.row, ['local_count'])
        : undefined;
    default:
      return undefined;
  }
}

function describeService(
  { row, before }: Extract<Operation, { table: 'services'; action: 'put' }>,
  name: string,
): string | undefined {
  if (!before || isPassed(before) !== isPassed(row)) {
    const served = isPassed(row) ? 'served by the proxy' : balancingOf(row);
    const clients = clientsOf(row) === EVERYBODY ? '' : `, clients: ${clientsOf(row)}`;
    return `${before ? '~' : '+'} listener ${name}: ${served}${clients}`;
  }
  const changes = [
    changed('algorithm', ALGORITHM_WORDS[before.algorithm], ALGORITHM_WORDS[row.algorithm]),
    changed('idle timeout (s)', before.idle_timeout, row.idle_timeout),
    changed('stickiness (s)', before.sticky_timeout, row.sticky_timeout),
    changed('client address', clientAddress(before), clientAddress(row)),
    changed('MSS', before.mss, row.mss),
    changed('clients', clientsOf(before), clientsOf(row)),
    hasOther('allowed_cidrs', ServiceBit.ALLOWED_CIDRS, before, row) ? 'other allowed_cidrs' : undefined,
    hasOther('access_list', LISTED, before, row) ? 'other blocks on its access list' : undefined,
    row.wheel_base === before.wheel_base && row.wheel_length === before.wheel_length
      ? undefined
      : `balancing table ${before.wheel_length} -> ${row.wheel_length} entries`,
  ].filter((text) => text !== undefined);
  return changes.length === 0 ? undefined : `~ listener ${name}: ${changes.join(', ')}`;
}

/** Whether a listener's packets go up to the proxy. */
function isPassed({ flags }: ServiceRow): boolean {
  return (flags & ServiceBit.PASS) !== 0;
}

function balancingOf({ algorithm, sticky_timeout: sticky, idle_timeout: idle }: ServiceRow): string {
  return `${ALGORITHM_WORDS[algorithm]}${sticky > 0 ? `, sticky for ${sticky} s` : ''}, idle timeout ${idle} s`;
}

const EVERYBODY = 'everybody';
const LISTED = ServiceBit.ALLOW | ServiceBit.DENY;

/** Whether a listener goes on to ask a list, but another one. */
function hasOther(list: 'allowed_cidrs' | 'access_list', bits: number, before: ServiceRow, row: ServiceRow): boolean {
  return (before.flags & bits) !== 0 && (row.flags & bits) !== 0 && before[list] !== row[list];
}

/** Who may begin sessions. */
function clientsOf({ flags }: ServiceRow): string {
  const asked = [
    flags & ServiceBit.ALLOWED_CIDRS ? 'on allowed_cidrs' : undefined,
    flags & ServiceBit.ALLOW ? 'on the access list' : undefined,
    flags & ServiceBit.DENY ? 'not on the access list' : undefined,
  ].filter((text) => text !== undefined);
  return asked.length === 0 ? EVERYBODY : asked.join(' and ');
}

/** A budget without limits is nothing to tell of. */
function describeBudget(
  { index, row, before }: Extract<Operation, { table: 'budgets' }>,
  names: Names,
): string | undefined {
  const subject = index >= Limits.BALANCER_BASE ? `load balancer ${names.ofBalancer(index)}` : names.ofIndex(index);
  const [from, to] = [limitsOf(before ?? NO_LIMITS), limitsOf(row)];
  const changes = Object.keys(to).flatMap((what) => changed(what, from[what], to[what]) ?? []);
  return changes.length === 0 ? undefined : `~ limits of ${subject}: ${changes.join(', ')}`;
}

const NO_LIMITS: BudgetRow = {
  balancer: 0,
  connections: Unlimited.UNLIMITED,
  sessions: Unlimited.UNLIMITED,
  byte_time: 0,
};

function limitsOf({ connections, sessions, byte_time }: BudgetRow): Record<string, number | string> {
  const words = (limit: number): number | string => (limit === Unlimited.UNLIMITED ? 'none' : limit);
  return {
    connections: words(connections),
    'new connections per second': words(sessions),
    'bandwidth (Mbit/s)': byte_time === 0 ? 'none' : Math.round(byteTime(1) / byte_time),
  };
}

function clientAddress(row: ServiceRow): string {
  return (row.flags & ServiceBit.TOA) !== 0 ? 'toa' : 'none';
}

function describeTarget(row: TargetRow, before: TargetRow | undefined, names: Names): string {
  const subject = subjectOf(row, names);
  if (!before || before.weight === 0) {
    return `+ ${subject}: weight ${row.weight}${stateOf(row) === 'usable' ? '' : `, ${stateOf(row)}`}`;
  }
  if (row.weight === 0) {
    return `- ${subjectOf(before, names)}`;
  }
  const changes = [changed('weight', before.weight, row.weight), changed('state', stateOf(before), stateOf(row))];
  return `~ ${subject}: ${changes.filter((text) => text !== undefined).join(', ')}`;
}

/** A row with weight 0 was announced as removed when its member went. */
function describeGone(before: TargetRow, names: Names): string | undefined {
  return before.weight === 0 ? undefined : `- ${subjectOf(before, names)}`;
}

function stateOf(row: TargetRow): string {
  if ((row.flags & TargetBit.USABLE) !== 0) {
    return 'usable';
  }
  return (row.flags & TargetBit.GONE) !== 0 ? 'down' : 'drained or not checked yet';
}

function subjectOf(row: TargetRow, names: Names): string {
  return `member ${formatEndpoint(formatAddress(row.address), row.port)} of ${names.ofIndex(row.listener)}`;
}

function describeAddress(operation: Extract<Operation, { table: 'addresses' }>): string | undefined {
  const { name, before } = operation;
  if (operation.action === 'remove') {
    return isResting(operation.before) ? undefined : `- ${kindOf(operation.before)} ${name}`;
  }
  const { row } = operation;
  if (!before) {
    return `+ ${kindOf(row)} ${name}`;
  }
  if (isResting(row)) {
    return `- ${kindOf(row)} ${name}: used until its last session ends`;
  }
  if (isResting(before)) {
    return `+ ${kindOf(row)} ${name}`;
  }
  const answers = (flags: number): string => ((flags & AddressBit.ARP) !== 0 ? 'the gateway' : 'the kernel');
  const kind = changed('kind', kindOf(before), kindOf(row));
  const arp = changed('ARP answered by', answers(before.flags), answers(row.flags));
  const changes = [kind, arp].filter((text) => text !== undefined);
  return changes.length > 0 ? `~ address ${name}: ${changes.join(', ')}` : undefined;
}

/** A local address that is leased no more. */
function isResting(row: AddressRow): boolean {
  return (row.flags & AddressBit.LOCAL) !== 0 && row.local === NOT_LEASED;
}

function kindOf(row: AddressRow): string {
  return (row.flags & AddressBit.VIP) !== 0 ? 'VIP' : 'local address';
}

function describeFields<T extends object>(subject: string, before: T, row: T, hidden: string[]): string | undefined {
  const changes = (Object.keys(row) as Array<keyof T & string>)
    .filter((field) => !hidden.includes(field))
    .flatMap((field) => changed(field, before[field], row[field]) ?? []);
  return changes.length > 0 ? `~ ${subject}: ${changes.join(', ')}` : undefined;
}

function changed(what: string, before: unknown, after: unknown): string | undefined {
  return before === after ? undefined : `${what} ${before} -> ${after}`;
}

function formatMac(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Names of listeners, load balancers and interfaces, also of those that are being removed. */
class Names {
  readonly #listeners = new Map<ListenerKey, string>();
  readonly #byIndex = new Map<number, string>();
  readonly #balancers = new Map<number, string>();
  readonly #interfaces: Step['gateway']['devices'];

  constructor(operations: readonly Operation[], { balancers, gateway }: Step, assigned: Assigned) {
    this.#interfaces = gateway.devices;
    for (const { id, name, services } of balancers) {
      this.#balancers.set(assigned.balancerIndexes.get(id) ?? -1, name);
      for (const [key, service] of services) {
        this.#listeners.set(key, service.name);
      }
    }
    for (const operation of operations) {
      if (operation.table === 'services' && operation.before) {
        this.#byIndex.set(operation.before.listener, this.of(operation.name, operation.key));
      }
    }
    for (const [name, { key, row }] of assigned.services) {
      this.#byIndex.set(row.listener, this.of(name, key));
    }
  }

  of(name: ListenerKey, key: ServiceKey): string {
    const protocol = key.protocol === PROTOCOL_NUMBERS.UDP ? 'udp' : 'tcp';
    const endpoint = `${formatEndpoint(formatAddress(key.address), key.port)}/${protocol}`;
    const known = this.#listeners.get(name);
    return known === undefined ? endpoint : `${known} (${endpoint})`;
  }

  ofBalancer(account: number): string {
    return this.#balancers.get(account) ?? 'a removed one';
  }

  ofInterface(ifindex: number): string {
    return this.#interfaces.get(ifindex)?.name ?? `with index ${ifindex}`;
  }

  ofIndex(index: number): string {
    return this.#byIndex.get(index) ?? 'a removed listener';
  }
}
