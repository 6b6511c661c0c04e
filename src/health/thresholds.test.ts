import { describe, expect, it } from 'vitest';
import { HISTORY_LENGTH, initialHealth, type MemberHealth, nextHealth } from './thresholds.js';

const thresholds = { rise: 3, fall: 2 };

function run(health: MemberHealth, results: string): { health: MemberHealth; flips: number[] } {
  const flips: number[] = [];
  let state = health;
  [...results].forEach((letter, at) => {
    const result =
      letter === '+' ? { ok: true as const, at, milliseconds: 1 } : { ok: false as const, at, cause: 'refused' };
    const step = nextHealth(state, result, thresholds);
    if (step.flipped) flips.push(at);
    state = step.health;
  });
  return { health: state, flips };
}

describe('member health', () => {
  const cases: [string, boolean, string, boolean, number[]][] = [
    ['a new member is down before any probe', false, '', false, []],
    ['a new member is up after one success', false, '+', true, [0]],
    ['a new member that fails first is still up after one success', false, '---+', true, [3]],
    ['a serving member stays up before any probe', true, '', true, []],
    ['one failure below the threshold changes nothing', true, '-', true, []],
    ['failures in a row take it down', true, '--', false, [1]],
    ['a success between starts the count again', true, '-+-', true, []],
    ['coming back takes the full threshold', true, '--++', false, [1]],
    ['and succeeds when it is reached', true, '--+++', true, [1, 4]],
    ['a failure between starts that count again too', true, '--++-++', false, [1]],
  ];
  it.each(cases)('%s', (_sentence, serving, results, up, flips) => {
    const after = run(initialHealth(serving, 0), results);
    expect(after.health.up).toBe(up);
    expect(after.flips).toEqual(flips);
  });

  it('keeps the last failure with its time after recovery', () => {
    const { health } = run(initialHealth(true, 0), '--+++');
    expect(health.failure).toEqual({ at: 1, cause: 'refused' });
    expect(health.history).toEqual([
      { at: 1, up: false, cause: 'refused' },
      { at: 4, up: true, cause: 'answered' },
    ]);
  });

  it('is not moved by what the gateway itself could not check, and says so until it can', () => {
    const local = { ok: false as const, local: true as const, at: 5, cause: 'no file descriptors left' };
    const before = run(initialHealth(true, 0), '-').health;
    const { health, flipped } = nextHealth(before, local, thresholds);
    expect(flipped).toBe(false);
    expect(health).toEqual({ ...before, unchecked: { at: 5, cause: 'no file descriptors left' } });
    expect(run(health, '+').health).not.toHaveProperty('unchecked');
  });

  it('forgets transitions beyond the history', () => {
    const { health } = run(initialHealth(true, 0), '--+++'.repeat(20));
    expect(health.history).toHaveLength(HISTORY_LENGTH);
    expect(health.history.at(-1)).toMatchObject({ at: 99, up: true });
    expect(health.changes).toEqual([{ minute: 0, count: 40 }]);
  });
});
