/** The tree as a file that `apply` takes back: for exports. */
import { isDeepStrictEqual } from 'node:util';
import {
  completePersistence,
  L7_POLICY_DEFAULTS,
  L7_RULE_DEFAULTS,
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../model/defaults.js';
import { policyOrderOf, unfitForExactness } from '../model/policy-order.js';
import type {
  HealthMonitor,
  L7Policy,
  Listener,
  LoadBalancer,
  PolicyOrder,
  Pool,
  Resource,
  SessionPersistence,
  Tree,
} from '../model/resources.js';
import { completePolicy } from '../schema/l7-rules.js';
import { completeListener } from '../schema/listener-rules.js';
import { completeMonitor } from '../schema/pool-rules.js';

type Plain = Record<string, unknown>;

/**
 * A plain value with Octavia's field names, without what a reader fills in. Applied where it came from, it changes nothing; applied on
 * another gateway, it makes the same load balancers there, of that gateway's project and with its ids. Ids are written where nothing
 * else tells objects apart: load balancers, pools and policies without a name of their own.
 */
export function formatTree(tree: Tree): { loadbalancers: Plain[] } {
  const names = counted(tree.loadbalancers.map(({ name }) => name));
  return { loadbalancers: tree.loadbalancers.map((loadbalancer) => formatLoadBalancer(loadbalancer, names)) };
}

function formatLoadBalancer(loadbalancer: LoadBalancer, names: ReadonlyMap<string, number>): Plain {
  const { listeners, pools, public_addresses: _, managed_by: __, vip_port_id: ___, ...fields } = loadbalancer;
  // The address tells where the VIP is; a subnet of this gateway would mean nothing to another one.
  const { vip_subnet_id: _subnet, vip_network_id: _network, additional_vips, ...written } = fields;
  const format = new PoolFormat(loadbalancer);
  const targets = new Targets(listeners);
  return {
    ...formatFields(written, LOADBALANCER_DEFAULTS, names.get(loadbalancer.name) !== 1 || loadbalancer.name === ''),
    ...unlessEmpty({
      additional_vips: additional_vips.map(({ ip_address }) => ({ ip_address })),
      pools: pools.filter((pool) => !format.isNested(pool)).map((pool) => format.pool(pool)),
      listeners: listeners.map((listener) => formatListener(listener, format, targets)),
    }),
  };
}

function formatListener(listener: Listener, format: PoolFormat, targets: Targets): Plain {
  const { default_pool_id, l7policies, ...fields } = { ...listener, policy_order: writtenOrder(listener) };
  const { protocol, tls_policy } = listener;
  const unset = { timeout_client_data: null, tls_versions: null, alpn_protocols: null, client_address: null };
  const defaults = {
    ...listenerDefaults(protocol),
    ...completeListener({ ...unset, protocol, tls_policy }),
    tls_policy: null,
  };
  const names = counted(l7policies.map(({ name }) => name));
  return {
    ...formatFields(fields, { ...defaults, protocol: undefined }, targets.needId(listener)),
    ...format.use('default_pool', default_pool_id),
    ...unlessEmpty({
      l7policies: l7policies.map((policy) => ({
        ...formatPolicy(policy, names, format),
        ...targets.use(policy.redirect_listener_id),
      })),
    }),
  };
}

/** Policies about the same, left over when others went, are in the order of their positions: a file has to say so. */
function writtenOrder(listener: Listener): PolicyOrder | null {
  const { policy_order, l7policies } = listener;
  const comparable = policy_order === null && l7policies.every((policy) => unfitForExactness(policy) === undefined);
  return comparable && policyOrderOf(listener) === 'POSITION' ? 'POSITION' : policy_order;
}

/** Listeners that policies of one load balancer lead to: by their names, where those tell them apart. */
class Targets {
  readonly #listeners: readonly Listener[];
  readonly #names: ReadonlyMap<string, number>;
  readonly #ids: ReadonlySet<string | null>;

  constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners;
    this.#names = counted(listeners.map(({ name }) => name));
    this.#ids = new Set(
      listeners.flatMap(({ l7policies }) => l7policies.map(({ redirect_listener_id }) => redirect_listener_id)),
    );
  }

  /** Whether a policy leads to this listener and can only say its id. */
  needId({ id, name }: Listener): boolean {
    return this.#ids.has(id) && (name === '' || this.#names.get(name) !== 1);
  }

  use(id: string | null): Plain {
    const listener = this.#listeners.find((one) => one.id === id);
    if (!listener) {
      return {};
    }
    return this.needId(listener) ? { redirect_listener_id: id } : { redirect_listener: { name: listener.name } };
  }
}

function formatPolicy(policy: L7Policy, names: ReadonlyMap<string, number>, format: PoolFormat): Plain {
  const { redirect_pool_id, redirect_listener_id: __, rules, position: _, ...fields } = policy;
  const { redirect_http_code } = completePolicy({ ...policy, redirect_http_code: null });
  const sameName = policy.name !== '' && names.get(policy.name) !== 1;
  return {
    ...formatFields(fields, { ...L7_POLICY_DEFAULTS, redirect_http_code }, sameName),
    ...format.use('redirect_pool', redirect_pool_id, sameName),
    ...unlessEmpty({ rules: rules.map((rule) => formatFields(rule, L7_RULE_DEFAULTS)) }),
  };
}

/** Pools of one load balancer: inside the one listener or policy that uses them, or shared. */
class PoolFormat {
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #names: ReadonlyMap<string, number>;
  readonly #uses: ReadonlyMap<string, number>;

  constructor({ pools, listeners }: LoadBalancer) {
    this.#pools = new Map(pools.map((pool) => [pool.id, pool]));
    this.#names = counted(pools.map(({ name }) => name));
    const users = listeners.flatMap(({ default_pool_id, l7policies }) => [
      default_pool_id,
      ...l7policies.map(({ redirect_pool_id }) => redirect_pool_id),
    ]);
    this.#uses = counted(users.filter((id) => id !== null));
  }

  isNested({ id }: Pool): boolean {
    return this.#uses.get(id) === 1;
  }

  /**
   * The field of a listener or policy that names its pool or holds it.
   * @param withId whether the user does not tell which pool it is, because another has its name
   */
  use(field: string, id: string | null, withId = false): Plain {
    const pool = this.#pools.get(id ?? '');
    if (!pool) {
      return {};
    }
    if (this.isNested(pool)) {
      return { [field]: this.pool(pool, withId) };
    }
    return this.#hasName(pool) ? { [field]: { name: pool.name } } : { [`${field}_id`]: pool.id };
  }

  pool(pool: Pool, withId = false): Plain {
    const { members, healthmonitor, session_persistence, ...fields } = pool;
    const known = this.#hasName(pool) || (this.isNested(pool) && pool.name === '' && !withId);
    const monitor = healthmonitor && formatMonitor(healthmonitor);
    return {
      ...formatFields(fields, POOL_DEFAULTS, !known),
      ...(session_persistence ? { session_persistence: formatPersistence(session_persistence) } : {}),
      ...unlessEmpty({ members: members.map((member) => formatFields(member, MEMBER_DEFAULTS)) }),
      ...(monitor ? { healthmonitor: monitor } : {}),
    };
  }

  #hasName({ name }: Pool): boolean {
    return name !== '' && this.#names.get(name) === 1;
  }
}

function formatPersistence(persistence: SessionPersistence): Plain {
  const { type: _, ...defaults } = completePersistence({ type: persistence.type });
  return without(persistence, defaults);
}

function formatMonitor(monitor: HealthMonitor): Plain {
  const { type } = monitor;
  const defaults = completeMonitor({ ...MONITOR_DEFAULTS, type, timeout: null });
  return formatFields(monitor, { ...defaults, type: undefined });
}

/** The fields that differ from their defaults; the id where nothing else tells which object it is. */
function formatFields(object: Partial<Resource>, defaults: object, withId = false): Plain {
  const { id, project_id: _, created_at: __, updated_at: ___, ...fields } = object;
  return { ...(withId ? { id } : {}), ...without(fields, defaults) };
}

function without(object: object, defaults: object): Plain {
  const kept = Object.entries(object).filter(([name, value]) => {
    return !(name in defaults && isDeepStrictEqual(value, (defaults as Plain)[name]));
  });
  return structuredClone(Object.fromEntries(kept));
}

function unlessEmpty(lists: Record<string, unknown[]>): Plain {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

/** How often each text occurs. */
function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
