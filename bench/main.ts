/** npm run bench -- [packet|system|control|l7 ...] [--quick] [--json FILE] */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { benchApi } from './control/api.js';
import { benchControl } from './control/bench.js';
import { benchFlips } from './control/flips.js';
import { benchHealth, type HealthOptions } from './control/health.js';
import { benchStore } from './control/store.js';
import { benchL7, type L7Options } from './l7/bench.js';
import { benchPackets } from './packet/bench.js';
import { Progress } from './progress.js';
import { endOnSignals, isEnding, removeStale } from './remains.js';
import { formatTable, isMet, type Table } from './report.js';
import { benchFrames } from './system/frames.js';
import { benchKernel, type KernelOptions } from './system/kernel.js';

const USAGE = `usage: npm run bench -- [PART ...] [--quick] [--json FILE]

  packet    ns per packet of the data plane, memory per session
  system    the gateway against plain forwarding, nftables and HAProxy, in namespaces
  control   from configuration to packets, the store, the API, health checks
  l7        HTTP and HTTPS listeners against hand-tuned HAProxy and nginx, policies, changes

Without a part all of them run, within a quarter of an hour; --quick takes fewer rounds and less than six minutes. --json writes every table to a
file. Exit code 1: a target was missed; 2: a part could not run.`;

interface Effort {
  packetRounds: number;
  frameRounds: number;
  kernel: KernelOptions;
  controlIterations: number;
  /** Of each figure of store and API. */
  apiRounds: number;
  flipRounds: number;
  health: HealthOptions;
  l7: L7Options;
}

const FULL: Effort = {
  packetRounds: 5,
  frameRounds: 5,
  kernel: { rounds: 5, bulkRounds: 3, seconds: 2 },
  controlIterations: 21,
  apiRounds: 5,
  flipRounds: 2,
  health: { seconds: 10, types: 6 },
  l7: { rounds: 7, seconds: 1, changes: 21 },
};
const QUICK: Effort = {
  packetRounds: 3,
  frameRounds: 3,
  kernel: { rounds: 2, bulkRounds: 2, seconds: 1 },
  controlIterations: 7,
  apiRounds: 3,
  flipRounds: 1,
  health: { seconds: 5, types: 2 },
  l7: { rounds: 3, seconds: 1, changes: 9 },
};

type Part = (effort: Effort, progress: Progress) => Promise<Table[]>;

const PARTS: Readonly<Record<string, Part>> = {
  packet: (effort, progress) => benchPackets(effort.packetRounds, progress),
  system: async (effort, progress) => [
    await benchFrames(effort.frameRounds, progress),
    ...(await benchKernel(effort.kernel, progress)),
  ],
  control: async (effort, progress) => [
    ...(await benchControl(effort.controlIterations, progress)),
    ...(await benchStore(effort.apiRounds, progress)),
    ...(await benchApi(effort.apiRounds, progress)),
    await benchFlips(effort.flipRounds, progress),
    ...(await benchHealth(effort.health, progress)),
  ],
  l7: (effort, progress) => benchL7(effort.l7, progress),
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const unknown = positionals.find((name) => !(name in PARTS));
  if (values.help || unknown !== undefined) {
    console.error(unknown === undefined ? USAGE : `there is no part "${unknown}"\n\n${USAGE}`);
    return values.help ? 0 : 2;
  }
  endOnSignals();
  await removeStale();
  const progress = new Progress();
  const tables: Table[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
    const made = await PARTS[name]!(values.quick ? QUICK : FULL, progress);
    progress.clear();
    for (const table of made) console.log(formatTable(table));
    tables.push(...made);
    // After each part, so that a later one that fails takes nothing along.
    if (values.json !== undefined) writeJson(values.json, tables);
  }
  const missed = tables.flatMap(({ targets }) => targets).filter((target) => !isMet(target)).length;
  console.log(missed === 0 ? 'All targets met.' : `${missed} targets missed.`);
  return missed === 0 ? 0 : 1;
}

function writeJson(path: string, tables: readonly Table[]): void {
  const machine = { kernel: release(), cpus: cpus().map(({ model }) => model) };
  const report = {
    machine,
    tables: tables.map((table) => ({
      ...table,
      targets: table.targets.map((target) => ({ ...target, met: isMet(target) })),
    })),
  };
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isEnding()) {
    console.error(`\nthe bench could not go on: ${(error as Error).stack}`);
    process.exitCode = 2;
  }
}
