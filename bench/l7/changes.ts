/** How long it takes until clients see a change: from the request to the API to the first answer that shows it. */
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { median } from '../statistics.js';
import { POLICIES, PORTS } from './arenas.js';
import { policies } from './policies.js';
import { anotherCertificate, type SluiceSubject } from './sluice.js';
import { type Sight, type WatchOrder, watch } from './watch.js';

const VISIBLE_MS = 100;

/** @param count changes of each kind */
export async function benchChanges(subject: SluiceSubject, count: number, progress: Progress): Promise<Table> {
  progress.say('l7: certificates replaced');
  const { lab, address } = subject;
  const pairs = Array.from({ length: count }, () => anotherCertificate(lab));
  const certificates = await time(subject, { what: 'certificate', address, port: PORTS.ecdsa }, count, (index) =>
    subject.replaceCertificate(pairs[index]!),
  );
  progress.say('l7: policies changed');
  const { host, path, exact } = policies(POLICIES).at(-1)!;
  const order: WatchOrder = { what: 'answer', address, port: PORTS.policies, host, path: exact ? path : `${path}page` };
  const moves = await time(subject, order, count, (index) => subject.movePolicy(index % 2 === 0 ? 'one' : 'two'));
  const rows = { 'another certificate': certificates, [`one policy of ${POLICIES}`]: moves };
  return {
    title: 'Layer 7: changes',
    meaning:
      'Milliseconds from sending the change to the API to the end of the first answer that shows it; both ends idle.',
    columns: ['change', 'median', 'slowest'],
    rows: Object.entries(rows).map(([name, values]) => [name, median(values), Math.max(...values)]),
    targets: Object.entries(rows).map(([name, values]) => ({
      what: `${name}, visible after`,
      value: median(values),
      bound: VISIBLE_MS,
      kind: 'most',
      unit: ' ms',
    })),
  };
}

/** @throws Error when an answer in between is neither the old nor the new one: clients must not notice how it is done */
async function time(
  { lab }: SluiceSubject,
  order: WatchOrder,
  count: number,
  change: (index: number) => Promise<void>,
): Promise<number[]> {
  const sights = watch(lab, order);
  const took: number[] = [];
  await next(sights);
  for (let index = 0; index < count; index++) {
    const started = performance.timeOrigin + performance.now();
    const [{ at }] = await Promise.all([next(sights), change(index)]);
    took.push(at - started);
  }
  await sights.return();
  return took;
}

async function next(sights: AsyncGenerator<Sight, void, void>): Promise<Sight> {
  const { value } = await sights.next();
  if (!value || value.seen.startsWith('error')) throw new Error(`the watcher saw: ${value?.seen}`);
  return value;
}
