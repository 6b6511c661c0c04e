/** Keeps what else the machine does out of the measurements, as far as a scheduler can. */
import { writeFileSync } from 'node:fs';
import { labCgroup, processesBelow } from '#sluice/lab/cgroup.js';
import type { Lab } from '#sluice/lab/lab.js';

/** The scheduler shares CPUs among sessions first (autogroups), and among the processes of one only then: `nice` alone would do nothing. */
const HIGHEST = '-20';

/** All programs of a lab that run now, and this process with what it starts from now on, go before everybody else's. */
export function favour(lab: Lab): void {
  for (const pid of [process.pid, ...processesBelow(labCgroup(lab.plan.prefix))]) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, HIGHEST);
    } catch {
      // It has ended, or this kernel has no autogroups: then there is nothing to do.
    }
  }
}
