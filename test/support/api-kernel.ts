/** What the kernel holds of a running gateway, beside what its API says. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type BpfObject, loadAddon } from '../../src/datapath/addon.js';
import { GatewayMaps } from '../../src/datapath/maps.js';
import { Pins } from '../../src/datapath/pins.js';
import { readTables } from '../../src/datapath/read.js';
import type { Lab } from '../../src/lab/lab.js';
import { until } from '../../src/lab/wait.js';
import type { ApiClient, Configuration } from './api-client.js';
import { expectedTables, type ShownTables, shownTables } from './api-tables.js';

/** ms; only bounds how long a broken test takes to say so. */
const PATIENCE = 15_000;

/** The pinned tables of a lab's gateway, whether a daemon runs or not. */
export async function kernelTables({ plan }: Lab): Promise<ShownTables> {
  const pins = new Pins(plan.prefix);
  const pinned: Pick<BpfObject, 'map'> = { map: (name) => loadAddon().openPinnedMap(pins.map(name)) };
  const maps = new GatewayMaps(pinned as BpfObject);
  try {
    return shownTables(await readTables(maps, plan.locals, async () => 0));
  } finally {
    maps.close();
  }
}

/**
 * Waits until the kernel holds what the API says: health checks may change both at any moment.
 * @returns what the API says
 */
export async function expectKernelAgrees(lab: Lab, api: ApiClient): Promise<Configuration> {
  let [configuration, wanted, held] = await look(lab, api);
  const agreed = async () => {
    if (isDeepStrictEqual(held, wanted)) {
      return true;
    }
    [configuration, wanted, held] = await look(lab, api);
    return false;
  };
  await until(agreed, PATIENCE).catch(() => undefined);
  expect(held).toEqual(wanted);
  return configuration;
}

async function look(lab: Lab, api: ApiClient): Promise<[Configuration, ShownTables, ShownTables]> {
  const configuration = await api.configuration();
  return [configuration, expectedTables(configuration, lab.plan.locals), await kernelTables(lab)];
}
