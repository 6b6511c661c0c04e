/**
 * What is wrong only between objects: the same address and port twice, addresses with two meanings, names and ids used twice.
 * Works on specs while they are read and on the whole tree after a merge.
 */
import { formatEndpoint } from '../model/address.js';
import type { HealthMonitorSpec, ListenerSpec, LoadBalancerSpec, MemberSpec, PoolSpec } from '../model/resources.js';

type CheckedPool = Pick<PoolSpec, 'id' | 'name'> & {
  members: Array<Pick<MemberSpec, 'id' | 'address' | 'protocol_port'>>;
  healthmonitor: Pick<HealthMonitorSpec, 'id'> | null;
};

/** The part of a load balancer that can clash; `LoadBalancer` and `LoadBalancerSpec` both have it. */
export interface CheckedLoadBalancer extends Pick<LoadBalancerSpec, 'id' | 'name' | 'vip_address'> {
  listeners: Array<Pick<ListenerSpec, 'id' | 'protocol' | 'protocol_port'>>;
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

/**
 * Every clash in a set of load balancers. Empty addresses and port 0 stand for values that had faults of their own, and clash
 * with nothing.
 * @param localAddresses the gateway's, canonical text
 */
export function findConflicts(
  loadbalancers: readonly CheckedLoadBalancer[],
  localAddresses: ReadonlySet<string>,
): Conflict[] {
  const conflicts: Conflict[] = [];
  const vips = new Map(loadbalancers.map(({ vip_address, name }) => [vip_address, name]));
  vips.delete('');
  const names = new Once(conflicts, 'name', 'give each load balancer a name of its own');
  const endpoints = new Once(
    conflicts,
    'protocol_port',
    'give one of them another port or VIP; only TCP and UDP may share a port number',
  );
  for (const loadbalancer of loadbalancers) {
    names.add(loadbalancer.name, loadbalancer, (name) => `the name "${name}" is used twice`);
    if (localAddresses.has(loadbalancer.vip_address)) {
      conflicts.push({
        object: loadbalancer,
        field: 'vip_address',
        message: `${loadbalancer.vip_address} is a local address of the gateway`,
        suggestion: 'give the load balancer another VIP, or take the address out of gateway.local_addresses',
      });
    }
    for (const listener of loadbalancer.listeners) {
      const { vip_address, name } = loadbalancer;
      const endpoint = `${listener.protocol} ${formatEndpoint(vip_address, listener.protocol_port)}`;
      const usable = vip_address !== '' && listener.protocol_port !== 0;
      endpoints.add(usable ? endpoint : '', listener, (text, first) => `${text} is taken by ${first}`, `"${name}"`);
    }
    conflicts.push(...poolConflicts(loadbalancer, vips, localAddresses));
  }
  return [...conflicts, ...idConflicts(loadbalancers)];
}

function poolConflicts(
  loadbalancer: CheckedLoadBalancer,
  vips: ReadonlyMap<string, string>,
  localAddresses: ReadonlySet<string>,
): Conflict[] {
  const conflicts: Conflict[] = [];
  const names = new Once(conflicts, 'name', 'rename one, or refer to the first with default_pool: {name: …}');
  for (const pool of loadbalancer.pools) {
    names.add(pool.name, pool, (name) => `the pool name "${name}" is used twice`);
    const members = new Once(conflicts, 'address', 'remove one, or change its port; weight gives a member more');
    for (const member of pool.members) {
      const endpoint = formatEndpoint(member.address, member.protocol_port);
      const usable = member.address !== '' && member.protocol_port !== 0;
      members.add(usable ? endpoint : '', member, (text) => `${text} is already a member of this pool`);
      const vip = vips.get(member.address);
      if (vip !== undefined || localAddresses.has(member.address)) {
        const owner = vip === undefined ? 'a local address of the gateway' : `the VIP of load balancer "${vip}"`;
        conflicts.push({
          object: member,
          field: 'address',
          message: `${member.address} is ${owner}`,
          suggestion: 'write the address of a server',
        });
      }
    }
  }
  return conflicts;
}

function idConflicts(loadbalancers: readonly CheckedLoadBalancer[]): Conflict[] {
  const conflicts: Conflict[] = [];
  const ids = new Once(conflicts, 'id', 'leave id out: Sluice makes one');
  for (const loadbalancer of loadbalancers) {
    const pools = loadbalancer.pools.flatMap((pool) => {
      return [pool, ...pool.members, ...(pool.healthmonitor ? [pool.healthmonitor] : [])];
    });
    for (const object of [loadbalancer, ...loadbalancer.listeners, ...pools]) {
      ids.add(object.id ?? '', object, (text) => `the id ${text} is used twice`);
    }
  }
  return conflicts;
}

/** Remembers values that may occur once, and who had them. */
class Once {
  readonly #conflicts: Conflict[];
  readonly #field: string;
  readonly #suggestion: string;
  readonly #owners = new Map<string, string>();

  constructor(conflicts: Conflict[], field: string, suggestion: string) {
    this.#conflicts = conflicts;
    this.#field = field;
    this.#suggestion = suggestion;
  }

  add(value: string, object: object, message: (value: string, owner: string) => string, owner = ''): void {
    if (value === '') {
      return;
    }
    const first = this.#owners.get(value);
    if (first === undefined) {
      this.#owners.set(value, owner);
      return;
    }
    this.#conflicts.push({
      object,
      field: this.#field,
      message: message(value, first),
      suggestion: this.#suggestion,
    });
  }
}
