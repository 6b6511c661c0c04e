/** Random configurations, health and use of a gateway, one after another, for tests of the plan. */
import fc from 'fast-check';
import { mergeTree } from '../../config/merge.js';
import { type HealthMonitorSpec, LB_ALGORITHMS, type LoadBalancerSpec, type Tree } from '../../model/resources.js';
import type { AccessLists } from '../admission.js';
import type { Health } from '../desired.js';
import { type Plan, Planner } from '../plan.js';
import { CAPACITY, type CurrentTables, type Tables } from '../tables.js';
import { FakeKernel } from './fake-kernel.js';
import { facts, loadBalancer, member, monitor, pool, STICKY } from './samples.js';

export const WHEEL = 65_536;
export const capacity = { ...CAPACITY, wheelTargets: WHEEL, targets: 400, members: 400, listeners: 100 };
export const WANDERING = '198.18.0.3';
const LOCALS = ['198.18.1.10', '198.18.1.11', '198.18.1.12', '198.18.1.13'];

const members = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }).chain((hosts) =>
  fc.tuple(
    ...hosts.map((host) =>
      fc
        .record({
          weight: fc.integer({ min: 0, max: 5 }),
          admin_state_up: fc.boolean(),
          backup: fc.boolean(),
        })
        .map((fields) => member(`198.18.2.${host}`, fields)),
    ),
  ),
);

const monitors = fc.constantFrom<HealthMonitorSpec | null>(null, monitor());

/** Lists and limits of a listener; the list exists. */
const guard = fc.record({
  allowed_cidrs: fc.constantFrom<string[] | null>(null, [], ['198.18.0.0/24'], ['198.18.0.0/24', 'fd00::/8']),
  access_list_id: fc.constantFrom(null, 'one', 'two'),
  access_list_action: fc.constantFrom(null, 'allow' as const, 'deny' as const),
  connection_limit: fc.constantFrom(-1, 0, 100),
  bandwidth_limit: fc.constantFrom(null, 100),
});
export const lists = fc.record({ one: fc.boolean(), two: fc.boolean() });
const madeLists = new Map<string, AccessLists>();

/** The same objects for the same lists, as a state has them. */
export function listsOf(which: { one: boolean; two: boolean }): AccessLists {
  const made = madeLists.get(JSON.stringify(which));
  if (made) {
    return made;
  }
  const cidrs = (id: 'one' | 'two') => (which[id] ? ['198.18.7.0/24'] : []);
  const lists = new Map((['one', 'two'] as const).map((id) => [id, { id, cidrs: cidrs(id) }]));
  madeLists.set(JSON.stringify(which), lists);
  return lists;
}

const poolOf = (name: string) =>
  fc
    .record({
      members,
      healthmonitor: monitors,
      lb_algorithm: fc.constantFrom(...LB_ALGORITHMS),
      session_persistence: fc.constantFrom(null, STICKY),
    })
    .map(({ members, ...fields }) => pool(members, { name, ...fields }));

/** A load balancer whose listeners take their pools from two, so that they share and exchange them. */
const loadBalancerOf = (name: string, vip: string): fc.Arbitrary<LoadBalancerSpec> =>
  fc
    .record({
      pools: fc.tuple(poolOf('one'), poolOf('two')),
      choices: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
      up: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      guards: fc.tuple(guard, guard, guard),
    })
    .map(({ pools, choices, up, guards }) => {
      const shape = loadBalancer(
        name,
        vip,
        choices.map(() => pools[0]),
      );
      const listeners = shape.listeners.map((listener, index) => ({
        ...listener,
        ...guards[index]!,
        admin_state_up: up[index]!,
        default_pool: pools[choices[index]!] ?? null,
      }));
      return { ...shape, admin_state_up: up[3]!, listeners, pools: [...pools] };
    });

/** Two load balancers, and an address that is a further VIP of the first one, the only one of a third, or nobody's. */
const specs = fc
  .record({
    all: fc
      .tuple(loadBalancerOf('a', '198.18.0.1'), loadBalancerOf('b', '198.18.0.2'))
      .chain((all) => fc.subarray(all)),
    third: loadBalancerOf('c', WANDERING),
    owner: fc.constantFrom('a', 'c', undefined),
  })
  .map(({ all, third, owner }) => {
    const additional_vips = [{ ip_address: WANDERING, subnet_id: null }];
    const own = all.map((one) => (one.name === owner ? { ...one, additional_vips } : one));
    return owner === 'c' ? [...own, third] : own;
  });

export const step = fc.record({
  specs,
  health: fc.array(fc.constantFrom<Health>('up', 'down', 'unknown'), { minLength: 7, maxLength: 7 }),
  locals: fc.shuffledSubarray(LOCALS, { minLength: 1 }),
  /** Which members have sessions and which local addresses they use, after the step. */
  busy: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  leased: fc.subarray(LOCALS),
  /** Which accounts have connections, after the step. */
  connected: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  lists,
  /** How much of the operations a crash lets through; 1: no crash. */
  done: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
});
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function healthOf(tree: Tree, states: readonly Health[]): Map<string, Health> {
  const all = tree.loadbalancers.flatMap(({ pools }) => pools.flatMap(({ members }) => members));
  return new Map(all.map(({ id, address }) => [id, states[Number(address.split('.')[3])]!]));
}

/** A gateway that plans one change after another, and its configuration. */
export class Gateway {
  readonly kernel = new FakeKernel(WHEEL);
  readonly planner = new Planner(capacity);
  tree: Tree = { loadbalancers: [] };
  #facts = facts();

  #specs: LoadBalancerSpec[] = [];

  /** What a step asks for. Facts are another object only where they differ. @param only the one load balancer that it changes */
  take({ specs, health, locals, lists }: Step, only?: string) {
    const others = this.#specs.filter(({ name }) => only !== undefined && name !== only);
    this.#specs = withoutTwice([...others, ...specs.filter(({ name }) => only === undefined || name === only)]);
    this.tree = mergeTree(this.tree, this.#specs, { prune: true }).tree;
    if (this.#facts.localAddresses.join() !== locals.join()) {
      this.#facts = facts({ localAddresses: locals });
    }
    return {
      tree: this.tree,
      health: healthOf(this.tree, health),
      facts: this.#facts,
      accessLists: listsOf(lists),
    };
  }

  /** Executes a plan, checking what packets see after every operation. @param done how much of it */
  execute(plan: Plan, done = 1): boolean {
    const last = Math.floor(plan.operations.length * done);
    for (const operation of plan.operations.slice(0, last)) {
      this.kernel.apply(operation);
      this.kernel.check();
    }
    return last === plan.operations.length;
  }
}

/** Without additional VIPs that another one has. */
function withoutTwice(specs: LoadBalancerSpec[]): LoadBalancerSpec[] {
  const owners = specs.filter((one) => one.vip_address === WANDERING || one.additional_vips.length > 0);
  return specs.map((one) => (owners.indexOf(one) > 0 ? { ...one, additional_vips: [] } : one));
}

export function tablesOf({
  settings,
  services,
  targets,
  addresses,
  locals,
  devices,
  budgets,
  accessLists,
}: Tables): Tables {
  return { settings, services, targets, addresses, locals, devices, budgets, accessLists };
}

/** As a daemon would read them: nobody else changes them. */
export function copyOf(kernel: FakeKernel): CurrentTables {
  const { wheel, active, connections, localInUse } = kernel;
  return { ...structuredClone(tablesOf(kernel)), wheel, active, connections, localInUse };
}

export function settle(kernel: FakeKernel, { busy, leased, connected }: Step): void {
  kernel.sessions.clear();
  for (const { member } of kernel.targets.values()) {
    kernel.sessions.set(member, busy[member % busy.length] ? 1 : 0);
  }
  kernel.connected.clear();
  for (const [index] of kernel.budgets) {
    kernel.connected.set(index, connected[index % connected.length] ? 1 : 0);
  }
  kernel.leased.clear();
  for (const address of leased) {
    kernel.leased.add(address);
  }
}
