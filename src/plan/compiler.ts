/**
 * Compiles trees one after another: what neither a change nor a member's health concerns is the very object that it was before.
 */
import { addressFamily } from '../model/address.js';
import { type Fault, SluiceError } from '../model/errors.js';
import type { LoadBalancer, Member, Tree } from '../model/resources.js';
import type { Specification } from '../model/state.js';
import type { AccessLists } from './admission.js';
import { checkedMembers, compileLoadBalancer } from './compile.js';
import {
  DEFAULT_SESSION_TIMES,
  type Desired,
  type DesiredBalancer,
  type DesiredGateway,
  type GatewayFacts,
  type Health,
  type HealthView,
} from './desired.js';
import { findUnknown, findUnserved } from './limits.js';
import { WheelCache } from './pool-wheel.js';

/** IPv4 and TCP headers without options, between a packet's size and its MSS. */
const HEADERS = 40;

/** What flavors grant, by their ids. */
export type Specifications = ReadonlyMap<string, Specification>;

export interface CompileInput {
  tree: Tree;
  health: HealthView;
  /** The same object as long as nothing of it has changed. */
  facts: GatewayFacts;
  /** The lists that listeners refer to, by id; default none. A list that changes is another object. */
  accessLists?: AccessLists;
  /** What the flavors grant that load balancers refer to; default none. What changes is another object. */
  specifications?: Specifications;
}

/** What all load balancers depend on. */
interface Ground {
  facts: GatewayFacts;
  gateway: DesiredGateway;
  mss: number;
}

/** What a compilation is of, besides the tree; see {@link CompileInput}. */
interface Circumstances {
  facts: GatewayFacts;
  accessLists: AccessLists | undefined;
  specifications: Specifications | undefined;
  /** Of the members' health. */
  version: number | undefined;
}

/** A load balancer's tables, and what they were made from. */
interface Known {
  loadbalancer: LoadBalancer;
  mss: number;
  locals: boolean;
  specification: Specification | undefined;
  /** Blocks of its listeners' access lists. */
  lists: readonly (readonly string[] | undefined)[];
  members: readonly Member[];
  health: readonly Health[];
  wheels: WheelCache;
  /** Undefined: it is disabled. */
  desired: DesiredBalancer | undefined;
}

export class Compiler {
  #ground: Ground | undefined;
  #circumstances: Circumstances | undefined;
  /** By id. */
  readonly #known = new Map<string, Known>();
  /** Load balancers by the ids of their checked members. */
  readonly #owners = new Map<string, string>();

  /**
   * The tables for a tree. A load balancer with `admin_state_up` false has none.
   * @throws SluiceError `unsupported` for IPv6 addresses and SCTP, `invalid_configuration` without a local address for IPv4 listeners
   *   and for access lists and flavors that do not exist
   */
  compile(input: CompileInput): Desired {
    const { facts, tree } = input;
    const ground = this.#ground?.facts === facts ? this.#ground : groundOf(facts);
    this.#ground = ground;
    const circumstances = circumstancesOf(input);
    const suspects = this.#suspects(circumstances, input.health);
    // Until all are found to be in order: faults leave some as they were before.
    this.#circumstances = undefined;
    const balancers: DesiredBalancer[] = [];
    const faults: Fault[] = [];
    for (const loadbalancer of tree.loadbalancers) {
      let known = this.#known.get(loadbalancer.id);
      const suspected = suspects === undefined || suspects.has(loadbalancer.id);
      if (known?.loadbalancer !== loadbalancer || (suspected && !isCurrent(known, ground, input))) {
        faults.push(...findFaults(loadbalancer, ground, input));
        if (faults.length > 0) {
          continue;
        }
        const before = known;
        known = compileAnew(loadbalancer, ground, input, before?.wheels);
        this.#know(loadbalancer.id, known, before);
      }
      if (known.desired) {
        balancers.push(known.desired);
      }
    }
    if (faults.length > 0) {
      throw SluiceError.fromFaults(faults, 'configuration');
    }
    this.#forgetAllBut(tree);
    this.#circumstances = circumstances;
    return { gateway: ground.gateway, balancers };
  }

  /** Members' health may be another one, whatever its version says. */
  distrust(): void {
    this.#circumstances = undefined;
  }

  /** Load balancers for which something else may have changed than themselves; undefined: all. */
  #suspects(now: Circumstances, health: HealthView): ReadonlySet<string> | undefined {
    const before = this.#circumstances;
    if (before?.version === undefined || now.version === undefined || !isSameGround(before, now)) {
      return undefined;
    }
    const changed = before.version === now.version ? [] : health.changedSince?.(before.version);
    return changed && new Set(changed.flatMap((id) => this.#owners.get(id) ?? []));
  }

  #know(id: string, known: Known | undefined, before: Known | undefined): void {
    for (const member of before?.members ?? []) {
      // A member may have gone over to a load balancer that was looked at before this one.
      if (this.#owners.get(member.id) === id) {
        this.#owners.delete(member.id);
      }
    }
    for (const member of known?.members ?? []) {
      this.#owners.set(member.id, id);
    }
    if (known) {
      this.#known.set(id, known);
    } else {
      this.#known.delete(id);
    }
  }

  #forgetAllBut({ loadbalancers }: Tree): void {
    if (this.#known.size === loadbalancers.length) {
      return;
    }
    const there = new Set(loadbalancers.map(({ id }) => id));
    for (const [id, known] of this.#known) {
      if (!there.has(id)) {
        this.#know(id, undefined, known);
      }
    }
  }
}

function groundOf(facts: GatewayFacts): Ground {
  const { leaseMask, hashKey, sessionTimes = DEFAULT_SESSION_TIMES } = facts;
  const gateway: DesiredGateway = {
    settings: { ...sessionTimes, lease_mask: leaseMask, hash_key: hashKey },
    locals: new Set(facts.localAddresses.filter((address) => addressFamily(address) === 4)),
    assigned: facts.assignedAddresses,
    devices: new Map(facts.devices.map(({ name, ifindex, mac }) => [ifindex, { name, row: { mac } }])),
  };
  return { facts, gateway, mss: largestSegment(facts) };
}

/** The largest MSS whose packets pass all interfaces, 0 when there are none: a client may not know the MTU on the members' side. */
function largestSegment({ devices }: GatewayFacts): number {
  const mtu = Math.min(...devices.map((device) => device.mtu));
  return Number.isFinite(mtu) ? Math.min(Math.max(0, mtu - HEADERS), 0xffff) : 0;
}

function findFaults(loadbalancer: LoadBalancer, { gateway }: Ground, input: CompileInput): Fault[] {
  const { accessLists = new Map(), specifications = new Map() } = input;
  return [
    ...findUnserved(loadbalancer, gateway.locals.size),
    ...findUnknown(loadbalancer, accessLists, specifications),
  ];
}

function circumstancesOf({ facts, accessLists, specifications, health }: CompileInput): Circumstances {
  return { facts, accessLists, specifications, version: health.version };
}

function isSameGround(before: Circumstances, now: Circumstances): boolean {
  return (
    before.facts === now.facts && before.accessLists === now.accessLists && before.specifications === now.specifications
  );
}

/** Whether what a load balancer depends on is what its tables were made from. */
function isCurrent(known: Known, { gateway, mss }: Ground, input: CompileInput): boolean {
  return (
    known.mss === mss &&
    known.locals === gateway.locals.size > 0 &&
    known.specification === specificationOf(known.loadbalancer, input) &&
    isSame(known.lists, listsOf(known.loadbalancer, input)) &&
    known.members.every((member, index) => healthOf(member, input) === known.health[index])
  );
}

function isSame<T>(list: readonly T[], other: readonly T[]): boolean {
  return list.length === other.length && list.every((item, index) => item === other[index]);
}

function healthOf(member: Member, { health }: CompileInput): Health {
  return health.get(member.id) ?? 'unknown';
}

function specificationOf({ flavor_id: id }: LoadBalancer, { specifications }: CompileInput): Specification | undefined {
  return id === null ? undefined : specifications?.get(id);
}

function listsOf({ listeners }: LoadBalancer, { accessLists }: CompileInput): Known['lists'] {
  const ids = listeners.flatMap(({ access_list_id: id }) => id ?? []);
  return ids.map((id) => accessLists?.get(id)?.cidrs);
}

function compileAnew(
  loadbalancer: LoadBalancer,
  { gateway, mss }: Ground,
  input: CompileInput,
  wheels = new WheelCache(),
): Known {
  const specification = specificationOf(loadbalancer, input);
  const members = checkedMembers(loadbalancer);
  const context = {
    health: (member: Member) => healthOf(member, input),
    mss,
    accessLists: input.accessLists ?? new Map(),
    specification,
    wheels,
  };
  return {
    loadbalancer,
    mss,
    locals: gateway.locals.size > 0,
    specification,
    lists: listsOf(loadbalancer, input),
    members,
    health: members.map(context.health),
    wheels,
    desired: loadbalancer.admin_state_up ? compileLoadBalancer(loadbalancer, context) : undefined,
  };
}
