/**
 * Puts what `apply` brings into the tree that exists.
 */
import { type Fault, SluiceError } from '../model/errors.js';
import type { L7Rule, LoadBalancer, LoadBalancerSpec, Manager, Member, Tree } from '../model/resources.js';
import { findConflicts, haveIds, type Sound } from './conflicts.js';
import { keepList, type MergeContext, mergeLoadBalancer, type PlacedVip } from './merge-objects.js';

export interface MergeOptions {
  /** Whether load balancers of this manager that are not in `incoming` are removed; default false: they stay as they are. */
  prune?: boolean;
  /** Who brings the load balancers: it owns the new ones, and may change only its own; default `apply`. */
  manager?: Manager;
  /** Whether load balancers of other managers are taken over; default false: changing them is a conflict. */
  adopt?: boolean;
  /** Project of new load balancers; default `admin`. */
  projectId?: string;
  /** `2026-01-31T12:00:00`; default: the time it is. */
  now?: string;
  /** Which load balancers the caller can see: others are neither recognized nor pruned. Default: all. */
  visible?: (loadbalancer: LoadBalancer) => boolean;
  /**
   * Finds the addresses of a load balancer that has none yet, or new ones. `taken` are those that are placed already. Default: takes
   * what was written, and refuses what was not.
   * @throws SluiceError when there is none
   */
  placeVip?: (spec: LoadBalancerSpec, taken: readonly LoadBalancer[]) => PlacedVip;
  /** The gateway's local addresses in canonical text. */
  localAddresses?: Iterable<string>;
  /** Makes ids; default `crypto.randomUUID`. */
  newId?: () => string;
}

/** The new tree, and the names of load balancers by what happens to them; an id stands for one without a name. */
export interface MergeResult {
  tree: Tree;
  created: string[];
  updated: string[];
  unchanged: string[];
  deleted: string[];
}

/**
 * Upserts by name, or by id where one was written: each incoming load balancer becomes exactly as written, the others stay unless
 * pruned. Ids and times of what stays are kept: listeners are recognized by protocol and port, pools and policies by name (unnamed
 * pools by the listener that uses them, else by position), members by address and port, rules by position. Neither argument is
 * changed; objects that come out as they were are the very same ones, so that a plan recognizes ten thousand unchanged members
 * without comparing their fields.
 * @throws SluiceError `conflict` when the result contradicts itself, such as one VIP and port on two load balancers, or changes what
 * another manager owns
 */
export function mergeTree(
  current: Tree,
  incoming: readonly LoadBalancerSpec[],
  options: MergeOptions = {},
): MergeResult {
  const { manager = 'apply', adopt = false, visible = () => true, newId = () => crypto.randomUUID() } = options;
  const faults: Fault[] = [];
  const specs = recognize(current.loadbalancers.filter(visible), incoming, manager, faults);
  const result: MergeResult = { tree: current, created: [], updated: [], unchanged: [], deleted: [] };
  const loadbalancers: LoadBalancer[] = [];
  const placeVip = options.placeVip ?? takeWritten(newId);
  const context: MergeContext = {
    projectId: options.projectId ?? 'admin',
    now: options.now ?? new Date().toISOString().slice(0, 19),
    newId,
    placeVip: (spec) => placeVip(spec, [...current.loadbalancers, ...loadbalancers]),
  };
  for (const existing of current.loadbalancers) {
    const spec = specs.get(existing);
    if (spec) {
      const { merged, fault } = update(existing, spec, { manager, adopt }, context);
      loadbalancers.push(merged);
      (merged === existing ? result.unchanged : result.updated).push(labelOf(merged));
      faults.push(...(fault ? [fault] : []));
    } else if (options.prune && existing.managed_by === manager && visible(existing)) {
      result.deleted.push(labelOf(existing));
    } else {
      loadbalancers.push(existing);
    }
  }
  const recognized = new Set(specs.values());
  for (const spec of incoming.filter((one) => !recognized.has(one))) {
    const created = mergeLoadBalancer(undefined, spec, manager, context);
    loadbalancers.push(created);
    result.created.push(labelOf(created));
  }
  result.tree = keepList(current.loadbalancers, loadbalancers) === loadbalancers ? { loadbalancers } : current;
  const sound = { pools: new Set(current.loadbalancers.flatMap(({ pools }) => pools)), ids: !haveIds(incoming) };
  refuse([...faults, ...conflictsOf(result.tree, new Set(options.localAddresses), sound)]);
  return result;
}

/** Which existing load balancer each incoming one is. */
function recognize(
  existing: readonly LoadBalancer[],
  incoming: readonly LoadBalancerSpec[],
  manager: Manager,
  faults: Fault[],
): Map<LoadBalancer, LoadBalancerSpec> {
  const byId = new Map(existing.map((loadbalancer) => [loadbalancer.id, loadbalancer]));
  const byName = new Map<string, LoadBalancer[]>();
  for (const loadbalancer of existing) {
    byName.set(loadbalancer.name, [...(byName.get(loadbalancer.name) ?? []), loadbalancer]);
  }
  const found = new Map<LoadBalancer, LoadBalancerSpec>();
  for (const spec of incoming) {
    const namesakes = spec.id === undefined ? (byName.get(spec.name) ?? []) : [];
    const own = namesakes.filter(({ managed_by }) => managed_by === manager);
    const [candidate, second] = own.length > 0 ? own : namesakes;
    if (second) {
      faults.push({
        code: 'conflict',
        path: `loadbalancer "${spec.name}"`,
        message: `${namesakes.length} load balancers have this name`,
        suggestion: `add the id of the one that is meant: ${namesakes.map(({ id }) => id).join(' or ')}`,
      });
    }
    const match = spec.id === undefined ? candidate : byId.get(spec.id);
    if (match) {
      found.set(match, spec);
    }
  }
  return found;
}

/** The existing load balancer as its spec says; as it is, with a fault, when another manager owns it. */
function update(
  existing: LoadBalancer,
  spec: LoadBalancerSpec,
  { manager, adopt }: { manager: Manager; adopt: boolean },
  context: MergeContext,
): { merged: LoadBalancer; fault?: Fault } {
  const owner = adopt ? manager : existing.managed_by;
  const merged = mergeLoadBalancer(existing, spec, owner, context);
  if (merged === existing || owner === manager) {
    return { merged };
  }
  return {
    merged: existing,
    fault: {
      code: 'conflict',
      path: `loadbalancer "${labelOf(existing)}"`,
      message: `it is managed by ${OWNERS[existing.managed_by]}`,
      suggestion: 'change it there, or apply with --adopt to manage it by this file',
    },
  };
}

const OWNERS: Record<Manager, string> = {
  api: 'the API',
  apply: 'files given to sluice apply',
  'host-file': 'the host file',
};

/** What a load balancer is called in summaries. */
function labelOf({ name, id }: LoadBalancer): string {
  return name === '' ? id : name;
}

/** Takes VIPs as they were written. */
function takeWritten(newId: () => string): (spec: LoadBalancerSpec) => PlacedVip {
  return ({ name, vip_address, vip_subnet_id, vip_network_id, vip_port_id, additional_vips }) => {
    if (vip_address === null || additional_vips.some(({ ip_address }) => ip_address === '')) {
      refuse([
        {
          code: 'unsupported',
          path: `loadbalancer "${name}"`,
          message: 'there are no subnets to allocate an address from',
          suggestion: `write ${vip_address === null ? 'vip_address' : 'ip_address in additional_vips'}`,
        },
      ]);
    }
    const address = vip_address ?? '';
    return {
      vip_address: address,
      vip_subnet_id,
      vip_network_id,
      vip_port_id: vip_port_id ?? newId(),
      additional_vips,
    };
  };
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, 'configuration');
  }
}

function conflictsOf(tree: Tree, localAddresses: ReadonlySet<string>, sound: Sound): Fault[] {
  return findConflicts(tree.loadbalancers, localAddresses, sound).map(({ object, field, message, suggestion }) => {
    return { code: 'conflict', path: `${describe(tree, object)}.${field}`, message, suggestion };
  });
}

/** Path of an object of the tree, by the names people gave. */
function describe(tree: Tree, object: object): string {
  for (const loadbalancer of tree.loadbalancers) {
    const path = `loadbalancer "${labelOf(loadbalancer)}"`;
    if (loadbalancer === object) {
      return path;
    }
    for (const [index, listener] of loadbalancer.listeners.entries()) {
      const policy = listener.l7policies.findIndex((one) => one === object || one.rules.includes(object as L7Rule));
      if (listener === object || policy >= 0) {
        return `${path}.listeners[${index}]${policy >= 0 ? `.l7policies[${policy}]` : ''}`;
      }
    }
    for (const [index, pool] of loadbalancer.pools.entries()) {
      const member = pool.members.indexOf(object as Member);
      if (pool === object || pool.healthmonitor === object || member >= 0) {
        return `${path}.pools[${index}]${member >= 0 ? `.members[${member}]` : ''}`;
      }
    }
  }
  return 'configuration';
}
