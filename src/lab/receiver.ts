/** The receiver on the lab's backends: programs there see the client instead of the gateway. */
import { join } from 'node:path';
import { executeOrThrow } from './execute.js';
import type { Lab } from './lab.js';
import { builtFile } from './paths.js';

/** Attaches one receiver above the cgroups of all backends; it believes the lab's local addresses and nobody else. */
export async function attachReceiver(lab: Lab): Promise<void> {
  const cgroup = ['--cgroup', lab.cgroup()];
  await receiver(lab, ['attach', '--gateway', lab.plan.localAddresses, ...cgroup]);
}

/** Backends see the gateway's local addresses again. down() does it as well. */
export async function detachReceiver(lab: Lab): Promise<void> {
  await receiver(lab, ['detach']);
}

/** Runs the tool with the lab's own pin directory. Resolves to what it printed. */
export function receiver(lab: Lab, argv: readonly string[]): Promise<string> {
  return executeOrThrow([builtFile('sluice-receiver'), ...argv, '--pin', join(lab.pinDirectory, 'receiver')]);
}
