/** From what the network said to what it says about the member. */
import { causeOfAnswer } from './causes.js';
import type { Check } from './checks.js';
import type { ProbeOutcome } from './thresholds.js';
import type { WireAnswer } from './wire.js';

/** Of a probe that has nothing to judge beyond whether the member answered. */
export function outcomeOf(answer: WireAnswer, { address, timeoutMs }: Check): ProbeOutcome {
  if (answer.errno === 0) {
    return { ok: true, milliseconds: answer.microseconds / 1000 };
  }
  const cause = causeOfAnswer(answer, address, timeoutMs);
  return { ok: false, cause, ...(answer.local ? { local: true } : {}) };
}
