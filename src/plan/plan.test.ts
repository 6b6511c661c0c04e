import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import { ServiceBit } from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { type HealthMonitorSpec, LB_ALGORITHMS, type LoadBalancerSpec, type Tree } from '../model/resources.js';
import type { AccessLists } from './admission.js';
import { compile } from './compile.js';
import type { Health } from './desired.js';
import { planChange } from './plan.js';
import { CAPACITY, memberKey, targetKey } from './tables.js';
import { FakeKernel } from './testing/fake-kernel.js';
import { facts, loadBalancer, member, monitor, pool, STICKY } from './testing/samples.js';

const WHEEL = 65_536;
const capacity = { ...CAPACITY, wheelTargets: WHEEL, targets: 400, members: 400, listeners: 100 };
const WANDERING = '198.18.0.3';
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
const lists = fc.record({ one: fc.boolean(), two: fc.boolean() });
const listsOf = (which: { one: boolean; two: boolean }): AccessLists =>
  new Map((['one', 'two'] as const).map((id) => [id, { id, cidrs: which[id] ? ['198.18.7.0/24'] : [] }]));

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

const step = fc.record({
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
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function healthOf(tree: Tree, states: readonly Health[]): Map<string, Health> {
  const all = tree.loadbalancers.flatMap(({ pools }) => pools.flatMap(({ members }) => members));
  return new Map(all.map(({ id, address }) => [id, states[Number(address.split('.')[3])]!]));
}

/** Plans and executes one step, checking what packets see after every operation. */
function execute(kernel: FakeKernel, tree: Tree, { specs, health, locals, done, ...step }: Step) {
  const next = mergeTree(tree, specs, { prune: true }).tree;
  const accessLists = listsOf(step.lists);
  const gateway = facts({ localAddresses: locals });
  const input = { tree: next, health: healthOf(next, health), facts: gateway, capacity, accessLists };
  const plan = planChange({ ...input, current: kernel });
  const last = Math.floor(plan.operations.length * done);
  for (const operation of plan.operations.slice(0, last)) {
    kernel.apply(operation);
    kernel.check();
  }
  return { next, input, plan, finished: last === plan.operations.length };
}

function settle(kernel: FakeKernel, { busy, leased, connected }: Step): void {
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

/** Fingerprints of the lists that each service asks, in the order allowed_cidrs, access list. */
function listsIn(kernel: FakeKernel): Map<string, (string | undefined)[]> {
  return new Map(
    [...kernel.services].map(([name, { row }]) => [
      name,
      [
        row.flags & ServiceBit.ALLOWED_CIDRS ? kernel.accessLists.get(row.allowed_cidrs) : undefined,
        row.flags & (ServiceBit.ALLOW | ServiceBit.DENY) ? kernel.accessLists.get(row.access_list) : undefined,
      ],
    ]),
  );
}

/** Who is on each wheel, by address and port, in order. */
function wheelsIn(kernel: FakeKernel): Map<string, string[]> {
  return new Map(
    [...kernel.services].map(([name, { row }]) => {
      const ids = [...kernel.wheel.subarray(row.wheel_base, row.wheel_base + row.wheel_length)];
      return [
        name,
        ids.map((id) => kernel.targets.get(id)!).map((target) => `${formatAddress(target.address)}:${target.port}`),
      ];
    }),
  );
}

describe('planChange', () => {
  it('leads through any changes, crashes and restarts to the tables that the configuration asks for', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        const kernel = new FakeKernel(WHEEL);
        let tree: Tree = { loadbalancers: [] };
        for (const each of steps) {
          const { next, input, plan, finished } = execute(kernel, tree, each);
          tree = next;
          if (finished) {
            const { settings, services, targets, addresses, locals, devices, budgets, accessLists } = plan.assigned;
            const tables = { settings, services, targets, addresses, locals, devices, budgets, accessLists };
            expect(kernel).toMatchObject(tables);
            const desired = compile(next, input.health, input.facts, input);
            const asked = [...desired.services].map(([name, service]) => {
              return [name, [service.allowedCidrs, service.accessList]] as const;
            });
            expect(listsIn(kernel)).toEqual(new Map(asked));
            expect(wheelsIn(kernel)).toEqual(
              new Map(
                [...desired.services].map(([name, { wheel }]) => {
                  const targets = [...wheel.entries].map((entry) => desired.targets[wheel.targets[entry]!]!);
                  return [name, targets.map(({ row }) => `${formatAddress(row.address)}:${row.port}`)];
                }),
              ),
            );
            expect(planChange({ ...input, current: kernel }).operations).toEqual([]);
          }
          settle(kernel, each);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('shares live counters among listeners with one pool and keeps those of different pools apart', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        const kernel = new FakeKernel(WHEEL);
        let tree: Tree = { loadbalancers: [] };
        for (const each of steps) {
          const { next, input, plan } = execute(kernel, tree, { ...each, done: 1 });
          tree = next;
          const owners = new Map<number, string>();
          const { targets, members } = compile(next, input.health, input.facts, input);
          for (const { listener, member: position } of targets) {
            const { pool, member } = members[position]!;
            const key = memberKey(pool.id, member.address, member.protocol_port);
            const id = plan.assigned.targetIndexes.get(targetKey(listener, member.address, member.protocol_port))!;
            const index = plan.assigned.targets.get(id)!.member;
            expect(index).toBe(plan.assigned.memberIndexes.get(key));
            expect(owners.get(index) ?? key).toBe(key);
            owners.set(index, key);
          }
          settle(kernel, each);
        }
      }),
      { numRuns: 200 },
    );
  });
});
