import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda } from './agenda.js';

it('gives back what is due, earliest first, whatever came in between', () => {
  const steps = fc.array(
    fc.oneof(
      fc.nat(100).map((due) => ({ due })),
      fc.record({ takeUntil: fc.nat(100) }),
    ),
  );
  fc.assert(
    fc.property(steps, (actions) => {
      const agenda = new Agenda<{ due: number }>();
      const model: number[] = [];
      for (const action of actions) {
        if ('due' in action) {
          agenda.add(action);
          model.push(action.due);
          model.sort((one, other) => one - other);
        } else {
          const expected = model[0] !== undefined && model[0] <= action.takeUntil ? model.shift() : undefined;
          expect(agenda.take(action.takeUntil)?.due).toBe(expected);
        }
        expect(agenda.next).toBe(model[0]);
      }
    }),
  );
});
