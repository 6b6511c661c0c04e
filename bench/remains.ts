/** Nothing stays behind: not after Ctrl-C, and after a crash only until the next run. */
import { isLabInUse, removeRemains } from '#sluice/lab/remains.js';
import { PREFIXES } from './names.js';

/** How long programs get to end by themselves, ms. */
const GRACE_MS = 1000;

/** Exit codes of a program that a signal ended, as a shell reports it. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Removes what a crashed bench left. @throws Error while another bench is running: they would measure each other */
export async function removeStale(): Promise<void> {
  const prefixes = Object.values(PREFIXES);
  const busy = prefixes.find(isLabInUse);
  if (busy) throw new Error(`another bench is running (${busy}): wait for its end`);
  for (const prefix of prefixes) await removeRemains(prefix, 0);
}

let ending = false;

/** Whether a signal has come: what fails from then on fails because its lab is gone. */
export function isEnding(): boolean {
  return ending;
}

/** From now on these signals remove all labs before they end the bench. */
export function endOnSignals(): void {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      ending = true;
      const removed = Object.values(PREFIXES).map((prefix) => removeRemains(prefix, GRACE_MS));
      void Promise.allSettled(removed).then(() => process.exit(code));
    });
  }
}
