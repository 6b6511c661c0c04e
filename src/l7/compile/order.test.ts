import fc from 'fast-check';
import { expect, it } from 'vitest';
import { policyOrderOf } from '../../model/policy-order.js';
import { L7_RULE_COMPARE_TYPES, type L7Policy } from '../../model/resources.js';
import { orderOf } from './order.js';
import { policy, rule } from './testing/samples.js';

const anyRule = fc
  .record({
    type: fc.constantFrom('HOST_NAME', 'PATH', 'PATH', 'HEADER'),
    compare_type: fc.constantFrom(...L7_RULE_COMPARE_TYPES),
    value: fc.constantFrom('/a', '/b'),
    admin_state_up: fc.boolean(),
  })
  .map((fields) => rule(fields));
const anyPolicy: fc.Arbitrary<L7Policy> = fc
  .tuple(fc.array(anyRule, { maxLength: 2 }), fc.boolean())
  .map(([rules, admin_state_up]) => policy(1, { rules, admin_state_up }));

it('the order of policies is that of the model, now and when it is asked for again', () => {
  fc.assert(
    fc.property(
      fc.array(anyPolicy, { maxLength: 4 }),
      fc.constantFrom(null, null, 'POSITION', 'EXACTNESS'),
      (l7policies, policy_order) => {
        const listener = { l7policies, policy_order };
        expect(orderOf(listener)).toBe(policyOrderOf(listener));
        expect(orderOf(listener)).toBe(policyOrderOf(listener));
      },
    ),
    { numRuns: 500 },
  );
});
