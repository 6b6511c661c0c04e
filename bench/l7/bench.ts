/** The layer-7 part: Sluice's HTTP and HTTPS listeners beside a hand-tuned HAProxy of the same version, and nginx. */
import type { Progress } from '../progress.js';
import type { Table, Target } from '../report.js';
import { median, ratio } from '../statistics.js';
import { type ArenaName, Arenas, LABELS, NAMES, POLICIES } from './arenas.js';
import { benchChanges } from './changes.js';
import {
  CONTESTS,
  type Contest,
  contestants,
  type HoldOptions,
  hold,
  POLICY_CONTESTS,
  type Result,
  type Results,
} from './contests.js';

export interface L7Options extends HoldOptions {
  /** Changes of each kind whose time to the client is taken. */
  changes: number;
}

type Figure = 'rate' | 'p99' | 'cpu';

/** Of requests/s; p99 may be as much above. */
const LEAST = 0.97;
const POLICY_COST = 0.95;

export async function benchL7(
  options: L7Options,
  progress: Progress,
  names: readonly ArenaName[] = NAMES,
): Promise<Table[]> {
  const arenas = new Arenas();
  try {
    progress.say('l7: starting the contestants');
    await arenas.open(names);
    const results = await hold(CONTESTS, arenas.all, options, progress);
    const policies = await hold([POLICY_CONTESTS.none, POLICY_CONTESTS.many], arenas.all, options, progress);
    const tables = [...contestTables(results), policyTable(policies[0]!, policies[1]!)];
    if (arenas.sluice) tables.push(await benchChanges(arenas.sluice, options.changes, progress));
    return tables;
  } finally {
    await arenas.close();
  }
}

const ALONE =
  'Client, gateway and backend share all CPUs. HAProxy is hand-tuned; “HAProxy, XDP” is the same behind a program that passes every frame, which veth copies for it and network cards do not.';

function contestTables(results: readonly Results[]): Table[] {
  return [
    table(results, 'rate', `Layer 7: requests or handshakes per second`, ALONE),
    table(results, 'p99', 'Layer 7: p99 latency, ms', 'Of the same rounds, under the load that saturates the machine.'),
    table(
      results,
      'cpu',
      'Layer 7: CPU time of the gateway per request, µs',
      "Of its programs: what the machine's other work disturbs least.",
    ),
  ];
}

function table(results: readonly Results[], figure: Figure, title: string, meaning: string): Table {
  const present = contestants(results[0]!);
  const others = present.filter((name) => name !== 'haproxy');
  const columns = [...present.map((name) => LABELS[name]), ...others.map((name) => `${LABELS[name]} / HAProxy`)];
  const xdp = present.includes('sluice') && present.includes('xdp');
  return {
    title,
    meaning,
    columns: ['contest', ...columns, ...(xdp ? ['Sluice / HAProxy, XDP'] : [])],
    rows: results.map((each, index) => [
      CONTESTS[index]!.name,
      ...present.map((name) => median(pick(each, name, figure))),
      ...others.map((name) => compare(each, figure, name, 'haproxy')),
      ...(xdp ? [compare(each, figure, 'sluice', 'xdp')] : []),
    ]),
    targets: present.includes('sluice')
      ? results.flatMap((each, index) => targetsOf(CONTESTS[index]!, each, figure))
      : [],
    notes: figure === 'rate' ? errors(results) : [],
  };
}

function targetsOf(contest: Contest, results: Results, figure: Figure): Target[] {
  const value = () => compare(results, figure, 'sluice', 'haproxy');
  const what = `${contest.name}, Sluice / HAProxy`;
  if (figure === 'rate') return [{ what, value: value(), bound: LEAST, kind: 'least', unit: '×' }];
  if (figure === 'p99') return [{ what: `p99: ${what}`, value: value(), bound: 1 / LEAST, kind: 'most', unit: '×' }];
  return [];
}

function policyTable(none: Results, many: Results): Table {
  const present = contestants(none);
  const kept = (name: ArenaName) => ratio(pick(many, name, 'rate'), pick(none, name, 'rate'));
  const taking = present.includes('sluice');
  return {
    title: `Layer 7: ${POLICIES.toLocaleString('en-US')} forwarding policies`,
    meaning:
      'The same requests, each for another policy, to a listener without policies and to one that has them; half are exact paths, half prefixes.',
    columns: ['contestant', 'requests/s without', 'requests/s with', 'with / without', 'p99 with / without'],
    rows: present.map((name) => [
      LABELS[name],
      median(pick(none, name, 'rate')),
      median(pick(many, name, 'rate')),
      kept(name),
      ratio(pick(many, name, 'p99'), pick(none, name, 'p99')),
    ]),
    targets: taking
      ? [
          {
            what: 'Sluice, with / without policies',
            value: kept('sluice'),
            bound: POLICY_COST,
            kind: 'least',
            unit: '×',
          },
        ]
      : [],
  };
}

function pick(results: Results, name: ArenaName, figure: Figure): number[] {
  return (results[name] ?? []).map((result: Result) => result[figure]);
}

function compare(results: Results, figure: Figure, name: ArenaName, reference: ArenaName): number {
  return ratio(pick(results, name, figure), pick(results, reference, figure));
}

function errors(results: readonly Results[]): string[] {
  return results.flatMap((each, index) =>
    contestants(each).flatMap((name) => {
      const count = each[name]!.reduce((sum, result) => sum + result.errors, 0);
      return count === 0 ? [] : [`${CONTESTS[index]!.name}: ${count} errors of ${LABELS[name]}`];
    }),
  );
}
