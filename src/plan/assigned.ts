/**
 * The tables as they shall be.
 */
import type { Fingerprint } from './access-list.js';
import type { TargetIds } from './assign-targets.js';
import type { Desired } from './desired.js';
import {
  type ListenerKey,
  type MemberKey,
  memberKey,
  type Tables,
  type TargetKey,
  type TargetRow,
  targetKey,
} from './tables.js';

/** What `assign` decides besides targets and members. */
export interface AssignedParts extends Omit<Tables, 'targets'> {
  listenerIndexes: ReadonlyMap<ListenerKey, number>;
  wheels: ReadonlyMap<ListenerKey, Uint32Array>;
  balancerIndexes: ReadonlyMap<string, number>;
}

/** Tables with indexes, and what the indexes stand for. Names are looked up when somebody asks: a change itself needs none. */
export class Assigned implements Tables {
  readonly settings: Tables['settings'];
  readonly services: Tables['services'];
  readonly targets: Map<number, TargetRow>;
  readonly addresses: Tables['addresses'];
  readonly locals: Tables['locals'];
  readonly devices: Tables['devices'];
  readonly budgets: Tables['budgets'];
  readonly accessLists: Tables['accessLists'];
  readonly listenerIndexes: ReadonlyMap<ListenerKey, number>;
  /** Target ids on each service's wheel, from `wheel_base` on. */
  readonly wheels: ReadonlyMap<ListenerKey, Uint32Array>;
  /** Accounts of load balancers, by their ids. */
  readonly balancerIndexes: ReadonlyMap<string, number>;
  readonly #desired: Desired;
  readonly #ids: TargetIds;
  #targetIndexes: ReadonlyMap<TargetKey, number> | undefined;
  #memberIndexes: ReadonlyMap<MemberKey, number> | undefined;
  #names: ReadonlyMap<ListenerKey, string> | undefined;

  constructor(desired: Desired, ids: TargetIds, parts: AssignedParts) {
    this.settings = parts.settings;
    this.services = parts.services;
    this.targets = ids.targets;
    this.addresses = parts.addresses;
    this.locals = parts.locals;
    this.devices = parts.devices;
    this.budgets = parts.budgets;
    this.accessLists = parts.accessLists;
    this.balancerIndexes = parts.balancerIndexes;
    this.listenerIndexes = parts.listenerIndexes;
    this.wheels = parts.wheels;
    this.#desired = desired;
    this.#ids = ids;
  }

  /** Target ids by listener and member. */
  get targetIndexes(): ReadonlyMap<TargetKey, number> {
    const { members, targets } = this.#desired;
    this.#targetIndexes ??= new Map(
      targets.map(({ listener, member: position }, index) => {
        const { member } = members[position]!;
        return [targetKey(listener, member.address, member.protocol_port), this.#ids.targetIds[index]!];
      }),
    );
    return this.#targetIndexes;
  }

  /** Indexes of live counters by pool and member. */
  get memberIndexes(): ReadonlyMap<MemberKey, number> {
    this.#memberIndexes ??= new Map(
      this.#desired.members.map(({ pool, member }, index) => {
        return [memberKey(pool.id, member.address, member.protocol_port), this.#ids.memberIds[index]!];
      }),
    );
    return this.#memberIndexes;
  }

  /** Names of listeners for people. */
  get names(): ReadonlyMap<ListenerKey, string> {
    this.#names ??= new Map([...this.#desired.services].map(([key, { name }]) => [key, name]));
    return this.#names;
  }

  /** Name of a load balancer by its account. */
  balancerName(account: number): string | undefined {
    const id = [...this.balancerIndexes].find(([, index]) => index === account)?.[0];
    return this.#desired.balancers.get(id ?? '')?.name;
  }

  /** Blocks of an access list of these tables. */
  blocksOf(fingerprint: Fingerprint): readonly string[] {
    return this.#desired.accessLists.get(fingerprint)!;
  }

  /** Name of an interface of the gateway. */
  interfaceName(ifindex: number): string | undefined {
    return this.#desired.devices.get(ifindex)?.name;
  }
}
