/** Which outcomes and events the cases of a run have produced, so that its last case can tell what none has. */
import { eventLabels, Outcome, outcomeLabels } from '../../src/datapath/layouts.js';
import type { GatewayUnderTest } from '../support/gateway-under-test.js';

const produced = new Set<string>();

/** After each case: what the gateway has counted since it was reset. */
export function remember({ tables }: GatewayUnderTest): void {
  for (const [index, label] of Object.entries(outcomeLabels))
    if (tables.outcomes.total(Number(index)) > 0n) produced.add(label);
  for (const [index, label] of Object.entries(eventLabels))
    if (tables.events.total(Number(index)) > 0n) produced.add(label);
}

/** The kernel that runs the tests gives no means to produce it. */
export function excuse(label: string): void {
  produced.add(label);
}

/** Labels of outcomes and events that no case so far has produced. Forwarded packets are not counted as an outcome. */
export function missing(): string[] {
  const all = [...Object.values(outcomeLabels), ...Object.values(eventLabels)];
  return all.filter((label) => label !== outcomeLabels[Outcome.FORWARD] && !produced.has(label));
}
