/** What the HAProxy of a running gateway serves, beside what its API says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { CliConnection } from '../../src/l7/engine/cli-connection.js';
import { parseServerStates } from '../../src/l7/engine/server-states.js';
import { parseStat } from '../../src/l7/stats/stat-rows.js';
import type { Lab } from '../../src/lab/lab.js';
import { until } from '../../src/lab/wait.js';
import type { Configuration, Json } from './api-client.js';
import { isProxied } from './api-tables.js';

/** ms; only bounds how long a broken test takes to say so. */
const PATIENCE = 15_000;

interface Served {
  /** Ids of listeners that it takes connections for. */
  listeners: string[];
  /** By pool, of those that have a backend: `address:port` of the members that get requests. */
  pools: Record<string, string[]>;
}

/** The run directory of the HAProxy of a lab's gateway, as the host file's defaults have it. */
export function proxyDirectory({ plan, runDirectory }: Lab): string {
  return join(runDirectory, `proxy-${plan.prefix}`);
}

/** Waits until HAProxy serves what the API says, or is gone where that is nothing. */
export async function expectHaproxyAgrees(lab: Lab, configuration: Configuration): Promise<void> {
  const run = proxyDirectory(lab);
  let held = await serves(run);
  let wanted = expected(configuration, held);
  const agreed = async () => {
    held = await serves(run);
    wanted = expected(configuration, held);
    return isDeepStrictEqual(held, wanted);
  };
  if (!isDeepStrictEqual(held, wanted)) {
    await until(agreed, PATIENCE).catch(() => undefined);
  }
  expect(held).toEqual(wanted);
}

/** By what the worker says that runs. */
async function serves(run: string): Promise<Served> {
  const socket = join(run, 'haproxy.sock');
  if (!existsSync(socket)) {
    return { listeners: [], pools: {} };
  }
  const cli = await CliConnection.open(socket);
  try {
    const [stat, states] = await cli.ask(['show stat', 'show servers state']);
    const frontends = parseStat(`${stat}\n`).filter(({ kind, proxy }) => kind === 'frontend' && proxy.startsWith('l_'));
    const pools: Served['pools'] = {};
    for (const [name, { up }] of parseServerStates(states!)) {
      const [, pool, server] = /^p_([^_/]+)[^/]*\/(.*)$/.exec(name) ?? [];
      if (pool !== undefined) {
        pools[pool] = [...new Set([...(pools[pool] ?? []), ...(up ? [server!] : [])])].sort();
      }
    }
    return { listeners: frontends.map(({ proxy }) => proxy.slice(2)).sort(), pools };
  } finally {
    cli.close();
  }
}

/** Of pools, those that are held: policies that can never match need none. A listener's own pool has to be there if it has members. */
function expected(configuration: Configuration, held: Served): Served {
  const { loadbalancers, listeners, pools, members } = configuration;
  const up = new Set(loadbalancers.filter((one) => one.admin_state_up).map(({ id }) => id));
  const proxied = listeners.filter(
    (one) => one.admin_state_up && up.has(one.loadbalancers[0].id) && isProxied(configuration, one),
  );
  const membersOf = (id: string) => members.filter(({ pool_id }) => pool_id === id);
  const isUsable = (pool: Json, { admin_state_up, weight }: Json) =>
    pool.admin_state_up && admin_state_up && weight > 0;
  const own = proxied.map(({ default_pool_id }) => default_pool_id);
  const shown = pools.filter(({ id }) => id in held.pools || (own.includes(id) && membersOf(id).length > 0));
  const usable = shown.map((pool): [string, string[]] => [
    pool.id,
    membersOf(pool.id)
      .filter((one) => isUsable(pool, one))
      .map(({ address, protocol_port }) => `${address}:${protocol_port}`)
      .sort(),
  ]);
  return { listeners: proxied.map(({ id }) => id).sort(), pools: Object.fromEntries(usable) };
}
