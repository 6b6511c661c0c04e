import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import type { LoadBalancerSpec, MemberSpec, Tree } from '../model/resources.js';
import type { CompileInput } from './compiler.js';
import type { Health } from './desired.js';
import type { Operation } from './order.js';
import { type Plan, Planner, planChange } from './plan.js';
import { FakeKernel } from './testing/fake-kernel.js';
import {
  capacity,
  copyOf,
  Gateway,
  healthOf,
  lists,
  listsOf,
  settle,
  step,
  tablesOf,
  WANDERING,
  WHEEL,
} from './testing/random-steps.js';
import { facts, loadBalancer, member, monitor, pool } from './testing/samples.js';

/** Operations without their order within a stage. */
function inWords(operations: readonly Operation[]): string[] {
  return operations.map((operation) => inspect(operation, { depth: 9, breakLength: Infinity })).sort();
}

describe('Planner', () => {
  /** What else may happen between a plan and the next one. */
  const turn = fc.record({
    step,
    only: fc.constantFrom('a', 'b', undefined),
    /** A preview, or a change that the store refuses: nothing is executed. */
    dropped: fc.nat(4).map((number) => number === 0),
    /** What follows with the same configuration. */
    flips: fc.array(
      fc.record({
        health: fc.array(fc.constantFrom<Health>('up', 'down', 'unknown'), { minLength: 7, maxLength: 7 }),
        lists: fc.option(lists, { nil: undefined }),
      }),
      { maxLength: 2 },
    ),
    forgets: fc.nat(5).map((number) => number === 0),
  });
  const turns = fc.array(turn, { minLength: 2, maxLength: 8 });

  it('does for a change what planning everything anew would do, and knows what the kernel holds', () => {
    fc.assert(
      fc.property(turns, (turns) => {
        const gateway = new Gateway();
        const { kernel, planner } = gateway;
        let version = 0;
        const views = new Map<number, Map<string, Health>>();
        const changedSince = (earlier: number) => {
          const [then, now] = [views.get(earlier)!, views.get(version)!];
          return [...now.keys()].filter((id) => then.get(id) !== now.get(id));
        };
        const make = (input: CompileInput): Plan => {
          if (!planner.held) {
            planner.adopt(copyOf(kernel));
          }
          const plan = planner.plan(input);
          const anew = planChange({ ...input, capacity, current: copyOf(kernel) });
          expect(inWords(plan.operations)).toEqual(inWords(anew.operations));
          expect(plan.describe().sort()).toEqual(anew.describe().sort());
          return plan;
        };
        for (const { step: each, only, dropped, flips, forgets } of turns) {
          const before = gateway.tree;
          const input = gateway.take(each, only);
          for (const { health, lists } of [each, ...flips]) {
            const view = healthOf(input.tree, health);
            version += isDeepStrictEqual(view, views.get(version)) ? 0 : 1;
            views.set(version, view);
            const plan = make({
              ...input,
              health: { get: (id) => view.get(id), version, changedSince },
              accessLists: listsOf(lists ?? each.lists),
            });
            if (dropped) {
              gateway.tree = before;
              break;
            }
            if (gateway.execute(plan, each.done)) {
              planner.commit(plan);
              expect(tablesOf(planner.held!.tables)).toEqual(tablesOf(kernel));
            } else {
              planner.forget();
            }
            settle(kernel, each);
          }
          if (forgets) {
            planner.forget();
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('a member does not take up the counter of one that goes on elsewhere, though its old row has it', () => {
    const kernel = new FakeKernel(WHEEL);
    const planner = new Planner(capacity);
    planner.adopt(kernel);
    const ground = facts();
    let config: Tree = { loadbalancers: [] };
    const put = (...specs: LoadBalancerSpec[]) => {
      config = mergeTree(config, specs, { prune: true }).tree;
      const plan = planner.plan({ tree: config, health: new Map(), facts: ground });
      planner.commit(plan);
    };
    const additional_vips = [{ ip_address: WANDERING, subnet_id: null }];
    const [first, third] = ['198.18.0.1', WANDERING].map((vip) => (members: MemberSpec[], fields = {}) => {
      return loadBalancer(vip, vip, [pool(members)], fields);
    });
    const one = [member('198.18.2.1')];
    put(first!(one, { additional_vips }));
    const memberOf = (vip: string) => planner.held!.targetOf(`${vip}|tcp|80`, '198.18.2.1', 80)!.row.member;
    kernel.sessions.set(memberOf(WANDERING), 1);
    put(first!([]), third!(one));
    const wandered = memberOf(WANDERING);
    put(first!(one), third!(one));
    expect([memberOf(WANDERING), memberOf('198.18.0.1') === wandered]).toEqual([wandered, false]);
  });

  it('a list stays as long as a load balancer asks it that the change leaves alone', () => {
    const kernel = new FakeKernel(WHEEL);
    const planner = new Planner(capacity);
    planner.adopt(copyOf(kernel));
    const ground = facts();
    let config: Tree = { loadbalancers: [] };
    const put = (...lists: (string[] | null)[]) => {
      const specs = lists.map((allowed_cidrs, index) => {
        const one = loadBalancer(`${index}`, `198.18.0.${index + 1}`, [pool([])]);
        return { ...one, listeners: one.listeners.map((listener) => ({ ...listener, allowed_cidrs })) };
      });
      config = mergeTree(config, specs, { prune: true }).tree;
      const plan = planner.plan({ tree: config, health: new Map(), facts: ground });
      for (const operation of plan.operations) {
        kernel.apply(operation);
        kernel.check();
      }
      planner.commit(plan);
      return kernel.accessLists.size;
    };
    const cidrs = ['198.18.7.0/24'];
    expect([put(cidrs, cidrs), put(null, cidrs), put(cidrs, cidrs), put(cidrs, null), put(null, null)]).toEqual([
      1, 1, 1, 1, 0,
    ]);
  });

  it('asks for health anew once the kernel has been read again', () => {
    const planner = new Planner(capacity);
    const config = mergeTree({ loadbalancers: [] }, [
      loadBalancer('a', '198.18.0.1', [pool([member('198.18.2.1')], { healthmonitor: monitor() })]),
    ]).tree;
    const entries = (health: Health) => {
      planner.adopt(new FakeKernel(WHEEL));
      const plan = planner.plan({ tree: config, health: { get: () => health, version: 1 }, facts: facts() });
      return [...plan.desired.balancers[0]!.services.values()].map(({ wheel }) => wheel.entries.length);
    };
    expect([entries('up'), entries('unknown')]).toEqual([[1], [0]]);
  });

  it('leaves load balancers alone that a change does not concern', () => {
    const kernel = new FakeKernel(WHEEL);
    const planner = new Planner(capacity);
    planner.adopt(copyOf(kernel));
    const others = [1, 2, 3].map((host) => loadBalancer(`${host}`, `198.18.0.${host}`, [pool([member('198.18.2.1')])]));
    const input = { tree: mergeTree({ loadbalancers: [] }, others).tree, health: new Map(), facts: facts() };
    const first = planner.plan(input);
    planner.commit(first);
    const [one, ...rest] = input.tree.loadbalancers;
    const changed = { loadbalancers: [{ ...one!, name: 'other' }, ...rest] };
    const second = planner.plan({ ...input, tree: changed });
    expect(second.desired.balancers.map((balancer, index) => balancer === first.desired.balancers[index])).toEqual([
      false,
      true,
      true,
    ]);
    expect(second.operations).toEqual([]);
  });
});
