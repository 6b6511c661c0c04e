/**
 * What is wrong only between objects: the same address and port twice, addresses with two meanings, names and ids used twice.
 * Works on specs while they are read and on the whole tree after a merge.
 */
import { formatEndpoint } from '../model/address.js';
import {
  type HealthMonitorSpec,
  type L7PolicySpec,
  type ListenerSpec,
  type LoadBalancerSpec,
  type MemberSpec,
  type PoolSpec,
  transportOf,
  vipsOf,
} from '../model/resources.js';

type CheckedPool = Pick<PoolSpec, 'id' | 'name'> & {
  members: Array<Pick<MemberSpec, 'id' | 'address' | 'protocol_port'>>;
  healthmonitor: Pick<HealthMonitorSpec, 'id'> | null;
};

type CheckedListener = Pick<ListenerSpec, 'id' | 'protocol' | 'protocol_port'> & {
  l7policies: Array<Pick<L7PolicySpec, 'id'> & { rules: Array<{ id?: string }> }>;
};

/** The part of a load balancer that can clash; `LoadBalancer` and `LoadBalancerSpec` both have it. */
export interface CheckedLoadBalancer extends Pick<LoadBalancerSpec, 'id' | 'name' | 'vip_address' | 'additional_vips'> {
  public_addresses?: string[];
  listeners: CheckedListener[];
  pools: CheckedPool[];
}

export interface Conflict {
  /** The later of the objects that clash. */
  object: object;
  /** Its field that clashes. */
  field: string;
  message: string;
  suggestion: string;
}

/** What needs no looking at, because it was looked at before. */
export interface Sound {
  /** Pools without the same member twice. */
  pools?: ReadonlySet<object>;
  /** Whether all ids are known to differ: those that Sluice makes do. */
  ids?: boolean;
}

/**
 * Every clash in a set of load balancers. Null, empty addresses and port 0 stand for values that are not known yet or had faults of
 * their own, and clash with nothing.
 * @param localAddresses the gateway's, canonical text
 */
export function findConflicts(
  loadbalancers: readonly CheckedLoadBalancer[],
  localAddresses: ReadonlySet<string>,
  sound: Sound = {},
): Conflict[] {
  const conflicts: Conflict[] = [];
  const vips = new Map(loadbalancers.flatMap((one) => addressesOf(one).map((address) => [address, one.name])));
  // An id tells load balancers of one name apart.
  const names = new Once(conflicts, 'name', 'give each load balancer a name of its own');
  const endpoints = new Once(
    conflicts,
    'protocol_port',
    'give one of them another port or VIP; only UDP may share a port number with another protocol',
  );
  for (const loadbalancer of loadbalancers) {
    const { id, name } = loadbalancer;
    names.add(id === undefined ? name : '', loadbalancer, () => `the name "${name}" is used twice`);
    conflicts.push(...vipConflicts(loadbalancer, localAddresses));
    listenerConflicts(loadbalancer, endpoints);
    conflicts.push(...poolConflicts(loadbalancer, { vips, localAddresses, sound: sound.pools }));
  }
  return sound.ids ? conflicts : [...conflicts, ...idConflicts(loadbalancers)];
}

function addressesOf(loadbalancer: CheckedLoadBalancer): string[] {
  const { vip_address, additional_vips, public_addresses = [] } = loadbalancer;
  const vips = vipsOf({ vip_address: vip_address ?? '', additional_vips, public_addresses });
  return vips.filter((address) => address !== '');
}

function vipConflicts(loadbalancer: CheckedLoadBalancer, localAddresses: ReadonlySet<string>): Conflict[] {
  const clash = addressesOf(loadbalancer).find((address) => localAddresses.has(address));
  return clash === undefined
    ? []
    : [
        {
          object: loadbalancer,
          field: clash === loadbalancer.vip_address ? 'vip_address' : 'additional_vips',
          message: `${clash} is a local address of the gateway`,
          suggestion: 'give the load balancer another VIP, or take the address out of gateway.local_addresses',
        },
      ];
}

function listenerConflicts(loadbalancer: CheckedLoadBalancer, endpoints: Once): void {
  const addresses = addressesOf(loadbalancer);
  // A VIP that is yet to be allocated is nobody else's, but its listeners can clash among themselves.
  const own = new Once(endpoints.conflicts, 'protocol_port', endpoints.suggestion);
  for (const listener of loadbalancer.listeners) {
    const { protocol, protocol_port } = listener;
    const transport = transportOf(protocol) ?? 'SCTP';
    const message = (text: string, first: string) => `${text} is taken by ${first}`;
    if ((protocol as string) === '' || protocol_port === 0) {
      continue;
    }
    if (addresses.length === 0) {
      own.add(`${transport} port ${protocol_port}`, listener, message, `"${loadbalancer.name}"`);
    }
    for (const address of addresses) {
      const endpoint = `${transport} ${formatEndpoint(address, protocol_port)}`;
      if (endpoints.add(endpoint, listener, message, `"${loadbalancer.name}"`)) {
        break;
      }
    }
  }
}

/** What the addresses of members are compared with. */
interface Known {
  vips: ReadonlyMap<string, string>;
  localAddresses: ReadonlySet<string>;
  sound: ReadonlySet<object> | undefined;
}

function poolConflicts(loadbalancer: CheckedLoadBalancer, known: Known): Conflict[] {
  const conflicts: Conflict[] = [];
  const names = new Once(conflicts, 'name', 'rename one, or refer to the first with default_pool: {name: …}');
  for (const pool of loadbalancer.pools) {
    names.add(pool.id === undefined ? pool.name : '', pool, (name) => `the pool name "${name}" is used twice`);
    memberConflicts(pool, known, conflicts);
  }
  return conflicts;
}

function memberConflicts(pool: CheckedPool, { vips, localAddresses, sound }: Known, conflicts: Conflict[]): void {
  const endpoints = new Once(conflicts, 'address', 'remove one, or change its port; weight gives a member more');
  const alone = sound?.has(pool) ?? false;
  for (const member of pool.members) {
    const { address, protocol_port } = member;
    if (!alone && address !== '' && protocol_port !== 0) {
      endpoints.add(`${address} ${protocol_port}`, member, () => {
        return `${formatEndpoint(address, protocol_port)} is already a member of this pool`;
      });
    }
    const vip = vips.get(address);
    if (vip !== undefined || localAddresses.has(address)) {
      const owner = vip === undefined ? 'a local address of the gateway' : `the VIP of load balancer "${vip}"`;
      conflicts.push({
        object: member,
        field: 'address',
        message: `${address} is ${owner}`,
        suggestion: 'write the address of a server',
      });
    }
  }
}

function idConflicts(loadbalancers: readonly CheckedLoadBalancer[]): Conflict[] {
  const conflicts: Conflict[] = [];
  const ids = new Once(conflicts, 'id', 'leave id out: Sluice makes one');
  visit(loadbalancers, (object) => {
    if (object.id !== undefined) {
      ids.add(object.id, object, (text) => `the id ${text} is used twice`);
    }
  });
  return conflicts;
}

/** Whether an id was written in any of these. */
export function haveIds(loadbalancers: readonly CheckedLoadBalancer[]): boolean {
  let found = false;
  visit(loadbalancers, ({ id }) => {
    found ||= id !== undefined;
  });
  return found;
}

function visit(loadbalancers: readonly CheckedLoadBalancer[], visitor: (object: { id?: string }) => void): void {
  for (const loadbalancer of loadbalancers) {
    visitor(loadbalancer);
    for (const listener of loadbalancer.listeners) {
      visitor(listener);
      for (const policy of listener.l7policies) {
        visitor(policy);
        policy.rules.forEach(visitor);
      }
    }
    for (const pool of loadbalancer.pools) {
      visitor(pool);
      pool.members.forEach(visitor);
      if (pool.healthmonitor) {
        visitor(pool.healthmonitor);
      }
    }
  }
}

/** Remembers values that may occur once, and who had them. */
class Once {
  readonly conflicts: Conflict[];
  readonly suggestion: string;
  readonly #field: string;
  readonly #owners = new Map<string, string>();

  constructor(conflicts: Conflict[], field: string, suggestion: string) {
    this.conflicts = conflicts;
    this.#field = field;
    this.suggestion = suggestion;
  }

  /** Whether the value clashes with an earlier one; an empty value never does. */
  add(value: string, object: object, message: (value: string, owner: string) => string, owner = ''): boolean {
    if (value === '') {
      return false;
    }
    const first = this.#owners.get(value);
    if (first === undefined) {
      this.#owners.set(value, owner);
      return false;
    }
    this.conflicts.push({
      object,
      field: this.#field,
      message: message(value, first),
      suggestion: this.suggestion,
    });
    return true;
  }
}
