/** What differs between two trees, object by object and field by field: what `apply --dry-run` shows. */
import { isDeepStrictEqual } from 'node:util';
import { formatEndpoint } from '../../model/address.js';
import {
  L7_POLICY_DEFAULTS,
  L7_RULE_DEFAULTS,
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../../model/defaults.js';
import type { L7Policy, Listener, LoadBalancer, Member, Pool } from '../../model/resources.js';

export interface FieldChange {
  name: string;
  /** Undefined: a new object. */
  before: unknown;
  after: unknown;
}

export interface ObjectChange {
  action: 'create' | 'update' | 'delete';
  kind: 'loadbalancer' | 'listener' | 'pool' | 'member' | 'healthmonitor' | 'l7policy' | 'l7rule';
  /** As on the command line: `web/app/10.0.0.5:8080`. */
  path: string;
  /** How deep below its load balancer, which is 0. */
  depth: number;
  /** Of a new object what differs from the defaults, of one that goes nothing. */
  fields: FieldChange[];
}

/** An object of the tree with its place, its own fields and what is below it. */
interface Node {
  kind: ObjectChange['kind'];
  id: string;
  path: string;
  fields: Readonly<Record<string, unknown>>;
  defaults: Readonly<Record<string, unknown>>;
  children: Node[];
}

/** Fields that Sluice makes itself, or that tell nothing new. */
const MADE = new Set(['id', 'project_id', 'created_at', 'updated_at', 'vip_port_id', 'provider', 'public_addresses']);

/** Changes in the order of the trees; what is below an object follows it. Objects are recognized by their ids. */
export function diffTrees(before: readonly LoadBalancer[], after: readonly LoadBalancer[]): ObjectChange[] {
  return diffNodes(before.map(loadBalancerNode), after.map(loadBalancerNode), 0);
}

function diffNodes(before: readonly Node[], after: readonly Node[], depth: number): ObjectChange[] {
  const old = new Map(before.map((node) => [node.id, node]));
  const kept = new Set(after.map(({ id }) => id));
  const changed = after.flatMap((node) => {
    const same = old.get(node.id);
    return same ? updated(same, node, depth) : created(node, depth);
  });
  const gone = before.filter(({ id }) => !kept.has(id));
  return [...changed, ...gone.flatMap((node) => deleted(node, depth))];
}

function created(node: Node, depth: number): ObjectChange[] {
  const { kind, path, fields, defaults, children } = node;
  const written = Object.entries(fields).filter(([name, value]) => {
    return name !== 'name' && value !== null && !isDeepStrictEqual(value, defaults[name]);
  });
  return [
    {
      action: 'create',
      kind,
      path,
      depth,
      fields: written.map(([name, after]) => ({ name, before: undefined, after })),
    },
    ...children.flatMap((child) => created(child, depth + 1)),
  ];
}

function updated(before: Node, after: Node, depth: number): ObjectChange[] {
  const fields = Object.entries(after.fields)
    .filter(([name, value]) => !isDeepStrictEqual(value, before.fields[name]))
    .map(([name, value]) => ({ name, before: before.fields[name], after: value }));
  const below = diffNodes(before.children, after.children, depth + 1);
  const { kind, path } = after;
  return fields.length === 0 && below.length === 0 ? [] : [{ action: 'update', kind, path, depth, fields }, ...below];
}

function deleted({ kind, path, children }: Node, depth: number): ObjectChange[] {
  const below = children.flatMap((child) => deleted(child, depth + 1));
  return [{ action: 'delete', kind, path, depth, fields: [] }, ...below];
}

function loadBalancerNode(loadbalancer: LoadBalancer): Node {
  const { id, name, listeners, pools, ...fields } = loadbalancer;
  const path = name || id;
  const nameIn =
    (objects: ReadonlyArray<{ id: string; name: string }>): NameOf =>
    (wanted) =>
      wanted === null ? null : objects.find((one) => one.id === wanted)?.name || wanted;
  const names: Names = { pool: nameIn(pools), listener: nameIn(listeners) };
  return {
    kind: 'loadbalancer',
    id,
    path,
    fields: own({ name, ...fields }),
    defaults: { ...LOADBALANCER_DEFAULTS },
    children: [
      ...listeners.map((listener) => listenerNode(listener, path, names)),
      ...pools.map((pool) => poolNode(pool, path)),
    ],
  };
}

type NameOf = (id: string | null) => string | null;

/** Names of what objects of a load balancer refer to; ids of those without. */
interface Names {
  pool: NameOf;
  listener: NameOf;
}

function listenerNode(listener: Listener, above: string, names: Names): Node {
  const { id, name, l7policies, default_pool_id, protocol, protocol_port, ...fields } = listener;
  const path = `${above}/${name || `${protocol}:${protocol_port}`}`;
  return {
    kind: 'listener',
    id,
    path,
    fields: own({ name, protocol, protocol_port, default_pool: names.pool(default_pool_id), ...fields }),
    defaults: { ...listenerDefaults(protocol) },
    children: l7policies.map((policy) => policyNode(policy, path, names)),
  };
}

function policyNode(policy: L7Policy, above: string, names: Names): Node {
  const { id, name, rules, redirect_pool_id, redirect_listener_id, ...fields } = policy;
  const path = `${above}/${name || id}`;
  return {
    kind: 'l7policy',
    id,
    path,
    fields: own({
      name,
      redirect_pool: names.pool(redirect_pool_id),
      redirect_listener: names.listener(redirect_listener_id),
      ...fields,
    }),
    defaults: { ...L7_POLICY_DEFAULTS },
    children: rules.map((rule) => ({
      kind: 'l7rule',
      id: rule.id,
      path: `${path}/${rule.type} ${rule.compare_type} ${rule.value}`,
      fields: own({ ...rule }),
      defaults: { ...L7_RULE_DEFAULTS },
      children: [],
    })),
  };
}

function poolNode(pool: Pool, above: string): Node {
  const { id, name, members, healthmonitor, ...fields } = pool;
  const path = `${above}/${name || id}`;
  const monitor: Node[] = healthmonitor
    ? [
        {
          kind: 'healthmonitor',
          id: healthmonitor.id,
          path,
          fields: own({ ...healthmonitor }),
          defaults: { ...MONITOR_DEFAULTS },
          children: [],
        },
      ]
    : [];
  return {
    kind: 'pool',
    id,
    path,
    fields: own({ name, ...fields }),
    defaults: { ...POOL_DEFAULTS },
    children: [...monitor, ...members.map((member) => memberNode(member, path))],
  };
}

function memberNode(member: Member, above: string): Node {
  const { id, address, protocol_port, ...fields } = member;
  return {
    kind: 'member',
    id,
    path: `${above}/${formatEndpoint(address, protocol_port)}`,
    fields: own(fields),
    defaults: { ...MEMBER_DEFAULTS },
    children: [],
  };
}

function own(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !MADE.has(name)));
}
