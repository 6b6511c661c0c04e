/** DATAPLANE 12: the last case of all looks back on the others, so it holds only when all have run. */
import type { Case } from '../case.js';
import { equal } from '../check.js';
import { missing } from '../coverage.js';

export const COMPLETENESS_CASES: readonly Case[] = [
  {
    sentence: 'every outcome and every event there is has been produced by some case',
    run: () => equal('outcomes and events that no case has produced', missing(), []),
  },
];
