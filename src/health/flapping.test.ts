import { describe, expect, it } from 'vitest';
import { type RecentChanges, restlessness, withChange } from './flapping.js';

const MINUTE = 60_000;
const START = 1_700_000_000_000 - (1_700_000_000_000 % MINUTE);

/** Changes at these minutes after the start. */
function changesAt(...minutes: number[]): RecentChanges {
  return minutes.reduce<RecentChanges>((changes, minute) => withChange(changes, START + minute * MINUTE), []);
}

describe('a member', () => {
  const cases: [string, RecentChanges, number, ReturnType<typeof restlessness>][] = [
    ['that never changed is quiet', [], 0, { changes_10_minutes: 0, changes_60_minutes: 0, flapping: false }],
    [
      'that went down and came back is not flapping',
      changesAt(0, 1, 2),
      2,
      { changes_10_minutes: 3, changes_60_minutes: 3, flapping: false },
    ],
    [
      'that did so twice is flapping',
      changesAt(0, 0, 0, 1),
      1,
      { changes_10_minutes: 4, changes_60_minutes: 4, flapping: true },
    ],
    [
      'is not flapping any more ten minutes later',
      changesAt(0, 0, 0, 1),
      10,
      { changes_10_minutes: 1, changes_60_minutes: 4, flapping: false },
    ],
    [
      'is forgiven after an hour',
      changesAt(0, 0, 0, 1),
      61,
      { changes_10_minutes: 0, changes_60_minutes: 0, flapping: false },
    ],
  ];
  it.each(cases)('%s', (_sentence, changes, minute, expected) => {
    expect(restlessness(changes, START + minute * MINUTE)).toEqual(expected);
  });

  it('that changes every second for hours takes no more room than an hour', () => {
    let changes: RecentChanges = [];
    for (let second = 0; second < 3 * 3600; second++) changes = withChange(changes, START + second * 1000);
    expect(changes).toHaveLength(60);
    expect(restlessness(changes, START + 3 * 3600_000 - 1).changes_60_minutes).toBe(3600);
  });
});
