import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceBit } from '../datapath/layouts.js';
import { formatAddress } from '../model/address.js';
import { Held } from './held.js';
import { planChange } from './plan.js';
import { compiled } from './testing/compiled.js';
import type { FakeKernel } from './testing/fake-kernel.js';
import { capacity, Gateway, settle, step } from './testing/random-steps.js';

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
        const gateway = new Gateway();
        const { kernel } = gateway;
        for (const each of steps) {
          const input = gateway.take(each);
          const plan = planChange({ ...input, capacity, current: kernel });
          if (gateway.execute(plan, each.done)) {
            const desired = compiled(input.tree, input.health, input.facts, input);
            const asked = [...desired.services].map(([name, service]) => {
              return [name, [service.allowedCidrs, service.accessList]] as const;
            });
            expect(listsIn(kernel)).toEqual(new Map(asked));
            expect(wheelsIn(kernel)).toEqual(
              new Map(
                [...desired.services].map(([name, { wheel }]) => {
                  const targets = [...wheel.entries].map((entry) => wheel.targets[entry]!);
                  return [name, targets.map(({ row }) => `${formatAddress(row.address)}:${row.port}`)];
                }),
              ),
            );
            expect(planChange({ ...input, capacity, current: kernel }).operations).toEqual([]);
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
        const gateway = new Gateway();
        for (const each of steps) {
          const input = gateway.take(each);
          gateway.execute(planChange({ ...input, capacity, current: gateway.kernel }));
          const held = new Held(gateway.kernel);
          const owners = new Map<number, string>();
          const indexes = new Map<string, number>();
          for (const { listener, member: of } of compiled(input.tree, input.health, input.facts, input).targets) {
            const { id: pool } = of.pool;
            const { address, protocol_port: port } = of.member;
            const key = `${pool} ${address}:${port}`;
            const index = held.targetOf(listener, address, port)!.row.member;
            expect(indexes.get(key) ?? index).toBe(index);
            expect(owners.get(index) ?? key).toBe(key);
            indexes.set(key, index);
            owners.set(index, key);
          }
          settle(gateway.kernel, each);
        }
      }),
      { numRuns: 200 },
    );
  });
});
