/** Control-plane speed: how long a change takes from configuration to packets. */
import { Lab } from '#sluice/lab/lab.js';
import { PREFIXES } from '../names.js';
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { runWorker } from '../worker.js';
import type { ControlFigure, ControlOrder } from './result.js';

const MEMBERS = [10, 1_000, 10_000];
/** A change must be visible within this time, ms. */
const VISIBLE_MS = 50;

/** @param iterations of each step */
export async function benchControl(iterations: number, progress: Progress): Promise<Table[]> {
  const lab = new Lab({ prefix: PREFIXES.control, clients: 1, backends: 1, resolveNeighbours: true });
  try {
    await lab.up();
    const { plan } = lab;
    const order: ControlOrder = {
      members: MEMBERS,
      iterations,
      name: plan.prefix,
      interfaces: plan.gatewayInterfaces,
      stateDirectory: lab.runDirectory,
      localAddresses: plan.locals,
      vip: plan.vips[0]!,
    };
    const worker = { host: 'gateway', script: 'control/worker.js' };
    return [tableOf(await runWorker<ControlFigure[]>(lab, worker, order, progress))];
  } finally {
    await lab.down();
  }
}

function tableOf(figures: readonly ControlFigure[]): Table {
  const largest = figures.at(-1)!;
  return {
    title: 'Control plane',
    meaning:
      'ms, medians. First: from nothing to all members in the kernel. The rest: one weight changed, weights 1 to 10; change = plan + durable save + apply.',
    columns: ['members', 'wheel entries', 'first', 'plan', 'apply', 'change', 'slowest change', 'change from text'],
    rows: figures.map((figure) => [
      figure.members,
      figure.wheel,
      figure.first,
      figure.plan,
      figure.apply,
      figure.change,
      figure.slowest,
      figure.text,
    ]),
    targets: [
      {
        what: `one weight among ${largest.members.toLocaleString('en-US')} members, from the call to the data plane`,
        value: largest.change,
        bound: VISIBLE_MS,
        kind: 'most',
        unit: ' ms',
      },
    ],
    notes: [
      'Plan: compile, assign, diff, order. From text: the whole configuration is parsed, validated and merged first.',
    ],
  };
}
