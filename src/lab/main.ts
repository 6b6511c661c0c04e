/** `sluice lab up` and `sluice lab down`: a working lab that stays in the background. */
import { Lab } from './lab.js';
import { isLabInUse, labNamespaces, removeRemains, requireRoot } from './remains.js';
import { type SetupOptions, setUp, type WorkingLab } from './setup.js';
import { type LabOptions, planLab } from './topology.js';

export interface LabUpOptions extends LabOptions, SetupOptions {}

const GRACE_MS = 5000;

/**
 * Brings a lab up with backends, receiver, daemon, a load balancer and the API on 127.0.0.1, and leaves it running.
 * Nothing is left when it fails.
 * @throws LabError `lab.root`, `lab.busy`, `lab.option`, or what went wrong on the way
 */
export async function labUp(options: LabUpOptions = {}): Promise<WorkingLab> {
  const lab = new Lab(options);
  try {
    const working = await setUp(lab, options);
    lab.keep();
    return working;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** Removes a lab, whoever brought it up. Resolves to false when there was none. @throws LabError `lab.root` */
export async function labDown(options: Pick<LabOptions, 'prefix'> = {}): Promise<boolean> {
  requireRoot();
  const { prefix } = planLab(options);
  const existed = isLabInUse(prefix) || labNamespaces(prefix).length > 0;
  await removeRemains(prefix, GRACE_MS);
  return existed;
}
